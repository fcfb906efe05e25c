/* SPDX-License-Identifier: BSD-2-Clause */
#include "shared/resolve.h"

#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>

enum {
    ADDRESSES_MAX = 16,
    LIMIT_MS = 20 * 1000, /* two servers that are silent, at the 5 s and two tries of resolv.conf */
    PAUSE_MS = 30 * 1000, /* between two questions */
    ANSWER_BYTES = 8192,
    STATUS_NOT_FOUND = 2 /* of getent(1) */
};

struct resolve {
    const struct hm_host *host;
    const char *name;
    resolve_fn fn;
    void *arg;
    bool is_numeric, is_asking;
    bool has_asked;
    int64_t asked_ms; /* boottime */
    char addresses[ADDRESSES_MAX][RESOLVE_TEXT_BYTES];
    size_t count;
    char why[320];
};

static bool is_address(const char *text)
{
    struct addrinfo want = {.ai_flags = AI_NUMERICHOST, .ai_socktype = SOCK_DGRAM};
    struct addrinfo *found = NULL;
    bool is = strlen(text) < RESOLVE_TEXT_BYTES && getaddrinfo(text, NULL, &want, &found) == 0;

    if (found != NULL)
        freeaddrinfo(found);
    return is;
}

static bool is_known(const struct resolve *r, size_t count, const char *address)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(r->addresses[i], address) == 0)
            return true;
    return false;
}

/* Lines of getent: "192.0.2.1  STREAM name", one for each type of socket. */
static size_t take_lines(struct resolve *r, const char *output)
{
    size_t count = 0;

    for (const char *line = output; *line != '\0' && count < ADDRESSES_MAX;) {
        size_t n = strcspn(line, " \n");
        char address[RESOLVE_TEXT_BYTES];
        if (n > 0 && n < sizeof address) {
            snprintf(address, sizeof address, "%.*s", (int)n, line);
            if (is_address(address) && !is_known(r, count, address))
                memcpy(r->addresses[count++], address, sizeof address);
        }
        line += strcspn(line, "\n");
        line += *line == '\n';
    }
    return count;
}

static void resolve_on_answer(void *arg, int status, const char *output, size_t length)
{
    struct resolve *r = arg;
    bool ended = status >= 0 && WIFEXITED(status);
    size_t count = ended && WEXITSTATUS(status) == 0 ? take_lines(r, output) : 0;

    (void)length;
    r->is_asking = false;
    r->why[0] = '\0';
    if (count > 0)
        r->count = count;
    else
        snprintf(r->why, sizeof r->why, "\"%.255s\" %s", r->name,
            ended && WEXITSTATUS(status) == STATUS_NOT_FOUND ? "has no address"
            : status < 0                                     ? "was not resolved in time"
                                                             : "could not be resolved");
    r->fn(r->arg);
}

bool resolve_ask(struct resolve *r)
{
    const char *const argv[] = {"/usr/bin/getent", "--", "ahosts", r->name, NULL};
    int64_t now = r->host->boot_ms(r->host);

    if (r->is_asking)
        return true;
    if (r->is_numeric || (r->has_asked && now - r->asked_ms < PAUSE_MS))
        return false;
    r->has_asked = true;
    r->asked_ms = now;
    r->is_asking =
        r->host->run(r->host, argv, NULL, LIMIT_MS, ANSWER_BYTES, resolve_on_answer, r) == 0;
    if (!r->is_asking)
        snprintf(r->why, sizeof r->why, "\"%.255s\": /usr/bin/getent cannot be run", r->name);
    return r->is_asking;
}

size_t resolve_count(const struct resolve *r)
{
    return r->count;
}

const char *resolve_address(const struct resolve *r, size_t i)
{
    return r->count == 0 ? NULL : r->addresses[i % r->count];
}

const char *resolve_why(const struct resolve *r)
{
    return r->why;
}

struct resolve *resolve_new(const struct hm_host *host, const char *name, resolve_fn fn, void *arg)
{
    struct resolve *r = calloc(1, sizeof *r);

    if (r == NULL)
        return NULL;
    *r = (struct resolve){.host = host, .name = name, .fn = fn, .arg = arg};
    r->is_numeric = is_address(name);
    if (r->is_numeric) {
        snprintf(r->addresses[0], sizeof r->addresses[0], "%s", name);
        r->count = 1;
    }
    return r;
}

struct resolve *resolve_free(struct resolve *r)
{
    free(r);
    return NULL;
}
