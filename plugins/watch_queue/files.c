/* SPDX-License-Identifier: BSD-2-Clause */
#include "files.h"

#include <stdlib.h>
#include <string.h>

enum { ROOM_FIRST = 4, SEGMENT_SHIFT = 54 };
_Static_assert(FILES_SEGMENTS == 1 << (64 - SEGMENT_SHIFT), "the upper bits choose the segment");
_Static_assert(sizeof(struct file) == 32, "a million files take 64 MiB");

struct files_segment {
    struct file *slots;
    uint32_t room; /* a power of two, or 0 */
    uint32_t count;
    bool is_unsure;  /* the oldest must be looked for */
    bool has_oldest; /* else none is complete */
    uint64_t oldest_key;
    uint64_t oldest_ms;
};

void files_deinit(struct files *f)
{
    for (size_t i = 0; f->segments != NULL && i < FILES_SEGMENTS; i++)
        free(f->segments[i].slots);
    free(f->segments);
    *f = (struct files){0};
}

/* A round of MurmurHash3's finaliser. */
static uint64_t mix(uint64_t hash)
{
    hash = (hash ^ hash >> 33) * 0xff51afd7ed558ccdU;
    hash = (hash ^ hash >> 33) * 0xc4ceb9fe1a85ec53U;
    return hash ^ hash >> 33;
}

uint64_t files_key(uint64_t folder, const char *name)
{
    size_t length = strlen(name);
    uint64_t hash = mix(folder + length * 0x9e3779b97f4a7c15U);
    for (;; name += 8, length -= 8) {
        uint64_t block = 0;
        memcpy(&block, name, length < 8 ? length : 8);
        hash = mix(hash ^ block);
        if (length < 8)
            return hash;
    }
}

static struct files_segment *segment_of(const struct files *f, uint64_t key)
{
    return &f->segments[key >> SEGMENT_SHIFT];
}

static size_t slot_of(const struct files_segment *s, uint64_t key)
{
    size_t i = (size_t)key & (s->room - 1);
    while (s->slots[i].state != FILE_NONE && s->slots[i].key != key)
        i = (i + 1) & (s->room - 1);
    return i;
}

static struct file *find_in(const struct files_segment *s, uint64_t key)
{
    if (s->room == 0)
        return NULL;
    struct file *file = &s->slots[slot_of(s, key)];
    return file->state == FILE_NONE ? NULL : file;
}

struct file *files_find(const struct files *f, uint64_t key)
{
    return f->segments == NULL ? NULL : find_in(segment_of(f, key), key);
}

void files_prefetch(const struct files *f, uint64_t key)
{
    if (f->segments == NULL)
        return;
    const struct files_segment *s = segment_of(f, key);
    if (s->room > 0)
        __builtin_prefetch(&s->slots[key & (s->room - 1)]);
}

static bool grow(struct files_segment *s)
{
    struct files_segment bigger = *s;
    bigger.room = s->room == 0 ? ROOM_FIRST : 2 * s->room;
    bigger.slots = calloc(bigger.room, sizeof *bigger.slots);
    if (bigger.slots == NULL)
        return false;
    for (size_t i = 0; i < s->room; i++)
        if (s->slots[i].state != FILE_NONE)
            bigger.slots[slot_of(&bigger, s->slots[i].key)] = s->slots[i];
    free(s->slots);
    *s = bigger;
    return true;
}

struct file *files_put(struct files *f, uint64_t key)
{
    if (f->segments == NULL && (f->segments = calloc(FILES_SEGMENTS, sizeof *f->segments)) == NULL)
        return NULL;
    struct files_segment *s = segment_of(f, key);
    struct file *file = find_in(s, key);
    if (file != NULL)
        return file;
    if (f->count >= FILES_MAX || (s->count >= s->room / 4 * 3 && !grow(s)))
        return NULL;
    file = &s->slots[slot_of(s, key)];
    *file = (struct file){.key = key};
    s->count++;
    f->count++;
    return file;
}

static void forget_oldest(struct files_segment *s, const struct file *file)
{
    if (s->has_oldest && s->oldest_key == file->key) {
        s->has_oldest = false;
        s->is_unsure = true;
    }
}

static void note_oldest(struct files_segment *s, const struct file *file)
{
    if (file->state != FILE_SETTLED || (s->has_oldest && file->time_ms >= s->oldest_ms))
        return;
    s->has_oldest = true;
    s->oldest_key = file->key;
    s->oldest_ms = file->time_ms;
}

void files_changing(struct files *f, const struct file *file)
{
    forget_oldest(segment_of(f, file->key), file);
}

void files_changed(struct files *f, const struct file *file)
{
    struct files_segment *s = segment_of(f, file->key);
    if (!s->is_unsure)
        note_oldest(s, file);
}

static void remove_from(struct files *f, struct files_segment *s, struct file *file)
{
    size_t mask = s->room - 1;
    size_t hole = (size_t)(file - s->slots);
    forget_oldest(s, file);
    // What follows without a gap moves up unless it would come to stand before its own place.
    for (size_t i = (hole + 1) & mask; s->slots[i].state != FILE_NONE; i = (i + 1) & mask) {
        size_t home = (size_t)s->slots[i].key & mask;
        if (((i - home) & mask) >= ((i - hole) & mask)) {
            s->slots[hole] = s->slots[i];
            hole = i;
        }
    }
    s->slots[hole].state = FILE_NONE;
    s->count--;
    f->count--;
}

void files_remove(struct files *f, struct file *file)
{
    remove_from(f, segment_of(f, file->key), file);
}

void files_sweep(
    struct files *f, size_t at, bool (*fn)(void *arg, const struct file *file), void *arg)
{
    struct files_segment *s = f->segments == NULL ? NULL : &f->segments[at];
    for (size_t i = 0; s != NULL && i < s->room;) {
        struct file *file = &s->slots[i];
        if (file->state != FILE_NONE && !fn(arg, file))
            remove_from(f, s, file);
        else
            i++;
    }
}

static void look_for_oldest(struct files_segment *s)
{
    s->is_unsure = false;
    for (size_t i = 0; i < s->room; i++)
        note_oldest(s, &s->slots[i]);
}

const struct file *files_oldest(struct files *f)
{
    const struct files_segment *oldest = NULL;
    for (size_t i = 0; f->segments != NULL && i < FILES_SEGMENTS; i++) {
        struct files_segment *s = &f->segments[i];
        if (s->is_unsure)
            look_for_oldest(s);
        if (s->has_oldest && (oldest == NULL || s->oldest_ms < oldest->oldest_ms))
            oldest = s;
    }
    return oldest == NULL ? NULL : find_in(oldest, oldest->oldest_key);
}
