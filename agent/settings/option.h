/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HM_SETTINGS_OPTION_H
#define HM_SETTINGS_OPTION_H

#include <stdbool.h>
#include <stddef.h>

#include "base/message.h"
#include "base/text.h"

/**
 * option - what may stand in a configuration, as data.
 *
 * One table per section, and one per guest (guest.h), all in the same form: the reader checks by
 * it, the manual page and `config show` are made from it, a test compares it with
 * hashimori.conf(5).
 */

/** The first ten are those of hm_option_type, with the names of option_type_name. */
enum option_type {
    OPTION_TEXT,
    OPTION_INTEGER,
    OPTION_NUMBER,
    OPTION_FLAG,
    OPTION_SPAN, /* "90s"; VALUE_INTEGER, milliseconds */
    OPTION_SIZE, /* "10M"; VALUE_INTEGER, bytes */
    OPTION_LIST, /* of texts; one text alone is a list of one */
    OPTION_PATH,
    OPTION_SECRET,
    OPTION_GROUPS,
    OPTION_GROUP, /* one group: VALUE_GROUPS with a count of 1. Own sections only */
    OPTION_NAME   /* a text fit for a name (option_is_name). Own sections only */
};

/** A table ends with a name of NULL. All members are borrowed: of static data or of the guest. */
struct option {
    const char *name;
    enum option_type type;
    const char *preset;  /* as written in a configuration, texts without quotes; NULL: none */
    const char *help[2]; /* by enum language; one sentence */
    double least, most;  /* inclusive: numbers, spans in ms, sizes in bytes; 0, 0: any */
    bool required;
    const char *const *words;   /* texts that are accepted, NULL-terminated; NULL: any */
    const struct option *group; /* OPTION_GROUPS, OPTION_GROUP */
};

/** A section of the file: `name = ( {..}, .. )`, or one group. */
struct option_section {
    const char *name;
    bool is_list;
    const struct option *options;
    const char *help[2];
};

/** All sections, in the order of the manual page; a name of NULL ends them. */
extern const struct option_section option_sections[];

extern const struct option option_agent[];
extern const struct option option_redact[];
extern const struct option option_calendar[];
extern const struct option option_service[];
extern const struct option option_sla[];
extern const struct option option_watch[];
extern const struct option option_rule[];
extern const struct option option_linkage[];
extern const struct option option_destination[];
extern const struct option option_route[];
extern const struct option option_face[];

/** "text" "integer" "number" "flag" "span" "size" "list" "path" "secret" "groups" "group" "name".
 */
const char *option_type_name(enum option_type type);
/** Of the ten that guests may use. */
bool option_type_from(const char *name, enum option_type *ret);

/** The option called @name in @table (may be NULL), or NULL. */
const struct option *option_find(const struct option *table, const char *name);

/**
 * The name in @tables (NULL-terminated array of tables) that @wrong was probably meant to be: at
 * most two letters put in, left out, changed or swapped. NULL: none.
 */
const char *option_suggest(const struct option *const *tables, const char *wrong);

/**
 * Whether @name is fit for a subject, service, ..: 1 to 64 bytes of UTF-8, no blanks, control or
 * invisible characters, and none of / , ( ) " ' \ { } ; =
 */
bool option_is_name(const char *name);

#endif
