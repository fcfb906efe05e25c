/* SPDX-License-Identifier: BSD-2-Clause */
#include "seen.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DIGITS = 8, PAGES = SEEN_MAX / SEEN_PAGE, SLOTS = 16384 };

static const char digits[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-_";
static const uint64_t mask = ((uint64_t)1 << 48) - 1;

struct record_hash {
    uint64_t hash;
    bool is_current; /* in the newest listing */
};

/* Slots hold places in `all` plus one, by hash, open addressing. */
struct seen {
    const struct hm_host *host;
    bool any;
    size_t count;
    struct record_hash all[SEEN_MAX];
    uint16_t slots[SLOTS];
};

static size_t slot_of(const struct seen *s, uint64_t hash)
{
    size_t i = (size_t)(hash % SLOTS);
    while (s->slots[i] != 0 && s->all[s->slots[i] - 1].hash != hash)
        i = (i + 1) % SLOTS;
    return i;
}

static void append(struct seen *s, uint64_t hash, bool is_current)
{
    size_t slot = slot_of(s, hash);
    if (s->slots[slot] != 0 || s->count == SEEN_MAX)
        return;
    s->all[s->count] = (struct record_hash){hash, is_current};
    s->slots[slot] = (uint16_t)++s->count;
}

static void page_name(size_t page, char out[static 16])
{
    snprintf(out, 16, "seen%u", (unsigned)page % PAGES);
}

static void keep_page(const struct seen *s, size_t page)
{
    char name[16], text[SEEN_PAGE * DIGITS + 1];
    size_t length = 0;
    for (size_t i = page * SEEN_PAGE; i < s->count && i < (page + 1) * SEEN_PAGE; i++)
        for (int shift = 42; shift >= 0; shift -= 6)
            text[length++] = digits[s->all[i].hash >> shift & 63];
    text[length] = '\0';
    page_name(page, name);
    s->host->keep(s->host, name, length > 0 || page == 0 ? text : NULL);
}

static void read_page(struct seen *s, const char *text)
{
    for (; strlen(text) >= DIGITS; text += DIGITS) {
        uint64_t hash = 0;
        for (int i = 0; i < DIGITS; i++) {
            const char *digit = strchr(digits, text[i]);
            hash = hash << 6 | (uint64_t)(digit != NULL ? digit - digits : 0);
        }
        append(s, hash, false);
    }
}

int seen_new(const struct hm_host *host, struct seen **ret_seen)
{
    struct seen *s = calloc(1, sizeof *s);
    if (s == NULL)
        return -ENOMEM;
    s->host = host;
    for (size_t page = 0; page < PAGES; page++) {
        char name[16];
        page_name(page, name);
        const char *text = host->kept(host, name);
        if (text == NULL)
            continue;
        s->any = true;
        read_page(s, text);
    }
    *ret_seen = s;
    return 0;
}

struct seen *seen_free(struct seen *s)
{
    free(s);
    return NULL;
}

bool seen_any(const struct seen *s)
{
    return s->any;
}

void seen_begin(struct seen *s)
{
    for (size_t i = 0; i < s->count; i++)
        s->all[i].is_current = false;
}

bool seen_has(struct seen *s, uint64_t hash)
{
    size_t slot = slot_of(s, hash & mask);
    if (s->slots[slot] == 0)
        return false;
    s->all[s->slots[slot] - 1].is_current = true;
    return true;
}

/* Leaves half of the places free if so many are not in the newest listing. */
static void forget_old(struct seen *s)
{
    struct seen *old = malloc(sizeof *old);
    size_t current = 0;
    if (old == NULL)
        return;
    *old = *s;
    for (size_t i = 0; i < old->count; i++)
        current += old->all[i].is_current;
    size_t stay = current < SEEN_MAX / 2 ? SEEN_MAX / 2 - current : 0;
    size_t go = old->count - current > stay ? old->count - current - stay : 0;
    s->count = 0;
    memset(s->slots, 0, sizeof s->slots);
    for (size_t i = 0; i < old->count; i++)
        if (old->all[i].is_current || go == 0)
            append(s, old->all[i].hash, old->all[i].is_current);
        else
            go--;
    free(old);
    for (size_t page = 0; page < PAGES; page++)
        keep_page(s, page);
}

bool seen_add(struct seen *s, uint64_t hash)
{
    if (s->count == SEEN_MAX)
        forget_old(s);
    if (s->count == SEEN_MAX)
        return false;
    append(s, hash & mask, true);
    s->any = true;
    keep_page(s, (s->count - 1) / SEEN_PAGE);
    return true;
}

void seen_end(struct seen *s)
{
    if (!s->any)
        keep_page(s, 0);
    s->any = true;
}

uint64_t seen_hash(uint64_t hash, const char *bytes, size_t length)
{
    if (hash == 0)
        hash = 14695981039346656037ull;
    for (size_t i = 0; i < length; i++)
        hash = (hash ^ (unsigned char)bytes[i]) * 1099511628211ull;
    return hash;
}
