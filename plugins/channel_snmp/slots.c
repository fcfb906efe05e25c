/* SPDX-License-Identifier: BSD-2-Clause */
#include "slots.h"

#include <net-snmp/net-snmp-config.h>

#include <net-snmp/net-snmp-includes.h>
#include <stdlib.h>

/* The lower bits of a key are the index + 1, the rest is the generation. */
enum { INDEX_BITS = 12 };

void slots_init(struct slots *s, size_t count)
{
    *s = (struct slots){.all = calloc(count, sizeof *s->all)};
    s->count = s->all == NULL ? 0 : count;
}

void slots_deinit(struct slots *s)
{
    for (size_t i = 0; i < s->count; i++)
        if (s->all[i].taken)
            slots_give_back(&s->all[i]);
    free(s->all);
    *s = (struct slots){0};
}

struct slot *slots_take(struct slots *s, uint64_t delivery, struct snmp_pdu *pdu)
{
    for (size_t i = 0; i < s->count; i++) {
        struct slot *slot = &s->all[i];
        if (slot->taken)
            continue;
        *slot = (struct slot){.generation = slot->generation + 1,
            .taken = true,
            .delivery = delivery,
            .ticket = s->next_ticket++,
            .pdu = pdu};
        return slot;
    }
    return NULL;
}

void slots_give_back(struct slot *slot)
{
    if (slot->pdu != NULL)
        snmp_free_pdu(slot->pdu);
    slot->pdu = NULL;
    slot->taken = false;
}

uintptr_t slots_key(const struct slots *s, const struct slot *slot)
{
    return ((uintptr_t)slot->generation << INDEX_BITS) | (uintptr_t)(slot - s->all + 1);
}

struct slot *slots_find(const struct slots *s, uintptr_t key)
{
    size_t index = (key & ((1u << INDEX_BITS) - 1)) - 1;
    if (index >= s->count)
        return NULL;
    struct slot *slot = &s->all[index];
    return slot->taken && slots_key(s, slot) == key ? slot : NULL;
}

struct slot *slots_first_waiting(const struct slots *s)
{
    struct slot *first = NULL;
    for (size_t i = 0; i < s->count; i++) {
        struct slot *slot = &s->all[i];
        if (slot->taken && slot->pdu != NULL && (first == NULL || slot->ticket < first->ticket))
            first = slot;
    }
    return first;
}
