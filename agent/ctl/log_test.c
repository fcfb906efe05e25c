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
#include "ctl/print.h"

enum { CHECK_MS = 100, FLUSH_MS = 100 };
/* Checks in a row after which what is left is not going to be read: behind an end mark. */
enum { IDLE_CHECKS_MAX = 20 };

struct log_test {
    const struct ctl *c;
    const char *file;
    json_t *events; /* NULL: they are printed as they come */
    json_t *counts; /* by metric */
    size_t count;
    unsigned idle;
    double unread;
    bool is_done, is_blind;
};

/* ---- what came ---------------------------------------------------------------------------- */

static void print_event(const json_t *event)
{
    struct text line = {0};
    const char *name;
    const json_t *value;
    const json_t *fields = json_object_get(event, "fields");
    const char *offset = json_string_value(json_object_get(fields, "offset"));
    const char *text = json_string_value(json_object_get(event, "text"));

    text_addf(&line, "%s  %s", offset != NULL ? offset : "-",
        json_string_value(json_object_get(event, "metric")));
    json_object_foreach ((json_t *)(uintptr_t)fields, name, value) {
        const char *shown = json_string_value(value);
        if (strcmp(name, "file") == 0 || strcmp(name, "offset") == 0 || shown == NULL)
            continue;
        text_addf(&line, "  %s=", name);
        text_add_visible(&line, shown, strlen(shown));
    }
    text_add(&line, "\n    ");
    if (text != NULL)
        text_add_visible(&line, text, strlen(text));
    puts(text_get(&line));
    text_deinit(&line);
}

static void take_event(struct log_test *t, json_t *event)
{
    const char *metric = json_string_value(json_object_get(event, "metric"));
    json_int_t before = json_integer_value(json_object_get(t->counts, metric));
    json_object_set_new(t->counts, metric, json_integer(before + 1));
    json_object_del(event, "keep");
    json_object_del(event, "subject");
    json_object_del(event, "type");
    json_object_del(event, "kind");
    t->count++;
    t->idle = 0;
    if (t->events != NULL)
        json_array_append(t->events, event);
    else
        print_event(event);
}

static void take_reading(struct log_test *t, json_t *o)
{
    const char *metric = json_string_value(json_object_get(o, "metric"));
    const char *kind = json_string_value(json_object_get(o, "kind"));
    if (metric == NULL || kind == NULL)
        return;
    if (strcmp(kind, "event") == 0) {
        take_event(t, o);
    } else if (strcmp(kind, "blind") == 0) {
        t->is_blind = t->is_done = true;
        ctl_fail(
            t->c, CTL_NO, MESSAGE_CTL_FILE, t->file, json_string_value(json_object_get(o, "text")));
    } else if (strcmp(metric, "unread_bytes") == 0) {
        double unread = json_number_value(json_object_get(o, "number"));
        if (unread < t->unread || unread > t->unread)
            t->idle = 0;
        t->unread = unread;
        t->is_done = unread <= 0;
    } else if (strcmp(metric, "silent_s") == 0) {
        t->is_done |= ++t->idle > IDLE_CHECKS_MAX;
    }
}

/* ---- the worker --------------------------------------------------------------------------- */

/* The open line of @watch with @path in the place of its log. */
static json_t *open_line(const struct ctl *c, const struct watch_settings *watch, const char *path)
{
    json_t *options = guest_values_json(&watch->options);
    struct text pattern = {0};
    static const char *const dropped[] = {"pair", "command", "record_key", "announced_in"};

    for (const char *p = path; *p != '\0'; p++)
        text_addf(&pattern, *p == '%' ? "%%%c" : "%c", *p);
    for (size_t i = 0; i < sizeof dropped / sizeof dropped[0]; i++)
        json_object_del(options, dropped[i]);
    json_object_set_new(options, "source", json_string("file"));
    json_object_set_new(options, "path", json_string(text_get(&pattern)));
    json_object_set_new(options, "start", json_string("begin"));
    json_object_set_new(options, "must_exist", json_true());
    json_object_set_new(options, "flush", json_integer(FLUSH_MS));
    text_deinit(&pattern);
    return json_pack("{s:s, s:i, s:I, s:s, s:o}", "subject", watch->subject, "interval_ms",
        CHECK_MS, "deadline_ms", (json_int_t)watch->deadline, "language",
        c->language == LANGUAGE_JA ? "ja" : "en", "options", options);
}

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

static void read_all(struct log_test *t, int fd)
{
    FILE *in = fdopen(fd, "r");
    char *line = NULL;
    size_t room = 0;
    for (ssize_t n; in != NULL && !t->is_done && (n = getline(&line, &room, in)) > 0;) {
        json_t *o = json_loadb(line, (size_t)n, 0, NULL);
        const char *type = json_string_value(json_object_get(o, "type"));
        if (type != NULL && strcmp(type, "reading") == 0)
            take_reading(t, o);
        json_decref(o);
    }
    free(line);
    if (in != NULL)
        fclose(in);
}

/* ---- the command -------------------------------------------------------------------------- */

static void print_summary(const struct log_test *t)
{
    struct text counts = {0}, total = {0};
    const char *metric;
    const json_t *count;

    json_object_foreach (t->counts, metric, count)
        text_addf(&counts, "%s%s %lld", counts.length > 0 ? ", " : "", metric,
            (long long)json_integer_value(count));
    text_addf(&total, "%zu", t->count);
    if (t->count == 0)
        ctl_say(t->c, MESSAGE_LOG_TEST_NONE, t->file, NULL, NULL);
    else
        ctl_say(t->c, MESSAGE_LOG_TEST_FOUND, text_get(&total), t->file, text_get(&counts));
    text_deinit(&counts);
    text_deinit(&total);
}

static int test_file(const struct ctl *c, const struct watch_settings *watch, const char *plugin,
    uid_t owner, const char *path)
{
    struct log_test t = {.c = c,
        .file = c->args[0],
        .events = c->json ? json_array() : NULL,
        .counts = json_object(),
        .unread = -1};
    json_t *line = open_line(c, watch, path);
    pid_t pid = -1;
    int fd = start_worker(plugin, owner, line, &pid);

    json_decref(line);
    if (fd >= 0) {
        read_all(&t, fd);
        kill(pid, SIGTERM);
        waitpid(pid, NULL, 0);
    }
    if (!t.is_done)
        ctl_fail(c, CTL_NO, MESSAGE_LOG_TEST_BROKEN, path, fd < 0 ? strerror(-fd) : plugin);
    bool is_good = t.is_done && !t.is_blind;
    if (is_good && c->json) {
        json_t *document = json_pack("{s:s,s:s,s:O,s:O}", "subject", watch->subject, "file", path,
            "events", t.events, "counts", t.counts);
        print_json(document);
        json_decref(document);
    } else if (is_good) {
        print_summary(&t);
    }
    json_decref(t.events);
    json_decref(t.counts);
    return is_good ? CTL_DONE : CTL_NO;
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
