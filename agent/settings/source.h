/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HM_SETTINGS_SOURCE_H
#define HM_SETTINGS_SOURCE_H

#include <libconfig.h>
#include <stdbool.h>
#include <stddef.h>

#include "settings/settings.h"

/**
 * source - one file of the configuration, from its bytes to libconfig's tree.
 *
 * libconfig 1.5 blocks on a FIFO, ends the process at an @include of a folder, stops at a NUL,
 * takes a BOM for a syntax error, cuts whole numbers to 32 bits without a word, needs seconds for a
 * long text or for a group of many settings, and recurses as deep as the file nests. So the file is
 * opened and looked through here first, and what it would stumble over is a complaint.
 */

enum {
    SOURCE_BYTES_MAX = 1024 * 1024,
    SOURCE_TEXT_BYTES_MAX = 16 * 1024, /* of one quoted text */
    SOURCE_DEPTH_MAX = 16,             /* brackets in brackets */
    SOURCE_GROUP_MAX = 1000, /* settings of one group: libconfig compares each with each */
    SOURCE_FILES_MAX = 256
};

/** Spare bytes behind what source_bytes gives. */
enum { SOURCE_ROOM = 3 };

struct source {
    const char *file; /* the tree's */
    char *bytes;      /* without BOM, NUL behind it */
    size_t length;
    config_t config;
    bool is_parsed; /* config holds what the file says */
};

/** The bytes of @file, without BOM, with NUL and SOURCE_ROOM - 1 spare bytes behind them; the
 * caller frees. NULL: it is no file to be read, complaints say why. */
char *source_bytes(const char *file, size_t *ret_length, struct complaints *c);

/** True when @s is parsed; else complaints say why not. Always to be released. */
bool source_read(struct source *s, const char *file, struct complaints *c);
void source_deinit(struct source *s);

/** Looks through @bytes for what must not reach libconfig (scan.c). True: it may. */
bool source_scan(const char *file, const char *bytes, size_t length, struct complaints *c);

/** Names of the *.conf files in conf.d beside @path, sorted by their bytes; the caller frees. */
char **source_list(const char *path, size_t *ret_count, struct complaints *c);

#endif
