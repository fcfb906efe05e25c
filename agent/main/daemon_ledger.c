/* SPDX-License-Identifier: BSD-2-Clause */
#include "main/daemon_ledger.h"

#include <errno.h>
#include <grp.h>
#include <linux/capability.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/fault.h"
#include "base/log.h"

static void say(enum language language, enum message id, const char *a, const char *b)
{
    struct text t = {0};
    message_add(&t, language, id, a, b);
    fprintf(stderr, "hashimorid: %s\n", text_get(&t));
    text_deinit(&t);
}

int daemon_folder(const char *path, mode_t mode, enum language language)
{
    struct stat st;
    int r = 0;
    if (mkdir(path, mode) < 0 && errno != EEXIST)
        r = -errno;
    else if (stat(path, &st) < 0)
        r = -errno;
    else if (!S_ISDIR(st.st_mode))
        r = -ENOTDIR;
    else if (access(path, W_OK | X_OK) < 0)
        r = -errno;
    if (r < 0)
        say(language, MESSAGE_DAEMON_FOLDER, path, fault_text(r));
    return r;
}

static enum message refusal(int outcome)
{
    switch (outcome) {
    case RECORD_E_NETWORK:
        return MESSAGE_DAEMON_LEDGER_NETWORK;
    case RECORD_E_LOCKED:
        return MESSAGE_DAEMON_LEDGER_LOCKED;
    case RECORD_E_NEWER:
        return MESSAGE_DAEMON_LEDGER_NEWER;
    case RECORD_E_FULL:
        return MESSAGE_DAEMON_LEDGER_FULL;
    default:
        return MESSAGE_DAEMON_LEDGER_FAULT;
    }
}

/* Evidence is never thrown away: the damaged file and its log keep their content under another
 * name. */
static int set_aside(const char *path, enum language language)
{
    struct text aside = {0};
    text_addf(&aside, "%s.damaged-%lld", path, (long long)(clock_wall() / 1000));
    int r = rename(path, text_get(&aside)) < 0 ? fault(-errno) : 0;
    if (r == 0) {
        struct text wal = {0}, wal_aside = {0};
        text_addf(&wal, "%s-wal", path);
        text_addf(&wal_aside, "%s-wal", text_get(&aside));
        if (rename(text_get(&wal), text_get(&wal_aside)) < 0 && errno != ENOENT)
            r = fault(-errno);
        text_deinit(&wal);
        text_deinit(&wal_aside);
        say(language, MESSAGE_DAEMON_LEDGER_CORRUPT, path, text_get(&aside));
    }
    text_deinit(&aside);
    return r;
}

int daemon_open_ledger(
    const struct agent_settings *agent, enum language language, struct record **ret_record)
{
    struct text path = {0};
    text_addf(&path, "%s/ledger.db", agent->state_dir);
    int r = record_open(text_get(&path), ret_record);
    if (r == RECORD_E_CORRUPT && (r = set_aside(text_get(&path), language)) == 0)
        r = record_open(text_get(&path), ret_record);
    if (r != 0)
        say(language, refusal(r), text_get(&path), r < 0 ? fault_text(r) : NULL);
    text_deinit(&path);
    return r;
}

/* Root stays root: without its capabilities it could not even read its own configuration. */
static int clear_effective(void)
{
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3];
    if (geteuid() == 0)
        return 0;
    if (syscall(SYS_capget, &header, data) < 0)
        return fault(-errno);
    if (data[0].effective == 0 && data[1].effective == 0)
        return 0;
    data[0].effective = 0;
    data[1].effective = 0;
    return syscall(SYS_capset, &header, data) < 0 ? fault(-errno) : 0;
}

int daemon_become_user(const struct agent_settings *agent, enum language language)
{
    if (agent->user == NULL || geteuid() != 0)
        return clear_effective();
    errno = 0;
    const struct passwd *user = getpwnam(agent->user);
    int r = 0;
    if (user == NULL)
        r = errno != 0 ? -errno : -ENOENT;
    else if (initgroups(user->pw_name, user->pw_gid) < 0 ||
             setresgid(user->pw_gid, user->pw_gid, user->pw_gid) < 0 ||
             setresuid(user->pw_uid, user->pw_uid, user->pw_uid) < 0)
        r = -errno;
    if (r < 0)
        say(language, MESSAGE_DAEMON_USER, agent->user, fault_text(r));
    return r < 0 ? r : clear_effective();
}
