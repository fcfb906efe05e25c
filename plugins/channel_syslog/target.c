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
    if (ret->host[0] == '-')
        return false;
    const char *usual = ret->transport == TARGET_TLS ? "6514" : "514";
    return port_parse(ret->port, port == NULL ? usual : port);
}

/* 0, or -errno: the address is not ours, or of another family than the receiver's. */
static int bind_source(int fd, int family, int type, const char *source)
{
    struct addrinfo hints = {
        .ai_family = family, .ai_socktype = type, .ai_flags = AI_NUMERICHOST | AI_PASSIVE};
    struct addrinfo *own = NULL;

    if (source == NULL)
        return 0;
    if (getaddrinfo(source, NULL, &hints, &own) != 0)
        return -EADDRNOTAVAIL;
    int r = bind(fd, own->ai_addr, own->ai_addrlen) < 0 ? -errno : 0;
    freeaddrinfo(own);
    return r;
}

static int connect_now(
    int family, int type, const struct sockaddr *address, socklen_t length, const char *source)
{
    int on = 1;
    unsigned limit = UNACKNOWLEDGED_MS;
    int fd = socket(family, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

    if (fd < 0)
        return -errno;
    int r = bind_source(fd, family, type, source);
    if (r < 0) {
        close(fd);
        return r;
    }
    if (type == SOCK_STREAM && family != AF_UNIX) {
        setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &limit, sizeof limit);
    }
    if (connect(fd, address, length) == 0 || errno == EINPROGRESS)
        return fd;
    r = -errno;
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
    const struct sockaddr *to = (const struct sockaddr *)&address;
    int fd = connect_now(AF_UNIX, SOCK_DGRAM, to, sizeof address, NULL);
    if (fd != -EPROTOTYPE)
        return fd;
    *ret_is_stream = true;
    return connect_now(AF_UNIX, SOCK_STREAM, to, sizeof address, NULL);
}

int target_connect(const struct target *t, const char *address, bool *ret_is_stream)
{
    int type = t->transport == TARGET_UDP ? SOCK_DGRAM : SOCK_STREAM;
    struct addrinfo hints = {.ai_socktype = type, .ai_flags = AI_NUMERICSERV | AI_NUMERICHOST};
    struct addrinfo *found;

    if (t->transport == TARGET_LOCAL)
        return connect_local(t, ret_is_stream);
    *ret_is_stream = type == SOCK_STREAM;
    int failed = getaddrinfo(address, t->port, &hints, &found);
    if (failed != 0)
        return failed == EAI_MEMORY ? -ENOMEM : -EHOSTUNREACH;
    int fd = connect_now(found->ai_family, type, found->ai_addr, found->ai_addrlen, t->source);
    freeaddrinfo(found);
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
