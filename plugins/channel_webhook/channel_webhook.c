/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * channel_webhook - posts each notice as JSON to a URL.
 *
 * The status line is the receipt: 2xx accepted; 408, 425, 429 and 5xx later; the rest refused, 3xx
 * too, because a redirect could carry the notice and its signature to anybody. The answer's body
 * is the receiver's own and is counted, never kept and never printed. A receiver that asks for time
 * (Retry-After) is left alone for that long, at most an hour.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "payload.h"
#include "shared/transfer.h"
#include "signature.h"

enum {
    ANSWER_BYTES_MAX = 64 * 1024, /* header and body; the rest is not read */
    RETRY_AFTER_MAX_S = 3600,
    URL_BYTES_MAX = 2048,
    HEADER_BYTES = 256
};

struct webhook {
    const struct hm_host *host;
    struct transfers *transfers;
    struct transfer_plan plan;
    const char *url;
    const char *secret; /* NULL: not signed */
    const char *bearer; /* NULL: none */
    const char *token;  /* of token_header; NULL: none */
    const struct payload_template *template;
    int64_t rest_until_ms; /* boot time until which the receiver wants to be left alone */
    struct post *posts;
};

/* One attempt. */
struct post {
    struct webhook *of;
    struct post *next;
    uint64_t delivery;
    CURL *easy;
    struct curl_slist *headers;
    char *body;
    size_t answered;
    bool is_headed; /* the answer's head came whole */
    char why[CURL_ERROR_SIZE];
};

static const struct hm_option webhook_options[] = {
    {.name = "url", .help = "where to post; https", .help_ja = "送信先の URL (https)"},
    {.name = "url_file",
        .type = HM_SECRET,
        .help = "file with the URL, for chat tools whose URL is itself a secret",
        .help_ja = "URL を書いたファイル。URL 自体が秘密であるチャット用"},
    {.name = "allow_http",
        .type = HM_FLAG,
        .preset = "false",
        .help = "http without TLS is taken too; anybody on the way can read and forge",
        .help_ja = "TLS のない http も使えるようにする。経路上で読まれ、偽造されうる"},
    {.name = "template",
        .preset = "generic",
        .words = payload_names,
        .help = "generic: all of the notice; text: {\"text\": ..} (Slack, Mattermost); teams, "
                "lineworks, chatwork: for those",
        .help_ja = "generic は通知の全項目、text は {\"text\": ..} (Slack・Mattermost)、ほかは "
                   "Teams・LINE WORKS・Chatwork 用"},
    {.name = "secret_file",
        .type = HM_SECRET,
        .help = "file with the key of the HMAC-SHA256 signature",
        .help_ja = "HMAC-SHA256 署名の鍵を書いたファイル"},
    {.name = "bearer_file",
        .type = HM_SECRET,
        .help = "file with the token for \"Authorization: Bearer\"",
        .help_ja = "\"Authorization: Bearer\" に載せるトークンを書いたファイル"},
    {.name = "token_file",
        .type = HM_SECRET,
        .help = "template chatwork: file with the API token",
        .help_ja = "template が chatwork のときの API トークンを書いたファイル"},
    {.name = "ca_file",
        .type = HM_PATH,
        .help = "certificates (PEM) to trust instead of the system's",
        .help_ja = "システムの既定に代えて信頼する証明書 (PEM)"},
    {.name = "timeout",
        .type = HM_SPAN,
        .preset = "10s",
        .least = 100,
        .most = 300000,
        .help = "how long one attempt may take; at most half the deadline",
        .help_ja = "1 回の送信にかけてよい時間。deadline の半分が上限"},
    {0},
};

/* ---- settings ---------------------------------------------------------------------------- */

static bool complain(const struct hm_host *host, const char *option, const char *en, const char *ja)
{
    host->complain(host, option, "%s", strcmp(host->language(host), "ja") == 0 ? ja : en);
    return false;
}

static bool is_printable(const char *text)
{
    for (; *text != '\0'; text++)
        if (*text <= ' ' || *text > '~')
            return false;
    return true;
}

static bool url_valid(const struct hm_host *host, const char *option, const char *url)
{
    bool is_http = strncmp(url, "http://", 7) == 0;
    size_t scheme = is_http ? 7 : 8;

    if (strlen(url) > URL_BYTES_MAX || !is_printable(url) ||
        (!is_http && strncmp(url, "https://", 8) != 0) || strcspn(url + scheme, "/?#") == 0 ||
        memchr(url + scheme, '@', strcspn(url + scheme, "/?#")) != NULL)
        return complain(host, option,
            "must be a URL that begins with https://, without blanks, user name or password",
            "https:// で始まる URL を指定してください (空白・ユーザー名・パスワードは不可)");
    if (is_http && !host->flag(host, "allow_http"))
        return complain(host, option, "is http without TLS; set allow_http = true if that is meant",
            "TLS のない http です。意図したものなら allow_http = true を指定してください");
    return true;
}

#define TOKEN_EN "is no token: printable ASCII, at most 224 characters"
#define TOKEN_JA "トークンは印字可能な ASCII 224 文字以内です"

static bool token_valid(const char *token)
{
    return token[0] != '\0' && is_printable(token) && strlen(token) <= HEADER_BYTES - 32;
}

static bool settings_read(const struct hm_host *host, struct webhook *w)
{
    const char *url = host->text(host, "url");
    const char *file = host->text(host, "url_file");
    bool good = true;

    w->url = url != NULL ? url : file;
    w->secret = host->text(host, "secret_file");
    w->bearer = host->text(host, "bearer_file");
    if ((url == NULL) == (file == NULL))
        good = complain(host, "url", "give either url or url_file",
            "url と url_file のどちらか一方を指定してください");
    else
        good = url_valid(host, url != NULL ? "url" : "url_file", w->url);
    if (w->secret != NULL && w->secret[0] == '\0')
        good = complain(host, "secret_file", "is empty", "空です");
    w->template = payload_template(host->text(host, "template"));
    w->token = host->text(host, "token_file");
    if ((w->token != NULL) != (w->template->token_header != NULL))
        good = complain(host, "token_file", "goes with template = \"chatwork\", and that needs it",
            "template = \"chatwork\" のときだけ、必ず指定してください");
    else if (w->token != NULL && !token_valid(w->token))
        good = complain(host, "token_file", TOKEN_EN, TOKEN_JA);
    if (w->bearer != NULL && !token_valid(w->bearer))
        good = complain(host, "bearer_file", TOKEN_EN, TOKEN_JA);
    return good;
}

static void webhook_validate(const struct hm_host *host)
{
    struct webhook w = {0};

    settings_read(host, &w);
}

/* ---- the end of an attempt --------------------------------------------------------------- */

static void post_free(struct post *p)
{
    struct post **at = &p->of->posts;

    while (*at != p)
        at = &(*at)->next;
    *at = p->next;
    curl_easy_cleanup(p->easy);
    curl_slist_free_all(p->headers);
    free(p->body);
    free(p);
}

static enum hm_result result_of(long status)
{
    if (status >= 200 && status < 300)
        return HM_ACCEPTED;
    if (status < 200 || status == 408 || status == 425 || status == 429 || status >= 500)
        return HM_LATER;
    return HM_REFUSED;
}

/* Leaves the receiver alone for what it asked; returns the seconds, 0: it did not ask. */
static long long rest(struct webhook *w, CURL *easy)
{
    curl_off_t seconds = 0;

    curl_easy_getinfo(easy, CURLINFO_RETRY_AFTER, &seconds);
    if (seconds <= 0)
        return 0;
    if (seconds > RETRY_AFTER_MAX_S)
        seconds = RETRY_AFTER_MAX_S;
    w->rest_until_ms = w->host->boot_ms(w->host) + (int64_t)seconds * 1000;
    return (long long)seconds;
}

static void webhook_on_end(void *arg, CURL *easy, CURLcode code)
{
    struct post *p = arg;
    struct webhook *w = p->of;
    char text[HEADER_BYTES + CURL_ERROR_SIZE];
    long status = 0;
    bool is_cut = code == CURLE_WRITE_ERROR && p->answered > ANSWER_BYTES_MAX;

    curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
    bool is_answer = (code == CURLE_OK || is_cut) && p->is_headed;
    enum hm_result result = is_answer ? result_of(status) : HM_LATER;
    if (code == CURLE_OK && !is_answer)
        snprintf(text, sizeof text, "the answer broke off (HTTP %ld)", status);
    else if (code != CURLE_OK && !is_cut)
        snprintf(text, sizeof text, "%s", p->why[0] != '\0' ? p->why : curl_easy_strerror(code));
    else
        snprintf(text, sizeof text, "HTTP %ld", status);
    long long asked = is_answer && result == HM_LATER ? rest(w, easy) : 0;
    if (asked > 0)
        snprintf(text, sizeof text, "HTTP %ld, asks to be left alone for %lld s", status, asked);
    w->host->receipt(w->host, p->delivery, result, text);
    post_free(p);
}

/* libcurl takes a connection that ends within the head for the end of the answer: only the blank
 * line says that the receiver meant what its first line says. */
static size_t take_header(char *bytes, size_t size, size_t count, void *arg)
{
    struct post *p = arg;
    size_t length = size * count;

    p->answered += length;
    if (length > 5 && memcmp(bytes, "HTTP/", 5) == 0)
        p->is_headed = false; // of an answer after a 1xx
    else if (bytes[0] == '\n' || (length == 2 && bytes[0] == '\r'))
        p->is_headed = true;
    return p->answered > ANSWER_BYTES_MAX ? 0 : length;
}

static size_t count_answer(char *bytes, size_t size, size_t count, void *arg)
{
    struct post *p = arg;

    (void)bytes;
    p->answered += size * count;
    return p->answered > ANSWER_BYTES_MAX ? 0 : size * count;
}

/* ---- an attempt -------------------------------------------------------------------------- */

__attribute__((format(printf, 2, 3))) static bool add_header(
    struct post *p, const char *format, ...)
{
    char line[HEADER_BYTES];
    va_list args;

    va_start(args, format);
    int n = vsnprintf(line, sizeof line, format, args);
    va_end(args);
    struct curl_slist *longer =
        n < 0 || (size_t)n >= sizeof line ? NULL : curl_slist_append(p->headers, line);
    explicit_bzero(line, sizeof line);
    if (longer != NULL)
        p->headers = longer;
    return longer != NULL;
}

static bool add_headers(struct post *p, const struct hm_notice *notice)
{
    const struct webhook *w = p->of;
    char key[HEADER_BYTES / 2], signature[SIGNATURE_BYTES];
    int64_t seconds = w->host->wall_ms(w->host) / 1000;

    // A key is base32; whatever else it were could not end the header.
    snprintf(key, sizeof key, "%s", notice->key);
    for (char *c = key; *c != '\0'; c++)
        if (*c < '!' || *c > '~' || *c == '"')
            *c = '_';
    bool good = add_header(p, "Content-Type: %s", w->template->content_type) &&
                add_header(p, "Expect:") && add_header(p, "Idempotency-Key: \"%s\"", key);
    if (good && w->token != NULL)
        good = add_header(p, "%s: %s", w->template->token_header, w->token);
    if (good && w->bearer != NULL)
        good = add_header(p, "Authorization: Bearer %s", w->bearer);
    if (good && w->secret != NULL) {
        signature_make(signature, w->secret, seconds, p->body);
        good = add_header(p, "X-Hashimori-Timestamp: %lld", (long long)seconds) &&
               add_header(p, "X-Hashimori-Signature: sha256=%s", signature);
    }
    return good;
}

static bool prepare(struct post *p)
{
    const struct webhook *w = p->of;
    CURL *easy = p->easy = transfer_handle(&w->plan);

    return easy != NULL && curl_easy_setopt(easy, CURLOPT_URL, w->url) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_USERAGENT, "hashimori") == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_HTTPHEADER, p->headers) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE, (long)strlen(p->body)) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_POSTFIELDS, p->body) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, count_answer) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_WRITEDATA, p) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, take_header) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_HEADERDATA, p) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, p->why) == CURLE_OK;
}

static int post_start(
    struct webhook *w, uint64_t delivery, uint32_t attempt, const struct hm_notice *notice)
{
    struct post *p = calloc(1, sizeof *p);

    if (p == NULL)
        return -ENOMEM;
    *p = (struct post){.of = w, .next = w->posts, .delivery = delivery};
    w->posts = p;
    p->body = w->template->make(notice, attempt);
    int r = -ENOMEM;
    if (p->body != NULL && add_headers(p, notice) && prepare(p))
        r = transfers_start(w->transfers, p->easy, webhook_on_end, p);
    if (r < 0)
        post_free(p);
    return r;
}

static void webhook_deliver(
    void *self, uint64_t delivery, uint32_t attempt, const struct hm_notice *notice)
{
    struct webhook *w = self;
    int64_t left_ms = w->rest_until_ms - w->host->boot_ms(w->host);
    char text[HEADER_BYTES];

    if (left_ms > 0) {
        snprintf(text, sizeof text, "the receiver asked to be left alone for %lld s more",
            (long long)(left_ms + 999) / 1000);
        w->host->receipt(w->host, delivery, HM_LATER, text);
        return;
    }
    int r = post_start(w, delivery, attempt, notice);
    if (r < 0)
        w->host->receipt(w->host, delivery, HM_LATER, strerror(-r));
}

/* ---- life -------------------------------------------------------------------------------- */

static int webhook_open(const struct hm_host *host, void **ret_self)
{
    struct webhook *w = calloc(1, sizeof *w);

    if (w == NULL)
        return -ENOMEM;
    w->host = host;
    int r = settings_read(host, w) ? transfers_new(host, &w->transfers) : -EINVAL;
    if (r < 0) {
        free(w);
        return r;
    }
    w->plan =
        (struct transfer_plan){.protocols = host->flag(host, "allow_http") ? "http,https" : "https",
            .ca_file = host->text(host, "ca_file"),
            .limit_ms = transfer_limit(host, host->integer(host, "timeout"))};
    *ret_self = w;
    return 0;
}

static void webhook_close(void *self)
{
    struct webhook *w = self;

    transfers_free(w->transfers);
    while (w->posts != NULL)
        post_free(w->posts);
    free(w);
}

HM_PLUGIN(.kind = HM_CHANNEL, .name = "webhook", .version = "0.1.0",
    .summary = "notices as signed JSON by HTTPS POST",
    .summary_ja = "HTTPS POST による JSON 通知 (署名つき)", .options = webhook_options,
    .validate = webhook_validate, .open = webhook_open, .close = webhook_close,
    .deliver = webhook_deliver);
