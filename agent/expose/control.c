/* SPDX-License-Identifier: BSD-2-Clause */
#include "expose/control.h"

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/fault.h"
#include "base/fdio.h"
#include "base/log.h"
#include "base/message.h"
#include "wire/wire.h"

enum {
    CLIENTS_OF_ONE_USER =
        16, /* so that one user's scripts leave places for others; not for admins */
    WAITING_MAX = 1024 * 1024,
    SILENCE_MS = 30000,
    REQUESTS_BURST = 100,  /* of one client, then .. */
    REQUEST_EVERY_MS = 20, /* .. one each so often */
    ACCEPT_PAUSE_MS = 1000,
    ACCEPTS_A_TURN = 8,
    USER_NAME_BYTES = 4096
};

struct client {
    struct control *control;
    struct client *next;
    struct stream *stream;
    struct timer *silence;
    struct timer *pace; /* set while it is paused for asking too much */
    enum right right;
    uid_t uid;
    mono_ms refilled;
    int64_t allowance; /* requests that it may make at once */
    bool ended;        /* dropped from within its own answer */
    uint64_t ticket;   /* of a request that is answered later; 0: none */
    json_t *ticket_id; /* what it was called */
};

struct control {
    struct loop *loop;
    char *path;
    gid_t group;
    const struct control_verb *verbs;
    void *ctx;
    struct listener listener;
    int reserve_fd; /* given up for a moment when there is no other descriptor to accept with */
    struct io *io;
    struct timer *accept_again;
    struct client *clients;
    size_t count;
    uint64_t tickets; /* handed out */
};

static struct client *client_free(struct client *c)
{
    struct client **at = &c->control->clients;

    while (*at != c)
        at = &(*at)->next;
    *at = c->next;
    c->control->count--;
    timer_free(c->silence);
    timer_free(c->pace);
    stream_free(c->stream);
    json_decref(c->ticket_id);
    free(c);
    return NULL;
}

/* ---- answering --------------------------------------------------------------------------- */

static bool client_on_line_ready(void *arg, const char *line, size_t length)
{
    struct client *c = arg;

    if (stream_queued(c->stream) + length > WAITING_MAX) {
        log_warn(LOG_EXPOSE, "control: a client of uid %u does not read its answers, dropping it",
            c->uid);
        c->ended = true;
        return false;
    }
    stream_send(c->stream, line, length);
    return true;
}

/* The descriptor travels with the line's first byte; a short line on an idle socket goes whole. */
static bool client_on_line_with_fd(void *arg, const char *line, size_t length)
{
    struct client *c = ((void **)arg)[0];
    int fd = *(int *)((void **)arg)[1];
    union {
        struct cmsghdr align;
        char bytes[CMSG_SPACE(sizeof(int))];
    } control = {0};
    char *whole = alloc(length + 1);
    struct iovec part = {.iov_base = whole, .iov_len = length + 1};
    struct msghdr message = {.msg_iov = &part,
        .msg_iovlen = 1,
        .msg_control = control.bytes,
        .msg_controllen = sizeof control.bytes};
    struct cmsghdr *head = CMSG_FIRSTHDR(&message);

    memcpy(whole, line, length);
    whole[length] = '\n';
    *head = (struct cmsghdr){
        .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS, .cmsg_len = CMSG_LEN(sizeof(int))};
    memcpy(CMSG_DATA(head), &fd, sizeof fd);
    ssize_t n = sendmsg(stream_fd(c->stream), &message, MSG_DONTWAIT | MSG_NOSIGNAL);
    free(whole);
    c->ended = n != (ssize_t)length + 1;
    return !c->ended;
}

static void answer_deinit(struct control_answer *a)
{
    json_decref(a->result);
    free(a->error[LANGUAGE_EN]);
    free(a->error[LANGUAGE_JA]);
    fdio_close(a->fd);
}

static struct control_answer refusal(const char *code, enum message why, const char *detail)
{
    struct control_answer a = {.code = code, .fd = -1};

    for (int language = 0; language < 2; language++) {
        struct text t = {0};
        message_add(&t, (enum language)language, why, detail);
        a.error[language] = text_take(&t);
    }
    return a;
}

/* Consumes @a. */
static void client_answer(struct client *c, const json_t *id, struct control_answer *a)
{
    void *with_fd[] = {c, &a->fd};
    bool sent;

    if (a->fd >= 0 && stream_queued(c->stream) > 0) {
        answer_deinit(a);
        *a = refusal("unavailable", MESSAGE_CONTROL_READ_FIRST, NULL);
    }
    if (a->fd >= 0)
        sent = answer_lines(id, a, client_on_line_with_fd, with_fd);
    else
        sent = answer_lines(id, a, client_on_line_ready, c);
    if (!sent)
        c->ended = true;
    answer_deinit(a);
}

static void client_refuse(
    struct client *c, const json_t *id, const char *code, enum message why, const char *detail)
{
    struct control_answer a = refusal(code, why, detail);

    client_answer(c, id, &a);
}

/* ---- asking ------------------------------------------------------------------------------ */

static const struct control_verb *find_verb(const struct control *control, const char *name)
{
    for (const struct control_verb *v = control->verbs; v->name != NULL; v++)
        if (strcmp(v->name, name) == 0)
            return v;
    return NULL;
}

static char *user_name(uid_t uid)
{
    char buffer[USER_NAME_BYTES];
    struct passwd entry;
    struct passwd *found = NULL;
    struct text t = {0};

    if (getpwuid_r(uid, &entry, buffer, sizeof buffer, &found) == 0 && found != NULL)
        text_add_visible(&t, found->pw_name, strlen(found->pw_name));
    else
        text_addf(&t, "uid %u", uid);
    return text_take(&t);
}

/* Its line is answered later: until then it is not read from and may be silent. */
static void client_wait(struct client *c, const json_t *id, uint64_t ticket)
{
    c->ticket = ticket;
    c->ticket_id = json_deep_copy(id);
    timer_cancel(c->silence);
    stream_pause(c->stream, true);
}

static void client_run(
    struct client *c, const json_t *id, const struct control_verb *verb, struct command *command)
{
    struct control_answer a = {.fd = -1, .ticket = ++c->control->tickets};

    if (c->ticket != 0) {
        client_refuse(c, id, "unavailable", MESSAGE_CONTROL_READ_FIRST, NULL);
        return;
    }
    command->uid = c->uid;
    if (verb->right != RIGHT_READ)
        command->who = user_name(c->uid);
    verb->run(c->control->ctx, command, &a);
    if (a.later)
        client_wait(c, id, a.ticket);
    else
        client_answer(c, id, &a);
}

static void client_request(struct client *c, const json_t *request)
{
    const json_t *id = json_object_get(request, "id");
    struct command command = {0};
    struct text why = {0};

    if (id != NULL && !json_is_integer(id)) {
        client_refuse(c, NULL, "bad_request", MESSAGE_CONTROL_BAD_REQUEST, "\"id\" is no integer");
        return;
    }
    if (wire_command_decode(request, &command, &why) != 0) {
        client_refuse(c, id, "bad_request", MESSAGE_CONTROL_BAD_REQUEST, text_get(&why));
        text_deinit(&why);
        return;
    }
    const struct control_verb *verb = find_verb(c->control, command.verb);
    if (verb == NULL)
        client_refuse(c, id, "bad_request", MESSAGE_CONTROL_NO_SUCH_VERB, command.verb);
    else if (c->right < verb->right)
        client_refuse(c, id, "denied",
            verb->right == RIGHT_ADMIN ? MESSAGE_CONTROL_NEEDS_ADMIN
                                       : MESSAGE_CONTROL_NEEDS_OPERATE,
            command.verb);
    else
        client_run(c, id, verb, &command);
    command_deinit(&command);
    text_deinit(&why);
}

/* Takes one request off the allowance; when that was the last one, reading rests for a while. */
static void client_pace(struct client *c)
{
    mono_ms now = clock_boot();
    int64_t back = (now - c->refilled) / REQUEST_EVERY_MS;

    c->allowance = c->allowance + back < REQUESTS_BURST ? c->allowance + back : REQUESTS_BURST;
    c->refilled += back * REQUEST_EVERY_MS;
    c->allowance--;
    if (c->allowance > 0)
        return;
    stream_pause(c->stream, true);
    timer_set(c->pace, REQUEST_EVERY_MS);
}

static void client_on_rested(void *arg)
{
    struct client *c = arg;

    if (c->ticket == 0)
        stream_pause(c->stream, false);
}

void control_answer_later(struct control *control, uint64_t ticket, struct control_answer *answer)
{
    struct client *c = control->clients;

    while (c != NULL && c->ticket != ticket)
        c = c->next;
    if (c == NULL) {
        answer_deinit(answer);
        return;
    }
    client_answer(c, c->ticket_id, answer);
    c->ticket = 0;
    json_decref(c->ticket_id);
    c->ticket_id = NULL;
    if (c->ended) {
        client_free(c);
        return;
    }
    timer_set(c->silence, SILENCE_MS);
    stream_pause(c->stream, false);
}

static void client_on_line(void *ctx, char *line, size_t length)
{
    struct client *c = ctx;
    struct text why = {0};
    json_t *request = wire_parse(line, length, &why);

    timer_set(c->silence, SILENCE_MS);
    if (request == NULL) {
        log_warn(LOG_EXPOSE,
            "control: a client of uid %u sent a line that is no request (%s), dropping it", c->uid,
            text_get(&why));
        client_refuse(c, NULL, "bad_request", MESSAGE_CONTROL_BAD_REQUEST, text_get(&why));
        c->ended = true;
    } else {
        client_request(c, request);
    }
    json_decref(request);
    text_deinit(&why);
    if (c->ended) {
        client_free(c);
        return;
    }
    client_pace(c);
}

static void client_on_lost(void *ctx, const char *why)
{
    struct client *c = ctx;

    log_debug(LOG_EXPOSE, "control: a client of uid %u is gone: %s", c->uid, why);
    client_free(c);
}

static void client_on_drained(void *ctx)
{
    struct client *c = ctx;

    timer_set(c->silence, SILENCE_MS);
}

static void client_on_silence(void *arg)
{
    client_free(arg);
}

/* ---- coming in --------------------------------------------------------------------------- */

static size_t clients_of(const struct control *control, uid_t uid)
{
    size_t n = 0;

    for (const struct client *c = control->clients; c != NULL; c = c->next)
        n += c->uid == uid;
    return n;
}

static bool turned_away_on_line(void *arg, const char *line, size_t length)
{
    int fd = *(int *)arg;

    return send(fd, line, length, MSG_DONTWAIT | MSG_NOSIGNAL | MSG_MORE) == (ssize_t)length &&
           send(fd, "\n", 1, MSG_DONTWAIT | MSG_NOSIGNAL) == 1;
}

/* Says that there is no place, if the socket takes it, and closes. */
static void turn_away(int fd)
{
    struct control_answer a = refusal("unavailable", MESSAGE_CONTROL_TOO_MANY, NULL);

    answer_lines(NULL, &a, turned_away_on_line, &fd);
    answer_deinit(&a);
    fdio_close(fd);
}

static void client_new(struct control *control, int fd)
{
    uid_t uid;
    enum right right = listener_right(fd, control->group, &uid);

    if (control->count >= CONTROL_CLIENTS_MAX ||
        (right != RIGHT_ADMIN && clients_of(control, uid) >= CLIENTS_OF_ONE_USER)) {
        log_warn(LOG_EXPOSE, "control: too many clients, turning one of uid %u away", uid);
        turn_away(fd);
        return;
    }
    struct client *c = alloc(sizeof *c);
    *c = (struct client){.control = control,
        .right = right,
        .uid = uid,
        .refilled = clock_boot(),
        .allowance = REQUESTS_BURST};
    struct stream_sink sink = {
        .ctx = c, .line = client_on_line, .lost = client_on_lost, .drained = client_on_drained};
    if (stream_new(control->loop, fd, &sink, &c->stream) < 0) {
        fdio_close(fd);
        free(c);
        return;
    }
    c->silence = timer_new(control->loop, client_on_silence, c);
    c->pace = timer_new(control->loop, client_on_rested, c);
    timer_set(c->silence, SILENCE_MS);
    c->next = control->clients;
    control->clients = c;
    control->count++;
}

/* No descriptor is left: without this the waiting connection would make the loop spin. */
static void refuse_with_reserve(struct control *control)
{
    control->reserve_fd = fdio_close(control->reserve_fd);
    fdio_close(accept4(control->listener.fd, NULL, NULL, SOCK_CLOEXEC));
    control->reserve_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
    log_warn(LOG_EXPOSE, "control: out of file descriptors, taking no clients for a second");
    io_set(control->io, 0);
    timer_set(control->accept_again, ACCEPT_PAUSE_MS);
}

static void control_on_accept_again(void *arg)
{
    struct control *control = arg;

    io_set(control->io, IO_READ);
}

static void control_on_connection(void *arg, int fd, int events)
{
    struct control *control = arg;

    (void)events;
    for (int i = 0; i < ACCEPTS_A_TURN; i++) {
        int client = accept4(fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
        if (client >= 0)
            client_new(control, client);
        else if (errno == EMFILE || errno == ENFILE)
            refuse_with_reserve(control);
        if (client < 0)
            return;
    }
}

int control_new(struct loop *loop, const char *path, gid_t group, const struct control_verb *verbs,
    void *ctx, struct control **ret_control)
{
    struct control *c = alloc(sizeof *c);
    int r;

    *c = (struct control){.loop = loop,
        .path = alloc_text(path),
        .group = group,
        .verbs = verbs,
        .ctx = ctx,
        .listener.fd = -1,
        .reserve_fd = open("/dev/null", O_RDONLY | O_CLOEXEC)};
    r = listener_open(path, group, &c->listener);
    if (r == 0)
        r = io_new(loop, c->listener.fd, IO_READ, control_on_connection, c, &c->io);
    if (r < 0) {
        control_free(c);
        return r;
    }
    c->accept_again = timer_new(loop, control_on_accept_again, c);
    *ret_control = c;
    return 0;
}

struct control *control_free(struct control *c)
{
    if (c == NULL)
        return NULL;
    while (c->clients != NULL)
        client_free(c->clients);
    timer_free(c->accept_again);
    io_free(c->io);
    listener_close(&c->listener, c->path);
    fdio_close(c->reserve_fd);
    free(c->path);
    free(c);
    return NULL;
}
