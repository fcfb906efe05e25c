/* SPDX-License-Identifier: BSD-2-Clause */
#include "target.h"

#include <net-snmp/net-snmp-config.h>

#include <errno.h>
#include <net-snmp/library/large_fd_set.h>
#include <net-snmp/net-snmp-includes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "library.h"
#include "notice.h"
#include "report.h"
#include "session.h"
#include "shared/resolve.h"
#include "slots.h"

/* Traps have no answer that would slow us down: in a burst of 1,000 a receiver's socket buffer
 * loses two of three. */
enum { TRAP_BURST = 100, TRAP_PER_MS = 1, TRAP_PAUSE_MS = 10 };
enum {
    TURN_READS_MAX = 64,    /* datagrams of one call, so that others get a turn */
    RECEIVE_BYTES = 1 << 20 /* what answers to a full window need, and to spare */
};

enum phase { PHASE_CLOSED, PHASE_ASKING, PHASE_READY };

struct target {
    const struct hm_host *host;
    struct settings settings;
    struct credentials credentials; /* v3 */
    struct resolve *resolve;
    unsigned sessions; /* that were given up: another address has its turn */

    struct session_list *session; /* the library's handle; NULL: PHASE_CLOSED */
    struct user *user;
    enum phase phase;
    bool give_up_session; /* at the end of this call */
    bool freeing;         /* no receipts any more */
    int64_t answered_ms;  /* boottime of the newest answer of any kind */
    struct slots slots;
    netsnmp_large_fd_set fds;
    struct hm_watch_handle *readable, *timer, *pacer;

    int64_t tokens_ms; /* boottime up to which trap tokens were counted */
    int64_t tokens;
    char state[160]; /* last told to the host */
};

static void say_state(struct target *t, const char *text)
{
    if (strcmp(t->state, text) == 0)
        return;
    snprintf(t->state, sizeof t->state, "%s", text);
    t->host->state(t->host, text);
}

static void finish(struct target *t, struct slot *slot, enum hm_result result, const char *text)
{
    uint64_t delivery = slot->delivery;
    slots_give_back(slot);
    if (t->freeing)
        return;
    if (result == HM_ACCEPTED)
        say_state(t, "answering");
    else if (result != HM_SENT)
        say_state(t, text);
    t->host->receipt(t->host, delivery, result, text);
}

static void finish_waiting(struct target *t, const char *text)
{
    for (struct slot *slot; (slot = slots_first_waiting(&t->slots)) != NULL;)
        finish(t, slot, HM_LATER, text);
}

/* ---- the session ------------------------------------------------------------------------- */

/* The address to use now; NULL: none is known. With a source address, one of its family. */
static const char *address_now(const struct target *t)
{
    const char *source = t->settings.source;

    for (size_t i = 0; i < resolve_count(t->resolve); i++) {
        const char *address = resolve_address(t->resolve, t->sessions + i);
        if (source == NULL || (strchr(address, ':') != NULL) == (strchr(source, ':') != NULL))
            return address;
    }
    return NULL;
}

static void session_close(struct target *t)
{
    t->give_up_session = false;
    if (t->session == NULL)
        return;
    if (!t->freeing)
        t->host->unwatch(t->readable);
    t->readable = NULL;
    // Ends what is in flight: the callback comes for each, with TIMED_OUT.
    struct session_list *session = t->session;
    t->session = NULL;
    snmp_sess_close(session);
    t->user = user_drop(t->user);
    t->phase = PHASE_CLOSED;
    t->give_up_session = false;
}

static void on_readable(void *arg, int fd, int events);

static bool session_open(struct target *t)
{
    netsnmp_session template;
    char peer[SESSION_PEER_BYTES];
    session_peer(peer, address_now(t), t->settings.port);
    bool good =
        session_template_init(&template, t->host, &t->settings, &t->credentials, peer, &t->user);
    template.callback_magic = t;
    t->session = good ? snmp_sess_open(&template) : NULL;
    session_template_deinit(&template);
    if (t->session == NULL) {
        t->user = user_drop(t->user);
        return false;
    }
    // snmp_sess_open clears the flag; without it each send probes the engine and waits.
    snmp_sess_session(t->session)->flags |= SNMP_FLAGS_DONT_PROBE;
    int fd = snmp_sess_transport(t->session)->sock;
    const int bytes = RECEIVE_BYTES;
    setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes);
    t->readable = session_accept_only(fd, address_now(t), t->settings.port)
                      ? t->host->watch_fd(t->host, fd, HM_READABLE, on_readable, t)
                      : NULL;
    if (t->readable == NULL) {
        session_close(t);
        return false;
    }
    t->phase = t->settings.version == VERSION_3 && t->settings.inform ? PHASE_CLOSED : PHASE_READY;
    return true;
}

/* ---- answers ----------------------------------------------------------------------------- */

/* Too big stays too big; whatever else the receiver says may be mended over there. */
static void finish_response(struct target *t, struct slot *slot, const netsnmp_pdu *pdu)
{
    char text[96];
    if (pdu->errstat == SNMP_ERR_NOERROR) {
        finish(t, slot, HM_ACCEPTED, "inform answered");
        return;
    }
    snprintf(text, sizeof text, "receiver answered: %s", snmp_errstring((int)pdu->errstat));
    finish(t, slot, pdu->errstat == SNMP_ERR_TOOBIG ? HM_REFUSED : HM_LATER, text);
}

static void finish_silence(struct target *t, struct slot *slot)
{
    char text[160];
    // With anything answered since, the receiver is there and one datagram was lost.
    if (t->settings.version == VERSION_3 && t->answered_ms < slot->sent_ms)
        t->give_up_session = true;
    snprintf(text, sizeof text, "no answer in %lld ms%s",
        (long long)t->settings.timeout_ms * (t->settings.retries + 1),
        t->settings.version == VERSION_3 ? "" : " (it is down, or does not take this community)");
    finish(t, slot, HM_LATER, text);
}

/* The library compares users and engines of version 3, but no communities. */
static bool has_our_community(const struct target *t, const netsnmp_pdu *pdu)
{
    const char *ours = t->settings.community;
    return t->settings.version == VERSION_3 ||
           (pdu->community_len == strlen(ours) &&
               memcmp(pdu->community, ours, pdu->community_len) == 0);
}

static int on_inform(
    int operation, netsnmp_session *session, int request, netsnmp_pdu *pdu, void *key)
{
    (void)request;
    struct target *t = session->callback_magic;
    struct slot *slot = slots_find(&t->slots, (uintptr_t)key);
    if (slot == NULL || operation == NETSNMP_CALLBACK_OP_RESEND ||
        operation == NETSNMP_CALLBACK_OP_SEC_ERROR)
        return 1;
    if (operation != NETSNMP_CALLBACK_OP_RECEIVED_MESSAGE) {
        finish_silence(t, slot);
        return 1;
    }
    // Not handled: the request goes on waiting for its own answer.
    if (!has_our_community(t, pdu))
        return 0;
    t->answered_ms = t->host->boot_ms(t->host);
    if (pdu->command == SNMP_MSG_RESPONSE) {
        finish_response(t, slot, pdu);
        return 1;
    }
    const struct report_meaning *meaning = report_meaning(pdu);
    t->give_up_session |= meaning->ask_again;
    finish(t, slot, HM_LATER, meaning->text);
    return 1;
}

static int on_engine(
    int operation, netsnmp_session *session, int request, netsnmp_pdu *pdu, void *key)
{
    (void)request;
    (void)pdu;
    (void)key;
    struct target *t = session->callback_magic;
    if (t->phase != PHASE_ASKING || operation == NETSNMP_CALLBACK_OP_RESEND ||
        operation == NETSNMP_CALLBACK_OP_SEC_ERROR)
        return 1;

    if (operation == NETSNMP_CALLBACK_OP_RECEIVED_MESSAGE && session->securityEngineIDLen > 0) {
        t->answered_ms = t->host->boot_ms(t->host);
        t->user = user_hold(&t->credentials, session);
        if (t->user != NULL) {
            t->phase = PHASE_READY;
            return 1;
        }
        finish_waiting(t, "another destination has this user at this receiver with other keys");
    } else {
        finish_waiting(t, "no answer to the question for the engine ID");
    }
    t->phase = PHASE_CLOSED;
    t->give_up_session = true;
    return 1;
}

/* ---- sending ----------------------------------------------------------------------------- */

static void ask_engine(struct target *t)
{
    netsnmp_pdu *pdu = snmp_pdu_create(SNMP_MSG_GET);
    if (pdu == NULL)
        return;
    pdu->version = SNMP_VERSION_3;
    pdu->securityName = strdup("");
    pdu->securityNameLen = 0;
    pdu->securityLevel = SNMP_SEC_LEVEL_NOAUTH;
    pdu->securityModel = SNMP_SEC_MODEL_USM;
    t->phase = PHASE_ASKING;
    if (snmp_sess_async_send(t->session, pdu, on_engine, NULL) == 0) {
        snmp_free_pdu(pdu);
        finish_waiting(t, "the question for the engine ID could not be sent");
        t->give_up_session = true;
    }
}

static void send_failed(struct target *t, struct slot *slot)
{
    char text[160];
    int library_errno = 0;
    int system_errno = 0;
    char *why = NULL;
    snmp_sess_error(t->session, &system_errno, &library_errno, &why);
    snprintf(text, sizeof text, "could not be sent: %s", why == NULL ? "unknown" : why);
    free(why);
    t->give_up_session = true;
    finish(t, slot, HM_LATER, text);
}

static void send_slot(struct target *t, struct slot *slot)
{
    netsnmp_pdu *pdu = slot->pdu;
    uintptr_t key = slots_key(&t->slots, slot);
    slot->pdu = NULL;
    slot->sent_ms = t->host->boot_ms(t->host);

    if (!t->settings.inform) {
        if (snmp_sess_send(t->session, pdu) != 0) {
            finish(t, slot, HM_SENT, "trap sent");
            return;
        }
        snmp_free_pdu(pdu);
        send_failed(t, slot);
        return;
    }
    if (snmp_sess_async_send(t->session, pdu, on_inform, (void *)key) != 0)
        return;
    // The callback may have been called already; the PDU is ours in any case.
    snmp_free_pdu(pdu);
    slot = slots_find(&t->slots, key);
    if (slot != NULL)
        send_failed(t, slot);
}

static void on_pace(void *arg);

/* Takes a token for one trap; false: none yet, and the pacer will come back. */
static bool take_token(struct target *t)
{
    int64_t now = t->host->boot_ms(t->host);
    t->tokens += (now - t->tokens_ms) * TRAP_PER_MS;
    t->tokens_ms = now;
    if (t->tokens > TRAP_BURST)
        t->tokens = TRAP_BURST;
    if (t->tokens > 0) {
        t->tokens--;
        return true;
    }
    if (t->pacer == NULL)
        t->pacer = t->host->timer(t->host, TRAP_PAUSE_MS, on_pace, t);
    else
        t->host->timer_again(t->pacer, TRAP_PAUSE_MS);
    return t->pacer == NULL;
}

static void send_waiting(struct target *t)
{
    for (struct slot *slot; t->phase == PHASE_READY && !t->give_up_session &&
                            (slot = slots_first_waiting(&t->slots)) != NULL;) {
        if (!t->settings.inform && !take_token(t))
            return;
        send_slot(t, slot);
    }
}

/* ---- the loop ---------------------------------------------------------------------------- */

static void on_timeout(void *arg);

static void arm_timeout(struct target *t)
{
    int fd_count = 0;
    int is_idle = 1;
    struct timeval left = {0};
    NETSNMP_LARGE_FD_ZERO(&t->fds);
    snmp_sess_select_info2(t->session, &fd_count, &t->fds, &left, &is_idle);
    if (is_idle)
        return;
    int64_t ms = (int64_t)left.tv_sec * 1000 + (left.tv_usec + 999) / 1000;
    if (t->timer == NULL)
        t->timer = t->host->timer(t->host, ms, on_timeout, t);
    else
        t->host->timer_again(t->timer, ms);
}

/* The last act of every call from outside: nothing of the library's is on the stack here. */
static void settle(struct target *t)
{
    send_waiting(t);
    if (t->give_up_session) {
        session_close(t);
        t->sessions++;
        // The name may stand for another address by now; nobody waits for the answer.
        resolve_ask(t->resolve);
    }
    if (t->session != NULL)
        arm_timeout(t);
}

static void on_readable(void *arg, int fd, int events)
{
    (void)events;
    struct target *t = arg;
    library_enter(t->host);
    for (int reads = 0; reads < TURN_READS_MAX; reads++) {
        char next;
        NETSNMP_LARGE_FD_ZERO(&t->fds);
        NETSNMP_LARGE_FD_SET(fd, &t->fds);
        snmp_sess_read2(t->session, &t->fds);
        if (t->give_up_session || recv(fd, &next, 1, MSG_PEEK | MSG_DONTWAIT) < 0)
            break;
    }
    settle(t);
}

static void on_timeout(void *arg)
{
    struct target *t = arg;
    if (t->session == NULL)
        return;
    library_enter(t->host);
    snmp_sess_timeout(t->session);
    settle(t);
}

static void on_pace(void *arg)
{
    struct target *t = arg;
    library_enter(t->host);
    settle(t);
}

static bool make_ready(struct target *t)
{
    if (address_now(t) == NULL) {
        // What waits goes on in on_resolved.
        if (!resolve_ask(t->resolve))
            finish_waiting(t, resolve_count(t->resolve) > 0
                                  ? "the receiver's name has no address of the source's family"
                                  : resolve_why(t->resolve));
        return false;
    }
    if (t->session == NULL && !session_open(t)) {
        finish_waiting(t,
            "no session: the source address is not ours, or another destination has this "
            "user with other keys");
        return false;
    }
    if (t->phase == PHASE_CLOSED)
        ask_engine(t);
    return true;
}

static void on_resolved(void *arg)
{
    struct target *t = arg;
    library_enter(t->host);
    if (resolve_count(t->resolve) == 0)
        t->host->log(t->host, HM_LOG_WARN, "%s", resolve_why(t->resolve));
    if (slots_first_waiting(&t->slots) != NULL && make_ready(t))
        settle(t);
}

static int command_of(const struct settings *s)
{
    return s->inform ? SNMP_MSG_INFORM : s->version == VERSION_1 ? SNMP_MSG_TRAP : SNMP_MSG_TRAP2;
}

void target_deliver(struct target *t, uint64_t delivery, const struct hm_notice *notice)
{
    library_enter(t->host);
    netsnmp_pdu *pdu = notice_pdu(notice, command_of(&t->settings), library_uptime_cs(t->host));
    if (pdu == NULL) {
        t->host->receipt(t->host, delivery, HM_REFUSED, "HASHIMORI-MIB has no such kind of notice");
        return;
    }
    if (slots_take(&t->slots, delivery, pdu) == NULL) {
        snmp_free_pdu(pdu);
        t->host->receipt(t->host, delivery, HM_LATER, "too many deliveries in flight");
        return;
    }
    if (make_ready(t))
        settle(t);
}

/* ---- life -------------------------------------------------------------------------------- */

int target_new(
    const struct hm_host *host, const struct settings *settings, struct target **ret_target)
{
    struct target *t = calloc(1, sizeof *t);
    if (t == NULL)
        return -ENOMEM;
    library_enter(host);
    *t = (struct target){.host = host, .settings = *settings, .tokens = TRAP_BURST};
    t->tokens_ms = host->boot_ms(host);
    slots_init(&t->slots, TARGET_IN_FLIGHT_MAX);
    netsnmp_large_fd_set_init(&t->fds, FD_SETSIZE);
    t->resolve = resolve_new(host, t->settings.host, on_resolved, t);
    if (t->resolve == NULL) {
        target_free(t);
        return -ENOMEM;
    }
    if (settings->version == VERSION_3 && !credentials_derive(&t->credentials, &settings->user)) {
        host->complain(host, "priv", "the SNMP library of this host does not offer this method");
        target_free(t);
        return -ENOTSUP;
    }
    resolve_ask(t->resolve);
    *ret_target = t;
    return 0;
}

struct target *target_free(struct target *t)
{
    if (t == NULL)
        return NULL;
    t->freeing = true;
    session_close(t);
    slots_deinit(&t->slots);
    t->resolve = resolve_free(t->resolve);
    netsnmp_large_fd_set_cleanup(&t->fds);
    library_leave(t->host);
    explicit_bzero(&t->credentials, sizeof t->credentials);
    free(t);
    return NULL;
}
