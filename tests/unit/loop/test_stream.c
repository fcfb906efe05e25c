/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/fdio.h"
#include "base/text.h"
#include "loop/loop.h"
#include "unit.h"

struct fixture {
    struct loop *loop;
    struct stream *stream;
    int peer_fd;
    struct text lines; /* each followed by "|" */
    struct text why;
    bool free_in_line;
    bool drained;
};

static void on_line(void *ctx, char *line, size_t length)
{
    struct fixture *f = ctx;
    text_add_bytes(&f->lines, line, length < 20 ? length : 20);
    text_add(&f->lines, "|");
    if (f->free_in_line)
        f->stream = stream_free(f->stream);
}

static void on_lost(void *ctx, const char *why)
{
    struct fixture *f = ctx;
    text_add(&f->why, why);
}

static void on_drained(void *ctx)
{
    struct fixture *f = ctx;
    f->drained = true;
}

static int set_up(void **state)
{
    static struct fixture f;
    int ends[2];
    f = (struct fixture){0};
    assert_int_equal(loop_new(&f.loop), 0);
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
    f.peer_fd = ends[1];
    struct stream_sink sink = {&f, on_line, on_lost, on_drained};
    assert_int_equal(stream_new(f.loop, ends[0], &sink, &f.stream), 0);
    *state = &f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    f->stream = stream_free(f->stream);
    f->peer_fd = fdio_close(f->peer_fd);
    f->loop = loop_free(f->loop);
    text_deinit(&f->lines);
    text_deinit(&f->why);
    return 0;
}

static void say(struct fixture *f, const char *bytes, size_t length)
{
    assert_int_equal(fdio_write_all(f->peer_fd, bytes, length), 0);
}

static void turn_until_lost(struct fixture *f)
{
    for (int i = 0; i < 50 && f->why.length == 0; i++)
        assert_int_equal(loop_turn(f->loop, true), 0);
}

static void lines_arrive_whole_however_they_were_sent(void **state)
{
    struct fixture *f = *state;

    say(f, "on", 2);
    assert_int_equal(loop_turn(f->loop, true), 0);
    assert_int_equal(f->lines.length, 0);
    say(f, "e\ntwo\n\nthr", 10);
    assert_int_equal(loop_turn(f->loop, true), 0);

    assert_string_equal(text_get(&f->lines), "one|two||");
}

static void a_line_over_the_limit_loses_the_stream(void **state)
{
    struct fixture *f = *state;
    char *huge = alloc(STREAM_LINE_MAX);
    memset(huge, 'a', STREAM_LINE_MAX);

    for (int i = 0; i < 2 && f->why.length == 0; i++) {
        say(f, huge, STREAM_LINE_MAX / 2);
        assert_int_equal(loop_turn(f->loop, true), 0);
    }
    turn_until_lost(f);

    assert_string_equal(text_get(&f->why), "a line is over the limit of 64 KiB");
    assert_int_equal(f->lines.length, 0);
    free(huge);
}

static void a_nul_byte_loses_the_stream(void **state)
{
    struct fixture *f = *state;

    say(f, "a\0b\n", 4);
    turn_until_lost(f);

    assert_string_equal(text_get(&f->why), "a line holds a NUL byte");
}

static void the_end_of_the_other_side_is_told_after_its_last_line(void **state)
{
    struct fixture *f = *state;

    say(f, "last\n", 5);
    f->peer_fd = fdio_close(f->peer_fd);
    turn_until_lost(f);

    assert_string_equal(text_get(&f->lines), "last|");
    assert_string_equal(text_get(&f->why), "closed by the other side");
}

static void a_callback_may_free_the_stream(void **state)
{
    struct fixture *f = *state;
    f->free_in_line = true;

    say(f, "one\ntwo\n", 8);
    assert_int_equal(loop_turn(f->loop, true), 0);

    assert_string_equal(text_get(&f->lines), "one|");
    assert_null(f->stream);
}

static void a_paused_stream_hands_over_nothing_and_then_everything(void **state)
{
    struct fixture *f = *state;

    stream_pause(f->stream, true);
    say(f, "one\n", 4);
    assert_int_equal(loop_turn(f->loop, false), 0);
    assert_int_equal(f->lines.length, 0);
    stream_pause(f->stream, false);
    assert_int_equal(loop_turn(f->loop, true), 0);

    assert_string_equal(text_get(&f->lines), "one|");
}

static void more_than_the_socket_takes_is_queued_and_goes_out_later(void **state)
{
    struct fixture *f = *state;
    char line[4096];
    memset(line, 'b', sizeof line);
    size_t wanted = 0, got = 0;
    char in[65536];

    while (stream_queued(f->stream) < 100000) {
        stream_send(f->stream, line, sizeof line);
        wanted += sizeof line + 1;
    }
    while (got < wanted) {
        ssize_t n = read(f->peer_fd, in, sizeof in);
        assert_true(n > 0);
        got += (size_t)n;
        assert_int_equal(loop_turn(f->loop, false), 0);
    }

    assert_int_equal(got, wanted);
    assert_int_equal(stream_queued(f->stream), 0);
    assert_true(f->drained);
}

static void queued_lines_go_out_together_in_their_order(void **state)
{
    struct fixture *f = *state;
    char got[64] = "";

    stream_queue(f->stream, "one", 3);
    stream_queue(f->stream, "two", 3);
    stream_send(f->stream, "three", 5);
    assert_int_equal(recv(f->peer_fd, got, sizeof got - 1, MSG_DONTWAIT), -1);
    assert_int_equal(loop_turn(f->loop, true), 0);

    assert_int_equal(recv(f->peer_fd, got, sizeof got - 1, 0), 14);
    assert_string_equal(got, "one\ntwo\nthree\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
            lines_arrive_whole_however_they_were_sent, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_line_over_the_limit_loses_the_stream, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            queued_lines_go_out_together_in_their_order, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_nul_byte_loses_the_stream, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            the_end_of_the_other_side_is_told_after_its_last_line, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_callback_may_free_the_stream, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            a_paused_stream_hands_over_nothing_and_then_everything, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            more_than_the_socket_takes_is_queued_and_goes_out_later, set_up, tear_down),
    };
    return cmocka_run_group_tests_name("loop/stream", tests, NULL, NULL);
}
