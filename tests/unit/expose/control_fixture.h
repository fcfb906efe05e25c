/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HM_TESTS_CONTROL_FIXTURE_H
#define HM_TESTS_CONTROL_FIXTURE_H

#include <jansson.h>
#include <sys/types.h>

#include "base/log.h"
#include "base/text.h"
#include "expose/control.h"
#include "expose/listener.h"
#include "unit.h"

/** control_fixture - a control socket in a folder of its own, and clients of it. */

enum { LIMIT_MS = 20000, PEERS_MAX = 64, OTHER_ID = 65534 };

struct fixture {
    char folder[32];
    char path[64];
    struct loop *loop;
    struct control *control;
    int peers[PEERS_MAX];
    size_t peer_count;
    unsigned runs;   /* verbs that ran */
    uint64_t ticket; /* of the last one that is answered later */
};

/* What the socket takes: echo, many, fail, file, later, and echo for operators and admins. */
extern const struct control_verb control_verbs[];

/* A sink of the log. */
void no_log(enum log_level level, enum log_area area, const char *line);

/* The socket is open to @group; set_up: to ours. */
int set_up_for(void **state, gid_t group);
int set_up(void **state);
int tear_down(void **state);

/* A connection to the socket @path; the caller closes it. peer: a client of @f's own. */
int connect_to(const char *path);
int peer(struct fixture *f);

/* Turns the loop until the peer has a line, or the end of the connection (NULL). Freed by the
 * caller. */
char *read_line(struct fixture *f, int fd);

/* One whole answer; new reference. */
json_t *read_answer(struct fixture *f, int fd);

/* Sends a line and reads its answer. */
json_t *ask(struct fixture *f, int fd, const char *request);

/* A text member of it; "" if there is none. */
const char *text_of(const json_t *answer, const char *name);

#endif
