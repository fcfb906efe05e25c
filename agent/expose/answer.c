/* SPDX-License-Identifier: BSD-2-Clause */
#include "expose/answer.h"

#include <stdlib.h>

#include "base/message.h"
#include "loop/loop.h"
#include "wire/wire.h"

enum {
    ENVELOPE_BYTES = 256,                           /* everything around the result */
    PIECE_BYTES = STREAM_LINE_MAX - ENVELOPE_BYTES, /* of a result */
    MEMBER_BYTES = 64                               /* an array's name and brackets */
};

struct writer {
    const json_t *id;
    answer_line_fn fn;
    void *arg;
};

static size_t size_of(const json_t *value)
{
    return json_dumpb(value, NULL, 0, JSON_COMPACT | JSON_ENCODE_ANY);
}

static bool write_object(json_t *line, answer_line_fn fn, void *arg)
{
    char *bytes = json_dumps(line, JSON_COMPACT);
    size_t length = size_of(line);
    bool fits = bytes != NULL && length < STREAM_LINE_MAX;
    bool r = fits && fn(arg, bytes, length);

    free(bytes);
    json_decref(line);
    return r;
}

static json_t *envelope(const json_t *id, bool ok)
{
    json_t *line = json_object();

    json_object_set_new(line, "id", id == NULL ? json_null() : json_deep_copy(id));
    json_object_set_new(line, "ok", json_boolean(ok));
    return line;
}

/* Writes {name: piece}; takes @piece. */
static bool write_piece(const struct writer *w, const char *name, json_t *piece)
{
    json_t *line = envelope(w->id, true);
    json_t *result = json_object();

    json_object_set_new(result, name, piece);
    json_object_set_new(line, "more", json_true());
    json_object_set_new(line, "result", result);
    return write_object(line, w->fn, w->arg);
}

/* Sends elements from the front of @array until what is left has at most @most bytes. */
static bool shorten(const struct writer *w, const char *name, json_t *array, size_t most)
{
    size_t left = size_of(array);
    size_t i = 0;
    bool going = true;

    while (going && left > most && i < json_array_size(array)) {
        json_t *piece = json_array();
        size_t filled = MEMBER_BYTES;
        for (; i < json_array_size(array); i++) {
            size_t one = size_of(json_array_get(array, i)) + 1;
            if (filled + one > PIECE_BYTES && json_array_size(piece) > 0)
                break;
            json_array_append(piece, json_array_get(array, i));
            filled += one;
            left -= one < left ? one : left;
        }
        going = write_piece(w, name, piece);
    }
    json_t *rest = json_array();
    for (; i < json_array_size(array); i++)
        json_array_append(rest, json_array_get(array, i));
    json_array_clear(array);
    json_array_extend(array, rest);
    json_decref(rest);
    return going;
}

static bool write_result(const struct writer *w, json_t *result)
{
    const char *name;
    json_t *value;
    bool going = true;

    json_object_foreach (result, name, value) {
        size_t all = size_of(result);
        if (!going || all <= PIECE_BYTES)
            break;
        size_t own = json_is_array(value) ? size_of(value) : 0;
        if (own > 2)
            going =
                shorten(w, name, value, all - own < PIECE_BYTES ? PIECE_BYTES - (all - own) : 2);
    }
    if (!going) {
        json_decref(result);
        return false;
    }
    json_t *line = envelope(w->id, true);
    json_object_set_new(line, "result", result);
    return write_object(line, w->fn, w->arg);
}

bool answer_lines(const json_t *id, struct control_answer *answer, answer_line_fn fn, void *arg)
{
    struct writer w = {.id = id, .fn = fn, .arg = arg};

    if (answer->result != NULL) {
        json_t *result = answer->result;
        answer->result = NULL;
        return write_result(&w, result);
    }
    json_t *line = envelope(id, false);
    json_object_set_new(
        line, "code", json_string(answer->code == NULL ? "unavailable" : answer->code));
    wire_put_text(line, "error", answer->error[LANGUAGE_EN]);
    wire_put_text(line, "error_ja", answer->error[LANGUAGE_JA]);
    return write_object(line, fn, arg);
}
