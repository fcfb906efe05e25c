/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HM_REPLAY_INPUT_H
#define HM_REPLAY_INPUT_H

#include <jansson.h>
#include <stdio.h>

#include "base/message.h"
#include "base/text.h"
#include "model/model.h"

/** input - the lines of a replay, one by one, checked (docs/replay.md). */

enum input_kind {
    INPUT_READING,
    INPUT_COMMAND,
    INPUT_AGENT_STOP,
    INPUT_AGENT_START,
    INPUT_CLOCK,
    INPUT_RECEIPT
};

struct input_line {
    size_t number; /* 1.. */
    wall_ms at;
    enum input_kind kind;
    struct reading reading;
    bool is_borrowed; /* `reading`: its texts are the input's, until the next line */
    struct command command;
    char *boot_id; /* of a start; NULL: the same boot goes on */
    span_ms step;
    char *destination;
    enum receipt_result result;
};
void input_line_deinit(struct input_line *line);

/** What is wrong with a line, in both languages: "LINE: what is wrong; what is accepted". */
void input_complain(struct text why[2], size_t number, enum message id, const char *detail);

enum { INPUT_E_BAD = 1, INPUT_E_END = 2, INPUT_LINE_MAX = 64 * 1024 };

/** What is read, and how far. {.in = FILE} begins; the file is the caller's. */
struct input {
    FILE *in;
    size_t number; /* of the line that was read last */
    char *bytes;
    size_t room;
};
void input_deinit(struct input *input);

/** The next line that is not blank; all count. 0, INPUT_E_END, INPUT_E_BAD and @why. */
int input_next(struct input *input, struct input_line *ret, struct text why[2]);

#endif
