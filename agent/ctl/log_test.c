/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * log test: what the watch of a log would have found in a saved file. The plugin itself reads it,
 * in hashimori-worker, with the file in the place of the log; the command line only prints.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
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
#include "ctl/log_found.h"
#include "ctl/print.h"

/* ---- the worker --------------------------------------------------------------------------- */

/* Starts the worker with @line on its standard input; its standard output, or -errno. */
static int start_worker(const char *plugin, uid_t owner, const json_t *line, pid_t *ret_pid)
{
    int ends[2];
    char number[16];
    char *worker = guest_worker_path(), *bytes = json_dumps(line, JSON_COMPACT);
    int in = memfd_create("open", MFD_CLOEXEC);
    int r = in < 0 || pipe2(ends, O_CLOEXEC) < 0 ? -errno : 0;

    snprintf(number, sizeof number, "%u", owner);
    if (r == 0 && (fdio_write_all(in, bytes, strlen(bytes)) < 0 ||
                      fdio_write_all(in, "\n", 1) < 0 || lseek(in, 0, SEEK_SET) < 0))
        r = -EIO;
    if (r == 0 && (*ret_pid = fork()) == 0) {
        if (dup2(in, STDIN_FILENO) >= 0 && dup2(ends[1], STDOUT_FILENO) >= 0)
            execl(worker, "hashimori-worker", "--run", plugin, number, (char *)NULL);
        _exit(127);
    }
    fdio_close(in);
    if (r == 0)
        fdio_close(ends[1]);
    free(bytes);
    free(worker);
    return r == 0 ? ends[0] : r;
}

static void print_event(const json_t *event)
{
    struct text text = {0};
    log_found_show(event, &text);
    puts(text_get(&text));
    text_deinit(&text);
}

/* Events are printed as they come unless they are gathered. When all are there @pid is ended, and
 * what it still says is let go: it must not find its output closed. */
static void read_all(struct log_found *found, int fd, pid_t pid)
{
    FILE *in = fdopen(fd, "r");
    char *line = NULL;
    size_t room = 0;
    for (ssize_t n; in != NULL && (n = getline(&line, &room, in)) > 0;) {
        if (found->is_done)
            continue;
        json_t *o = json_loadb(line, (size_t)n, 0, NULL);
        const json_t *event = log_found_take(found, o);
        if (event != NULL && found->events == NULL)
            print_event(event);
        json_decref(o);
        if (found->is_done)
            kill(pid, SIGTERM);
    }
    free(line);
    if (in != NULL)
        fclose(in);
}

/* ---- the command -------------------------------------------------------------------------- */

static void print_summary(const struct ctl *c, const struct log_found *found)
{
    struct text counts = {0}, total = {0};
    log_found_summary(found, &counts);
    text_addf(&total, "%zu", found->count);
    if (found->count == 0)
        ctl_say(c, MESSAGE_LOG_TEST_NONE, c->args[0], NULL, NULL);
    else
        ctl_say(c, MESSAGE_LOG_TEST_FOUND, text_get(&total), c->args[0], text_get(&counts));
    text_deinit(&counts);
    text_deinit(&total);
}

static int print_found(
    const struct ctl *c, const struct log_found *found, const char *subject, const char *path)
{
    if (found->blind != NULL)
        return ctl_fail(c, CTL_NO, MESSAGE_CTL_FILE, c->args[0], found->blind);
    if (c->json) {
        json_t *document = json_pack("{s:s,s:s,s:O,s:O}", "subject", subject, "file", path,
            "events", found->events, "counts", found->counts);
        print_json(document);
        json_decref(document);
    } else {
        print_summary(c, found);
    }
    return CTL_DONE;
}

static int test_file(const struct ctl *c, const struct watch_settings *watch, const char *plugin,
    uid_t owner, const char *path)
{
    struct log_found found;
    json_t *line = log_found_open_line(guest_values_json(&watch->options), watch->subject,
        watch->deadline, c->language == LANGUAGE_JA ? "ja" : "en", path);
    pid_t pid = -1;
    int fd = start_worker(plugin, owner, line, &pid);

    json_decref(line);
    log_found_init(&found, c->json);
    if (fd >= 0) {
        read_all(&found, fd, pid);
        kill(pid, SIGTERM);
        waitpid(pid, NULL, 0);
    }
    int r = found.is_done ? print_found(c, &found, watch->subject, path)
                          : ctl_fail(c, CTL_NO, MESSAGE_LOG_TEST_BROKEN, path,
                                fd < 0 ? strerror(-fd) : plugin);
    log_found_deinit(&found);
    return r;
}

/* The subject of the only log that is watched; NULL: there is none, or a choice. */
static const char *only_log(const struct settings *s)
{
    const char *found = NULL;
    for (size_t i = 0; i < s->watch_count; i++) {
        if (strcmp(s->watches[i].plugin, "linklog") != 0)
            continue;
        if (found != NULL)
            return NULL;
        found = s->watches[i].subject;
    }
    return found;
}

static int run_with(const struct ctl *c, const struct settings *s, const char *subject)
{
    const struct watch_settings *watch = settings_watch(s, subject);
    struct stat st;
    struct text why = {0};
    char *plugin = NULL, *path = realpath(c->args[0], NULL);
    int r;

    if (watch == NULL)
        r = ctl_fail(c, CTL_NO, MESSAGE_VERB_NO_SUBJECT, subject, NULL);
    else if (strcmp(watch->plugin, "linklog") != 0)
        r = ctl_fail(c, CTL_NO, MESSAGE_LOG_TEST_PLUGIN, subject, watch->plugin);
    else if (path == NULL)
        r = ctl_fail(c, CTL_NO, MESSAGE_CTL_FILE, c->args[0], strerror(errno));
    else if (stat(c->config, &st) < 0)
        r = ctl_fail(c, CTL_NO, MESSAGE_CTL_FILE, c->config, strerror(errno));
    else if (guest_find_file(
                 s->agent.plugin_dir, "watch", watch->plugin, st.st_uid, &plugin, &why) != 0)
        r = ctl_fail(c, CTL_NO, MESSAGE_CTL_PLUGIN_BAD, watch->plugin, text_get(&why));
    else
        r = test_file(c, watch, plugin, st.st_uid, path);
    free(plugin);
    free(path);
    text_deinit(&why);
    return r;
}

int run_log_test(struct ctl *c)
{
    struct local_settings l;
    const char *subject = ctl_value(c, "subject");
    int r = local_settings_need(c, &l);
    if (r == CTL_DONE && subject == NULL)
        subject = only_log(l.settings);
    if (r == CTL_DONE && subject == NULL)
        r = ctl_fail(c, CTL_USAGE, MESSAGE_LOG_TEST_SUBJECT, NULL, NULL);
    else if (r == CTL_DONE)
        r = run_with(c, l.settings, subject);
    local_settings_deinit(&l);
    return r;
}
