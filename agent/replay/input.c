/* SPDX-License-Identifier: BSD-2-Clause */
#include "replay/input.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "replay/quick.h"
#include "wire/wire.h"

void input_line_deinit(struct input_line *line)
{
    if (!line->is_borrowed)
        reading_deinit(&line->reading);
    command_deinit(&line->command);
    free(line->boot_id);
    free(line->destination);
    *line = (struct input_line){0};
}

void input_complain(struct text why[2], size_t number, enum message id, const char *detail)
{
    for (int language = 0; language < 2; language++) {
        text_clear(&why[language]);
        text_addf(&why[language], "%zu: ", number);
        message_add(&why[language], (enum language)language, id, detail);
    }
}

static bool take_reading(const json_t *o, struct input_line *ret, struct text *detail)
{
    const char *subject;

    if (!wire_get_text(o, "subject", &subject, detail) ||
        wire_reading_decode(o, &ret->reading, detail) != 0)
        return false;
    free(ret->reading.of.subject);
    ret->reading.of.subject = alloc_text(subject);
    ret->kind = INPUT_READING;
    return true;
}

/* {"do":"incident.ack","id":1,..} as the control socket's {"do":..,"args":{..}}. */
static bool take_command(const json_t *o, struct input_line *ret, struct text *detail)
{
    json_t *request = json_object();
    json_t *args = json_object();
    const char *name;
    json_t *value;

    json_object_foreach ((json_t *)(uintptr_t)o, name, value)
        json_object_set(strcmp(name, "do") == 0 ? request : args, name, value);
    json_object_set_new(request, "args", args);
    int r = wire_command_decode(request, &ret->command, detail);
    json_decref(request);
    ret->command.who = r == 0 ? alloc_text("replay") : NULL;
    ret->kind = INPUT_COMMAND;
    return r == 0;
}

static bool take_agent(
    const json_t *line, const json_t *what, struct input_line *ret, struct text *detail)
{
    const char *word = json_string_value(what);
    const char *boot_id = json_string_value(json_object_get(line, "boot_id"));

    ret->kind = text_equal(word, "stop") ? INPUT_AGENT_STOP : INPUT_AGENT_START;
    if (text_equal(word, "start") && boot_id != NULL)
        ret->boot_id = alloc_text(boot_id);
    if (boot_id != NULL && strlen(boot_id) >= CLOCK_BOOT_ID_BYTES) {
        text_add(detail, "\"boot_id\" is longer than 36 bytes");
        return false;
    }
    if (!text_equal(word, "stop") && !text_equal(word, "start"))
        text_add(detail, "\"agent\" is neither \"stop\" nor \"start\"");
    return detail->length == 0;
}

static bool take_clock(const json_t *o, struct input_line *ret, struct text *detail)
{
    int64_t step;

    if (!wire_get_int(o, "step_ms", -WIRE_WALL_MAX, WIRE_WALL_MAX, &step, detail))
        return false;
    ret->kind = INPUT_CLOCK;
    ret->step = step;
    return true;
}

static bool take_receipt(const json_t *o, struct input_line *ret, struct text *detail)
{
    const char *destination;
    const char *result;

    if (!wire_get_text(o, "destination", &destination, detail) ||
        !wire_get_text(o, "result", &result, detail))
        return false;
    if (!receipt_result_from(result, &ret->result)) {
        text_add(detail, "\"result\" is none of accepted, sent, refused, later");
        return false;
    }
    ret->kind = INPUT_RECEIPT;
    ret->destination = alloc_text(destination);
    return true;
}

static bool take_what(const json_t *line, struct input_line *ret, struct text *detail)
{
    static const char *const names[] = {"reading", "command", "agent", "clock", "receipt"};
    const json_t *found = NULL;
    size_t which = 0;
    size_t count = 0;

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        const json_t *value = json_object_get(line, names[i]);
        if (value != NULL) {
            found = value;
            which = i;
            count++;
        }
    }
    if (count != 1) {
        text_add(detail, count == 0 ? "it holds none of them" : "it holds more than one of them");
        return false;
    }
    if (which != 2 && !json_is_object(found)) {
        text_addf(detail, "\"%s\" is no object", names[which]);
        return false;
    }
    return which == 0   ? take_reading(found, ret, detail)
           : which == 1 ? take_command(found, ret, detail)
           : which == 2 ? take_agent(line, found, ret, detail)
           : which == 3 ? take_clock(found, ret, detail)
                        : take_receipt(found, ret, detail);
}

static bool take_line(const char *bytes, size_t length, struct input_line *ret, struct text why[2])
{
    struct text detail = {0};
    const char *at;
    json_t *line = wire_parse(bytes, length, &detail);
    bool good = false;

    if (line == NULL)
        input_complain(why, ret->number, MESSAGE_REPLAY_NOT_JSON, text_get(&detail));
    else if (!wire_get_text(line, "at", &at, &detail) || !text_parse_time(at, &ret->at))
        input_complain(why, ret->number, MESSAGE_REPLAY_AT, NULL);
    else if (!take_what(line, ret, &detail))
        input_complain(why, ret->number, MESSAGE_REPLAY_WHAT, text_get(&detail));
    else
        good = true;
    json_decref(line);
    text_deinit(&detail);
    return good;
}

void input_deinit(struct input *input)
{
    free(input->bytes);
    *input = (struct input){0};
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* The next line that is not blank, without blanks at its end; < 0: there is none. */
static ssize_t read_line(struct input *input)
{
    ssize_t length;

    while ((length = getline(&input->bytes, &input->room, input->in)) >= 0) {
        input->number++;
        while (length > 0 && is_blank(input->bytes[length - 1]))
            length--;
        if (length > 0)
            break;
    }
    if (length > 0)
        input->bytes[length] = '\0';
    return length;
}

int input_next(struct input *input, struct input_line *ret, struct text why[2])
{
    ssize_t length = read_line(input);

    *ret = (struct input_line){.number = input->number};
    if (length < 0)
        return INPUT_E_END;
    if (length >= INPUT_LINE_MAX) {
        input_complain(why, input->number, MESSAGE_REPLAY_LONG, NULL);
        return INPUT_E_BAD;
    }
    ret->is_borrowed = quick_reading(input->bytes, (size_t)length, &ret->at, &ret->reading);
    if (ret->is_borrowed) {
        ret->kind = INPUT_READING;
        return 0;
    }
    if (take_line(input->bytes, (size_t)length, ret, why))
        return 0;
    input_line_deinit(ret);
    return INPUT_E_BAD;
}
