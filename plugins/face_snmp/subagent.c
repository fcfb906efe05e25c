/* SPDX-License-Identifier: BSD-2-Clause */
#include "subagent.h"

#include <net-snmp/net-snmp-config.h>

#include <net-snmp/net-snmp-includes.h>

#include <net-snmp/agent/net-snmp-agent-includes.h>

#include <errno.h>
#include <net-snmp/agent/agent_callbacks.h>
#include <net-snmp/library/snmp_transport.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum {
    AGENTX_VERSION = 0xC1, /* what the library calls AgentX version 1 */
    ANSWER_US = 200 * 1000,
    LOOK_S = 1,  /* between two tries to connect */
    PING_S = 60, /* of silence before a master is asked; one that ends closes the socket */
    SOCKET_NAME_BYTES = sizeof((struct sockaddr_un *)NULL)->sun_path
};

#define TRANSPORT "nbunix"

struct subagent {
    const struct hm_host *host;
    char socket[SOCKET_NAME_BYTES + sizeof TRANSPORT];
    netsnmp_tdomain domain;
    bool connected;
};

static const oid domain_name[] = {1, 3, 6, 1, 4, 1, 8072, 3, 3, 8847};

/* ---- the transport ----------------------------------------------------------------------- */

static int stream_recv(
    netsnmp_transport *t, void *buffer, int size, void **ret_opaque, int *ret_opaque_bytes)
{
    ssize_t n;
    *ret_opaque = NULL;
    *ret_opaque_bytes = 0;
    do
        n = recv(t->sock, buffer, (size_t)size, MSG_DONTWAIT);
    while (n < 0 && errno == EINTR);
    return (int)n;
}

static int stream_send(
    netsnmp_transport *t, const void *buffer, int size, void **opaque, int *opaque_bytes)
{
    (void)opaque;
    (void)opaque_bytes;
    ssize_t n;
    do
        n = send(t->sock, buffer, (size_t)size, MSG_DONTWAIT | MSG_NOSIGNAL);
    while (n < 0 && errno == EINTR);
    if (n >= 0 && n < size) {
        // Half a PDU went out; the master could never find the start of the next one.
        shutdown(t->sock, SHUT_RDWR);
        errno = EPIPE;
        return -1;
    }
    return (int)n;
}

static int stream_close(netsnmp_transport *t)
{
    int r = close(t->sock);
    t->sock = -1;
    return r;
}

static char *stream_format(netsnmp_transport *t, const void *address, int bytes)
{
    (void)t;
    (void)address;
    (void)bytes;
    return strdup("snmpd");
}

static netsnmp_transport *stream_create(const char *path, int is_local, const char *fallback)
{
    (void)fallback;
    struct sockaddr_un a = {.sun_family = AF_UNIX};
    if (is_local || path == NULL || strlen(path) >= sizeof a.sun_path)
        return NULL;
    memcpy(a.sun_path, path, strlen(path) + 1);

    netsnmp_transport *t = calloc(1, sizeof *t);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    // EAGAIN: the master hangs and its backlog is full; connecting would wait for it.
    if (t == NULL || fd < 0 || connect(fd, (const struct sockaddr *)&a, sizeof a) < 0) {
        if (fd >= 0)
            close(fd);
        free(t);
        return NULL;
    }
    t->domain = domain_name;
    t->domain_length = OID_LENGTH(domain_name);
    t->sock = fd;
    t->flags = NETSNMP_TRANSPORT_FLAG_STREAM;
    t->msgMaxSize = SNMP_MAX_PACKET_LEN;
    t->f_recv = stream_recv;
    t->f_send = stream_send;
    t->f_close = stream_close;
    t->f_fmtaddr = stream_format;
    return t;
}

static bool transport_register(struct subagent *s)
{
    // The library frees the array when it shuts down.
    const char **prefixes = calloc(2, sizeof *prefixes);
    if (prefixes == NULL)
        return false;
    prefixes[0] = TRANSPORT;
    s->domain = (netsnmp_tdomain){.name = domain_name,
        .name_length = OID_LENGTH(domain_name),
        .prefix = prefixes,
        .f_create_from_tstring_new = stream_create};
    return netsnmp_tdomain_register(&s->domain) != 0;
}

/* ---- the master comes and goes ----------------------------------------------------------- */

static int on_session(int major, int minor, void *opened, void *arg)
{
    (void)major;
    (void)minor;
    (void)arg;
    netsnmp_session *session = opened;
    if (session->version == AGENTX_VERSION) {
        session->timeout = ANSWER_US;
        // On a stream a repetition is delivered twice.
        session->retries = 0;
    }
    return SNMPERR_SUCCESS;
}

static void set_interval(int seconds)
{
    netsnmp_ds_set_int(NETSNMP_DS_APPLICATION_ID, NETSNMP_DS_AGENT_AGENTX_PING_INTERVAL, seconds);
}

/*
 * One setting of the library is both: what it reads right after on_connected is the interval of
 * the pings, what it reads when the connection breaks is the interval of the tries.
 */
static int on_connected(int major, int minor, void *session, void *arg)
{
    (void)major;
    (void)minor;
    (void)session;
    struct subagent *s = arg;
    set_interval(PING_S);
    s->connected = true;
    s->host->state(s->host, "connected");
    return SNMPERR_SUCCESS;
}

static int on_disconnected(int major, int minor, void *session, void *arg)
{
    (void)major;
    (void)minor;
    (void)session;
    struct subagent *s = arg;
    s->connected = false;
    s->host->state(s->host, "waiting for snmpd");
    return SNMPERR_SUCCESS;
}

/* ---- life -------------------------------------------------------------------------------- */

struct subagent *subagent_new(const struct hm_host *host, const char *socket)
{
    struct subagent *s = calloc(1, sizeof *s);
    if (s == NULL)
        return NULL;
    s->host = host;
    snprintf(s->socket, sizeof s->socket, TRANSPORT ":%s", socket);
    if (!transport_register(s))
        return subagent_free(s);
    netsnmp_enable_subagent();
    netsnmp_ds_set_string(NETSNMP_DS_APPLICATION_ID, NETSNMP_DS_AGENT_X_SOCKET, s->socket);
    netsnmp_ds_set_boolean(NETSNMP_DS_APPLICATION_ID, NETSNMP_DS_AGENT_NO_CONNECTION_WARNINGS, 1);
    snmp_register_callback(SNMP_CALLBACK_LIBRARY, SNMP_CALLBACK_SESSION_INIT, on_session, s);
    return s;
}

void subagent_prepare(struct subagent *s)
{
    // init_agent has just set 15.
    set_interval(LOOK_S);
    snmp_register_callback(SNMP_CALLBACK_APPLICATION, SNMPD_CALLBACK_INDEX_START, on_connected, s);
    snmp_register_callback(
        SNMP_CALLBACK_APPLICATION, SNMPD_CALLBACK_INDEX_STOP, on_disconnected, s);
}

void subagent_settle(struct subagent *s)
{
    if (s->connected)
        set_interval(LOOK_S);
}

void subagent_started(struct subagent *s)
{
    if (!s->connected)
        s->host->state(s->host, "waiting for snmpd");
}

void subagent_leave(struct subagent *s)
{
    snmp_unregister_callback(SNMP_CALLBACK_LIBRARY, SNMP_CALLBACK_SESSION_INIT, on_session, s, 1);
    snmp_unregister_callback(
        SNMP_CALLBACK_APPLICATION, SNMPD_CALLBACK_INDEX_START, on_connected, s, 1);
    snmp_unregister_callback(
        SNMP_CALLBACK_APPLICATION, SNMPD_CALLBACK_INDEX_STOP, on_disconnected, s, 1);
}

struct subagent *subagent_free(struct subagent *s)
{
    free(s);
    return NULL;
}
