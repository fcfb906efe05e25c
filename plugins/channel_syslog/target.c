/* SPDX-License-Identifier: BSD-2-Clause */
#include "target.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* Data that a peer's machine has not acknowledged for this long ends the connection. */
enum { UNACKNOWLEDGED_MS = 30000 };

static bool port_parse(char ret[6], const char *text)
{
    char *end;
    size_t length = strlen(text);
    unsigned long port = strtoul(text, &end, 10);

    if (length == 0 || length > 5 || strspn(text, "0123456789") != length || port == 0 ||
        port > 65535)
        return false;
    snprintf(ret, 6, "%lu", port);
    return true;
}

bool target_parse(struct target *ret, const char *host)
{
    const char *end = host + strlen(host);
    const char *port = NULL;

    if (*host == '[') {
        host++;
        end = strchr(host, ']');
        if (end == NULL || (end[1] != '\0' && end[1] != ':'))
            return false;
        port = end[1] == ':' ? end + 2 : NULL;
    } else {
        const char *colon = strchr(host, ':');
        if (colon != NULL && strchr(colon + 1, ':') == NULL) {
            end = colon;
            port = colon + 1;
        }
    }
    if (end == host || (size_t)(end - host) >= sizeof ret->host)
        return false;
    snprintf(ret->host, sizeof ret->host, "%.*s", (int)(end - host), host);
    return port_parse(ret->port, port == NULL ? "514" : port);
}

static int connect_now(int family, int type, const struct sockaddr *address, socklen_t length)
{
    int on = 1;
    unsigned limit = UNACKNOWLEDGED_MS;
    int fd = socket(family, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

    if (fd < 0)
        return -errno;
    if (type == SOCK_STREAM && family != AF_UNIX) {
        setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &limit, sizeof limit);
    }
    if (connect(fd, address, length) == 0 || errno == EINPROGRESS)
        return fd;
    int r = -errno;
    close(fd);
    return r;
}

static int connect_local(const struct target *t, bool *ret_is_stream)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};

    if (strlen(t->path) >= sizeof address.sun_path)
        return -ENAMETOOLONG;
    memcpy(address.sun_path, t->path, strlen(t->path) + 1);
    *ret_is_stream = false;
    int fd = connect_now(AF_UNIX, SOCK_DGRAM, (const struct sockaddr *)&address, sizeof address);
    if (fd != -EPROTOTYPE)
        return fd;
    *ret_is_stream = true;
    return connect_now(AF_UNIX, SOCK_STREAM, (const struct sockaddr *)&address, sizeof address);
}

int target_connect(const struct target *t, unsigned attempt, bool *ret_is_stream)
{
    int type = t->transport == TARGET_TCP ? SOCK_STREAM : SOCK_DGRAM;
    struct addrinfo hints = {.ai_socktype = type, .ai_flags = AI_NUMERICSERV};
    struct addrinfo *all;
    unsigned count = 0;

    if (t->transport == TARGET_LOCAL)
        return connect_local(t, ret_is_stream);
    *ret_is_stream = type == SOCK_STREAM;
    int failed = getaddrinfo(t->host, t->port, &hints, &all);
    if (failed != 0)
        return failed == EAI_SYSTEM ? -errno : failed == EAI_MEMORY ? -ENOMEM : -EHOSTUNREACH;
    for (const struct addrinfo *a = all; a != NULL; a = a->ai_next)
        count++;
    const struct addrinfo *use = all;
    for (unsigned i = attempt % count; i > 0; i--)
        use = use->ai_next;
    int fd = connect_now(use->ai_family, type, use->ai_addr, use->ai_addrlen);
    freeaddrinfo(all);
    return fd;
}

int target_error(int fd)
{
    int error = 0;
    socklen_t length = sizeof error;

    if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &length) < 0)
        return errno;
    return error;
}
