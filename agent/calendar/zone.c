/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A zone file (TZif, RFC 8536) has a first block with 32-bit times and, from version 2 on, a
 * second one with 64-bit times and a footer. Only the last block that is there is used. All
 * counts are checked against the file's size before anything is read by them.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/log.h"
#include "calendar/calendar.h"
#include "calendar/tzrule.h"

#define ZONE_FOLDER "/usr/share/zoneinfo/"

enum {
    DAY_S = 86400,
    HEADER_BYTES = 44,
    FILE_BYTES_MAX = 64 * 1024, /* the largest zone of tzdata has less than 4 KiB */
    NAME_BYTES_MAX = 64,
    OFFSET_S_MAX = 26 * 3600
};

struct zone {
    int64_t *times; /* of transitions, rising */
    int32_t *offsets;
    size_t count;
    int32_t first_offset; /* before the first transition */
    bool has_rule;        /* after the last one */
    struct tzrule rule;
};

/* ---- reading the file ---- */

struct bytes {
    const unsigned char *at;
    size_t left;
};

struct counts {
    unsigned version;
    size_t is_ut, is_standard, leaps, times, types, characters;
};

static int64_t big_endian(const unsigned char *at, size_t width)
{
    uint64_t n = (at[0] & 0x80) != 0 ? UINT64_MAX : 0;
    for (size_t i = 0; i < width; i++)
        n = n << 8 | at[i];
    return (int64_t)n;
}

static size_t read_count(const unsigned char *at)
{
    int64_t n = big_endian(at, 4);
    return n < 0 || n > FILE_BYTES_MAX ? FILE_BYTES_MAX : (size_t)n;
}

static bool read_header(struct bytes *b, struct counts *ret)
{
    if (b->left < HEADER_BYTES || memcmp(b->at, "TZif", 4) != 0)
        return false;
    const unsigned char *n = b->at + 20;
    *ret = (struct counts){
        .version = b->at[4],
        .is_ut = read_count(n),
        .is_standard = read_count(n + 4),
        .leaps = read_count(n + 8),
        .times = read_count(n + 12),
        .types = read_count(n + 16),
        .characters = read_count(n + 20),
    };
    b->at += HEADER_BYTES;
    b->left -= HEADER_BYTES;
    return ret->types > 0;
}

static size_t block_bytes(const struct counts *c, size_t width)
{
    return c->times * (width + 1) + c->types * 6 + c->characters + c->leaps * (width + 4) +
           c->is_standard + c->is_ut;
}

static bool read_type(const unsigned char *types, size_t count, size_t index, int32_t *ret)
{
    if (index >= count)
        return false;
    int64_t offset = big_endian(types + index * 6, 4);
    if (offset > OFFSET_S_MAX || offset < -OFFSET_S_MAX)
        return false;
    *ret = (int32_t)offset;
    return true;
}

static bool read_block(struct bytes *b, const struct counts *c, size_t width, struct zone *z)
{
    size_t whole = block_bytes(c, width);
    if (whole > b->left)
        return false;

    const unsigned char *times = b->at;
    const unsigned char *indexes = times + c->times * width;
    const unsigned char *types = indexes + c->times;
    if (!read_type(types, c->types, 0, &z->first_offset))
        return false;
    z->times = alloc_array(c->times, sizeof *z->times);
    z->offsets = alloc_array(c->times, sizeof *z->offsets);
    z->count = c->times;
    for (size_t i = 0; i < c->times; i++) {
        z->times[i] = big_endian(times + i * width, width);
        if (i > 0 && z->times[i] <= z->times[i - 1])
            return false;
        if (!read_type(types, c->types, indexes[i], &z->offsets[i]))
            return false;
    }
    b->at += whole;
    b->left -= whole;
    return true;
}

/* "\nTZ-STRING\n"; an empty string means that nothing is known of later times. */
static bool read_footer(struct bytes *b, struct zone *z)
{
    if (b->left < 2 || b->at[0] != '\n')
        return false;
    const unsigned char *end = memchr(b->at + 1, '\n', b->left - 1);
    if (end == NULL)
        return false;
    size_t length = (size_t)(end - b->at) - 1;
    if (length == 0)
        return true;
    z->has_rule = tzrule_parse((const char *)b->at + 1, length, &z->rule);
    return z->has_rule;
}

static bool read_file(struct bytes b, struct zone *z)
{
    struct counts c;
    if (!read_header(&b, &c))
        return false;
    if (c.version < '2')
        return read_block(&b, &c, 4, z);

    size_t first = block_bytes(&c, 4);
    if (first > b.left)
        return false;
    b.at += first;
    b.left -= first;
    return read_header(&b, &c) && read_block(&b, &c, 8, z) && read_footer(&b, z);
}

/* ---- names ---- */

/* Names are the operator's: nothing may lead out of the folder. */
static bool name_valid(const char *name)
{
    size_t length = strlen(name);
    if (length == 0 || length > NAME_BYTES_MAX || name[0] == '/' || strstr(name, "..") != NULL)
        return false;
    return strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_+-/") ==
           length;
}

/* Zones that must work on a machine without tzdata: the rule of their present time. */
static const char *built_in_rule(const char *name)
{
    static const struct {
        const char *name, *rule;
    } zones[] = {{"UTC", "UTC0"}, {"Etc/UTC", "UTC0"}, {"Asia/Tokyo", "JST-9"}, {"Japan", "JST-9"}};
    for (size_t i = 0; i < sizeof zones / sizeof zones[0]; i++)
        if (strcmp(zones[i].name, name) == 0)
            return zones[i].rule;
    return NULL;
}

static bool load_built_in(const char *name, struct zone *z)
{
    const char *rule = built_in_rule(name);
    if (rule == NULL || !tzrule_parse(rule, strlen(rule), &z->rule))
        return false;
    z->has_rule = true;
    z->first_offset = z->rule.standard_s;
    return true;
}

/* The file's bytes in *ret, at most @room; 0 if there is no such file. */
static size_t read_whole(const char *path, unsigned char *ret, size_t room)
{
    FILE *file = fopen(path, "rbe");
    if (file == NULL)
        return 0;
    size_t length = fread(ret, 1, room, file);
    fclose(file);
    return length;
}

static bool load_file(const char *name, struct zone *z)
{
    char path[sizeof ZONE_FOLDER + NAME_BYTES_MAX];
    unsigned char *content = alloc(FILE_BYTES_MAX);

    strcpy(path, ZONE_FOLDER);
    strcat(path, name);
    size_t length = read_whole(path, content, FILE_BYTES_MAX);
    bool ok = length > 0 && read_file((struct bytes){content, length}, z);
    if (length > 0 && !ok)
        log_warn(LOG_BASE, "zone \"%s\": %s is no zone file that can be used", name, path);
    free(content);
    return ok;
}

static void zone_reset(struct zone *z)
{
    free(z->times);
    free(z->offsets);
    *z = (struct zone){0};
}

int zone_new(const char *iana_name, struct zone **ret_zone)
{
    if (iana_name == NULL || !name_valid(iana_name))
        return CALENDAR_E_ZONE;

    struct zone *z = alloc(sizeof *z);
    if (load_file(iana_name, z)) {
        *ret_zone = z;
        return 0;
    }
    zone_reset(z);
    if (load_built_in(iana_name, z)) {
        *ret_zone = z;
        return 0;
    }
    zone_free(z);
    return CALENDAR_E_ZONE;
}

int zone_from_bytes(const void *bytes, size_t length, struct zone **ret_zone)
{
    struct zone *z = alloc(sizeof *z);
    if (read_file((struct bytes){bytes, length}, z)) {
        *ret_zone = z;
        return 0;
    }
    zone_free(z);
    return CALENDAR_E_ZONE;
}

struct zone *zone_free(struct zone *z)
{
    if (z != NULL) {
        zone_reset(z);
        free(z);
    }
    return NULL;
}

/* ---- asking it ---- */

static int64_t floor_div(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}

static int32_t offset_at(const struct zone *z, int64_t when_s)
{
    if (z->count == 0 || when_s < z->times[0])
        return z->count == 0 && z->has_rule ? tzrule_offset(&z->rule, when_s) : z->first_offset;
    if (when_s >= z->times[z->count - 1])
        return z->has_rule ? tzrule_offset(&z->rule, when_s) : z->offsets[z->count - 1];

    size_t low = 0, high = z->count - 1; // times[low] <= when_s < times[high]
    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;
        if (z->times[middle] <= when_s)
            low = middle;
        else
            high = middle;
    }
    return z->offsets[low];
}

int32_t zone_offset(const struct zone *z, wall_ms when)
{
    return offset_at(z, floor_div(when, 1000));
}

/* The first second in (@low, @high] at which the offset is no longer @before. */
static int64_t find_jump(const struct zone *z, int64_t low, int64_t high, int32_t before)
{
    while (high - low > 1) {
        int64_t middle = low + (high - low) / 2;
        if (offset_at(z, middle) == before)
            low = middle;
        else
            high = middle;
    }
    return high;
}

wall_ms zone_instant(const struct zone *z, int32_t day, int32_t minute)
{
    int64_t local = (int64_t)day * DAY_S + (int64_t)minute * 60;
    int32_t before = offset_at(z, local - OFFSET_S_MAX);
    int32_t after = offset_at(z, local + OFFSET_S_MAX);

    if (offset_at(z, local - before) == before)
        return (local - before) * 1000;
    if (offset_at(z, local - after) == after)
        return (local - after) * 1000;
    return find_jump(z, local - after, local - before, before) * 1000;
}

int32_t zone_day(const struct zone *z, wall_ms when)
{
    int64_t when_s = floor_div(when, 1000);
    return (int32_t)floor_div(when_s + offset_at(z, when_s), DAY_S);
}
