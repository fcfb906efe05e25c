/* SPDX-License-Identifier: BSD-2-Clause */
#include "wire/wire.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/log.h"
#include "wire/flat.h"
#include "wire/wire_internal.h"

int wire_bad(struct text *why, const char *format, ...)
{
    if (why == NULL || why->length > 0)
        return WIRE_E_BAD;

    char line[256];
    va_list args;
    va_start(args, format);
    vsnprintf(line, sizeof line, format, args);
    va_end(args);
    text_add(why, line);
    return WIRE_E_BAD;
}

json_t *wire_parse(const char *line, size_t length, struct text *why)
{
    if (length > WIRE_LINE_MAX) {
        wire_bad(why, "line of %zu bytes is over the limit", length);
        return NULL;
    }

    json_t *o = flat_parse(line, length);
    if (o != NULL)
        return o;

    // jansson's own text quotes the input, which may hold anything: only the place is taken over.
    json_error_t error;
    o = json_loadb(line, length, JSON_REJECT_DUPLICATES, &error);
    if (o == NULL) {
        wire_bad(why, "not JSON at byte %d", error.position);
        return NULL;
    }
    if (!json_is_object(o)) {
        wire_bad(why, "not an object");
        json_decref(o);
        return NULL;
    }
    return o;
}

char *wire_line(json_t *object, size_t *ret_length)
{
    char *line = json_dumps(object, JSON_COMPACT);
    json_decref(object);
    if (line == NULL) {
        log_error(LOG_WIRE, "out of memory while writing a line, ending");
        abort();
    }
    if (ret_length != NULL)
        *ret_length = strlen(line);
    return line;
}

/* strspn(3) makes a table of its set each time, which costs more than the names that come here. */
static bool is_name_byte(char c)
{
    return (unsigned char)(c - 'a') < 26 || (unsigned char)(c - '0') < 10 || c == '_';
}

bool wire_is_name(const char *name)
{
    size_t n = 0;
    while (name != NULL && n <= WIRE_NAME_MAX && is_name_byte(name[n]))
        n++;
    return n >= 1 && n <= WIRE_NAME_MAX && name[n] == '\0';
}

bool wire_get_text(const json_t *o, const char *name, const char **ret, struct text *why)
{
    const json_t *value = json_object_get(o, name);
    if (!json_is_string(value)) {
        wire_bad(why, "\"%s\" is %s", name, value == NULL ? "absent" : "not a text");
        return false;
    }
    *ret = json_string_value(value);
    return true;
}

bool wire_get_int(
    const json_t *o, const char *name, int64_t least, int64_t most, int64_t *ret, struct text *why)
{
    const json_t *value = json_object_get(o, name);
    if (!json_is_integer(value)) {
        wire_bad(why, "\"%s\" is %s", name, value == NULL ? "absent" : "not an integer");
        return false;
    }
    int64_t number = json_integer_value(value);
    if (number < least || number > most) {
        wire_bad(why, "\"%s\" is outside %" PRId64 "..%" PRId64, name, least, most);
        return false;
    }
    *ret = number;
    return true;
}

bool wire_get_id(const json_t *o, const char *name, uint64_t *ret, struct text *why)
{
    const char *digits;
    if (!wire_get_text(o, name, &digits, why))
        return false;

    size_t n = strspn(digits, "0123456789");
    errno = 0;
    uint64_t id = strtoull(digits, NULL, 10);
    if (n == 0 || digits[n] != '\0' || errno != 0) {
        wire_bad(why, "\"%s\" is not a decimal number of 64 bits", name);
        return false;
    }
    *ret = id;
    return true;
}

json_t *wire_id(uint64_t id)
{
    char digits[24];
    snprintf(digits, sizeof digits, "%" PRIu64, id);
    return json_string(digits);
}

void wire_put_text(json_t *o, const char *name, const char *text)
{
    json_t *value = json_string(text == NULL ? "" : text);
    if (value == NULL) {
        struct text clean = {0};
        text_add_utf8(&clean, text, strlen(text));
        value = json_string(text_get(&clean));
        text_deinit(&clean);
    }
    json_object_set_new(o, name, value);
}

bool wire_take_text(
    const json_t *o, const char *name, size_t most, bool required, char **ret, struct text *why)
{
    if (!required && json_object_get(o, name) == NULL) {
        *ret = alloc_text("");
        return true;
    }
    const char *text;
    if (!wire_get_text(o, name, &text, why))
        return false;
    if (strlen(text) > most) {
        wire_bad(why, "\"%s\" is longer than %zu bytes", name, most);
        return false;
    }
    *ret = alloc_text(text);
    return true;
}

bool wire_take_int(
    const json_t *o, const char *name, int64_t least, int64_t most, int64_t *ret, struct text *why)
{
    *ret = 0;
    return json_object_get(o, name) == NULL || wire_get_int(o, name, least, most, ret, why);
}

json_t *wire_moment(struct moment m)
{
    if (m.wall == 0 && m.boot == 0)
        return json_null();
    json_t *o = json_object();
    json_object_set_new(o, "wall", json_integer(m.wall));
    json_object_set_new(o, "boot", json_integer(m.boot));
    return o;
}

bool wire_moment_decode(const json_t *o, struct moment *ret)
{
    int64_t wall, boot;
    if (json_is_null(o)) {
        *ret = (struct moment){0};
        return true;
    }
    if (!json_is_object(o) || !wire_get_int(o, "wall", 0, WIRE_WALL_MAX, &wall, NULL) ||
        !wire_get_int(o, "boot", INT64_MIN, INT64_MAX, &boot, NULL))
        return false;
    *ret = (struct moment){.wall = wall, .boot = boot};
    return true;
}

static int arg_decode(struct command *c, const char *name, const json_t *value, struct text *why)
{
    char digits[24];
    if (!wire_is_name(name))
        return wire_bad(why, "an argument's name is not [a-z0-9_]{1,64}");
    if (json_is_null(value))
        return 0;
    if (json_is_boolean(value)) {
        command_set(c, name, json_is_true(value) ? "true" : "false");
        return 0;
    }
    if (json_is_integer(value)) {
        snprintf(digits, sizeof digits, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
        command_set(c, name, digits);
        return 0;
    }
    if (!json_is_string(value) || json_string_length(value) > WIRE_TEXT_MAX)
        return wire_bad(why, "argument \"%s\" is not a text of at most 16 KiB", name);
    command_set(c, name, json_string_value(value));
    return 0;
}

/* "incident.ack": words of [a-z_] joined by dots. */
static bool verb_is_valid(const char *verb)
{
    size_t n = strlen(verb);
    return n >= 1 && n <= WIRE_NAME_MAX && strspn(verb, "abcdefghijklmnopqrstuvwxyz_.") == n;
}

int wire_command_decode(const json_t *request, struct command *ret, struct text *why)
{
    const char *verb;
    if (!wire_get_text(request, "do", &verb, why))
        return WIRE_E_BAD;
    if (!verb_is_valid(verb))
        return wire_bad(why, "\"do\" is not a verb");

    json_t *args = json_object_get(request, "args");
    if (args != NULL && !json_is_object(args))
        return wire_bad(why, "\"args\" is not an object");
    if (json_object_size(args) > WIRE_ARGS_MAX)
        return wire_bad(why, "more than %d arguments", WIRE_ARGS_MAX);

    struct command c = {.verb = alloc_text(verb)};
    const char *name;
    json_t *value;
    json_object_foreach (args, name, value) {
        if (arg_decode(&c, name, value, why) != 0) {
            command_deinit(&c);
            return WIRE_E_BAD;
        }
    }
    *ret = c;
    return 0;
}
