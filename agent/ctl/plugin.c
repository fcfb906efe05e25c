/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The command line never loads a plugin: hashimori-worker does, in a process of its own, and says
 * what it found on standard output.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/fault.h"
#include "base/fdio.h"
#include "ctl/ctl.h"
#include "ctl/local_settings.h"
#include "ctl/print.h"

enum { OWNER_BYTES = 16 };

/* ---- describe ---------------------------------------------------------------------------- */

static bool read_output(int fd, struct text *ret)
{
    char bytes[4096];
    ssize_t n;

    while ((n = read(fd, bytes, sizeof bytes)) > 0 && ret->length < GUEST_OUTPUT_BYTES_MAX)
        text_add_bytes(ret, bytes, (size_t)n);
    return n == 0;
}

/* Runs the worker's --describe; its complaints go straight to standard error. */
static bool describe(const char *path, struct text *ret)
{
    int ends[2];
    int status = -1;
    char *worker = guest_worker_path();

    if (pipe2(ends, O_CLOEXEC) < 0) {
        fault(-errno);
        free(worker);
        return false;
    }
    pid_t child = fork();
    if (child == 0) {
        if (dup2(ends[1], STDOUT_FILENO) >= 0)
            execl(worker, "hashimori-worker", "--describe", path, (char *)NULL);
        _exit(127);
    }
    fdio_close(ends[1]);
    bool whole = child > 0 && read_output(ends[0], ret);
    fdio_close(ends[0]);
    if (child > 0)
        waitpid(child, &status, 0);
    free(worker);
    return whole && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

/* The table of the plugin file that the command names; NULL: said why. */
static struct guest_table *described(const struct ctl *c)
{
    struct text line = {0};
    struct text why = {0};
    struct guest_table *table = NULL;
    char *path = realpath(c->args[0], NULL);

    if (path == NULL) {
        ctl_fail(c, CTL_NO, MESSAGE_CTL_FILE, c->args[0], strerror(errno));
    } else if (!describe(path, &line)) {
        ctl_fail(c, CTL_NO, MESSAGE_CTL_PLUGIN_BAD, c->args[0], "");
    } else {
        size_t length =
            line.length > 0 && line.bytes[line.length - 1] == '\n' ? line.length - 1 : line.length;
        if (guest_table_decode(text_get(&line), length, &table, &why) != 0)
            ctl_fail(c, CTL_NO, MESSAGE_CTL_PLUGIN_BAD, c->args[0], text_get(&why));
    }
    free(path);
    text_deinit(&line);
    text_deinit(&why);
    return table;
}

int run_plugin_check(struct ctl *c)
{
    static const struct column columns[] = {{MESSAGE_HEAD_PLUGIN, "name", CELL_TEXT},
        {MESSAGE_HEAD_KIND, "kind", CELL_TEXT}, {MESSAGE_HEAD_VERSION, "version", CELL_TEXT},
        {MESSAGE_HEAD_ABI, "abi", CELL_TEXT}, {0}};
    struct guest_table *table = described(c);

    if (table == NULL)
        return CTL_NO;
    json_t *document = guest_table_json(table);
    if (c->json)
        print_json(document);
    else
        print_members(c, document, columns);
    json_decref(document);
    guest_table_free(table);
    return CTL_DONE;
}

static void print_options(const struct ctl *c, const struct option *options, int depth)
{
    for (const struct option *o = options; o != NULL && o->name != NULL; o++) {
        printf("| %*s`%s` | %s | %s%s%s | %s |\n", depth * 2, "", o->name,
            option_type_name(o->type), o->preset == NULL ? "" : "`",
            o->preset == NULL ? "" : o->preset, o->preset == NULL ? "" : "`",
            o->help[c->language] != NULL ? o->help[c->language] : o->help[LANGUAGE_EN]);
        print_options(c, o->group, depth + 1);
    }
}

static void print_rules(const struct ctl *c, const struct guest_table *table)
{
    if (table->rule_count == 0)
        return;
    ctl_say(c, MESSAGE_DOC_RULES, NULL, NULL, NULL);
    for (size_t i = 0; i < table->rule_count; i++) {
        const struct rule *r = &table->rules[i];
        struct text warning = {0};
        struct text critical = {0};
        condition_add(&warning, &r->warning);
        condition_add(&critical, &r->critical);
        printf("| `%s` | %s | %s | %s |\n", r->metric, text_get(&warning), text_get(&critical),
            r->event == SEVERITY_NONE ? "" : severity_name(r->event));
        text_deinit(&warning);
        text_deinit(&critical);
    }
}

int run_plugin_doc(struct ctl *c)
{
    struct guest_table *table = described(c);

    if (table == NULL)
        return CTL_NO;
    if (c->json) {
        json_t *document = guest_table_json(table);
        print_json(document);
        json_decref(document);
    } else {
        printf("# %s_%s %s\n\n%s\n\n", table->kind, table->name, table->version,
            table->summary[c->language]);
        ctl_say(c, MESSAGE_DOC_OPTIONS, NULL, NULL, NULL);
        print_options(c, table->options, 0);
        print_rules(c, table);
    }
    guest_table_free(table);
    return CTL_DONE;
}

/* ---- run --------------------------------------------------------------------------------- */

static json_t *open_line(const struct ctl *c, const struct watch_settings *watch)
{
    return json_pack("{s:s, s:I, s:I, s:s, s:b, s:o}", "subject", watch->subject, "interval_ms",
        (json_int_t)watch->interval, "deadline_ms", (json_int_t)watch->deadline, "language",
        c->language == LANGUAGE_JA ? "ja" : "en", "once", ctl_value(c, "once") != NULL, "options",
        guest_values_json(&watch->options));
}

/* Becomes the worker, with the line on standard input: a file in memory, for it holds secrets. */
static int become_worker(const struct ctl *c, const char *path, uid_t owner, json_t *line)
{
    char number[OWNER_BYTES];
    char *worker = guest_worker_path();
    char *bytes = json_dumps(line, JSON_COMPACT);
    int fd = memfd_create("open", MFD_CLOEXEC);

    snprintf(number, sizeof number, "%u", owner);
    if (fd >= 0 && fdio_write_all(fd, bytes, strlen(bytes)) == 0 &&
        fdio_write_all(fd, "\n", 1) == 0 && lseek(fd, 0, SEEK_SET) == 0 &&
        dup2(fd, STDIN_FILENO) == 0)
        execl(worker, "hashimori-worker", "--run", path, number, (char *)NULL);
    int r = ctl_fail(c, CTL_NO, MESSAGE_CTL_FILE, worker, strerror(errno));
    free(bytes);
    free(worker);
    fdio_close(fd);
    return r;
}

static int run_watch(const struct ctl *c, const struct settings *s)
{
    const struct watch_settings *watch = settings_watch(s, c->args[0]);
    struct stat st;
    struct text why = {0};
    char *path = NULL;
    int r;

    if (watch == NULL)
        return ctl_fail(c, CTL_NO, MESSAGE_VERB_NO_SUBJECT, c->args[0], NULL);
    if (stat(c->config, &st) < 0)
        return ctl_fail(c, CTL_NO, MESSAGE_CTL_FILE, c->config, strerror(errno));
    if (guest_find_file(s->agent.plugin_dir, "watch", watch->plugin, st.st_uid, &path, &why) != 0) {
        r = ctl_fail(c, CTL_NO, MESSAGE_CTL_PLUGIN_BAD, watch->plugin, text_get(&why));
    } else {
        json_t *line = open_line(c, watch);
        r = become_worker(c, path, st.st_uid, line);
        json_decref(line);
    }
    free(path);
    text_deinit(&why);
    return r;
}

int run_plugin_run(struct ctl *c)
{
    struct local_settings l;
    int r = local_settings_need(c, &l);

    if (r == CTL_DONE)
        r = run_watch(c, l.settings);
    local_settings_deinit(&l);
    return r;
}
