/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The output of a command that lists jobs (a transfer tool's history, a print queue): each line
 * belongs to the first state whose pattern matches it; the others (headings) are left alone. A
 * command that fails, hangs or prints too much tells nothing: that is blind, not "no jobs".
 */
#define PCRE2_CODE_UNIT_WIDTH 8
#include <errno.h>
#include <iconv.h>
#include <pcre2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "shared/fixed_time.h"
#include "source.h"

enum {
    OUTPUT_MAX = 1024 * 1024,
    LINE_MAX_BYTES = 16 * 1024, /* of a line this much is matched */
    ARGUMENTS_MAX = 64,
    STEPS_MAX = 200000, /* some milliseconds on one line */
    DEPTH_MAX = 5000
};

struct command_source {
    const struct hm_host *host;
    const struct states *states;
    struct source_sink sink;
    pcre2_code *patterns[STATES_MAX];
    pcre2_match_data *data;
    pcre2_match_context *context;
    iconv_t charset; /* (iconv_t)-1: the output is UTF-8 */
    bool is_running;
    bool gave_up; /* a pattern took too many steps on a line of this output */
};

static pcre2_code *compile(const struct hm_host *host, const struct state *state)
{
    const char *pattern = state->group->text(state->group, "pattern");
    int error = 0;
    PCRE2_SIZE at = 0;
    PCRE2_UCHAR why[160];
    pcre2_code *code =
        pcre2_compile((PCRE2_SPTR)pattern, PCRE2_ZERO_TERMINATED, 0, &error, &at, NULL);
    if (code == NULL) {
        pcre2_get_error_message(error, why, sizeof why);
        host->complain(host, "states", "pattern of state \"%s\", character %zu: %s", state->name,
            (size_t)at, (const char *)why);
    }
    return code;
}

static void command_validate(const struct hm_host *host, const struct states *states)
{
    const char *format = host->text(host, "time_format");
    size_t count = host->count(host, "command");
    if (count == 0 || host->item(host, "command", 0)[0] != '/')
        host->complain(host, "command", "must begin with the absolute path of a program");
    if (count >= ARGUMENTS_MAX)
        host->complain(host, "command", "has more than %d arguments", ARGUMENTS_MAX - 1);
    if (format != NULL && !fixed_time_valid(format))
        host->complain(
            host, "time_format", "must have %%Y, %%m and %%d once; %%H, %%M and %%S may follow");
    if (states->count == 0)
        host->complain(host, "states", "a command needs states with a pattern each");
    for (size_t i = 0; i < states->count; i++) {
        const struct state *state = &states->list[i];
        if (state->group->text(state->group, "pattern") == NULL)
            host->complain(host, "states", "state \"%s\" has no pattern", state->name);
        else
            pcre2_code_free(compile(host, state));
    }
}

/* ---- what it printed ---- */

static bool matches(struct command_source *c, size_t state, const char *line, size_t length)
{
    int r = pcre2_match(c->patterns[state], (PCRE2_SPTR)line,
        length < LINE_MAX_BYTES ? length : LINE_MAX_BYTES, 0, 0, c->data, c->context);
    c->gave_up |= r < 0 && r != PCRE2_ERROR_NOMATCH;
    return r >= 0;
}

static void take_line(struct command_source *c, struct tally *t, char *line, size_t length)
{
    const struct hm_host *host = c->host;
    const char *format = host->text(host, "time_format");
    int64_t at_ms;
    if (length > 0 && line[length - 1] == '\r')
        line[--length] = '\0';
    for (size_t i = 0; i < c->states->count; i++) {
        if (!matches(c, i, line, length))
            continue;
        struct tally_state *state = tally_state(t, c->states->list[i].name);
        bool has_time = format != NULL && fixed_time_find(format, line, &at_ms);
        double age_s = has_time ? (double)(host->wall_ms(host) - at_ms) / 1000.0 : 0;
        tally_add(state, 1, has_time ? &age_s : NULL);
        return;
    }
}

/* @output as UTF-8; bytes that are no characters, and NUL, become '?'. The result is the caller's.
 */
static char *to_utf8(iconv_t charset, const char *output, size_t length)
{
    size_t room = 3 * length + 1, left = room - 1;
    char *text = malloc(room), *to = text;
    if (text == NULL)
        return NULL;
    union {
        const char *in;
        char *out;
    } from = {.in = output};
    iconv(charset, NULL, NULL, NULL, NULL);
    while (charset != (iconv_t)-1 && length > 0 && left > 0) {
        if (iconv(charset, &from.out, &length, &to, &left) != (size_t)-1 || length == 0)
            break;
        *to++ = '?';
        from.out++;
        left--;
        length--;
    }
    if (charset == (iconv_t)-1) {
        memcpy(to, output, length);
        to += length;
    }
    *to = '\0';
    for (char *at = text; at < to; at++)
        if (*at == '\0')
            *at = '?';
    return text;
}

static void take_output(struct command_source *c, char *text)
{
    struct tally tally = {0};
    c->gave_up = false;
    for (char *line = text; *line != '\0';) {
        size_t length = strcspn(line, "\n");
        char *next = line + length + (line[length] == '\n');
        line[length] = '\0';
        take_line(c, &tally, line, length);
        line = next;
    }
    if (c->gave_up)
        c->sink.blind(c->sink.ctx, BLIND_PATTERN, NULL);
    else
        c->sink.told(c->sink.ctx, &tally);
}

static void command_on_end(void *arg, int status, const char *output, size_t length)
{
    struct command_source *c = arg;
    const struct source_sink *sink = &c->sink;
    char detail[64];
    c->is_running = false;
    if (status == -1) {
        sink->blind(sink->ctx, BLIND_NO_ANSWER, NULL);
        return;
    }
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
        snprintf(detail, sizeof detail, WIFEXITED(status) ? "exit %d" : "signal %d",
            WIFEXITED(status) ? WEXITSTATUS(status) : WTERMSIG(status));
        sink->blind(sink->ctx, BLIND_COMMAND, detail);
        return;
    }
    if (length >= OUTPUT_MAX) {
        sink->blind(sink->ctx, BLIND_OUTPUT, NULL);
        return;
    }
    char *text = to_utf8(c->charset, output, length);
    if (text == NULL)
        sink->blind(sink->ctx, BLIND_COMMAND, strerror(ENOMEM));
    else
        take_output(c, text);
    free(text);
}

static void command_look(void *self)
{
    struct command_source *c = self;
    const struct hm_host *host = c->host;
    const char *argv[ARGUMENTS_MAX] = {NULL};
    if (c->is_running)
        return;
    for (size_t i = 0; i < host->count(host, "command") && i + 1 < ARGUMENTS_MAX; i++)
        argv[i] = host->item(host, "command", i);
    int r =
        host->run(host, argv, NULL, host->integer(host, "timeout"), OUTPUT_MAX, command_on_end, c);
    if (r < 0)
        c->sink.blind(c->sink.ctx, BLIND_COMMAND, strerror(-r));
    c->is_running = r == 0;
}

/* ---- begin and end ---- */

static void command_close(void *self)
{
    struct command_source *c = self;
    for (size_t i = 0; i < STATES_MAX; i++)
        pcre2_code_free(c->patterns[i]);
    pcre2_match_data_free(c->data);
    pcre2_match_context_free(c->context);
    if (c->charset != (iconv_t)-1)
        iconv_close(c->charset);
    free(c);
}

static int prepare(struct command_source *c)
{
    const char *charset = c->host->text(c->host, "encoding");
    if (strcmp(charset, "UTF-8") != 0 && (c->charset = iconv_open("UTF-8", charset)) == (iconv_t)-1)
        return -errno;
    c->data = pcre2_match_data_create(1, NULL);
    c->context = pcre2_match_context_create(NULL);
    if (c->data == NULL || c->context == NULL)
        return -ENOMEM;
    pcre2_set_match_limit(c->context, STEPS_MAX);
    pcre2_set_depth_limit(c->context, DEPTH_MAX);
    for (size_t i = 0; i < c->states->count; i++)
        if ((c->patterns[i] = compile(c->host, &c->states->list[i])) == NULL)
            return -EINVAL;
    return 0;
}

static int command_open(const struct hm_host *host, const struct states *states,
    const struct source_sink *sink, void **ret_self)
{
    struct command_source *c = calloc(1, sizeof *c);
    if (c == NULL)
        return -ENOMEM;
    *c = (struct command_source){
        .host = host, .states = states, .sink = *sink, .charset = (iconv_t)-1};
    int r = prepare(c);
    if (r < 0) {
        host->complain(host, "command", "%s", strerror(-r));
        command_close(c);
        return r;
    }
    *ret_self = c;
    return 0;
}

static const char *const command_needs[] = {"command", NULL};

const struct source source_command = {.name = "command",
    .needs = command_needs,
    .validate = command_validate,
    .open = command_open,
    .look = command_look,
    .close = command_close};
