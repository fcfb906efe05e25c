/* SPDX-License-Identifier: BSD-2-Clause */
#include "message.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Digits and blank of a count, or the line feed. */
enum { FRAME_EXTRA_BYTES = 8 };

static size_t frame(char *ret, const struct syslog_format *format, enum message_framing framing,
    size_t bytes_max, const struct hm_notice *notice)
{
    size_t length = syslog_encode(ret, bytes_max, format, notice);
    char count[FRAME_EXTRA_BYTES + 1];

    if (framing == MESSAGE_LINE) {
        ret[length] = '\n';
        return length + 1;
    }
    if (framing == MESSAGE_DATAGRAM)
        return length;
    size_t digits = (size_t)snprintf(count, sizeof count, "%zu ", length);
    memmove(ret + digits, ret, length);
    memcpy(ret, count, digits);
    return digits + length;
}

struct message *message_new(const struct syslog_format *format, enum message_framing framing,
    size_t bytes_max, uint64_t delivery, const struct hm_notice *notice)
{
    struct message *m = malloc(sizeof *m + 2 * (bytes_max + FRAME_EXTRA_BYTES));
    struct syslog_format again = *format;

    if (m == NULL)
        return NULL;
    *m = (struct message){.delivery = delivery};
    m->length[0] = frame(m->bytes, format, framing, bytes_max, notice);
    again.resent = true;
    m->length[1] = frame(m->bytes + m->length[0], &again, framing, bytes_max, notice);
    struct message *fitting = realloc(m, sizeof *m + m->length[0] + m->length[1]);
    return fitting == NULL ? m : fitting;
}

const char *message_frame(const struct message *m, size_t *ret_length)
{
    *ret_length = m->length[m->again];
    return m->again ? m->bytes + m->length[0] : m->bytes;
}

void queue_push(struct message_queue *q, struct message *m)
{
    m->next = NULL;
    if (q->last == NULL)
        q->first = m;
    else
        q->last->next = m;
    q->last = m;
    q->count++;
}

struct message *queue_pop(struct message_queue *q)
{
    struct message *m = q->first;

    if (m == NULL)
        return NULL;
    q->first = m->next;
    if (q->first == NULL)
        q->last = NULL;
    q->count--;
    return m;
}

void queue_prepend(struct message_queue *q, struct message_queue *front)
{
    if (front->first == NULL)
        return;
    front->last->next = q->first;
    if (q->last == NULL)
        q->last = front->last;
    q->first = front->first;
    q->count += front->count;
    *front = (struct message_queue){0};
}

void queue_clear(struct message_queue *q)
{
    struct message *m;

    while ((m = queue_pop(q)) != NULL)
        free(m);
}
