/* SPDX-License-Identifier: BSD-2-Clause */
#include "stage.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "content.h"
#include "shared/fixed_time.h"
#include "stage_internal.h"

/* ---- the sums ---- */

static bool is_over_limit(const struct stage_settings *set, const struct file *f)
{
    bool knows_records = f->records != FILE_RECORDS_UNKNOWN;
    return (set->limit_bytes > 0 && f->size > set->limit_bytes) ||
           (set->limit_records > 0 && knows_records && f->records > set->limit_records);
}

/* A file without a record, where there must be one. */
static bool is_empty(const struct stage_settings *set, const struct file *f)
{
    return set->needs_records && (f->size == 0 || (content_asks_records(set) && f->records == 0));
}

static void add_to_sums(struct stage *s, const struct file *f, uint64_t sign)
{
    struct stage_sums *sums = &s->sums;
    if (f->state == FILE_WRITING)
        sums->writing += sign;
    if (f->state != FILE_SETTLED)
        return;
    sums->depth += sign;
    sums->bytes += sign * f->size;
    sums->zero_files += sign * (f->size == 0);
    if (f->records == FILE_RECORDS_UNKNOWN)
        sums->uncounted += sign;
    else
        sums->records += sign * f->records;
    sums->over_limit += sign * is_over_limit(&s->set, f);
    sums->mismatched += sign * f->differs;
    sums->empty += sign * is_empty(&s->set, f);
}

void stage_forget_file(struct stage *s, const struct file *f)
{
    add_to_sums(s, f, UINT64_MAX);
    s->departures += f->state == FILE_SETTLED;
}

static void remove_file(struct stage *s, uint64_t key)
{
    struct file *f = files_find(&s->files, key);
    if (f == NULL)
        return;
    stage_forget_file(s, f);
    files_remove(&s->files, f);
}

/* ---- what makes a file complete ---- */

static bool ends_in(const char *name, const char *end)
{
    size_t length = strlen(name), end_length = strlen(end);
    return length > end_length && strcmp(name + length - end_length, end) == 0;
}

enum name_kind stage_name_kind(const struct stage *s, const char *name)
{
    if (names_match(&s->set.temporary, name))
        return NAME_TEMPORARY;
    if (s->set.pair != NULL && ends_in(name, s->set.pair))
        return NAME_PAIR;
    if (names_match(&s->set.ignore, name))
        return NAME_OTHER;
    return s->set.pattern.count == 0 || names_match(&s->set.pattern, name) ? NAME_DATA : NAME_OTHER;
}

void stage_path_of(char *ret, const struct folder *folder, const char *name)
{
    snprintf(ret, PATH_MAX, "%s/%s", folder->path, name);
}

int64_t stage_ms(const struct statx_timestamp *t)
{
    return (int64_t)t->tv_sec * 1000 + t->tv_nsec / 1000000;
}

static bool is_complete(const struct folder *folder, const char *name, const struct statx *st,
    int64_t wall_ms, enum stage_closed closed)
{
    const struct stage_settings *set = &folder->stage->set;
    if (names_match(&set->temporary, name))
        return false;
    if (set->pair != NULL)
        return content_has_pair(folder, name, wall_ms, closed == CLOSED_PAIR);
    return (closed == CLOSED_FILE && !set->settles_always) ||
           wall_ms - stage_ms(&st->stx_ctime) >= set->settle_ms;
}

/* ---- what is known of a file ---- */

/* What a struct file can hold: a time before 1970 is 1970. */
static uint64_t in_44_bits(int64_t value)
{
    return value < 0 ? 0 : (uint64_t)value < FILE_44_BITS ? (uint64_t)value : FILE_44_BITS;
}

static int64_t time_of(const struct stage_settings *set, const char *name, const struct statx *st)
{
    int64_t ms;
    if (set->age == AGE_NAME && fixed_time_find(set->name_time, name, &ms))
        return ms;
    return stage_ms(set->age == AGE_CTIME ? &st->stx_ctime : &st->stx_mtime);
}

/* What of an arrival is news: all, but in the first pass only what came while nobody watched. */
static bool is_news(const struct stage *s, const struct statx *st)
{
    return s->has_passed ||
           (s->known_since_ms != 0 && stage_ms(&st->stx_ctime) > s->known_since_ms);
}

void stage_tell_arrival(
    const struct folder *folder, const char *name, uint64_t size, uint32_t records)
{
    struct stage *s = folder->stage;
    char path[PATH_MAX];
    size_t root = strlen(s->set.path);
    const char *inside = folder->level == 0 ? "" : folder->path + root + 1;
    snprintf(path, sizeof path, "%s%s%s", inside, inside[0] == '\0' ? "" : "/", name);
    s->sink.arrived(
        s->sink.ctx, s, path, size, content_asks_records(&s->set) ? records : FILE_RECORDS_UNKNOWN);
}

static void note_names(struct stage *s, const struct file *f, const char *name)
{
    if (f->state != FILE_SETTLED)
        return;
    if (f->key == s->named_key || (int64_t)f->time_ms < s->named_ms || s->sums.depth == 1) {
        s->named_key = f->key;
        s->named_ms = (int64_t)f->time_ms;
        snprintf(s->named, sizeof s->named, "%s", name);
    }
    if (is_over_limit(&s->set, f))
        snprintf(s->over_limit_name, sizeof s->over_limit_name, "%s", name);
    if (is_empty(&s->set, f))
        snprintf(s->empty_name, sizeof s->empty_name, "%s", name);
}

static bool is_writing(void *arg, struct pending_file *file)
{
    const struct file *f = files_find(&((struct stage *)arg)->files, file->key);
    return f != NULL && f->state == FILE_WRITING;
}

/* Remembers a file that is not complete, so that it is asked again. */
static void await_file(
    struct stage *s, struct folder *folder, const char *name, uint64_t key, int64_t written_ms)
{
    if (s->pending.count == PENDING_MAX && !s->pending.is_over) {
        pending_review(&s->pending, is_writing, s);
        // What would have to be looked through again and again is left to passes.
        s->pending.is_over = s->pending.count > PENDING_MAX / 2;
    }
    pending_add(&s->pending, folder, name, key, written_ms);
}

/* What is known of the inside of @f; @is_new: it is complete since now, or has changed. */
static void take_content(struct folder *folder, const char *name, struct file *f, bool is_new)
{
    struct stage *s = folder->stage;
    if (is_new) {
        f->differs = false;
        f->records = content_by_size(&s->set, f->size);
        f->awaits = s->set.count_lines != LINES_NONE;
    }
    if (f->state != FILE_SETTLED)
        f->awaits = f->differs = false;
    else if (f->awaits && (is_new || counting_lacks(&s->counting)))
        counting_add(s, folder, name, f->key);
    else if (!f->awaits && (is_new || f->differs))
        content_compare(folder, name, f);
}

void stage_take_file(struct folder *folder, const char *name, uint64_t key, const struct statx *st,
    int64_t wall_ms, enum stage_closed closed)
{
    struct stage *s = folder->stage;
    struct file *f = files_put(&s->files, key);
    if (f == NULL) {
        s->pass.unheld++;
        return;
    }
    struct file before = *f;
    bool is_same = before.state != FILE_NONE && before.inode == (uint32_t)st->stx_ino;
    bool was_complete = is_same && before.state == FILE_SETTLED;
    add_to_sums(s, f, UINT64_MAX);
    files_changing(&s->files, f);

    f->inode = (uint32_t)st->stx_ino;
    f->size = in_44_bits((int64_t)(st->stx_size & INT64_MAX)) & FILE_44_BITS;
    f->time_ms = in_44_bits(time_of(&s->set, name, st)) & FILE_44_BITS;
    f->pass = s->pass_number & FILE_PASS_MASK;
    // The pair may be taken away first.
    bool stays = was_complete && s->set.pair != NULL;
    f->state =
        stays || is_complete(folder, name, st, wall_ms, closed) ? FILE_SETTLED : FILE_WRITING;
    bool has_changed = before.size != f->size || before.time_ms != f->time_ms;
    bool is_new = f->state == FILE_SETTLED && (!was_complete || has_changed);
    take_content(folder, name, f, is_new);
    add_to_sums(s, f, 1);
    files_changed(&s->files, f);
    note_names(s, f, name);

    if (f->state == FILE_WRITING && (before.state != FILE_WRITING || s->pass.is_running))
        await_file(s, folder, name, key, stage_ms(&st->stx_mtime));
    if (!is_new)
        return;
    s->arrivals += !was_complete;
    if (is_news(s, st) && f->awaits)
        f->owes = true;
    else if (is_news(s, st))
        stage_tell_arrival(folder, name, f->size, f->records);
}

void stage_file_counted(
    const struct folder *folder, const char *name, uint64_t key, uint32_t records)
{
    struct stage *s = folder->stage;
    struct file *f = files_find(&s->files, key);
    if (f == NULL || !f->awaits)
        return;
    bool owes = f->owes;
    add_to_sums(s, f, UINT64_MAX);
    f->records = records;
    f->awaits = f->owes = false;
    content_compare(folder, name, f);
    add_to_sums(s, f, 1);
    note_names(s, f, name);
    if (owes)
        stage_tell_arrival(folder, name, f->size, records);
}

/* A file went away. An arrival that waits for a number is told without one, or when that is there.
 */
static void file_left(struct folder *folder, const char *name, uint64_t key)
{
    struct stage *s = folder->stage;
    const struct file *f = files_find(&s->files, key);
    if (f == NULL)
        return;
    bool is_read_on = counting_leave(&s->counting, key, f->owes);
    if (f->owes && !is_read_on)
        stage_tell_arrival(folder, name, f->size, FILE_RECORDS_UNKNOWN);
    remove_file(s, key);
}

/* ---- folders ---- */

struct folder *stage_add_folder(struct stage *s, const char *path, uint64_t key, unsigned level)
{
    struct folder *folder = calloc(1, sizeof *folder);
    char *own_path = strdup(path);
    struct folder **link = &s->folders;
    if (folder == NULL || own_path == NULL) {
        free(folder);
        free(own_path);
        return NULL;
    }
    *folder =
        (struct folder){.stage = s, .path = own_path, .key = key, .level = level, .watch = -1};
    while (*link != NULL)
        link = &(*link)->next;
    *link = folder;
    s->folder_count++;
    return folder;
}

void stage_free_folder(struct stage *s, struct folder *folder)
{
    pending_forget(&s->pending, folder);
    counting_forget(&s->counting, folder);
    if (s->watches != NULL) {
        watches_forget(s->watches, folder);
        watches_drop(s->watches, folder->watch);
    }
    free(folder->path);
    free(folder);
    s->folder_count--;
}

/* ---- settings ---- */

/* What file transfer programs call a file that is not complete yet. */
static const char *const usual_temporary[] = {"*.tmp", "*.part", "*.filepart", NULL};
static const char *const usual_ignored[] = {".*", NULL};

static enum stage_age age_of(const struct hm_host *group)
{
    const char *age = group->text(group, "age");
    if (age == NULL)
        return group->flag(group, "work") ? AGE_CTIME : AGE_MTIME;
    return strcmp(age, "name") == 0 ? AGE_NAME : strcmp(age, "ctime") == 0 ? AGE_CTIME : AGE_MTIME;
}

static enum lines_form lines_form_of(const char *word)
{
    return word == NULL ? LINES_NONE : strcmp(word, "csv") == 0 ? LINES_CSV : LINES_PLAIN;
}

static int read_settings(struct stage_settings *set, const struct hm_host *group)
{
    *set = (struct stage_settings){.name = group->text(group, "name"),
        .path = group->text(group, "path"),
        .is_error = group->flag(group, "error"),
        .is_done = group->flag(group, "done"),
        .is_work = group->flag(group, "work"),
        .is_recursive = group->flag(group, "recursive"),
        .is_optional = group->flag(group, "optional"),
        .age = age_of(group),
        .name_time = group->text(group, "name_time"),
        .settle_ms = group->integer(group, "settle"),
        .settles_always = strcmp(group->text(group, "complete"), "settle") == 0,
        .pair = group->text(group, "pair"),
        .pair_replaces = group->flag(group, "pair_replaces"),
        .name_records = group->text(group, "name_records"),
        .trailer_records = group->text(group, "trailer_records"),
        .pair_records = group->text(group, "pair_records"),
        .pair_bytes = group->text(group, "pair_bytes"),
        .count_lines = lines_form_of(group->text(group, "count_lines")),
        .skip_lines = (uint64_t)group->integer(group, "skip_lines"),
        .needs_records = group->flag(group, "needs_records"),
        .record_bytes = (uint64_t)group->integer(group, "record_bytes"),
        .limit_records = (uint64_t)group->integer(group, "limit_records"),
        .limit_bytes = (uint64_t)group->integer(group, "limit_bytes")};
    int r = names_read(&set->temporary, group, "temporary", usual_temporary);
    if (r == 0)
        r = names_read(&set->ignore, group, "ignore", usual_ignored);
    return r == 0 ? names_read(&set->pattern, group, "pattern", NULL) : r;
}

int stage_init(struct stage *s, const struct hm_host *group, struct watches *watches,
    const struct stage_sink *sink, uint64_t seed)
{
    *s = (struct stage){
        .sink = *sink, .watches = watches, .named_ms = INT64_MAX, .pass = {.fd = -1}};
    counting_init(&s->counting);
    if (read_settings(&s->set, group) < 0 ||
        stage_add_folder(s, s->set.path, files_key(seed, s->set.path), 0) == NULL)
        return -ENOMEM;
    return 0;
}

void stage_deinit(struct stage *s)
{
    stage_pass_close(s);
    counting_deinit(&s->counting);
    while (s->folders != NULL) {
        struct folder *folder = s->folders;
        s->folders = folder->next;
        stage_free_folder(s, folder);
    }
    files_deinit(&s->files);
    pending_deinit(&s->pending);
    names_deinit(&s->set.ignore);
    names_deinit(&s->set.pattern);
    names_deinit(&s->set.temporary);
}

/* ---- events ---- */

/* Asks about one file that was closed or moved here, by its name. */
static void ask_file(struct folder *folder, const char *name, uint64_t key, int64_t wall_ms)
{
    char path[PATH_MAX];
    struct statx st;
    stage_path_of(path, folder, name);
    if (statx(AT_FDCWD, path, AT_SYMLINK_NOFOLLOW, STAGE_STATX, &st) < 0)
        file_left(folder, name, key);
    else if (S_ISREG(st.stx_mode))
        stage_take_file(folder, name, key, &st, wall_ms, CLOSED_FILE);
}

static void file_was_made(struct folder *folder, const char *name, uint64_t key, int64_t wall_ms)
{
    struct stage *s = folder->stage;
    struct file *f = files_put(&s->files, key);
    if (f == NULL || f->state != FILE_NONE)
        return;
    f->state = FILE_WRITING;
    f->time_ms = in_44_bits(wall_ms) & FILE_44_BITS;
    f->pass = s->pass_number & FILE_PASS_MASK;
    add_to_sums(s, f, 1);
    await_file(s, folder, name, key, wall_ms);
}

/* A review of the files that are not complete: all, or those whose pair came. */
struct review {
    struct stage *stage;
    int64_t wall_ms;
    const struct folder *folder; /* NULL: all */
    const char *pair;
    bool is_closed; /* the pair is */
};

static bool is_pair_of(const struct review *r, const struct pending_file *file)
{
    const struct stage_settings *set = &r->stage->set;
    size_t stem = content_pair_stem(set, file->name);
    return r->folder == file->folder && strncmp(file->name, r->pair, stem) == 0 &&
           strcmp(r->pair + stem, set->pair) == 0;
}

static bool review_file(void *arg, struct pending_file *file)
{
    const struct review *r = arg;
    struct stage *s = r->stage;
    char path[PATH_MAX];
    struct statx st;
    if (!is_writing(s, file))
        return false;
    if (r->folder != NULL && !is_pair_of(r, file))
        return true;
    stage_path_of(path, file->folder, file->name);
    if (statx(AT_FDCWD, path, AT_SYMLINK_NOFOLLOW, STAGE_STATX, &st) < 0) {
        remove_file(s, file->key);
        return false;
    }
    file->written_ms = stage_ms(&st.stx_mtime);
    stage_take_file(file->folder, file->name, file->key, &st, r->wall_ms,
        r->is_closed ? CLOSED_PAIR : CLOSED_NONE);
    return is_writing(s, file);
}

/* A pass asks these files anyway, and adds to the list. */
static void review(struct stage *s, struct review *r)
{
    if (s->pass.is_running)
        s->wants_pass |= r->folder != NULL;
    else
        pending_review(&s->pending, review_file, r);
}

void stage_review(struct stage *s, int64_t wall_ms)
{
    review(s, &(struct review){.stage = s, .wall_ms = wall_ms});
    if (s->pending.count < PENDING_MAX / 2 && s->pending.count >= s->sums.writing)
        s->pending.is_over = false;
}

/* A pair file that is written anew announces something else of a file that is complete. */
static void compare_again(const struct folder *folder, const char *pair)
{
    struct stage *s = folder->stage;
    char name[NAME_MAX + 1];
    snprintf(name, sizeof name, "%.*s", (int)(strlen(pair) - strlen(s->set.pair)), pair);
    struct file *f = files_find(&s->files, files_key(folder->key, name));
    if (f == NULL || f->state != FILE_SETTLED || f->awaits)
        return;
    add_to_sums(s, f, UINT64_MAX);
    content_compare(folder, name, f);
    add_to_sums(s, f, 1);
}

static void pair_came(struct folder *folder, const char *name, int64_t wall_ms, bool is_closed)
{
    struct stage *s = folder->stage;
    if (is_closed)
        compare_again(folder, name);
    review(s, &(struct review){.stage = s,
                  .wall_ms = wall_ms,
                  .folder = folder,
                  .pair = name,
                  .is_closed = is_closed});
    s->wants_pass |= s->pending.is_over;
}

void stage_event(struct folder *folder, uint32_t mask, const char *name, int64_t wall_ms)
{
    struct stage *s = folder->stage;
    if ((mask & IN_IGNORED) != 0)
        folder->watch = -1;
    if ((mask & (IN_IGNORED | IN_DELETE_SELF | IN_MOVE_SELF | IN_UNMOUNT)) != 0) {
        s->wants_pass = true;
        return;
    }
    if ((mask & IN_ISDIR) != 0) {
        s->wants_pass |= s->set.is_recursive && !names_match(&s->set.ignore, name);
        return;
    }
    enum name_kind kind = stage_name_kind(s, name);
    uint64_t key = files_key(folder->key, name);
    bool is_here = (mask & (IN_CLOSE_WRITE | IN_MOVED_TO)) != 0;
    if (kind == NAME_PAIR && (is_here || (mask & IN_CREATE) != 0))
        pair_came(folder, name, wall_ms, is_here);
    if (kind != NAME_DATA && kind != NAME_TEMPORARY)
        return;
    if ((mask & (IN_DELETE | IN_MOVED_FROM)) != 0)
        file_left(folder, name, key);
    else if (is_here)
        ask_file(folder, name, key, wall_ms);
    else if ((mask & IN_CREATE) != 0)
        file_was_made(folder, name, key, wall_ms);
}

/* ---- what is asked ---- */

bool stage_oldest(struct stage *s, int64_t *ret_ms, const char **ret_name)
{
    const struct file *oldest = files_oldest(&s->files);
    if (oldest == NULL)
        return false;
    if (s->named_key != oldest->key) {
        s->named_key = oldest->key;
        s->named_ms = (int64_t)oldest->time_ms;
        s->named[0] = '\0';
    }
    *ret_ms = (int64_t)oldest->time_ms;
    *ret_name = s->named;
    return true;
}

bool stage_half_written(struct stage *s, int64_t *ret_ms, const char **ret_name)
{
    bool found = false;
    pending_review(&s->pending, is_writing, s);
    for (size_t i = 0; i < s->pending.count; i++) {
        const struct pending_file *file = &s->pending.list[i];
        if (found && file->written_ms >= *ret_ms)
            continue;
        found = true;
        *ret_ms = file->written_ms;
        *ret_name = file->name;
    }
    return found;
}

bool stage_has_unnamed(const struct stage *s)
{
    return s->pending.is_over && s->sums.writing > 0;
}
