/* SPDX-License-Identifier: BSD-2-Clause */
#include "message.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Puts the count before the message, or the line feed behind it. */
static void frame(struct message *m)
{
    char count[MESSAGE_HEAD_BYTES + 1];

    m->begin = MESSAGE_HEAD_BYTES;
    if (m->framing == MESSAGE_LINE)
        m->bytes[MESSAGE_HEAD_BYTES + m->length] = '\n';
    if (m->framing != MESSAGE_COUNTED)
        return;
    size_t n = (size_t)snprintf(count, sizeof count, "%zu ", m->length);
    m->begin -= n;
    memcpy(m->bytes + m->begin, count, n);
}

struct message *message_new(const struct message_plan *plan, uint64_t delivery, uint32_t attempt,
    const struct hm_notice *notice)
{
    char bytes[SYSLOG_STREAM_BYTES];
    size_t most = plan->bytes_max < sizeof bytes ? plan->bytes_max : sizeof bytes;
    struct syslog_mark mark;
    size_t length = syslog_encode(bytes, most, plan->format, attempt, notice, &mark);
    struct message *m = malloc(sizeof *m + MESSAGE_HEAD_BYTES + length + 1);

    if (m == NULL)
        return NULL;
    *m = (struct message){.delivery = delivery,
        .attempt = attempt,
        .framing = plan->framing,
        .mark = mark,
        .length = length};
    memcpy(m->bytes + MESSAGE_HEAD_BYTES, bytes, length);
    frame(m);
    return m;
}

struct message *message_again(struct message *m)
{
    char mark[SYSLOG_ATTEMPT_BYTES];
    size_t length = syslog_attempt(mark, m->attempt < 2 ? 2 : m->attempt + 1);
    size_t whole = sizeof *m + MESSAGE_HEAD_BYTES + m->length + length + 1;
    struct message *larger = realloc(m, whole);

    if (larger == NULL)
        return m;
    m = larger;
    char *at = m->bytes + MESSAGE_HEAD_BYTES + m->mark.at;
    memmove(at + length, at + m->mark.length, m->length - m->mark.at - m->mark.length);
    memcpy(at, mark, length);
    m->length += length - m->mark.length;
    m->mark.length = length;
    m->attempt = m->attempt < 2 ? 2 : m->attempt + 1;
    frame(m);
    return m;
}

const char *message_frame(const struct message *m, size_t *ret_length)
{
    *ret_length = MESSAGE_HEAD_BYTES - m->begin + m->length + (m->framing == MESSAGE_LINE ? 1 : 0);
    return m->bytes + m->begin;
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
