/* SPDX-License-Identifier: BSD-2-Clause */
#include "announced.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "linklog.h"

enum { FOLDERS_MAX = 16, JOB_BYTES = 128, PAUSE_MS = 100, PAUSE_MS_MAX = 5000 };
/* A page is one kept value: even with the longest names it is below what one may have. */
enum { PAGE_FILES = 8, PAGES = 16, FILES_MAX = PAGE_FILES * PAGES };
enum { PAGE_BYTES = PAGE_FILES * (NAME_MAX + JOB_BYTES + 48) };

struct announcement {
    char name[NAME_MAX + 1]; /* "": the place is free */
    char job[JOB_BYTES];     /* "": none was said */
    int64_t bytes;
    int64_t until_ms; /* wall clock */
};

struct announced {
    struct linklog *l;
    const char *folders[FOLDERS_MAX]; /* the host's */
    size_t folder_count;
    int64_t wait_ms, pause_ms;
    struct hm_watch_handle *timer;
    struct announcement all[FILES_MAX];
    size_t count;
    bool is_full; /* there was no place for one since the last check */
};

/* ---- options ------------------------------------------------------------------------------ */

static bool capture_named(const struct pattern *p, const char *name, size_t *ret_number)
{
    for (size_t i = 0; i < pattern_captures(p); i++)
        if (strcmp(pattern_capture_name(p, i), name) == 0) {
            *ret_number = i;
            return true;
        }
    return false;
}

static bool announces(const struct rules *rules)
{
    size_t number;
    for (size_t i = 0; i < rules->count; i++)
        if (capture_named(rules->all[i].pattern, "name", &number) &&
            capture_named(rules->all[i].pattern, "bytes", &number))
            return true;
    return false;
}

void announced_check(const struct hm_host *host, const struct rules *rules, bool *failed)
{
    size_t count = host->count(host, "announced_in");
    if (count > 0 && !announces(rules)) {
        *failed = true;
        host->complain(host, "announced_in", "no pattern has both captures \"name\" and \"bytes\"");
    }
    for (size_t i = 0; i < count; i++)
        if (host->item(host, "announced_in", i)[0] != '/') {
            *failed = true;
            host->complain(host, "announced_in", "\"%.200s\": an absolute path is accepted",
                host->item(host, "announced_in", i));
        }
    if (count > FOLDERS_MAX) {
        *failed = true;
        host->complain(host, "announced_in", "at most %d folders are accepted", FOLDERS_MAX);
    }
}

/* ---- what is kept ------------------------------------------------------------------------- */

static void page_name(size_t page, char out[static 16])
{
    snprintf(out, 16, "announced%u", (unsigned)(page % PAGES));
}

static void keep_page_of(const struct announced *a, const struct announcement *one)
{
    size_t page = (size_t)(one - a->all) / PAGE_FILES, length = 0;
    char key[16], text[PAGE_BYTES] = "";
    page_name(page, key);
    for (size_t i = page * PAGE_FILES; i < (page + 1) * PAGE_FILES; i++) {
        const struct announcement *w = &a->all[i];
        if (w->name[0] != '\0')
            length += (size_t)snprintf(text + length, sizeof text - length,
                "%" PRId64 " %" PRId64 " %s\t%s\n", w->until_ms, w->bytes, w->job, w->name);
    }
    a->l->host->keep(a->l->host, key, length > 0 ? text : NULL);
}

static void read_page(struct announced *a, size_t page, char *text)
{
    size_t place = page * PAGE_FILES;
    char *rest = NULL;
    for (char *line = strtok_r(text, "\n", &rest); line != NULL && place < (page + 1) * PAGE_FILES;
         line = strtok_r(NULL, "\n", &rest)) {
        struct announcement *w = &a->all[place];
        int job = 0;
        char *tab = strchr(line, '\t');
        if (tab == NULL || strlen(tab + 1) > NAME_MAX ||
            sscanf(line, "%" SCNd64 " %" SCNd64 "%n", &w->until_ms, &w->bytes, &job) != 2 ||
            line[job] != ' ')
            continue;
        *tab = '\0';
        snprintf(w->job, sizeof w->job, "%s", line + job + 1);
        snprintf(w->name, sizeof w->name, "%s", tab + 1);
        a->count += w->name[0] != '\0';
        place += w->name[0] != '\0';
    }
}

static void read_kept(struct announced *a)
{
    char key[16];
    for (size_t page = 0; page < PAGES; page++) {
        page_name(page, key);
        const char *kept = a->l->host->kept(a->l->host, key);
        char *copy = kept != NULL ? strdup(kept) : NULL;
        if (copy != NULL)
            read_page(a, page, copy);
        free(copy);
    }
}

/* ---- looking ------------------------------------------------------------------------------ */

/* The size of the file @name, one that is @wanted before others; -1: it is nowhere, and *ret_error
 * (with the number of the folder) says whether one could not be looked into. */
static int64_t find(
    const struct announced *a, const char *name, int64_t wanted, int *ret_error, size_t *ret_folder)
{
    int64_t found = -1;
    struct stat st;
    for (size_t i = 0; i < a->folder_count && found != wanted; i++) {
        int folder = open(a->folders[i], O_PATH | O_DIRECTORY | O_CLOEXEC);
        bool is = folder >= 0 && fstatat(folder, name, &st, AT_SYMLINK_NOFOLLOW) == 0;
        if (is && S_ISREG(st.st_mode) && (found < 0 || st.st_size == wanted))
            found = st.st_size;
        if (folder < 0 || (!is && errno != ENOENT)) {
            *ret_error = errno;
            *ret_folder = i;
        }
        if (folder >= 0)
            close(folder);
    }
    return found;
}

/* Judges @w if that is due; false: it is waited for. */
static bool settle(struct announced *a, struct announcement *w, int64_t now_ms)
{
    int error = 0;
    size_t folder = 0;
    int64_t found = find(a, w->name, w->bytes, &error, &folder);
    if (found != w->bytes && now_ms < w->until_ms)
        return false;
    struct announcement done = *w;
    w->name[0] = '\0';
    a->count--;
    keep_page_of(a, w);
    if (found < 0 && error != 0)
        say_announced_blind(a->l, a->folders[folder], error);
    else
        say_size(a->l, done.job, done.name, done.bytes, found);
    return true;
}

/* Whether the folders are to be left out: a look at them hung. Otherwise they are what is touched
 * from now on. */
static bool is_left_out(const struct announced *a)
{
    const struct hm_host *host = a->l->host;
    if (host->skip(host, ANNOUNCED_INSTANCE))
        return true;
    host->announce(host, ANNOUNCED_INSTANCE);
    return false;
}

/* Looks for all; is due again as long as one is waited for. */
static void look(struct announced *a)
{
    int64_t now_ms = a->l->host->wall_ms(a->l->host), soonest_ms = INT64_MAX;
    if (a->count == 0 || is_left_out(a))
        return;
    for (size_t i = 0; i < FILES_MAX && a->count > 0; i++) {
        struct announcement *w = &a->all[i];
        // A clock that was set back must not let it wait for longer.
        if (w->until_ms > now_ms + a->wait_ms)
            w->until_ms = now_ms + a->wait_ms;
        if (w->name[0] != '\0' && !settle(a, w, now_ms) && w->until_ms < soonest_ms)
            soonest_ms = w->until_ms;
    }
    if (a->count == 0)
        return;
    int64_t left_ms = soonest_ms - now_ms;
    a->l->host->timer_again(a->timer, left_ms < a->pause_ms ? left_ms : a->pause_ms);
    a->pause_ms = a->pause_ms * 2 < PAUSE_MS_MAX ? a->pause_ms * 2 : PAUSE_MS_MAX;
}

static void announced_on_due(void *arg)
{
    struct announced *a = arg;
    look(a);
}

/* ---- what is announced -------------------------------------------------------------------- */

/* "1,284" as 1284; -1: it is no number of bytes. */
static int64_t bytes_of(const char *text, size_t length)
{
    int64_t bytes = 0;
    for (size_t i = 0; i < length; i++) {
        if (text[i] == ',' && i > 0)
            continue;
        if (text[i] < '0' || text[i] > '9' || bytes > INT64_MAX / 10 - 10)
            return -1;
        bytes = bytes * 10 + (text[i] - '0');
    }
    return length > 0 ? bytes : -1;
}

/* Whether the @length bytes of @text, behind their last '/', are the name of a file; it goes to
 * @out. */
static bool name_of(const char *text, size_t length, char out[static NAME_MAX + 1])
{
    const char *slash = memrchr(text, '/', length);
    const char *name = slash != NULL ? slash + 1 : text;
    size_t n = length - (size_t)(name - text);
    if (n == 0 || n > NAME_MAX)
        return false;
    memcpy(out, name, n);
    out[n] = '\0';
    for (size_t i = 0; i < n; i++)
        if ((unsigned char)out[i] < ' ' || out[i] == 0x7F)
            return false;
    return strcmp(out, ".") != 0 && strcmp(out, "..") != 0;
}

static void set_job(struct announcement *w, const struct pattern *p, const struct record *r)
{
    size_t number, begin, length;
    w->job[0] = '\0';
    if (!capture_named(p, "job", &number) || !pattern_capture(p, number, &begin, &length))
        return;
    if (length > JOB_BYTES - 1)
        for (length = JOB_BYTES - 1; length > 0 && (r->text[begin + length] & 0xC0) == 0x80;)
            length--;
    memcpy(w->job, r->text + begin, length);
    w->job[length] = '\0';
    for (char *c = w->job; *c != '\0'; c++)
        if ((unsigned char)*c < ' ')
            *c = '?';
}

/* The place of @name, or a free one; NULL: there is none. */
static struct announcement *place_for(struct announced *a, const char *name)
{
    struct announcement *free_one = NULL;
    for (size_t i = 0; i < FILES_MAX; i++) {
        if (strcmp(a->all[i].name, name) == 0)
            return &a->all[i];
        if (free_one == NULL && a->all[i].name[0] == '\0')
            free_one = &a->all[i];
    }
    return free_one;
}

void announced_take(struct announced *a, const struct rule *rule, const struct record *r)
{
    size_t of_name, of_bytes, begin, length;
    char name[NAME_MAX + 1];
    if (a == NULL || !capture_named(rule->pattern, "name", &of_name) ||
        !capture_named(rule->pattern, "bytes", &of_bytes) ||
        !pattern_capture(rule->pattern, of_name, &begin, &length) ||
        !name_of(r->text + begin, length, name) ||
        !pattern_capture(rule->pattern, of_bytes, &begin, &length))
        return;
    int64_t bytes = bytes_of(r->text + begin, length);
    struct announcement *w = bytes < 0 ? NULL : place_for(a, name);
    a->is_full |= bytes >= 0 && w == NULL;
    if (w == NULL)
        return;
    a->count += w->name[0] == '\0';
    memcpy(w->name, name, sizeof name);
    set_job(w, rule->pattern, r);
    w->bytes = bytes;
    w->until_ms = a->l->host->wall_ms(a->l->host) + a->wait_ms;
    keep_page_of(a, w);
    a->pause_ms = PAUSE_MS;
    a->l->host->timer_again(a->timer, 0);
}

/* ---- the whole ---------------------------------------------------------------------------- */

void announced_say(struct announced *a)
{
    if (a == NULL || is_left_out(a))
        return;
    for (size_t i = 0; i < a->folder_count; i++)
        if (faccessat(AT_FDCWD, a->folders[i], X_OK, AT_EACCESS) < 0) {
            say_announced_blind(a->l, a->folders[i], errno);
            return;
        }
    if (a->is_full)
        say_announced_full(a->l, FILES_MAX);
    else
        say_announced(a->l, a->count);
    a->is_full = false;
}

int announced_new(struct linklog *l, struct announced **ret_announced)
{
    const struct hm_host *host = l->host;
    size_t count = host->count(host, "announced_in");
    if (count == 0)
        return 0;
    struct announced *a = calloc(1, sizeof *a);
    if (a == NULL)
        return -ENOMEM;
    *a = (struct announced){.l = l,
        .folder_count = count < FOLDERS_MAX ? count : FOLDERS_MAX,
        .wait_ms = host->integer(host, "announced_wait"),
        .pause_ms = PAUSE_MS};
    for (size_t i = 0; i < a->folder_count; i++)
        a->folders[i] = host->item(host, "announced_in", i);
    read_kept(a);
    a->timer = host->timer(host, PAUSE_MS, announced_on_due, a);
    if (a->timer == NULL)
        return announced_free(a) == NULL ? -ENOMEM : 0;
    *ret_announced = a;
    return 0;
}

struct announced *announced_free(struct announced *a)
{
    free(a);
    return NULL;
}
