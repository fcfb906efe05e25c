/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <libgen.h>
#include <limits.h>
#include <nettle/sha2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/fault.h"
#include "settings/ask.h"
#include "settings/guest.h"

/* A plugin that could not describe itself is asked again after this: one load asks once. */
enum { RETRY_MS = 30 * 1000 };

/* A reload asks again only about what changed. Digests, as values hold secrets. */
enum { ACCEPTED_MAX = 1024 };
struct digest {
    uint8_t bytes[SHA256_DIGEST_SIZE];
};

/* What a file answered. Stays until the runner ends: trees that are being made borrow the table. */
struct entry {
    char *path;
    dev_t device;
    ino_t inode;
    struct timespec changed;
    off_t size;
    struct guest_table *table; /* NULL: it failed, `why` says how */
    char *why;
    mono_ms asked;
    struct digest *accepted; /* of values that the plugin had nothing against */
    size_t accepted_count;
};

struct guest_runner {
    char *worker_path;
    char *config_path;
    uid_t owner; /* of the configuration; it may own plugins, and the worker is told */
    struct entry *entries;
    size_t count;
};

char *guest_worker_path(void)
{
    char exe[PATH_MAX];
    ssize_t n = readlink("/proc/self/exe", exe, sizeof exe - 1);
    if (n > 0) {
        struct text t = {0};
        exe[n] = '\0';
        text_addf(&t, "%s/../worker/hashimori-worker", dirname(exe));
        if (access(text_get(&t), X_OK) == 0)
            return text_take(&t);
        text_deinit(&t);
    }
    return alloc_text(HM_LIBEXECDIR "/hashimori-worker");
}

int guest_runner_new(
    const char *worker_path, const char *config_path, struct guest_runner **ret_runner)
{
    struct guest_runner *r = alloc(sizeof *r);
    r->worker_path = alloc_text(worker_path);
    r->config_path = alloc_text(config_path);
    *ret_runner = r;
    return 0;
}

struct guest_runner *guest_runner_free(struct guest_runner *runner)
{
    if (runner == NULL)
        return NULL;
    for (size_t i = 0; i < runner->count; i++) {
        guest_table_free(runner->entries[i].table);
        free(runner->entries[i].path);
        free(runner->entries[i].why);
        free(runner->entries[i].accepted);
    }
    free(runner->entries);
    free(runner->worker_path);
    free(runner->config_path);
    free(runner);
    return NULL;
}

static struct entry *entry_of(struct guest_runner *r, const char *path, const struct stat *st)
{
    for (size_t i = 0; i < r->count; i++) {
        struct entry *e = &r->entries[i];
        if (strcmp(e->path, path) == 0 && e->device == st->st_dev && e->inode == st->st_ino &&
            e->size == st->st_size && e->changed.tv_sec == st->st_mtim.tv_sec &&
            e->changed.tv_nsec == st->st_mtim.tv_nsec)
            return e;
    }
    r->entries = alloc_resize(r->entries, r->count + 1, sizeof *r->entries);
    struct entry *e = &r->entries[r->count++];
    *e = (struct entry){.path = alloc_text(path),
        .device = st->st_dev,
        .inode = st->st_ino,
        .changed = st->st_mtim,
        .size = st->st_size};
    return e;
}

/* The worker's own words on one line, or what became of it. */
static void explain(int r, const struct ask_answer *a, struct text *why)
{
    const char *said = text_get(&a->err);
    size_t length = strcspn(said, "\n");
    if (r == ASK_E_LATE)
        text_addf(why, "no answer within %d s", GUEST_LIMIT_MS / 1000);
    else if (r == ASK_E_MUCH)
        text_addf(why, "answers with more than %d bytes", GUEST_OUTPUT_BYTES_MAX);
    else if (r < 0)
        text_addf(why, "hashimori-worker: %s", fault_text(r));
    else if (length > 0)
        text_add_utf8(why, said, length);
    else
        text_add(why, "hashimori-worker failed without a word");
}

static int ask_worker(const struct guest_runner *runner, const char *mode, const char *path,
    const char *input, struct ask_answer *ret_answer)
{
    char owner[24];
    snprintf(owner, sizeof owner, "%lu", (unsigned long)runner->owner);
    const char *const argv[] = {runner->worker_path, mode, path, owner, NULL};
    return ask(argv, input, GUEST_LIMIT_MS, GUEST_OUTPUT_BYTES_MAX, ret_answer);
}

static int describe(
    struct guest_runner *runner, struct entry *e, const char *kind, const char *name)
{
    struct ask_answer answer;
    struct text why = {0};
    int r = ask_worker(runner, "--describe", e->path, NULL, &answer);
    if (r != 0)
        explain(r, &answer, &why);
    else
        r = guest_table_decode(text_get(&answer.out), answer.out.length, &e->table, &why);
    if (r == 0 && (strcmp(e->table->kind, kind) != 0 || strcmp(e->table->name, name) != 0)) {
        text_addf(&why, "the file says that it is %s %s", e->table->kind, e->table->name);
        e->table = guest_table_free(e->table);
    }
    e->asked = clock_boot();
    free(e->why);
    e->why = text_take(&why);
    text_deinit(&why);
    ask_answer_deinit(&answer);
    return e->table != NULL ? 0 : GUEST_E_BAD;
}

/* The entry of a plugin, asked if need be. Outcomes as guest_source.find. */
static int find_entry(struct guest_runner *r, const char *plugin_dir, const char *kind,
    const char *name, struct entry **ret_entry, struct text *ret_why)
{
    struct stat config, st;
    r->owner = stat(r->config_path, &config) == 0 ? config.st_uid : 0;
    char *path = NULL;
    int outcome = guest_find_file(plugin_dir, kind, name, r->owner, &path, ret_why);
    if (outcome != 0)
        return outcome;
    if (stat(path, &st) < 0) {
        text_add(ret_why, path);
        free(path);
        return GUEST_E_ABSENT;
    }
    struct entry *e = entry_of(r, path, &st);
    free(path);
    if (e->table == NULL && (e->asked == 0 || clock_boot() - e->asked > RETRY_MS))
        describe(r, e, kind, name);
    if (e->table == NULL) {
        text_add(ret_why, e->why != NULL ? e->why : "");
        return GUEST_E_BAD;
    }
    *ret_entry = e;
    return 0;
}

static int find(void *ctx, const char *plugin_dir, const char *kind, const char *name,
    const struct guest_table **ret_table, struct text *ret_why)
{
    struct entry *e;
    int r = find_entry(ctx, plugin_dir, kind, name, &e, ret_why);
    if (r == 0)
        *ret_table = e->table;
    return r;
}

typedef void (*complain_fn)(void *arg, const char *key, const char *text);

/* One line of --validate. False: not one. */
static bool take_line(const char *line, size_t length, complain_fn complain, void *arg)
{
    json_t *o = json_loadb(line, length, JSON_REJECT_DUPLICATES, NULL);
    const char *text = json_string_value(json_object_get(o, "text"));
    if (text != NULL)
        complain(arg, json_string_value(json_object_get(o, "option")), text);
    json_decref(o);
    return text != NULL;
}

static int take_lines(const char *lines, complain_fn complain, void *arg)
{
    while (*lines != '\0') {
        size_t length = strcspn(lines, "\n");
        if (length > 0 && !take_line(lines, length, complain, arg))
            return fault(-EPROTO);
        lines += length + (lines[length] != '\0');
    }
    return 0;
}

static char *question(const struct value_set *values)
{
    json_t *o = json_object();
    json_object_set_new(o, "options", guest_values_json(values));
    char *dumped = json_dumps(o, JSON_COMPACT);
    struct text line = {0};
    text_add(&line, dumped != NULL ? dumped : "{}");
    text_add_char(&line, '\n');
    if (dumped != NULL)
        explicit_bzero(dumped, strlen(dumped));
    free(dumped);
    json_decref(o);
    return text_take(&line);
}

static struct digest digest_of(const char *line)
{
    struct digest d;
    struct sha256_ctx sha;
    sha256_init(&sha);
    sha256_update(&sha, strlen(line), (const uint8_t *)line);
    sha256_digest(&sha, sizeof d.bytes, d.bytes);
    return d;
}

static bool was_accepted(const struct entry *e, const struct digest *d)
{
    for (size_t i = 0; i < e->accepted_count; i++)
        if (memcmp(&e->accepted[i], d, sizeof *d) == 0)
            return true;
    return false;
}

static void remember(struct entry *e, const struct digest *d)
{
    if (e->accepted_count == ACCEPTED_MAX)
        e->accepted_count = 0;
    e->accepted = alloc_resize(e->accepted, e->accepted_count + 1, sizeof *e->accepted);
    e->accepted[e->accepted_count++] = *d;
}

static int ask_about(const struct guest_runner *runner, struct entry *e, const char *line,
    complain_fn complain, void *arg)
{
    struct ask_answer answer;
    struct digest d = digest_of(line);
    if (was_accepted(e, &d))
        return 0;
    int r = ask_worker(runner, "--validate", e->path, line, &answer);
    if (r == 0 && answer.out.length == 0)
        remember(e, &d);
    if (r == 0) {
        r = take_lines(text_get(&answer.out), complain, arg);
    } else {
        struct text why = {0};
        explain(r, &answer, &why);
        complain(arg, NULL, text_get(&why));
        text_deinit(&why);
        r = 0;
    }
    ask_answer_deinit(&answer);
    return r;
}

static int validate(void *ctx, const char *plugin_dir, const char *kind, const char *name,
    const struct value_set *values, complain_fn complain, void *arg)
{
    struct entry *e;
    struct text why = {0};
    int r = find_entry(ctx, plugin_dir, kind, name, &e, &why);
    text_deinit(&why);
    if (r != 0)
        return fault(-ENOENT);
    if (!e->table->validates)
        return 0;
    char *line = question(values);
    r = ask_about(ctx, e, line, complain, arg);
    explicit_bzero(line, strlen(line));
    free(line);
    return r;
}

struct guest_source guest_runner_source(struct guest_runner *runner)
{
    return (struct guest_source){runner, find, validate};
}
