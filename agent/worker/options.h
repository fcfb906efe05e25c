/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HM_WORKER_OPTIONS_H
#define HM_WORKER_OPTIONS_H

#include <hashimori/plugin.h>
#include <jansson.h>

/**
 * options - a plugin's view of its option values: the `options` object of an open line read
 * through the plugin's own table. A name that the table does not have, or of another type, is a
 * bug of the plugin: it ends the process with a line on standard error.
 */

struct guest;

struct options {
    struct hm_host host; /* host.priv is this */
    struct guest *guest;
    const struct hm_option *table;
    json_t *values;         /* an object, or NULL: nothing is set */
    const char *name;       /* a group's: of which option .. */
    size_t index;           /* .. and which one */
    struct options *groups; /* those asked for so far */
    struct options *next;
};

/**
 * @table is the plugin's (NULL: none); @values is borrowed until options_free; @services has all
 * calls but those for options.
 */
struct options *options_new(struct guest *guest, const struct hm_host *services,
    const struct hm_option *table, json_t *values);
struct options *options_free(struct options *o);
/** The guest behind a host that a plugin hands back. */
struct guest *options_guest(const struct hm_host *host);

#endif
