/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HM_CHANNEL_SYSLOG_MESSAGE_H
#define HM_CHANNEL_SYSLOG_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "encode.h"

/** message - one notice in the bytes that go out, and queues of them. */

enum message_framing {
    MESSAGE_DATAGRAM, /* a message is a datagram */
    MESSAGE_COUNTED,  /* "LENGTH SP MESSAGE" (RFC 6587, 3.4.1), never a line feed as the mark */
    MESSAGE_LINE      /* a local stream: a line feed ends it, as its receivers expect */
};

struct message {
    struct message *next;
    uint64_t delivery; /* 0: its receipt is given */
    int64_t sent_ms;   /* boot time at which the last byte went out */
    uint32_t attempt;
    enum message_framing framing;
    struct syslog_mark mark;
    size_t begin;  /* of the frame in `bytes`; the message is at MESSAGE_HEAD_BYTES */
    size_t length; /* of the message, without count and line feed */
    char bytes[];
};

enum { MESSAGE_HEAD_BYTES = 8 }; /* digits and blank of a count */

/** What a message is made with. */
struct message_plan {
    const struct syslog_format *format;
    enum message_framing framing;
    size_t bytes_max; /* of a message */
};

/** NULL: no memory. Freed with free(3). */
struct message *message_new(const struct message_plan *plan, uint64_t delivery, uint32_t attempt,
    const struct hm_notice *notice);

/** The same message one attempt later; takes @m. Where there is no memory it stays as it was. */
struct message *message_again(struct message *m);

/** What goes over the wire. */
const char *message_frame(const struct message *m, size_t *ret_length);

/** First in, first out. {0} is empty. */
struct message_queue {
    struct message *first;
    struct message *last;
    size_t count;
};
void queue_push(struct message_queue *q, struct message *m);
struct message *queue_pop(struct message_queue *q); /* NULL: empty */
/** Puts all of @front before what is in @q; @front is empty then. */
void queue_prepend(struct message_queue *q, struct message_queue *front);
void queue_clear(struct message_queue *q);

#endif
