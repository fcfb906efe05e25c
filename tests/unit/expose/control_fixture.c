/* SPDX-License-Identifier: BSD-2-Clause */
#include "control_fixture.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/fdio.h"
#include "base/log.h"
#include "base/message.h"

static void on_echo(void *ctx, const struct command *command, struct control_answer *ret)
{
    struct fixture *f = ctx;
    const char *text = command_arg(command, "text");

    f->runs++;
    ret->result =
        json_pack("{s:s, s:i}", "text", text == NULL ? "" : text, "uid", (int)command->uid);
}

static void on_many(void *ctx, const struct command *command, struct control_answer *ret)
{
    int count = atoi(command_arg(command, "count"));
    json_t *rows = json_array();

    (void)ctx;
    for (int i = 0; i < count; i++)
        json_array_append_new(rows, json_pack("{s:i, s:s}", "n", i, "text", "連携サーバ \\ \"x\""));
    ret->result = json_pack("{s:i, s:o, s:s}", "before", 1, "rows", rows, "after", "end");
}

static void on_fail(void *ctx, const struct command *command, struct control_answer *ret)
{
    (void)ctx;
    (void)command;
    ret->code = "not_found";
    ret->error[LANGUAGE_EN] = alloc_text("no such thing");
    ret->error[LANGUAGE_JA] = alloc_text("ありません");
}

static void on_file(void *ctx, const struct command *command, struct control_answer *ret)
{
    (void)ctx;
    (void)command;
    ret->result = json_object();
    ret->fd = open("/dev/zero", O_RDONLY | O_CLOEXEC);
}

static void on_later(void *ctx, const struct command *command, struct control_answer *ret)
{
    struct fixture *f = ctx;

    (void)command;
    f->runs++;
    f->ticket = ret->ticket;
    ret->later = true;
}

const struct control_verb control_verbs[] = {
    {"later", RIGHT_READ, on_later},
    {"echo", RIGHT_READ, on_echo},
    {"many", RIGHT_READ, on_many},
    {"fail", RIGHT_READ, on_fail},
    {"file", RIGHT_READ, on_file},
    {"operate", RIGHT_OPERATE, on_echo},
    {"admin", RIGHT_ADMIN, on_echo},
    {0},
};

void no_log(enum log_level level UNUSED, enum log_area area UNUSED, const char *line UNUSED)
{
}

int set_up_for(void **state, gid_t group)
{
    struct fixture *f = calloc(1, sizeof *f);

    log_set_sink(no_log);
    snprintf(f->folder, sizeof f->folder, "control.XXXXXX");
    assert_non_null(mkdtemp(f->folder));
    assert_int_equal(chmod(f->folder, 0755), 0); // so that another user comes as far as the socket
    snprintf(f->path, sizeof f->path, "%s/sock", f->folder);
    assert_int_equal(loop_new(&f->loop), 0);
    assert_int_equal(control_new(f->loop, f->path, group, control_verbs, f, &f->control), 0);
    *state = f;
    return 0;
}

int set_up(void **state)
{
    return set_up_for(state, (gid_t)-1);
}

int tear_down(void **state)
{
    struct fixture *f = *state;

    for (size_t i = 0; i < f->peer_count; i++)
        fdio_close(f->peers[i]);
    control_free(f->control);
    loop_free(f->loop);
    assert_int_equal(rmdir(f->folder), 0); // so the socket is gone
    free(f);
    return 0;
}

int connect_to(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

    memcpy(address.sun_path, path, strlen(path) + 1);
    if (connect(fd, (struct sockaddr *)&address, sizeof address) == 0)
        return fd;
    return fdio_close(fd);
}

int peer(struct fixture *f)
{
    int fd = connect_to(f->path);

    assert_true(fd >= 0);
    f->peers[f->peer_count++] = fd;
    return fd;
}

char *read_line(struct fixture *f, int fd)
{
    char *line = alloc(256 * 1024);
    size_t length = 0;
    mono_ms end = clock_boot() + LIMIT_MS;

    while (clock_boot() < end) {
        ssize_t n = recv(fd, line + length, 1, 0);
        if (n == 1 && line[length] == '\n') {
            line[length] = '\0';
            return line;
        }
        if (n == 1) {
            assert_in_range(++length, 1, STREAM_LINE_MAX);
        } else if (n == 0 || errno == ECONNRESET) {
            free(line);
            return NULL;
        } else {
            loop_turn(f->loop, false);
        }
    }
    fail_msg("no line in time");
    return NULL;
}

json_t *read_answer(struct fixture *f, int fd)
{
    char *line = read_line(f, fd);

    assert_non_null(line);
    json_t *answer = json_loads(line, 0, NULL);
    assert_non_null(answer);
    free(line);
    return answer;
}

json_t *ask(struct fixture *f, int fd, const char *request)
{
    assert_int_equal(send(fd, request, strlen(request), 0), strlen(request));
    assert_int_equal(send(fd, "\n", 1, 0), 1);
    return read_answer(f, fd);
}

const char *text_of(const json_t *answer, const char *name)
{
    const char *text = json_string_value(json_object_get(answer, name));
    return text == NULL ? "" : text;
}
