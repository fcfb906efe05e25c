/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The board in a life of turns: a pass over it goes on for as many turns as it needs, then faces
 * are sent what changed, a part in each turn. While a pass runs nothing is sent and nobody is
 * answered from the board, so what is seen is always whole.
 */
#include "main/verbs.h"

enum {
    BOARD_EVERY_MS = 1000,         /* is published at most so often */
    BOARD_AT_LEAST_MS = 60 * 1000, /* figures of the running period move without events: with the
                                      next commit, which a sign of life is, or .. */
    BOARD_LATEST_MS = 70 * 1000    /* .. by itself */
};

/* The next pass ends in publishing, as soon as that may be. */
static void want(struct daemon *d)
{
    span_ms since = clock_boot() - d->show.published_at;
    bool is_never = d->show.published_at == 0;
    timer_set(d->show.timer, is_never || since >= BOARD_EVERY_MS ? 0 : BOARD_EVERY_MS - since);
}

void daemon_board_want(struct daemon *d)
{
    want(d);
}

/* Judged like any other subject, under a name of our own; said when it changes. */
static void look_at_room(struct daemon *d)
{
    const struct agent_settings *agent = &d->settings->agent;
    struct state_room room;
    struct text why = {0};
    bool is_first = d->room_seen == 0;
    bool is_read_only = record_is_read_only(pipeline_record(d->pipeline));
    struct moment now = clock_now();
    if (!is_first && is_read_only == d->room_read_only &&
        now.boot - d->room_seen < BOARD_AT_LEAST_MS - BOARD_EVERY_MS)
        return;
    d->room_seen = now.boot;
    d->room_read_only = is_read_only;
    if (state_room_look(agent->state_dir, &room) < 0)
        return;
    // One that the kernel made so because of an error does not say it of itself.
    room.is_read_only |= is_read_only;
    enum state_room_level level =
        state_room_judge(&room, agent->state_dir, agent->state_max, agent->language, &why);
    if (is_first || level != d->room_told) {
        struct reading reading = {
            .of = {(char[]){"hashimori/state"}, (char[]){""}, (char[]){"state_room"}},
            .kind = READING_NUMBER,
            .number = level,
            .text = why.bytes,
            .at = now};
        pipeline_reading(d->pipeline, &reading, now);
        loop_defer(d->loop, &d->commit);
    }
    d->room_told = level;
    text_deinit(&why);
}

static void publish(struct daemon *d)
{
    d->show.is_wanted = false;
    if (publisher_run(d->publisher))
        loop_defer(d->loop, &d->show.send);
    d->show.published_at = clock_boot() + 1; // clocks of whole milliseconds: not a part too early
    timer_set(d->show.timer, BOARD_LATEST_MS);
}

/* Answers those who asked before the pass that has just ended began; starts the next one for the
 * others. */
static void answer(struct daemon *d)
{
    size_t left = 0;
    for (size_t i = 0; i < d->show.asker_count; i++) {
        struct asker asker = d->show.askers[i];
        if (asker.pass > d->show.pass) {
            d->show.askers[left++] = asker;
            continue;
        }
        struct control_answer a = {.fd = -1, .result = verb_status_result(d)};
        control_answer_later(d->control, asker.ticket, &a);
    }
    d->show.asker_count = left;
    if (left > 0)
        loop_defer(d->loop, &d->show.turn);
}

static void go_on(struct daemon *d)
{
    if (!d->show.is_passing) {
        d->show.is_passing = true;
        d->show.pass++;
    }
    if (pipeline_board_step(d->pipeline, d->board, clock_now())) {
        loop_defer(d->loop, &d->show.turn);
        return;
    }
    d->show.is_passing = false;
    if (d->show.is_wanted)
        publish(d);
    answer(d);
}

/* What was not committed was not claimed, and is not shown: first the commit of this turn. */
static void on_turn(void *arg)
{
    struct daemon *d = arg;
    d->show.is_held = d->commit.waits;
    if (!d->show.is_held)
        go_on(d);
}

static void on_timer(void *arg)
{
    struct daemon *d = arg;
    d->show.is_wanted = true;
    loop_defer(d->loop, &d->show.turn);
}

void daemon_board_look(struct daemon *d)
{
    look_at_room(d);
    bool is_old = d->show.published_at != 0 &&
                  clock_boot() - d->show.published_at >= BOARD_AT_LEAST_MS - BOARD_EVERY_MS;
    if (is_old)
        on_timer(d); // now that we are awake
    else if (pipeline_board_stale(d->pipeline))
        want(d);
    if (!d->show.is_held)
        return;
    d->show.is_held = false;
    go_on(d);
}

static void on_send(void *arg)
{
    struct daemon *d = arg;
    if (publisher_step(d->publisher)) {
        loop_defer(d->loop, &d->show.send);
        return;
    }
    board_forget(d->board, publisher_version(d->publisher));
    if (publisher_version(d->publisher) < board_version(d->board))
        want(d);
}

bool daemon_board_ask(struct daemon *d, uint64_t ticket)
{
    if (d->show.asker_count == sizeof d->show.askers / sizeof d->show.askers[0])
        return false;
    // One that runs may have passed by what the asker wants to see.
    d->show.askers[d->show.asker_count++] = (struct asker){ticket, d->show.pass + 1};
    if (!d->show.is_passing)
        loop_defer(d->loop, &d->show.turn);
    return true;
}

void daemon_board_start(struct daemon *d)
{
    d->show.turn = (struct loop_deferred){.fn = on_turn, .arg = d};
    d->show.send = (struct loop_deferred){.fn = on_send, .arg = d};
    d->show.timer = timer_new(d->loop, on_timer, d);
    d->board = board_new();
    // Years of incidents are read for its figures: now, while there is no turn of the loop to hold
    // up.
    pipeline_board(d->pipeline, d->board, clock_now());
}

void daemon_board_stop(struct daemon *d)
{
    if (d->loop != NULL) {
        loop_undefer(d->loop, &d->show.turn);
        loop_undefer(d->loop, &d->show.send);
    }
    d->show.timer = timer_free(d->show.timer);
    d->publisher = publisher_free(d->publisher);
    d->board = board_free(d->board);
}
