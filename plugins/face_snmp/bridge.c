/* SPDX-License-Identifier: BSD-2-Clause */
#include "bridge.h"

#include <net-snmp/net-snmp-config.h>

#include <net-snmp/net-snmp-includes.h>

#include <net-snmp/agent/net-snmp-agent-includes.h>
#include <net-snmp/library/large_fd_set.h>
#include <poll.h>
#include <stdlib.h>

enum {
    REFUSED_PAUSE_MS = 1000, /* a loop that refuses a watch is asked again after this */
    EARLY_MS = 50,           /* a timer that fires this much too early is left as it is */
    TURN_READS_MAX = 32,     /* packets of one call, so that others get a turn */
    LOOK_EVERY = 16          /* calls with one packet each, between two looks for a second one */
};

struct bridge {
    const struct hm_host *host;
    struct hm_watch_handle **watches; /* by fd; NULL: not watched */
    int room;
    struct hm_watch_handle *timer;
    int64_t due_ms; /* boottime of the timer; in the past: not armed */
    netsnmp_large_fd_set wanted, ready;
    void (*after)(void *arg);
    void *after_arg;
    bool opened;     /* a session was opened since the last settling */
    unsigned single; /* calls to go that are taken to have one packet each */
};

static int on_session(int major, int minor, void *session, void *arg)
{
    (void)major;
    (void)minor;
    (void)session;
    struct bridge *b = arg;
    b->opened = true;
    return SNMPERR_SUCCESS;
}

/* False too when the library has closed it meanwhile. */
static bool has_more(int fd)
{
    struct pollfd p = {.fd = fd, .events = POLLIN};
    return poll(&p, 1, 0) == 1 && p.revents == POLLIN;
}

static void on_readable(void *arg, int fd, int events)
{
    (void)events;
    struct bridge *b = arg;
    int reads = 0;
    // To look for another packet costs as much as a tenth of an answer, where each waits for the
    // one before.
    bool looks = b->single == 0;
    b->single = looks ? 0 : b->single - 1;
    do {
        NETSNMP_LARGE_FD_ZERO(&b->ready);
        NETSNMP_LARGE_FD_SET(fd, &b->ready);
        snmp_read2(&b->ready);
        netsnmp_check_outstanding_agent_requests();
    } while (++reads < TURN_READS_MAX && !b->opened && looks && has_more(fd));
    if (looks && reads == 1)
        b->single = LOOK_EVERY;
    bridge_settle(b);
}

static void on_timeout(void *arg)
{
    struct bridge *b = arg;
    b->due_ms = 0;
    snmp_timeout();
    run_alarms();
    bridge_settle(b);
}

/* Each request would otherwise set the same alarm's timer once more. */
static void arm(struct bridge *b, int64_t ms)
{
    int64_t now = b->host->boot_ms(b->host);
    int64_t due = now + ms;
    if (b->due_ms > now && b->due_ms <= due && due - b->due_ms <= EARLY_MS)
        return;
    b->due_ms = due;
    if (b->timer == NULL)
        b->timer = b->host->timer(b->host, ms, on_timeout, b);
    else
        b->host->timer_again(b->timer, ms);
}

static bool make_room(struct bridge *b, int count)
{
    if (count <= b->room)
        return true;
    struct hm_watch_handle **more = reallocarray(b->watches, (size_t)count, sizeof(void *));
    if (more == NULL)
        return false;
    for (int fd = b->room; fd < count; fd++)
        more[fd] = NULL;
    b->watches = more;
    b->room = count;
    return true;
}

static void unwatch_all(struct bridge *b)
{
    for (int fd = 0; fd < b->room; fd++) {
        b->host->unwatch(b->watches[fd]);
        b->watches[fd] = NULL;
    }
}

/* False: the loop refused one. */
static bool watch_wanted(struct bridge *b, int count)
{
    bool all = make_room(b, count);
    for (int fd = 0; fd < b->room; fd++) {
        bool want = fd < count && NETSNMP_LARGE_FD_ISSET(fd, &b->wanted);
        if (want && b->watches[fd] == NULL) {
            b->watches[fd] = b->host->watch_fd(b->host, fd, HM_READABLE, on_readable, b);
            all = all && b->watches[fd] != NULL;
        } else if (!want && b->watches[fd] != NULL) {
            b->host->unwatch(b->watches[fd]);
            b->watches[fd] = NULL;
        }
    }
    return all;
}

void bridge_settle(struct bridge *b)
{
    int count = 0;
    int is_idle = 1;
    struct timeval left = {0};

    netsnmp_check_outstanding_agent_requests();
    if (b->after != NULL)
        b->after(b->after_arg);
    if (b->opened)
        unwatch_all(b);
    b->opened = false;
    NETSNMP_LARGE_FD_ZERO(&b->wanted);
    snmp_select_info2(&count, &b->wanted, &left, &is_idle);
    if (!watch_wanted(b, count))
        arm(b, REFUSED_PAUSE_MS);
    else if (!is_idle)
        arm(b, (int64_t)left.tv_sec * 1000 + (left.tv_usec + 999) / 1000);
}

struct bridge *bridge_new(const struct hm_host *host, void (*after)(void *arg), void *arg)
{
    struct bridge *b = calloc(1, sizeof *b);
    if (b == NULL)
        return NULL;
    *b = (struct bridge){.host = host, .after = after, .after_arg = arg};
    netsnmp_large_fd_set_init(&b->wanted, FD_SETSIZE);
    netsnmp_large_fd_set_init(&b->ready, FD_SETSIZE);
    snmp_register_callback(SNMP_CALLBACK_LIBRARY, SNMP_CALLBACK_SESSION_INIT, on_session, b);
    return b;
}

struct bridge *bridge_free(struct bridge *b)
{
    if (b == NULL)
        return NULL;
    snmp_unregister_callback(SNMP_CALLBACK_LIBRARY, SNMP_CALLBACK_SESSION_INIT, on_session, b, 1);
    netsnmp_large_fd_set_cleanup(&b->wanted);
    netsnmp_large_fd_set_cleanup(&b->ready);
    free(b->watches);
    free(b);
    return NULL;
}
