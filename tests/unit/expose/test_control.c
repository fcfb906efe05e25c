/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <jansson.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/fdio.h"
#include "base/log.h"
#include "base/message.h"
#include "expose/control.h"
#include "expose/listener.h"
#include "unit.h"

enum { LIMIT_MS = 20000, PEERS_MAX = 64, OTHER_ID = 65534 };

struct fixture {
    char folder[32];
    char path[64];
    struct loop *loop;
    struct control *control;
    int peers[PEERS_MAX];
    size_t peer_count;
    unsigned runs;   /* verbs that ran */
    uint64_t ticket; /* of the last one that is answered later */
};

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

static const struct control_verb verbs[] = {
    {"later", RIGHT_READ, on_later},
    {"echo", RIGHT_READ, on_echo},
    {"many", RIGHT_READ, on_many},
    {"fail", RIGHT_READ, on_fail},
    {"file", RIGHT_READ, on_file},
    {"operate", RIGHT_OPERATE, on_echo},
    {"admin", RIGHT_ADMIN, on_echo},
    {0},
};

static void no_log(enum log_level level UNUSED, enum log_area area UNUSED, const char *line UNUSED)
{
}

static int set_up_for(void **state, gid_t group)
{
    struct fixture *f = calloc(1, sizeof *f);

    log_set_sink(no_log);
    snprintf(f->folder, sizeof f->folder, "control.XXXXXX");
    assert_non_null(mkdtemp(f->folder));
    assert_int_equal(chmod(f->folder, 0755), 0); // so that another user comes as far as the socket
    snprintf(f->path, sizeof f->path, "%s/sock", f->folder);
    assert_int_equal(loop_new(&f->loop), 0);
    assert_int_equal(control_new(f->loop, f->path, group, verbs, f, &f->control), 0);
    *state = f;
    return 0;
}

static int set_up(void **state)
{
    return set_up_for(state, (gid_t)-1);
}

static int tear_down(void **state)
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

static int connect_to(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

    memcpy(address.sun_path, path, strlen(path) + 1);
    if (connect(fd, (struct sockaddr *)&address, sizeof address) == 0)
        return fd;
    return fdio_close(fd);
}

static int peer(struct fixture *f)
{
    int fd = connect_to(f->path);

    assert_true(fd >= 0);
    f->peers[f->peer_count++] = fd;
    return fd;
}

/* Turns the loop until the peer has a line, or the end of the connection (NULL). Freed by the
 * caller. */
static char *read_line(struct fixture *f, int fd)
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

static json_t *read_answer(struct fixture *f, int fd)
{
    char *line = read_line(f, fd);

    assert_non_null(line);
    json_t *answer = json_loads(line, 0, NULL);
    assert_non_null(answer);
    free(line);
    return answer;
}

static json_t *ask(struct fixture *f, int fd, const char *request)
{
    assert_int_equal(send(fd, request, strlen(request), 0), strlen(request));
    assert_int_equal(send(fd, "\n", 1, 0), 1);
    return read_answer(f, fd);
}

static const char *text_of(const json_t *answer, const char *name)
{
    const char *text = json_string_value(json_object_get(answer, name));
    return text == NULL ? "" : text;
}

static void a_request_is_answered_under_its_own_number(void **state)
{
    struct fixture *f = *state;

    json_t *answer = ask(f, peer(f), "{\"id\":7,\"do\":\"echo\",\"args\":{\"text\":\"橋\"}}");

    assert_true(json_is_true(json_object_get(answer, "ok")));
    assert_int_equal(json_integer_value(json_object_get(answer, "id")), 7);
    assert_string_equal(text_of(json_object_get(answer, "result"), "text"), "橋");
    json_decref(answer);
}

static void a_failure_says_why_in_both_languages(void **state)
{
    struct fixture *f = *state;

    json_t *answer = ask(f, peer(f), "{\"id\":1,\"do\":\"fail\"}");

    assert_true(json_is_false(json_object_get(answer, "ok")));
    assert_string_equal(text_of(answer, "code"), "not_found");
    assert_string_equal(text_of(answer, "error"), "no such thing");
    assert_string_equal(text_of(answer, "error_ja"), "ありません");
    json_decref(answer);
}

static void a_wrong_request_is_told_so_and_the_client_stays(void **state)
{
    struct fixture *f = *state;
    static const char *const wrong[] = {"{\"id\":1}", "{\"id\":1,\"do\":\"no.such\"}",
        "{\"id\":1,\"do\":5}", "{\"id\":\"x\",\"do\":\"echo\"}",
        "{\"id\":1,\"do\":\"echo\",\"args\":[]}",
        "{\"id\":1,\"do\":\"echo\",\"args\":{\"text\":{}}}",
        "{\"id\":1,\"do\":\"echo\",\"args\":{\"A B\":\"\"}}"};
    int fd = peer(f);

    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        json_t *answer = ask(f, fd, wrong[i]);
        assert_string_equal(text_of(answer, "code"), "bad_request");
        json_decref(answer);
    }
    json_t *answer = ask(f, fd, "{\"id\":2,\"do\":\"echo\"}");
    assert_true(json_is_true(json_object_get(answer, "ok")));
    json_decref(answer);
    assert_int_equal(f->runs, 1);
}

static void a_line_that_is_no_request_ends_that_client_only(void **state)
{
    struct fixture *f = *state;
    static const char *const malformed[] = {
        "garbage", "[]", "{\"id\":1,\"id\":2}", "{\"a\":\"\\u0000\"}", "{\"a\":\"\xff\"}", "", "{"};
    int bystander = peer(f);

    for (size_t i = 0; i < sizeof malformed / sizeof malformed[0]; i++) {
        int fd = peer(f);
        json_t *answer = ask(f, fd, malformed[i]);
        assert_string_equal(text_of(answer, "code"), "bad_request");
        json_decref(answer);
        assert_null(read_line(f, fd));
    }
    json_t *answer = ask(f, bystander, "{\"id\":1,\"do\":\"echo\"}");
    assert_true(json_is_true(json_object_get(answer, "ok")));
    json_decref(answer);
}

static void a_line_over_64_kib_ends_that_client_only(void **state)
{
    struct fixture *f = *state;
    char chunk[4096];
    int bystander = peer(f);
    int fd = peer(f);
    memset(chunk, 'x', sizeof chunk);

    ssize_t n = 1;
    for (int i = 0; i < 64 && n > 0; i++) {
        n = send(fd, chunk, sizeof chunk, MSG_NOSIGNAL);
        loop_turn(f->loop, false);
    }

    assert_null(read_line(f, fd));
    json_t *answer = ask(f, bystander, "{\"id\":1,\"do\":\"echo\"}");
    assert_true(json_is_true(json_object_get(answer, "ok")));
    json_decref(answer);
}

static void a_long_answer_comes_in_pieces_that_join_to_the_whole(void **state)
{
    struct fixture *f = *state;
    int fd = peer(f);
    int next = 0;
    int pieces = 0;
    bool more = true;
    const char *request = "{\"id\":3,\"do\":\"many\",\"args\":{\"count\":\"6000\"}}\n";
    assert_int_equal(send(fd, request, strlen(request), 0), strlen(request));

    while (more) {
        json_t *answer = read_answer(f, fd);
        const json_t *result = json_object_get(answer, "result");
        const json_t *row;
        size_t i;
        json_array_foreach (json_object_get(result, "rows"), i, row)
            assert_int_equal(json_integer_value(json_object_get(row, "n")), next++);
        more = json_is_true(json_object_get(answer, "more"));
        assert_int_equal(json_object_get(result, "after") == NULL, more);
        pieces++;
        json_decref(answer);
    }

    assert_int_equal(next, 6000);
    assert_in_range(pieces, 2, 20);
}

static void a_client_that_does_not_read_is_dropped_at_a_mebibyte(void **state)
{
    struct fixture *f = *state;
    int bystander = peer(f);
    int fd = peer(f);
    const char *request = "{\"id\":3,\"do\":\"many\",\"args\":{\"count\":\"4000\"}}\n";

    ssize_t n = 1;
    for (int i = 0; i < 60 && n > 0; i++) {
        n = send(fd, request, strlen(request), MSG_NOSIGNAL);
        loop_turn(f->loop, false);
    }

    assert_true(n < 0);
    json_t *answer = ask(f, bystander, "{\"id\":1,\"do\":\"echo\"}");
    assert_true(json_is_true(json_object_get(answer, "ok")));
    json_decref(answer);
}

static void a_flood_of_requests_is_slowed_down_but_answered(void **state)
{
    struct fixture *f = *state;
    int fd = peer(f);
    struct text requests = {0};
    for (int i = 0; i < 500; i++)
        text_add(&requests, "{\"id\":1,\"do\":\"echo\"}\n");
    assert_int_equal(send(fd, text_get(&requests), requests.length, 0), requests.length);
    text_deinit(&requests);

    mono_ms end = clock_boot() + 200;
    while (clock_boot() < end)
        loop_turn(f->loop, false);

    assert_in_range(f->runs, 100, 120);
    json_t *answer = ask(f, peer(f), "{\"id\":2,\"do\":\"echo\"}");
    assert_true(json_is_true(json_object_get(answer, "ok")));
    json_decref(answer);
}

static void the_33rd_client_is_turned_away_and_a_place_that_is_left_is_given_again(void **state)
{
    struct fixture *f = *state;
    for (int i = 0; i < 32; i++) {
        json_t *answer = ask(f, peer(f), "{\"id\":1,\"do\":\"echo\"}");
        json_decref(answer);
    }

    int late = peer(f);
    json_t *answer = read_answer(f, late);

    assert_string_equal(text_of(answer, "code"), "unavailable");
    json_decref(answer);
    assert_null(read_line(f, late));
    f->peers[0] = fdio_close(f->peers[0]);
    loop_turn(f->loop, true);
    answer = ask(f, peer(f), "{\"id\":1,\"do\":\"echo\"}");
    assert_true(json_is_true(json_object_get(answer, "ok")));
    json_decref(answer);
}

static void a_descriptor_travels_beside_its_line(void **state)
{
    struct fixture *f = *state;
    int fd = peer(f);
    char line[256];
    union {
        struct cmsghdr align;
        char bytes[CMSG_SPACE(sizeof(int))];
    } control;
    struct iovec part = {.iov_base = line, .iov_len = sizeof line};
    struct msghdr message = {.msg_iov = &part,
        .msg_iovlen = 1,
        .msg_control = control.bytes,
        .msg_controllen = sizeof control.bytes};
    const char *request = "{\"id\":9,\"do\":\"file\"}\n";
    assert_int_equal(send(fd, request, strlen(request), 0), strlen(request));

    ssize_t n = -1;
    for (mono_ms end = clock_boot() + LIMIT_MS; n < 0 && clock_boot() < end;) {
        loop_turn(f->loop, false);
        n = recvmsg(fd, &message, MSG_CMSG_CLOEXEC);
    }

    assert_true(n > 0 && line[n - 1] == '\n');
    const struct cmsghdr *head = CMSG_FIRSTHDR(&message);
    assert_non_null(head);
    assert_int_equal(head->cmsg_type, SCM_RIGHTS);
    int passed;
    char zero = 1;
    memcpy(&passed, CMSG_DATA(head), sizeof passed);
    assert_int_equal(read(passed, &zero, 1), 1);
    assert_int_equal(zero, 0);
    fdio_close(passed);
}

/* Sends @lines and turns the loop until as many verbs ran. */
static void send_and_run(struct fixture *f, int fd, const char *lines, unsigned runs)
{
    mono_ms end = clock_boot() + LIMIT_MS;

    assert_int_equal(send(fd, lines, strlen(lines), 0), strlen(lines));
    while (f->runs < runs && clock_boot() < end)
        loop_turn(f->loop, false);
    assert_int_equal(f->runs, runs);
}

static void answer_later(struct fixture *f)
{
    struct control_answer a = {.result = json_pack("{s:b}", "late", true), .fd = -1};

    control_answer_later(f->control, f->ticket, &a);
}

static void an_answer_may_come_later_and_nothing_is_read_meanwhile(void **state)
{
    struct fixture *f = *state;
    int fd = peer(f);

    send_and_run(f, fd, "{\"id\":1,\"do\":\"later\"}\n{\"id\":2,\"do\":\"echo\"}\n", 1);
    for (int i = 0; i < 20; i++)
        loop_turn(f->loop, false);
    assert_int_equal(f->runs, 1);
    answer_later(f);

    json_t *first = read_answer(f, fd);
    json_t *second = read_answer(f, fd);
    assert_int_equal(json_integer_value(json_object_get(first, "id")), 1);
    assert_true(json_is_true(json_object_get(json_object_get(first, "result"), "late")));
    assert_int_equal(json_integer_value(json_object_get(second, "id")), 2);
    json_decref(first);
    json_decref(second);
}

static void others_are_answered_while_one_waits(void **state)
{
    struct fixture *f = *state;

    send_and_run(f, peer(f), "{\"id\":1,\"do\":\"later\"}\n", 1);

    json_t *answer = ask(f, peer(f), "{\"id\":5,\"do\":\"echo\"}");
    assert_int_equal(json_integer_value(json_object_get(answer, "id")), 5);
    json_decref(answer);
}

static void a_late_answer_for_a_client_that_is_gone_is_dropped(void **state)
{
    struct fixture *f = *state;
    int fd = peer(f);

    send_and_run(f, fd, "{\"id\":1,\"do\":\"later\"}\n", 1);
    f->peers[--f->peer_count] = fdio_close(fd);
    answer_later(f);
    answer_later(f);

    json_t *answer = ask(f, peer(f), "{\"id\":5,\"do\":\"echo\"}");
    assert_true(json_is_true(json_object_get(answer, "ok")));
    json_decref(answer);
}

static void the_socket_is_for_its_owner_and_group(void **state)
{
    struct fixture *f = *state;
    struct stat st;

    assert_int_equal(stat(f->path, &st), 0);

    assert_true(S_ISSOCK(st.st_mode));
    assert_int_equal(st.st_mode & 0777, 0660);
    assert_int_equal(st.st_uid, geteuid());
}

static void tell(int fd, char c)
{
    if (write(fd, &c, 1) != 1)
        _exit(1);
}

/* The codes that a peer with these ids gets for echo, operate and admin: a letter each, 'y' is ok.
 */
static void rights_of(struct fixture *f, gid_t group, uid_t uid, char ret[4])
{
    static const char *const asked[] = {"echo", "operate", "admin"};
    int ends[2];
    assert_int_equal(chmod(f->path, 0666), 0);
    assert_int_equal(pipe(ends), 0);
    pid_t child = fork();
    if (child == 0) {
        bool changed = setgroups(0, NULL) == 0 && setgid(group) == 0 && setuid(uid) == 0;
        int fd = changed ? connect_to(f->path) : -1;
        tell(ends[1], fd < 0 ? 'x' : 'c');
        char line[1024];
        for (size_t i = 0; fd >= 0 && i < 3; i++) {
            char request[64];
            int n = snprintf(request, sizeof request, "{\"id\":1,\"do\":\"%s\"}\n", asked[i]);
            struct pollfd wait = {.fd = fd, .events = POLLIN};
            send(fd, request, (size_t)n, 0);
            poll(&wait, 1, LIMIT_MS);
            ssize_t got = recv(fd, line, sizeof line - 1, 0);
            line[got < 0 ? 0 : got] = '\0';
            char c = strstr(line, "\"ok\":true") != NULL ? 'y'
                     : strstr(line, "denied") != NULL    ? 'd'
                                                         : '?';
            tell(ends[1], c);
        }
        _exit(0);
    }
    close(ends[1]);
    int status;
    while (waitpid(child, &status, WNOHANG) == 0)
        loop_turn(f->loop, false);
    char first = '?';
    memset(ret, 0, 4);
    assert_int_equal(read(ends[0], &first, 1), 1);
    assert_int_equal(first, 'c');
    assert_int_equal(read(ends[0], ret, 3), 3);
    close(ends[0]);
}

static int set_up_group(void **state)
{
    return set_up_for(state, OTHER_ID);
}

static void rights_follow_from_what_the_kernel_says_of_the_peer(void **state)
{
    struct fixture *f = *state;
    char codes[4];

    rights_of(f, 0, 0, codes);
    assert_string_equal(codes, "yyy");
    rights_of(f, OTHER_ID, OTHER_ID, codes);
    assert_string_equal(codes, "yyd");
    rights_of(f, OTHER_ID - 1, OTHER_ID, codes);
    assert_string_equal(codes, "ydd");
}

static void a_second_daemon_does_not_take_the_socket_over(void **state)
{
    struct fixture *f = *state;
    struct control *second = NULL;

    assert_int_equal(control_new(f->loop, f->path, (gid_t)-1, verbs, f, &second), -EADDRINUSE);

    json_t *answer = ask(f, peer(f), "{\"id\":1,\"do\":\"echo\"}");
    assert_true(json_is_true(json_object_get(answer, "ok")));
    json_decref(answer);
}

static void a_socket_left_by_a_dead_daemon_is_replaced_and_another_file_is_not(void **state)
{
    struct fixture *f = *state;
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    control_free(f->control);
    f->control = NULL;
    memcpy(address.sun_path, f->path, strlen(f->path) + 1);
    int dead = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(dead, (struct sockaddr *)&address, sizeof address), 0);
    close(dead);

    assert_int_equal(control_new(f->loop, f->path, (gid_t)-1, verbs, f, &f->control), 0);

    f->control = control_free(f->control);
    int file = open(f->path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    close(file);
    assert_int_equal(control_new(f->loop, f->path, (gid_t)-1, verbs, f, &f->control), -EEXIST);
    assert_int_equal(unlink(f->path), 0);
}

static void a_folder_that_others_may_write_in_is_refused(void **state)
{
    struct fixture *f = *state;
    struct listener listener = {.fd = -1};
    f->control = control_free(f->control);
    assert_int_equal(chmod(f->folder, 0777), 0);

    assert_int_equal(listener_open(f->path, (gid_t)-1, &listener), -EPERM);
    assert_int_equal(listener.fd, -1);
}

static void a_folder_behind_a_symbolic_link_is_refused(void **state)
{
    struct fixture *f = *state;
    struct listener listener = {.fd = -1};
    assert_int_equal(symlink(f->folder, "control.link"), 0);

    int r = listener_open("control.link/sock", (gid_t)-1, &listener);

    unlink("control.link");
    assert_true(r == -ENOTDIR || r == -ELOOP);
}

static void what_is_absent_is_made_for_us_alone(void **state)
{
    struct fixture *f = *state;
    struct listener listener = {.fd = -1};
    struct stat st;
    char folder[64];
    char path[80];
    snprintf(folder, sizeof folder, "%s/run", f->folder);
    snprintf(path, sizeof path, "%s/sock", folder);

    assert_int_equal(listener_open(path, (gid_t)-1, &listener), 0);

    assert_int_equal(stat(folder, &st), 0);
    assert_int_equal(st.st_mode & 027, 0);
    listener_close(&listener, path);
    assert_int_equal(rmdir(folder), 0);
}

int main(void)
{
    umask(022);
    const struct CMUnitTest tests[] = {
#define CONTROL_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
        CONTROL_TEST(a_request_is_answered_under_its_own_number),
        CONTROL_TEST(a_failure_says_why_in_both_languages),
        CONTROL_TEST(a_wrong_request_is_told_so_and_the_client_stays),
        CONTROL_TEST(a_line_that_is_no_request_ends_that_client_only),
        CONTROL_TEST(a_line_over_64_kib_ends_that_client_only),
        CONTROL_TEST(a_long_answer_comes_in_pieces_that_join_to_the_whole),
        CONTROL_TEST(a_client_that_does_not_read_is_dropped_at_a_mebibyte),
        CONTROL_TEST(a_flood_of_requests_is_slowed_down_but_answered),
        CONTROL_TEST(the_33rd_client_is_turned_away_and_a_place_that_is_left_is_given_again),
        CONTROL_TEST(a_descriptor_travels_beside_its_line),
        CONTROL_TEST(an_answer_may_come_later_and_nothing_is_read_meanwhile),
        CONTROL_TEST(others_are_answered_while_one_waits),
        CONTROL_TEST(a_late_answer_for_a_client_that_is_gone_is_dropped),
        CONTROL_TEST(the_socket_is_for_its_owner_and_group),
        CONTROL_TEST(a_second_daemon_does_not_take_the_socket_over),
        CONTROL_TEST(a_socket_left_by_a_dead_daemon_is_replaced_and_another_file_is_not),
        CONTROL_TEST(a_folder_that_others_may_write_in_is_refused),
        CONTROL_TEST(a_folder_behind_a_symbolic_link_is_refused),
        CONTROL_TEST(what_is_absent_is_made_for_us_alone),
        // Last: only root can become somebody else.
        cmocka_unit_test_setup_teardown(
            rights_follow_from_what_the_kernel_says_of_the_peer, set_up_group, tear_down),
    };
    size_t count = sizeof tests / sizeof tests[0];

    if (geteuid() != 0)
        puts("# rights of other users: left out, this is not root");
    return _cmocka_run_group_tests(
        "expose/control", tests, geteuid() == 0 ? count : count - 1, NULL, NULL);
}
