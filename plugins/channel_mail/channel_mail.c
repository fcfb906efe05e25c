/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * channel_mail - sends each notice as a mail, by SMTP or through the host's sendmail command.
 *
 * A mail has several recipients and one receipt: see progress.h.
 *
 * libcurl waits for the reply to QUIT when it closes a connection, and a server need not send it:
 * our side is shut for reading as soon as QUIT is out, so that there is nothing to wait for.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "message.h"
#include "progress.h"
#include "replies.h"
#include "settings.h"
#include "shared/transfer.h"
#include "shared/visible.h"

enum {
    KEY_BYTES = 72,
    TEXT_BYTES = 1024, /* of a receipt */
    SOCKETS_MAX = 8,   /* of one attempt: it may try several addresses at once */
    OUTPUT_BYTES_MAX = 4096
};

struct mail {
    const struct hm_host *host;
    struct settings settings;
    struct transfers *transfers; /* NULL: sendmail */
    struct transfer_plan plan;
    struct letter *letters;
};

/* One attempt. */
struct letter {
    struct mail *of;
    struct letter *next;
    uint64_t delivery;
    char key[KEY_BYTES];
    CURL *easy;
    struct curl_slist *recipients;
    char *bytes;
    size_t length, sent;
    struct replies replies;
    struct progress settled; /* by the attempts before */
    int fds[SOCKETS_MAX];    /* libcurl's; -1: none */
    char why[CURL_ERROR_SIZE];
};

static uint64_t all_of(const struct mail *m)
{
    return m->settings.to_count == 64 ? UINT64_MAX : ((uint64_t)1 << m->settings.to_count) - 1;
}

/* ---- the end of an attempt --------------------------------------------------------------- */

static void letter_free(struct letter *l)
{
    struct letter **at = &l->of->letters;

    while (*at != l)
        at = &(*at)->next;
    *at = l->next;
    curl_easy_cleanup(l->easy);
    curl_slist_free_all(l->recipients);
    free(l->bytes);
    free(l);
}

/* What is settled with this attempt. */
static struct progress settle(const struct letter *l)
{
    struct progress p = l->settled;

    for (size_t i = 0; i < l->of->settings.to_count; i++) {
        if ((l->replies.wanted >> i & 1) == 0)
            continue;
        enum hm_result result = replies_result(&l->replies, i);
        p.accepted |= result == HM_ACCEPTED ? (uint64_t)1 << i : 0;
        p.refused |= result == HM_REFUSED ? (uint64_t)1 << i : 0;
    }
    return p;
}

/* "ADDRESS refused (550), .." of those that @which names; cut where it does not fit. */
static void name_some(FILE *out, const struct letter *l, uint64_t which, const char *word)
{
    for (size_t i = 0; i < l->of->settings.to_count; i++)
        if ((which >> i & 1) != 0)
            fprintf(out, "; %s %s (%d)", l->of->settings.to[i], word,
                (l->replies.wanted >> i & 1) != 0 ? replies_code(&l->replies, i) : 0);
}

/* @why, and what became of whom where that is not the same for all. */
static void put_answer(char ret[TEXT_BYTES], const struct letter *l, const char *why,
    const struct progress *p, uint64_t left)
{
    bool is_whole = p->refused == 0 && (left == 0 || left == all_of(l->of));
    FILE *out = fmemopen(ret, TEXT_BYTES, "w");

    ret[0] = '\0';
    if (out == NULL)
        return;
    fputs(why, out);
    name_some(out, l, is_whole ? 0 : p->accepted, "accepted");
    name_some(out, l, is_whole ? 0 : p->refused, "refused");
    name_some(out, l, is_whole ? 0 : left, "later");
    fclose(out);
    ret[TEXT_BYTES - 1] = '\0';
    ret[encode_cut(ret, TEXT_BYTES - 8)] = '\0';
}

static void letter_answer(struct letter *l, const char *why)
{
    const struct hm_host *host = l->of->host;
    struct progress p = settle(l);
    uint64_t left = all_of(l->of) & ~(p.accepted | p.refused);
    char text[TEXT_BYTES], line[PROGRESS_BYTES];

    put_answer(text, l, why, &p, left);
    if (left != 0) {
        progress_write(&p, &l->of->settings, line);
        host->later(host, l->delivery, text, line);
    } else {
        if (p.accepted != 0 && p.refused != 0)
            host->log(host, HM_LOG_ERROR, "mail of %s: not all recipients: %s", l->key, text);
        host->receipt(host, l->delivery, p.accepted != 0 ? HM_ACCEPTED : HM_REFUSED, text);
    }
    letter_free(l);
}

static void mail_on_end(void *arg, CURL *easy, CURLcode code)
{
    struct letter *l = arg;
    bool is_said = l->replies.text[0] != '\0' && l->replies.step != STEP_CONNECT &&
                   (code == CURLE_OK || l->replies.step == STEP_QUIT || l->replies.end != 0);

    (void)easy;
    letter_answer(l, is_said             ? l->replies.text
                     : l->why[0] != '\0' ? l->why
                                         : curl_easy_strerror(code));
}

/* ---- libcurl's side ---------------------------------------------------------------------- */

static curl_socket_t open_socket(void *arg, curlsocktype purpose, struct curl_sockaddr *address)
{
    struct letter *l = arg;
    int fd = socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);

    (void)purpose;
    for (size_t i = 0; fd >= 0 && i < SOCKETS_MAX; i++)
        if (l->fds[i] < 0) {
            l->fds[i] = fd;
            break;
        }
    return fd < 0 ? CURL_SOCKET_BAD : fd;
}

static int close_socket(void *arg, curl_socket_t fd)
{
    struct letter *l = arg;

    for (size_t i = 0; i < SOCKETS_MAX; i++)
        if (l->fds[i] == fd)
            l->fds[i] = -1;
    return close(fd);
}

static int mail_on_line(CURL *easy, curl_infotype type, char *line, size_t length, void *arg)
{
    struct letter *l = arg;

    (void)easy;
    if (type == CURLINFO_HEADER_IN)
        replies_line(&l->replies, line, length);
    if (type != CURLINFO_HEADER_OUT)
        return 0;
    replies_command(&l->replies, line, length);
    for (size_t i = 0; l->replies.step == STEP_QUIT && i < SOCKETS_MAX; i++)
        if (l->fds[i] >= 0)
            shutdown(l->fds[i], SHUT_RD);
    return 0;
}

static size_t give_bytes(char *to, size_t size, size_t count, void *arg)
{
    struct letter *l = arg;
    size_t n = size * count < l->length - l->sent ? size * count : l->length - l->sent;

    memcpy(to, l->bytes + l->sent, n);
    l->sent += n;
    return n;
}

static bool prepare_connection(struct letter *l)
{
    const struct settings *s = &l->of->settings;
    CURL *easy = l->easy;

    return curl_easy_setopt(easy, CURLOPT_URL, s->url) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_FORBID_REUSE, 1L) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_USE_SSL,
               (long)(s->tls == TLS_NONE ? CURLUSESSL_NONE : CURLUSESSL_ALL)) == CURLE_OK &&
           (s->user == NULL ||
               (curl_easy_setopt(easy, CURLOPT_USERNAME, s->user) == CURLE_OK &&
                   curl_easy_setopt(easy, CURLOPT_PASSWORD, s->password) == CURLE_OK)) &&
           curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, open_socket) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, l) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_CLOSESOCKETFUNCTION, close_socket) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_CLOSESOCKETDATA, l) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, l->why) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_DEBUGFUNCTION, mail_on_line) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_DEBUGDATA, l) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_VERBOSE, 1L) == CURLE_OK;
}

static bool prepare_message(struct letter *l)
{
    CURL *easy = l->easy;

    return curl_easy_setopt(easy, CURLOPT_MAIL_FROM, l->of->settings.from) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_MAIL_RCPT, l->recipients) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_MAIL_RCPT_ALLLOWFAILS, 1L) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_UPLOAD, 1L) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_READFUNCTION, give_bytes) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_READDATA, l) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_INFILESIZE_LARGE, (curl_off_t)l->length) == CURLE_OK;
}

/* What the server's replies may carry to standard output is nothing. */
static size_t drop_bytes(char *bytes, size_t size, size_t count, void *arg)
{
    (void)bytes;
    (void)arg;
    return size * count;
}

static bool add_recipients(struct letter *l)
{
    for (size_t i = 0; i < l->of->settings.to_count; i++) {
        if ((l->replies.wanted >> i & 1) == 0)
            continue;
        struct curl_slist *longer = curl_slist_append(l->recipients, l->of->settings.to[i]);
        if (longer == NULL)
            return false;
        l->recipients = longer;
    }
    return true;
}

static int start_smtp(struct letter *l)
{
    l->easy = transfer_handle(&l->of->plan);
    if (l->easy == NULL || !add_recipients(l) || !prepare_connection(l) || !prepare_message(l) ||
        curl_easy_setopt(l->easy, CURLOPT_WRITEFUNCTION, drop_bytes) != CURLE_OK)
        return -ENOMEM;
    return transfers_start(l->of->transfers, l->easy, mail_on_end, l);
}

/* ---- sendmail ---------------------------------------------------------------------------- */

/* The exit codes of sysexits.h that say something about the mail or its addresses. */
enum { EXIT_DATA = 65, EXIT_NO_USER = 67, EXIT_NO_HOST = 68 };

static void mail_on_sendmail_end(void *arg, int status, const char *output, size_t length)
{
    struct letter *l = arg;
    const struct hm_host *host = l->of->host;
    int code = status != -1 && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    char line[REPLIES_TEXT_BYTES], text[TEXT_BYTES];

    visible_line(line, sizeof line, output, length);
    if (code >= 0)
        snprintf(text, sizeof text, "%s: exit code %d %s", l->of->settings.path, code, line);
    else
        snprintf(text, sizeof text, "%s was ended", l->of->settings.path);
    // The queue of this host has it: that is no receiver's yes.
    host->receipt(host, l->delivery,
        code == 0                                                           ? HM_SENT
        : code == EXIT_DATA || code == EXIT_NO_USER || code == EXIT_NO_HOST ? HM_REFUSED
                                                                            : HM_LATER,
        text);
    letter_free(l);
}

static int start_sendmail(struct letter *l)
{
    const struct settings *s = &l->of->settings;
    const char *argv[REPLIES_RECIPIENTS_MAX + 6] = {s->path, "-i", "-f", s->from, "--"};
    size_t kept = 0;

    for (size_t i = 0; i < s->to_count; i++)
        argv[5 + i] = s->to[i];
    // A program of this host takes lines that end in LF.
    for (size_t i = 0; i < l->length; i++)
        if (l->bytes[i] != '\r')
            l->bytes[kept++] = l->bytes[i];
    l->bytes[kept] = '\0';
    return l->of->host->run(l->of->host, argv, l->bytes, l->of->plan.limit_ms, OUTPUT_BYTES_MAX,
        mail_on_sendmail_end, l);
}

/* ---- an attempt -------------------------------------------------------------------------- */

static char *letter_text(const struct mail *m, const struct hm_notice *notice, size_t *ret_length)
{
    const struct settings *s = &m->settings;
    const struct message_plan plan = {.from = s->from,
        .to = s->to,
        .to_count = s->to_count,
        .domain = s->domain,
        .prefix = s->prefix,
        .charset = s->charset,
        .is_japanese = strcmp(m->host->language(m->host), "ja") == 0,
        .now_ms = m->host->wall_ms(m->host)};

    return message_make(&plan, notice, ret_length);
}

static int letter_start(struct mail *m, uint64_t delivery, const struct hm_notice *notice)
{
    struct letter *l = calloc(1, sizeof *l);

    if (l == NULL)
        return -ENOMEM;
    *l = (struct letter){.of = m, .next = m->letters, .delivery = delivery};
    m->letters = l;
    for (size_t i = 0; i < SOCKETS_MAX; i++)
        l->fds[i] = -1;
    snprintf(l->key, sizeof l->key, "%s", notice->key);
    l->settled = progress_read(&m->settings, notice->progress);
    l->replies.wanted = all_of(m) & ~(l->settled.accepted | l->settled.refused);
    if (l->replies.wanted == 0) {
        letter_answer(l, "nobody is left to be served");
        return 0;
    }
    l->bytes = letter_text(m, notice, &l->length);
    int r = l->bytes == NULL          ? -ENOMEM
            : m->settings.is_sendmail ? start_sendmail(l)
                                      : start_smtp(l);
    if (r < 0)
        letter_free(l);
    return r;
}

static void mail_deliver(
    void *self, uint64_t delivery, uint32_t attempt, const struct hm_notice *notice)
{
    struct mail *m = self;

    (void)attempt; // every attempt is the same mail
    int r = letter_start(m, delivery, notice);
    if (r < 0)
        m->host->receipt(m->host, delivery, HM_LATER, strerror(-r));
}

/* ---- life -------------------------------------------------------------------------------- */

static void mail_validate(const struct hm_host *host)
{
    struct settings settings;

    settings_read(host, &settings);
}

static int mail_open(const struct hm_host *host, void **ret_self)
{
    struct mail *m = calloc(1, sizeof *m);
    int r = 0;

    if (m == NULL)
        return -ENOMEM;
    m->host = host;
    if (!settings_read(host, &m->settings))
        r = -EINVAL;
    else if (!m->settings.is_sendmail)
        r = transfers_new(host, &m->transfers);
    if (r < 0) {
        free(m);
        return r;
    }
    m->plan =
        (struct transfer_plan){.protocols = m->settings.tls == TLS_FROM_START ? "smtps" : "smtp",
            .ca_file = m->settings.ca_file,
            .limit_ms = transfer_limit(host, m->settings.timeout_ms)};
    *ret_self = m;
    return 0;
}

static void mail_close(void *self)
{
    struct mail *m = self;

    transfers_free(m->transfers);
    while (m->letters != NULL)
        letter_free(m->letters);
    free(m);
}

HM_PLUGIN(.kind = HM_CHANNEL, .name = "mail", .version = "0.1.0",
    .summary = "notices by mail (SMTP with TLS, or sendmail)",
    .summary_ja = "メールによる通知 (SMTP・TLS、または sendmail)", .options = settings_options,
    .validate = mail_validate, .open = mail_open, .close = mail_close, .deliver = mail_deliver);
