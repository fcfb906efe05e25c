/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * worker_point - preloaded into hashimori-worker, it kills a channel's worker with SIGKILL at a
 * named border of system calls, or at some time after a delivery came in. Which, stands in the file
 * WORKER_POINT: CHANNEL BORDER N, the Nth time that the channel's worker passes it since it read
 * the order; whoever dies takes it away, so that it is one.
 *
 *   deliver-in     a delivery was read from the daemon; the plug-in has not seen it
 *   send, sent     before and after bytes go to the receiver (UDP, TCP): each packet, each command
 *                  of a dialogue, each record of TLS
 *   answer-in      bytes of the receiver were read; the plug-in has not seen them
 *   receipt, receipt-sent   before and after a receipt goes to the daemon
 *   at:US          US microseconds after a delivery was read
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

enum { NAME_BYTES = 32, ORDER_BYTES = 96 };

static struct {
    char channel[NAME_BYTES]; /* of this worker; "" before it was told */
    char order[ORDER_BYTES];  /* the last one read .. */
    unsigned passed;          /* .. and how often its border was passed since */
} state;

/* ISO C turns no object pointer into a function pointer. */
static uintptr_t next_of(const char *name)
{
    void *f = dlsym(RTLD_NEXT, name);
    if (f == NULL)
        abort();
    return (uintptr_t)f;
}

#define NEXT(type, name) ((type)next_of(name))
typedef ssize_t (*message_fn)(int fd, const struct msghdr *message, int flags);
typedef ssize_t (*take_fn)(int fd, struct msghdr *message, int flags);
typedef ssize_t (*vector_fn)(int fd, const struct iovec *parts, int count);
typedef ssize_t (*recv_fn)(int fd, void *bytes, size_t length, int flags);
typedef ssize_t (*send_fn)(int fd, const void *bytes, size_t length, int flags);
typedef ssize_t (*write_fn)(int fd, const void *bytes, size_t length);

static void read_order(char ret[ORDER_BYTES])
{
    const char *path = getenv("WORKER_POINT");
    int saved = errno;
    int fd = path == NULL ? -1 : open(path, O_RDONLY | O_CLOEXEC);
    ssize_t n = fd < 0 ? 0 : read(fd, ret, ORDER_BYTES - 1);
    if (fd >= 0)
        close(fd);
    errno = saved;
    ret[n > 0 ? n : 0] = '\0';
}

/* Of two that pass at the same time one takes the file away. */
static bool take(void)
{
    return unlink(getenv("WORKER_POINT")) == 0;
}

/* Whether the order is of this channel; its border and number. */
static bool is_ours(char ret_border[NAME_BYTES], unsigned *ret_n)
{
    char order[ORDER_BYTES], channel[NAME_BYTES];
    read_order(order);
    if (strcmp(order, state.order) != 0) {
        memcpy(state.order, order, sizeof order);
        state.passed = 0;
    }
    return sscanf(order, "%31s %31s %u", channel, ret_border, ret_n) == 3 &&
           strcmp(channel, state.channel) == 0;
}

static void pass(const char *name)
{
    char border[NAME_BYTES];
    unsigned n;
    if (is_ours(border, &n) && strcmp(border, name) == 0 && ++state.passed == n && take())
        kill(getpid(), SIGKILL);
}

/* The kernel sends the signal, whatever the worker does by then. */
static void pass_delivery(void)
{
    char border[NAME_BYTES];
    unsigned n;
    timer_t timer;
    struct sigevent end = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGKILL};
    pass("deliver-in");
    if (!is_ours(border, &n) || strncmp(border, "at:", 3) != 0 || !take())
        return;
    long us = atol(border + 3);
    struct itimerspec after = {.it_value = {us / 1000000, us % 1000000 * 1000 + 1}};
    if (timer_create(CLOCK_MONOTONIC, &end, &timer) == 0)
        timer_settime(timer, 0, &after, NULL);
}

static bool has(const void *bytes, ssize_t length, const char *text)
{
    return length > 0 && memmem(bytes, (size_t)length, text, strlen(text)) != NULL;
}

/* What the daemon said. */
static void hear(const void *bytes, ssize_t length)
{
    static const char mark[] = "\"plugin\":\"";
    const char *name = has(bytes, length, "\"type\":\"welcome\"")
                           ? memmem(bytes, (size_t)length, mark, sizeof mark - 1)
                           : NULL;
    if (name != NULL)
        sscanf(name + sizeof mark - 1, "%31[a-z]", state.channel);
    if (has(bytes, length, "\"type\":\"deliver\""))
        pass_delivery();
}

static bool is_network(int fd)
{
    int domain = 0, saved = errno;
    socklen_t length = sizeof domain;
    bool is = getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &length) == 0 &&
              (domain == AF_INET || domain == AF_INET6);
    errno = saved;
    return is;
}

/* "send" or "receipt" for what leaves, NULL: neither. */
static const char *leaving(int fd, const struct iovec *parts, size_t count)
{
    if (is_network(fd))
        return "send";
    for (size_t i = 0; i < count; i++)
        if (has(parts[i].iov_base, (ssize_t)parts[i].iov_len, "\"type\":\"receipt\""))
            return "receipt";
    return NULL;
}

static void before(const char *name)
{
    if (name != NULL)
        pass(name);
}

static void after(const char *name)
{
    if (name != NULL)
        pass(name[0] == 's' ? "sent" : "receipt-sent");
}

/* ---- the calls --------------------------------------------------------------------------- */

#define EXPORT __attribute__((visibility("default")))

EXPORT ssize_t sendmsg(int fd, const struct msghdr *message, int flags)
{
    const char *name = leaving(fd, message->msg_iov, message->msg_iovlen);
    before(name);
    ssize_t n = NEXT(message_fn, "sendmsg")(fd, message, flags);
    after(name);
    return n;
}

EXPORT ssize_t writev(int fd, const struct iovec *parts, int count)
{
    const char *name = leaving(fd, parts, (size_t)count);
    before(name);
    ssize_t n = NEXT(vector_fn, "writev")(fd, parts, count);
    after(name);
    return n;
}

EXPORT ssize_t send(int fd, const void *bytes, size_t length, int flags)
{
    struct iovec part = {(void *)(uintptr_t)bytes, length};
    const char *name = leaving(fd, &part, 1);
    before(name);
    ssize_t n = NEXT(send_fn, "send")(fd, bytes, length, flags);
    after(name);
    return n;
}

EXPORT ssize_t write(int fd, const void *bytes, size_t length)
{
    struct iovec part = {(void *)(uintptr_t)bytes, length};
    const char *name = leaving(fd, &part, 1);
    before(name);
    ssize_t n = NEXT(write_fn, "write")(fd, bytes, length);
    after(name);
    return n;
}

EXPORT ssize_t recv(int fd, void *bytes, size_t length, int flags)
{
    ssize_t n = NEXT(recv_fn, "recv")(fd, bytes, length, flags);
    if (n > 0 && is_network(fd))
        pass("answer-in");
    else
        hear(bytes, n);
    return n;
}

EXPORT ssize_t readv(int fd, const struct iovec *parts, int count)
{
    ssize_t n = NEXT(vector_fn, "readv")(fd, parts, count);
    ssize_t left = n;
    for (int i = 0; i < count && left > 0; i++) {
        ssize_t here = left < (ssize_t)parts[i].iov_len ? left : (ssize_t)parts[i].iov_len;
        hear(parts[i].iov_base, here);
        left -= here;
    }
    return n;
}

EXPORT ssize_t recvmsg(int fd, struct msghdr *message, int flags)
{
    ssize_t n = NEXT(take_fn, "recvmsg")(fd, message, flags);
    if (n > 0 && is_network(fd))
        pass("answer-in");
    return n;
}
