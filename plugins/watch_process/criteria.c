/* SPDX-License-Identifier: BSD-2-Clause */
#define PCRE2_CODE_UNIT_WIDTH 8
#include "criteria.h"

#include <errno.h>
#include <pcre2.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>

enum {
    COMM_VISIBLE = 15, /* bytes of a name that the kernel keeps */
    CGROUP_BYTES = 8 * 1024,
    MATCH_LIMIT = 100000, /* backtracking steps: some milliseconds at most */
    DEPTH_LIMIT = 1000,
    HEAP_LIMIT_KIB = 4096
};

struct criteria {
    const char *name;   /* the host's, as all option values are; NULL: any */
    const char *unit;   /* one component of the cgroup's path */
    const char *cgroup; /* beginning of the cgroup's path */
    bool has_user;
    uid_t user;
    pcre2_code *command;
    pcre2_match_context *limits;
    pcre2_match_data *match_data;
};

static int compile_command(struct criteria *c, const struct hm_host *host, const char *pattern)
{
    int code;
    PCRE2_SIZE offset;
    c->command = pcre2_compile((PCRE2_SPTR)pattern, PCRE2_ZERO_TERMINATED,
        PCRE2_UTF | PCRE2_MATCH_INVALID_UTF, &code, &offset, NULL);
    if (c->command == NULL) {
        PCRE2_UCHAR why[256];
        pcre2_get_error_message(code, why, sizeof why);
        host->complain(host, "command", "at character %zu: %s", (size_t)offset, (char *)why);
        return -EINVAL;
    }
    // Where memory may not be made executable this fails, and the pattern is interpreted.
    pcre2_jit_compile(c->command, PCRE2_JIT_COMPLETE);
    c->limits = pcre2_match_context_create(NULL);
    c->match_data = pcre2_match_data_create(1, NULL);
    if (c->limits == NULL || c->match_data == NULL)
        return -ENOMEM;
    pcre2_set_match_limit(c->limits, MATCH_LIMIT);
    pcre2_set_depth_limit(c->limits, DEPTH_LIMIT);
    pcre2_set_heap_limit(c->limits, HEAP_LIMIT_KIB);
    return 0;
}

static int find_user(struct criteria *c, const struct hm_host *host, const char *user)
{
    char *end;
    errno = 0;
    unsigned long number = strtoul(user, &end, 10);
    if (user[0] >= '0' && user[0] <= '9' && *end == '\0' && errno == 0 && number < UINT32_MAX) {
        c->user = (uid_t)number;
    } else {
        const struct passwd *entry = getpwnam(user);
        if (entry == NULL) {
            host->complain(host, "user", "there is no user \"%s\" on this machine", user);
            return -EINVAL;
        }
        c->user = entry->pw_uid;
    }
    c->has_user = true;
    return 0;
}

/* What could never match is a mistake and no wish. */
static int check_paths(const struct criteria *c, const struct hm_host *host)
{
    if (c->cgroup != NULL && c->cgroup[0] != '/') {
        host->complain(host, "cgroup", "\"%s\" does not begin with /", c->cgroup);
        return -EINVAL;
    }
    const char *single = c->unit != NULL && strchr(c->unit, '/') != NULL ? "unit" : NULL;
    if (single == NULL && c->name != NULL && strchr(c->name, '/') != NULL)
        single = "name";
    if (single == NULL)
        return 0;
    host->complain(host, single, "is a name and holds no /");
    return -EINVAL;
}

int criteria_new(const struct hm_host *host, struct criteria **ret_criteria)
{
    int r = 0;
    const char *command = host->text(host, "command");
    const char *user = host->text(host, "user");
    struct criteria *c = calloc(1, sizeof *c);
    if (c == NULL)
        return -ENOMEM;

    c->name = host->text(host, "name");
    c->unit = host->text(host, "unit");
    c->cgroup = host->text(host, "cgroup");
    if (c->name == NULL && c->unit == NULL && c->cgroup == NULL && command == NULL &&
        user == NULL && host->text(host, "pid_file") == NULL) {
        host->complain(host, NULL,
            "says nothing about which process is meant; give at least one of name, command, "
            "user, unit, cgroup, pid_file");
        r = -EINVAL;
    }
    if (r == 0)
        r = check_paths(c, host);
    if (r == 0 && command != NULL)
        r = compile_command(c, host, command);
    if (r == 0 && user != NULL)
        r = find_user(c, host, user);
    if (r < 0) {
        criteria_free(c);
        return r;
    }
    *ret_criteria = c;
    return 0;
}

struct criteria *criteria_free(struct criteria *c)
{
    if (c == NULL)
        return NULL;
    pcre2_match_data_free(c->match_data);
    pcre2_match_context_free(c->limits);
    pcre2_code_free(c->command);
    free(c);
    return NULL;
}

static enum criteria_match from_error(ssize_t error)
{
    return error == -EACCES || error == -EPERM ? CRITERIA_UNREADABLE : CRITERIA_NO;
}

static bool last_part_is(const char *path, const char *name)
{
    const char *slash = strrchr(path, '/');
    return strcmp(slash == NULL ? path : slash + 1, name) == 0;
}

/* @command: arguments with NULs between them. */
static bool argument_is(const char *command, size_t length, unsigned which, const char *name)
{
    const char *argument = command;
    for (; which > 0; which--) {
        argument += strlen(argument) + 1;
        if (argument >= command + length)
            return false;
    }
    return last_part_is(argument, name);
}

static bool name_holds(
    const char *name, const struct proc_stat *stat, const char *command, size_t length)
{
    bool begins_alike = strncmp(stat->comm, name, COMM_VISIBLE) == 0;
    if (strlen(name) <= COMM_VISIBLE && begins_alike)
        return true;
    if (length == 0)
        return begins_alike; // a zombie has no arguments left
    return argument_is(command, length, 0, name) ||
           (begins_alike && argument_is(command, length, 1, name));
}

static enum criteria_match command_holds(const struct criteria *c, char *command, size_t length)
{
    for (size_t i = 0; i < length; i++)
        if (command[i] == '\0')
            command[i] = ' ';
    int r = pcre2_match(c->command, (PCRE2_SPTR)command, length, 0, 0, c->match_data, c->limits);
    if (r == PCRE2_ERROR_MATCHLIMIT || r == PCRE2_ERROR_DEPTHLIMIT || r == PCRE2_ERROR_HEAPLIMIT ||
        r == PCRE2_ERROR_JIT_STACKLIMIT)
        return CRITERIA_LIMIT;
    return r >= 0 ? CRITERIA_YES : CRITERIA_NO;
}

static enum criteria_match arguments_hold(
    const struct criteria *c, int proc_fd, const struct proc_stat *stat)
{
    char command[PROC_COMMAND_BYTES];
    size_t name_length = c->name == NULL ? 0 : strlen(c->name);
    bool by_comm =
        c->name == NULL || (name_length <= COMM_VISIBLE && strcmp(stat->comm, c->name) == 0);
    if (by_comm && c->command == NULL)
        return CRITERIA_YES;

    ssize_t n = proc_read_command(proc_fd, stat->pid, command, sizeof command);
    if (n < 0)
        return from_error(n);
    if (!by_comm && !name_holds(c->name, stat, command, (size_t)n))
        return CRITERIA_NO;
    return c->command == NULL ? CRITERIA_YES : command_holds(c, command, (size_t)n);
}

static enum criteria_match user_holds(const struct criteria *c, int proc_fd, pid_t pid)
{
    uid_t user;
    int r = proc_read_user(proc_fd, pid, &user);
    if (r < 0)
        return from_error(r);
    return user == c->user ? CRITERIA_YES : CRITERIA_NO;
}

/* Whether @unit is a whole component of @path. */
static bool has_component(const char *path, const char *unit)
{
    size_t length = strlen(unit);
    for (const char *at = path; (at = strstr(at, unit)) != NULL; at++)
        if (at > path && at[-1] == '/' && (at[length] == '/' || at[length] == '\0'))
            return true;
    return false;
}

static bool is_under(const char *path, const char *cgroup)
{
    size_t length = strlen(cgroup);
    while (length > 0 && cgroup[length - 1] == '/')
        length--;
    return strncmp(path, cgroup, length) == 0 && (path[length] == '/' || path[length] == '\0');
}

/* Lines of cgroups(7): "0::/system.slice/x.service", or one per hierarchy. */
static enum criteria_match cgroup_holds(const struct criteria *c, int proc_fd, pid_t pid)
{
    char text[CGROUP_BYTES];
    ssize_t n = proc_read_file(proc_fd, pid, "cgroup", text, sizeof text);
    if (n < 0)
        return from_error(n);
    char *rest = text;
    for (char *line; (line = strsep(&rest, "\n")) != NULL;) {
        const char *path = strchr(line, '/');
        if (path != NULL && (c->unit == NULL || has_component(path, c->unit)) &&
            (c->cgroup == NULL || is_under(path, c->cgroup)))
            return CRITERIA_YES;
    }
    return CRITERIA_NO;
}

enum criteria_match criteria_match(
    const struct criteria *c, int proc_fd, const struct proc_stat *stat)
{
    enum criteria_match m = CRITERIA_YES;
    if (c->name != NULL || c->command != NULL)
        m = arguments_hold(c, proc_fd, stat);
    if (m == CRITERIA_YES && c->has_user)
        m = user_holds(c, proc_fd, stat->pid);
    if (m == CRITERIA_YES && (c->unit != NULL || c->cgroup != NULL))
        m = cgroup_holds(c, proc_fd, stat->pid);
    return m;
}
