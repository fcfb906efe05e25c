/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HM_SETTINGS_LOAD_H
#define HM_SETTINGS_LOAD_H

#include "settings/guest.h"
#include "settings/reader.h"
#include "settings/source.h"

/**
 * load - what the readers of the sections share. Private to this folder.
 *
 * Sections are read in an order in which what is referred to comes first: agent, calendars,
 * services, watch, linkages, destinations, routes, faces. Only expressions look ahead (to subjects
 * and linkages): they wait in `pending`.
 */

/** An expression whose names are looked up once all subjects are known. */
struct load_pending {
    const struct expression *expression; /* the tree's */
    struct place place;
};

struct load {
    struct settings *tree;
    struct complaints *complaints;
    const struct guest_source *guests;
    struct source *sources;
    size_t source_count;
    struct load_pending *pending;
    size_t pending_count;
    void *sha; /* sha256_ctx of all that is read */
};

/** Lets @bytes (may be NULL) count in the hash of the configuration. */
void load_hash(struct load *l, const char *bytes, size_t length);

typedef void (*load_group_fn)(struct load *l, struct reader *r, const config_setting_t *group);

/** Calls @fn for each group of the list @section in all files. */
void load_each_group(struct load *l, const char *section, load_group_fn fn);

/** Complains when @name (may be NULL) was taken before, at @first. */
void load_refuse_twice(struct load *l, struct place place, const char *name, struct place first);

/**
 * Complains that @name, at @place, is none of the @count names that @at gives, which stand in
 * @section.
 */
void load_refuse_reference(struct load *l, struct place place, const char *name,
    const char *section, const char *(*at)(const struct settings *s, size_t i), size_t count);

/**
 * Reads a group that holds our own options (@own_table) and those of the plugin that its member
 * @key names. NULL, and complaints, if there is no such plugin; @options is empty then.
 */
const struct guest_table *load_guest_group(struct load *l, struct reader *r,
    const config_setting_t *group, const struct option *own_table, const char *kind,
    const char *key, struct value_set *own, struct value_set *options);

/** Lets the plugins look at their values; only worth it when all else is right. */
void load_validate(struct load *l);

/** The place among @words (NULL-terminated) of @key's value; @words[0]'s if it is not set. */
unsigned load_word(const struct value_set *set, const char *key, const char *const *words);

/** @is_whole: all files could be read; else the section may be in one that could not, and no
 * plugin_dir is taken for granted. */
void load_agent(struct load *l, bool is_whole);
/** What agent.redact gives in @v (NULL: nothing), to the tree. */
void load_redact(struct load *l, const struct value *v);
void load_calendar(struct load *l, struct reader *r, const config_setting_t *group);
void load_service(struct load *l, struct reader *r, const config_setting_t *group);
void load_watch(struct load *l, struct reader *r, const config_setting_t *group);
/** Once all watches are there: complains of what depends on nothing or on itself. */
void load_dependencies(struct load *l);
void load_linkage(struct load *l, struct reader *r, const config_setting_t *group);
/** What linkages say of each other, once all are read. */
void load_linkages_check(struct load *l);
void load_destination(struct load *l, struct reader *r, const config_setting_t *group);
/** Option `drill` of @set. */
void load_drill(struct load *l, const struct value_set *set, struct drill_settings *ret);
void load_route(struct load *l, struct reader *r, const config_setting_t *group);
void load_face(struct load *l, struct reader *r, const config_setting_t *group);

/**
 * Moves the rules of @groups (may be NULL) to @w and adds those of @defaults that nothing
 * configured stands for (rules.c). @is_clean: the groups were read without a complaint, so that
 * what is missing was not given.
 */
void load_rules(struct load *l, struct watch_settings *w, const struct value *groups,
    const struct guest_table *defaults, bool is_clean);

#endif
