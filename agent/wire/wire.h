/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HM_WIRE_WIRE_H
#define HM_WIRE_WIRE_H

#include <jansson.h>

#include "base/text.h"
#include "model/model.h"

/**
 * wire - bytes <-> values: the JSON lines of docs/wire.md. No sockets.
 *
 * Decoders take what the other side sent and trust none of it: types, ranges and lengths are
 * checked, what does not fit is WIRE_E_BAD with a reason in @why (ASCII, for the log).
 */

enum {
    WIRE_VERSION = 1,
    WIRE_E_BAD = 1,
    WIRE_CREDIT = 256,
    WIRE_LINE_MAX = 64 * 1024 - 1, /* without the newline */
    WIRE_TEXT_MAX = 16 * 1024,
    WIRE_FIELDS_MAX = 32,
    WIRE_INSTANCE_MAX = 4096, /* a path */
    WIRE_VALUE_MAX = 4096,    /* of a field */
    WIRE_KEEP_MAX = 8 * 1024, /* of a kept value */
    WIRE_NAME_MAX = 64,       /* of metrics, fields and kept keys */
    WIRE_ARGS_MAX = 64        /* of a command */
};

/** The last millisecond of the year 9999: what RFC 3339 can print. */
#define WIRE_WALL_MAX INT64_C(253402300799999)

/** One line to an object. New reference, or NULL and @why. Duplicate keys and \u0000 are refused.
 */
json_t *wire_parse(const char *line, size_t length, struct text *why);
/** One object to one line (no newline), compact, keys in insertion order. Steals @object. The
 * caller frees. */
char *wire_line(json_t *object, size_t *ret_length);

/** Members with their checks: false (and @why) when absent or of another type or out of range. */
bool wire_get_text(const json_t *o, const char *name, const char **ret, struct text *why);
bool wire_get_int(
    const json_t *o, const char *name, int64_t least, int64_t most, int64_t *ret, struct text *why);
/** [a-z0-9_]{1,64}: names of metrics, fields and arguments. */
bool wire_is_name(const char *name);
/** Adds @text as member @name, bytes that are not UTF-8 as U+FFFD; NULL as "". */
void wire_put_text(json_t *o, const char *name, const char *text);
/** Adds @bytes to a line that is written as text, as a JSON string in its quotes; bytes that are
 * not UTF-8 as U+FFFD. */
void wire_add_quoted(struct text *t, const char *bytes, size_t length);

/** An object written as text, member by member: what a storm writes by the thousand needs no tree.
 * Strings as wire_add_quoted, NULL as "". A moment as wire_moment. @json is written as it is. */
void wire_open(struct text *t);
void wire_add_text(struct text *t, const char *name, const char *text);
void wire_add_int(struct text *t, const char *name, int64_t number);
void wire_add_id(struct text *t, const char *name, uint64_t id);
void wire_add_moment(struct text *t, const char *name, struct moment m);
void wire_add_texts(struct text *t, const char *name, const char *const *texts, size_t count);
void wire_add_json(struct text *t, const char *name, const char *json);
void wire_close(struct text *t);

/** A decimal string of 64 bits. */
bool wire_get_id(const json_t *o, const char *name, uint64_t *ret, struct text *why);
json_t *wire_id(uint64_t id);

/** Body of a "reading" line (all but the envelope). The subject is the caller's to set. */
int wire_reading_decode(const json_t *o, struct reading *ret, struct text *why);
/** Whether @keep is an object of names with texts of at most WIRE_KEEP_MAX bytes or null (forget).
 */
bool wire_keep_is_valid(json_t *keep, struct text *why);
json_t *wire_reading(const struct reading *r);

/** Member "notice" of a deliver line. @host and the zone's offset are not part of the value. */
void wire_notice(struct text *t, const struct notice *n, const char *host, int32_t utc_offset_s);
/** All of it but those two, into an object that is open. */
void wire_add_notice(struct text *t, const struct notice *n);
int wire_notice_decode(const json_t *o, struct notice *ret, struct text *why);

int wire_receipt_decode(const json_t *o, struct receipt *ret, struct text *why);

/** A moment as {"wall":..,"boot":..}; {0} as null. */
json_t *wire_moment(struct moment m);
bool wire_moment_decode(const json_t *o, struct moment *ret);
void wire_incident(struct text *t, const struct incident *i);
int wire_incident_decode(const json_t *o, struct incident *ret, struct text *why);
json_t *wire_service_point(const struct service_point *p);
int wire_service_point_decode(const json_t *o, struct service_point *ret, struct text *why);

/** Member "args" of a control request as a command. */
int wire_command_decode(const json_t *request, struct command *ret, struct text *why);

#endif
