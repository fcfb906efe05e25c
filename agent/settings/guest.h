/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HM_SETTINGS_GUEST_H
#define HM_SETTINGS_GUEST_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/text.h"
#include "settings/option.h"
#include "settings/settings.h"

/**
 * guest - what the daemon knows of a plugin without loading it.
 *
 * `hashimori-worker --describe PLUGIN_PATH OWNER_UID` loads the plugin (ABI check included), writes
 * one JSON object on one line to standard output and exits with 0. (OWNER_UID: who beside root may
 * own the file.) When the plugin cannot be loaded it
 * writes one line with the reason to standard error and exits with 1. At most 256 KiB, 10 s:
 *
 *     {"describe":1,"abi":"1.0","kind":"watch","name":"disk","version":"0.1.0",
 *      "summary":"how full file systems are","summary_ja":"..","validates":true,
 *      "options":[{"name":"path","type":"path","preset":"/","help":"..","help_ja":"..",
 *                  "least":0,"most":0,"required":false,"words":["a","b"],"group":[..]},..],
 *      "rules":[{"metric":"used_percent","warning":">= 80","critical":">= 90","clear":"< 75",
 *                "runs":1,"clear_runs":1,"event":"critical","key":"job,code",
 *                "cleared_by":"recovered","clear_after":"10m"},..]}
 *
 * `kind`: watch channel face. `type`: text integer number flag span size list path secret groups
 * (hm_option_type in its order). `describe` `abi` `kind` `name` `version` `options` `rules` must be
 * there (empty arrays where the plugin has NULL), in an option `name` `type` `help`, in a rule
 * `metric`; what is NULL, false or 0 in the plugin's table may be left out. `validates` says
 * whether the plugin has a validate function. Unknown members are ignored.
 *
 * `hashimori-worker --validate PLUGIN_PATH OWNER_UID` reads one line from standard input,
 *
 *     {"subject":"var","interval_ms":60000,"deadline_ms":10000,"language":"ja","options":{..}}
 *
 * with `options` exactly as in an `open` line of docs/wire.md (guest_values_json; only `options` is
 * always there), calls the plugin's validate, writes each complaint as one line
 * {"option":"path","text":".."} (`option` null when there is none) and exits with 0; with 1 and a
 * line on standard error when it could not ask the plugin.
 */

enum {
    GUEST_DESCRIBE_VERSION = 1,
    GUEST_OUTPUT_BYTES_MAX = 256 * 1024,
    GUEST_LIMIT_MS = 10 * 1000,
    GUEST_OPTIONS_MAX = 256, /* of one table or group */
    GUEST_RULES_MAX = 256,
    GUEST_VALUES_BYTES_MAX = 60 * 1024 /* as JSON: they must fit in a line of the wire */
};

/** Why there is no table. In @ret_why stands a path or the worker's own words. */
enum {
    GUEST_E_ABSENT = 1, /* no such plugin file */
    GUEST_E_UNSAFE = 2, /* the file or a folder above it may be written by others */
    GUEST_E_BAD = 3     /* it cannot be loaded, or describes itself wrongly */
};

/** Options and default rules of a plugin. Owns everything. */
struct guest_table {
    const char *kind;
    const char *name;
    const char *version;
    const char *abi;
    const char *summary[2]; /* by enum language; never NULL */
    bool validates;
    const struct option *options; /* ends with a name of NULL; never NULL */
    struct rule *rules;
    size_t rule_count;
    /* owned by guest.c */
    json_t *document; /* the texts above are its */
    void **blocks;
    size_t block_count;
};

/** Reads one describe line. 0; GUEST_E_BAD and an English reason in @why. */
int guest_table_decode(
    const char *line, size_t length, struct guest_table **ret_table, struct text *why);
/** The same object as --describe prints, in full. New reference. */
json_t *guest_table_json(const struct guest_table *table);
struct guest_table *guest_table_free(struct guest_table *table);

/**
 * Option values as the `options` member of an open line: texts, integers, reals, booleans, arrays
 * of texts, arrays of objects; what is not set is not there. Secrets go out as they are. New
 * reference.
 */
json_t *guest_values_json(const struct value_set *values);
/** The same with "***" for secrets, for people. New reference. */
json_t *guest_values_shown(const struct value_set *values);

/**
 * The file of a plugin: PLUGIN_DIR/KIND_NAME.so, or in a build tree
 * PLUGIN_DIR/KIND_NAME/.libs/KIND_NAME.so. It and every folder above it must belong to root or
 * @owner and must not be writable by others (group included) unless it is a sticky folder of
 * root's.
 *
 * 0 and an absolute path without symbolic links, the caller's to free; GUEST_E_ABSENT or
 * GUEST_E_UNSAFE with the path in question in @ret_why.
 */
int guest_find_file(const char *plugin_dir, const char *kind, const char *name, uid_t owner,
    char **ret_path, struct text *ret_why);

/** Asks plugins by way of hashimori-worker; remembers answers while the file stays the same. */
struct guest_runner;

/** hashimori-worker as a build tree or the installation has it; the caller frees. */
char *guest_worker_path(void);

/** @worker_path: hashimori-worker. @config_path: whoever owns this file may own plugins too. */
int guest_runner_new(
    const char *worker_path, const char *config_path, struct guest_runner **ret_runner);
struct guest_runner *guest_runner_free(struct guest_runner *runner);
/** For settings_load; borrows @runner. Blocks up to GUEST_LIMIT_MS per question; what a plugin
 * accepted once is not asked again while its file stays the same. */
struct guest_source guest_runner_source(struct guest_runner *runner);

#endif
