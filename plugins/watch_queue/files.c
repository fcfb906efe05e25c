/* SPDX-License-Identifier: BSD-2-Clause */
#include "files.h"

#include <stdlib.h>
#include <string.h>

enum { ROOM_FIRST = 256 };

void files_deinit(struct files *f)
{
    free(f->slots);
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

static size_t slot_of(const struct files *f, uint64_t key)
{
    size_t i = (size_t)key & (f->room - 1);
    while (f->slots[i].state != FILE_NONE && f->slots[i].key != key)
        i = (i + 1) & (f->room - 1);
    return i;
}

struct file *files_find(const struct files *f, uint64_t key)
{
    if (f->room == 0)
        return NULL;
    struct file *file = &f->slots[slot_of(f, key)];
    return file->state == FILE_NONE ? NULL : file;
}

static bool grow(struct files *f)
{
    struct files bigger = {.room = f->room == 0 ? ROOM_FIRST : 2 * f->room, .count = f->count};
    bigger.slots = calloc(bigger.room, sizeof *bigger.slots);
    if (bigger.slots == NULL)
        return false;
    for (size_t i = 0; i < f->room; i++)
        if (f->slots[i].state != FILE_NONE)
            bigger.slots[slot_of(&bigger, f->slots[i].key)] = f->slots[i];
    free(f->slots);
    *f = bigger;
    return true;
}

struct file *files_put(struct files *f, uint64_t key)
{
    struct file *file = files_find(f, key);
    if (file != NULL)
        return file;
    if (f->count >= FILES_MAX || (f->count >= f->room / 4 * 3 && !grow(f)))
        return NULL;
    file = &f->slots[slot_of(f, key)];
    *file = (struct file){.key = key};
    f->count++;
    return file;
}

void files_remove(struct files *f, struct file *file)
{
    size_t mask = f->room - 1;
    size_t hole = (size_t)(file - f->slots);
    // What follows without a gap moves up unless it would come to stand before its own place.
    for (size_t i = (hole + 1) & mask; f->slots[i].state != FILE_NONE; i = (i + 1) & mask) {
        size_t home = (size_t)f->slots[i].key & mask;
        if (((i - home) & mask) >= ((i - hole) & mask)) {
            f->slots[hole] = f->slots[i];
            hole = i;
        }
    }
    f->slots[hole].state = FILE_NONE;
    f->count--;
}

void files_sweep(struct files *f, bool (*fn)(void *arg, const struct file *file), void *arg)
{
    for (size_t i = 0; i < f->room;) {
        struct file *file = &f->slots[i];
        if (file->state != FILE_NONE && !fn(arg, file))
            files_remove(f, file);
        else
            i++;
    }
}
