/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HM_CTL_CLIENT_H
#define HM_CTL_CLIENT_H

#include <jansson.h>

#include "base/message.h"
#include "base/text.h"

/** client - one question to the daemon over its control socket, waiting for the whole answer. */

enum {
    CLIENT_E_AWAY = 1,    /* cannot connect, or no whole answer in time */
    CLIENT_E_REFUSED = 2, /* the daemon said no */
    CLIENT_LIMIT_MS = 30000,
    CLIENT_FILE_LIMIT_MS = 600000 /* a large ledger on a slow disk */
};

struct client_answer {
    json_t *result;  /* pieces joined; owned */
    char code[32];   /* of a refusal */
    struct text why; /* of either failure: a sentence, or the system's word */
};
void client_answer_deinit(struct client_answer *a);

/** @args: texts by name, borrowed; NULL: none. 0 or CLIENT_E_*. */
int client_ask(const char *socket_path, const char *verb, const json_t *args,
    enum language language, struct client_answer *ret);
/** The same, for a verb that takes its time (CLIENT_FILE_LIMIT_MS). */
int client_ask_slow(const char *socket_path, const char *verb, const json_t *args,
    enum language language, struct client_answer *ret);
/** The same, for a verb that passes a file: *ret_fd is its descriptor, the caller's, or -1. */
int client_ask_file(const char *socket_path, const char *verb, const json_t *args,
    enum language language, struct client_answer *ret, int *ret_fd);

#endif
