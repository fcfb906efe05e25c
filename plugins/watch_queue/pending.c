/* SPDX-License-Identifier: BSD-2-Clause */
#include "pending.h"

#include <stdlib.h>
#include <string.h>

void pending_clear(struct pending *p)
{
    for (size_t i = p->first; i < p->count; i++)
        free(p->list[i].name);
    p->first = p->count = 0;
    p->is_over = false;
}

void pending_deinit(struct pending *p)
{
    pending_clear(p);
    free(p->list);
    *p = (struct pending){0};
}

/* Uses the places of those that were taken out again, if it is worth moving the others. */
static void move_up(struct pending *p)
{
    if (p->first == 0 || p->first < p->room / 2)
        return;
    p->count -= p->first;
    memmove(p->list, p->list + p->first, p->count * sizeof p->list[0]);
    p->first = 0;
}

static bool make_room(struct pending *p)
{
    size_t most = p->most == 0 ? PENDING_MAX : p->most;
    if (p->count == p->room)
        move_up(p);
    if (p->count < p->room)
        return true;
    size_t room = p->room == 0 ? 16 : 2 * p->room;
    struct pending_file *list = room > most ? NULL : realloc(p->list, room * sizeof *list);
    if (list == NULL)
        return false;
    p->list = list;
    p->room = room;
    return true;
}

void pending_add(
    struct pending *p, void *folder, const char *name, uint64_t key, int64_t written_ms)
{
    char *copy = p->is_over || !make_room(p) ? NULL : strdup(name);
    if (copy == NULL) {
        p->is_over = true;
        return;
    }
    p->list[p->count++] =
        (struct pending_file){.folder = folder, .name = copy, .key = key, .written_ms = written_ms};
}

void pending_review(struct pending *p, bool (*fn)(void *arg, struct pending_file *file), void *arg)
{
    size_t kept = 0;
    for (size_t i = p->first; i < p->count; i++) {
        if (fn(arg, &p->list[i]))
            p->list[kept++] = p->list[i];
        else
            free(p->list[i].name);
    }
    p->first = 0;
    p->count = kept;
}

size_t pending_left(const struct pending *p)
{
    return p->count - p->first;
}

bool pending_take(struct pending *p, struct pending_file *ret_file)
{
    if (p->first == p->count)
        return false;
    *ret_file = p->list[p->first++];
    return true;
}

static bool is_of_another(void *arg, struct pending_file *file)
{
    return file->folder != arg;
}

void pending_forget(struct pending *p, void *folder)
{
    pending_review(p, is_of_another, folder);
}
