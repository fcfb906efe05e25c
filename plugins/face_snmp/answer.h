/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef FACE_SNMP_ANSWER_H
#define FACE_SNMP_ANSWER_H

#include <hashimori/plugin.h>

#include "rows.h"

/**
 * answer - answers GET, GETNEXT and (through the library) GETBULK below hmObjects from the rows.
 *
 * One registration for the whole subtree and one flat handler: what an AgentX master knows of us
 * does not change with the number of rows, and a change of the board costs it nothing. A SET is
 * refused with notWritable.
 */

struct answer; /* borrows the host and the rows */

/** Registers with the agent library, which must be initialised. NULL: it refused. */
struct answer *answer_new(const struct hm_host *host, const struct rows *rows);
/** After the agent library was shut down. Takes NULL, returns NULL. */
struct answer *answer_free(struct answer *a);

#endif
