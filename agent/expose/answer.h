/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HM_EXPOSE_ANSWER_H
#define HM_EXPOSE_ANSWER_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * answer - the lines that answer one request (docs/wire.md, "Control socket"). Pure.
 *
 * A result that does not fit into one line is cut: arrays that are members of it go out in pieces,
 * each with "more":true, and what is left is the last line.
 */

/** What a verb leaves, and what becomes of it. */
struct control_answer {
    json_t *result;   /* new reference; NULL: failed */
    const char *code; /* "not_found" "conflict" "unavailable" "bad_request"; static */
    char *error[2];   /* by enum language; owned */
    int fd;           /* -1, or a file descriptor to pass on; closed afterwards */
    uint64_t ticket;  /* of this request, for control_answer_later; set by control */
    bool later;       /* the verb goes on by itself and nothing of the above is set */
};

typedef bool (*answer_line_fn)(void *arg, const char *line, size_t length);

/**
 * Calls @fn with each line, in order, until it returns false. @id is echoed (NULL: null). The
 * result of @answer is consumed. False: @fn said so, or one element is larger than a line.
 */
bool answer_lines(const json_t *id, struct control_answer *answer, answer_line_fn fn, void *arg);

#endif
