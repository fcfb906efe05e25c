/* SPDX-License-Identifier: BSD-2-Clause */
#include "ctl/client.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fdio.h"
#include "wire/wire.h"

enum { READ_BYTES = 64 * 1024, ANSWER_BYTES_MAX = 64 * 1024 * 1024 };

void client_answer_deinit(struct client_answer *a)
{
    json_decref(a->result);
    text_deinit(&a->why);
    *a = (struct client_answer){0};
}

static int away(struct client_answer *ret, const char *why)
{
    text_clear(&ret->why);
    text_add(&ret->why, why);
    return CLIENT_E_AWAY;
}

static int connect_to(const char *path, struct client_answer *ret)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};

    if (strlen(path) >= sizeof address.sun_path) {
        away(ret, strerror(ENAMETOOLONG));
        return -1;
    }
    memcpy(address.sun_path, path, strlen(path) + 1);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || connect(fd, (const struct sockaddr *)&address, sizeof address) < 0) {
        away(ret, strerror(errno));
        return fdio_close(fd);
    }
    return fd;
}

/* read(2), and a descriptor that comes with the bytes is kept in *@ret_fd; where nobody wants one
 * the kernel closes it. */
static ssize_t receive(int fd, char *bytes, size_t size, int *ret_fd)
{
    union {
        struct cmsghdr align;
        char bytes[CMSG_SPACE(sizeof(int))];
    } control;
    struct iovec part = {.iov_base = bytes, .iov_len = size};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};

    if (ret_fd != NULL) {
        message.msg_control = control.bytes;
        message.msg_controllen = sizeof control.bytes;
    }
    ssize_t n = recvmsg(fd, &message, MSG_CMSG_CLOEXEC);
    const struct cmsghdr *head = n > 0 ? CMSG_FIRSTHDR(&message) : NULL;
    if (head != NULL && head->cmsg_level == SOL_SOCKET && head->cmsg_type == SCM_RIGHTS &&
        head->cmsg_len == CMSG_LEN(sizeof(int)) && *ret_fd < 0)
        memcpy(ret_fd, CMSG_DATA(head), sizeof *ret_fd);
    return n;
}

/* Until @buffer holds a line feed; false: the other side ended, or the time is over. */
static bool read_line(int fd, struct text *buffer, mono_ms end, int *ret_fd)
{
    char bytes[READ_BYTES];

    while (buffer->length == 0 || memchr(buffer->bytes, '\n', buffer->length) == NULL) {
        struct pollfd wait = {.fd = fd, .events = POLLIN};
        mono_ms left = end - clock_boot();
        if (left <= 0 || buffer->length > ANSWER_BYTES_MAX || poll(&wait, 1, (int)left) <= 0)
            return false;
        ssize_t n = receive(fd, bytes, sizeof bytes, ret_fd);
        if (n <= 0)
            return false;
        text_add_bytes(buffer, bytes, (size_t)n);
    }
    return true;
}

/* Takes the first line out of @buffer. */
static json_t *take_line(struct text *buffer, struct text *why)
{
    char *feed = memchr(buffer->bytes, '\n', buffer->length);
    size_t length = (size_t)(feed - buffer->bytes);
    json_t *line = wire_parse(buffer->bytes, length, why);
    struct text rest = {0};

    text_add_bytes(&rest, feed + 1, buffer->length - length - 1);
    text_deinit(buffer);
    *buffer = rest;
    return line;
}

/* Arrays of the same name are joined. */
static void join(json_t *whole, const json_t *piece)
{
    const char *name;
    json_t *value;
    json_t *parts = json_deep_copy(piece);

    json_object_foreach (parts, name, value) {
        json_t *there = json_object_get(whole, name);
        if (json_is_array(there) && json_is_array(value))
            json_array_extend(there, value);
        else
            json_object_set(whole, name, value);
    }
    json_decref(parts);
}

static int refused(const json_t *line, enum language language, struct client_answer *ret)
{
    const char *code = json_string_value(json_object_get(line, "code"));
    const char *why =
        json_string_value(json_object_get(line, language == LANGUAGE_JA ? "error_ja" : "error"));

    snprintf(ret->code, sizeof ret->code, "%s", code == NULL ? "" : code);
    text_clear(&ret->why);
    text_add(&ret->why, why == NULL ? "" : why);
    return CLIENT_E_REFUSED;
}

static int read_answer(int fd, enum language language, struct client_answer *ret, int *ret_fd)
{
    struct text buffer = {0};
    mono_ms end = clock_boot() + (ret_fd != NULL ? CLIENT_FILE_LIMIT_MS : CLIENT_LIMIT_MS);
    bool more = true;
    int r = 0;

    ret->result = json_object();
    while (r == 0 && more) {
        json_t *line = NULL;
        if (!read_line(fd, &buffer, end, ret_fd)) {
            r = away(ret, strerror(ETIMEDOUT));
        } else if ((line = take_line(&buffer, &ret->why)) == NULL) {
            r = CLIENT_E_AWAY;
        } else if (!json_is_true(json_object_get(line, "ok"))) {
            r = refused(line, language, ret);
        } else {
            join(ret->result, json_object_get(line, "result"));
            more = json_is_true(json_object_get(line, "more"));
        }
        json_decref(line);
    }
    text_deinit(&buffer);
    return r;
}

int client_ask(const char *socket_path, const char *verb, const json_t *args,
    enum language language, struct client_answer *ret)
{
    return client_ask_file(socket_path, verb, args, language, ret, NULL);
}

int client_ask_slow(const char *socket_path, const char *verb, const json_t *args,
    enum language language, struct client_answer *ret)
{
    int fd = -1;
    int r = client_ask_file(socket_path, verb, args, language, ret, &fd);

    fdio_close(fd);
    return r;
}

int client_ask_file(const char *socket_path, const char *verb, const json_t *args,
    enum language language, struct client_answer *ret, int *ret_fd)
{
    json_t *request = json_object();
    size_t length;
    int r;

    *ret = (struct client_answer){0};
    int fd = connect_to(socket_path, ret);
    json_object_set_new(request, "id", json_integer(1));
    json_object_set_new(request, "do", json_string(verb));
    if (args != NULL)
        json_object_set_new(request, "args", json_deep_copy(args));
    char *line = wire_line(request, &length);
    if (fd < 0)
        r = CLIENT_E_AWAY;
    else if (send(fd, line, length, MSG_NOSIGNAL) != (ssize_t)length ||
             send(fd, "\n", 1, MSG_NOSIGNAL) != 1)
        r = away(ret, strerror(errno));
    else
        r = read_answer(fd, language, ret, ret_fd);
    free(line);
    fdio_close(fd);
    return r;
}
