/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
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
#include "base/fdio.h"
#include "base/log.h"
#include "control_fixture.h"

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
    };
    return cmocka_run_group_tests_name("expose/control", tests, NULL, NULL);
}
