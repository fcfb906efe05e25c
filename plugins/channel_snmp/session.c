/* SPDX-License-Identifier: BSD-2-Clause */
#include "session.h"

#include <net-snmp/net-snmp-config.h>

#include <net-snmp/net-snmp-includes.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

enum { ENGINE_ID_BYTES_MAX = 32 /* longer ones are silently unreadable for receivers */ };

void session_peer(char ret[SESSION_PEER_BYTES], const char *address, const char *port)
{
    snprintf(ret, SESSION_PEER_BYTES, strchr(address, ':') != NULL ? "udp6:[%s]:%s" : "udp:%s:%s",
        address, port);
}

bool session_accept_only(int fd, const char *address, const char *port)
{
    struct addrinfo want = {.ai_socktype = SOCK_DGRAM, .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV};
    struct addrinfo *found = NULL;
    if (getaddrinfo(address, port, &want, &found) != 0)
        return false;
    bool good = connect(fd, found->ai_addr, found->ai_addrlen) == 0;
    freeaddrinfo(found);
    return good;
}

static size_t engine_bytes(const char *hex, u_char ret[ENGINE_ID_BYTES_MAX])
{
    size_t n = 0;
    for (; hex != NULL && n < ENGINE_ID_BYTES_MAX; n++, hex += 2) {
        char pair[3] = {hex[0], hex[0] == '\0' ? '\0' : hex[1], '\0'};
        char *end;
        ret[n] = (u_char)strtoul(pair, &end, 16);
        if (pair[1] == '\0' || *end != '\0')
            break;
    }
    return n;
}

static struct user *be_authoritative(
    const struct hm_host *host, const struct credentials *credentials, netsnmp_session *session)
{
    u_char id[ENGINE_ID_BYTES_MAX];
    size_t n = engine_bytes(host->engine_id(host), id);
    if (n < 5)
        return NULL;
    session->securityEngineID = netsnmp_memdup(id, n);
    session->securityEngineIDLen = n;
    session->engineBoots = host->engine_boots(host);
    session->engineTime = library_uptime_cs(host) / 100;
    set_enginetime(id, (u_int)n, session->engineBoots, session->engineTime, TRUE);
    return user_hold(credentials, session);
}

bool session_template_init(netsnmp_session *ret, const struct hm_host *host,
    const struct settings *settings, const struct credentials *credentials, const char *peer,
    struct user **ret_user)
{
    snmp_sess_init(ret);
    ret->peername = strdup(peer);
    ret->localname = settings->source == NULL ? NULL : strdup(settings->source);
    ret->timeout = (long)settings->timeout_ms * 1000;
    ret->retries = settings->retries;
    if (settings->version != VERSION_3) {
        ret->version = settings->version == VERSION_1 ? SNMP_VERSION_1 : SNMP_VERSION_2c;
        ret->community = (u_char *)strdup(settings->community);
        ret->community_len = strlen(settings->community);
        return true;
    }
    ret->version = SNMP_VERSION_3;
    ret->flags |= SNMP_FLAGS_DONT_PROBE;
    ret->contextName = strdup(settings->context);
    ret->contextNameLen = strlen(settings->context);
    credentials_give(credentials, ret);
    if (settings->inform)
        return true;
    *ret_user = be_authoritative(host, credentials, ret);
    return *ret_user != NULL;
}

void session_template_deinit(netsnmp_session *session)
{
    free(session->peername);
    free(session->localname);
    free(session->community);
    free(session->contextName);
    free(session->securityName);
    free(session->securityAuthProto);
    free(session->securityPrivProto);
    free(session->securityEngineID);
    explicit_bzero(session, sizeof *session);
}
