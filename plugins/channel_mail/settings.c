/* SPDX-License-Identifier: BSD-2-Clause */
#include "settings.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* RFC 5321, 4.5.3.1: a path is 256 with its brackets. */
enum { ADDRESS_BYTES_MAX = 254, HOST_BYTES_MAX = 255 };

static const char *const transports[] = {"smtp", "sendmail", NULL};
static const char *const tls_words[] = {"none", "starttls", "tls", NULL};
static const char *const charsets[] = {"UTF-8", "ISO-2022-JP", NULL};

const struct hm_option settings_options[] = {
    {.name = "transport",
        .preset = "smtp",
        .words = transports,
        .help = "smtp: to a mail server; sendmail: to this host's sendmail command",
        .help_ja = "smtp はメールサーバへ、sendmail はこのサーバの sendmail コマンドへ"},
    {.name = "host",
        .help = "mail server: HOST, HOST:PORT or [IPV6]:PORT; port 25, 587 (starttls) or 465 (tls)",
        .help_ja = "メールサーバ。HOST、HOST:PORT、[IPV6]:PORT。ポート省略時 25、587 "
                   "(starttls)、465 (tls)"},
    {.name = "path",
        .type = HM_PATH,
        .preset = "/usr/sbin/sendmail",
        .help = "the sendmail command",
        .help_ja = "sendmail コマンド"},
    {.name = "from",
        .required = true,
        .help = "address of the sender",
        .help_ja = "差出人アドレス"},
    {.name = "to",
        .type = HM_LIST,
        .required = true,
        .help = "addresses of the recipients, 1 to 64",
        .help_ja = "宛先アドレス (1 ～ 64 件)"},
    {.name = "tls",
        .preset = "starttls",
        .words = tls_words,
        .help = "none, starttls (required, never left out) or tls from the first byte",
        .help_ja = "none、starttls (必須。できなければ送らない)、tls (最初から TLS)"},
    {.name = "ca_file",
        .type = HM_PATH,
        .help = "certificates (PEM) to trust instead of the system's",
        .help_ja = "システムの既定に代えて信頼する証明書 (PEM)"},
    {.name = "user", .help = "user name to log in with", .help_ja = "SMTP 認証のユーザー名"},
    {.name = "password_file",
        .type = HM_SECRET,
        .help = "file with the password",
        .help_ja = "パスワードを書いたファイル"},
    {.name = "charset",
        .preset = "UTF-8",
        .words = charsets,
        .help = "of subject and text; ISO-2022-JP for old receivers, what it lacks is replaced",
        .help_ja = "件名と本文の文字コード。ISO-2022-JP は古い受信側用で、ない文字は〓になる"},
    {.name = "subject_prefix",
        .preset = "[hashimori]",
        .help = "begins every subject",
        .help_ja = "件名の先頭に付ける文字"},
    {.name = "domain",
        .help = "ends Message-ID; not set: the domain of from",
        .help_ja = "Message-ID の末尾。省略時は from のドメイン"},
    {.name = "timeout",
        .type = HM_SPAN,
        .preset = "15s",
        .least = 100,
        .most = 600000,
        .help = "how long one attempt may take; at most half the deadline",
        .help_ja = "1 回の送信にかけてよい時間。deadline の半分が上限"},
    {0},
};

static bool complain(const struct hm_host *host, const char *option, const char *en, const char *ja)
{
    host->complain(host, option, "%s", strcmp(host->language(host), "ja") == 0 ? ja : en);
    return false;
}

static bool only_of(const char *text, const char *good)
{
    return text[0] != '\0' && text[strspn(text, good)] == '\0';
}

#define LETTERS_AND_DIGITS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"

static bool domain_valid(const char *domain)
{
    size_t length = strlen(domain);

    return length <= HOST_BYTES_MAX && only_of(domain, LETTERS_AND_DIGITS ".-_") &&
           domain[0] != '.' && domain[length - 1] != '.' && strstr(domain, "..") == NULL;
}

/* libcurl puts an address into a command as it is, so nothing but a dot-atom or its like passes;
 * one that begins with '-' could be an option of sendmail. */
static bool address_valid(const char *address)
{
    const char *at = strrchr(address, '@');
    size_t local = at == NULL ? 0 : (size_t)(at - address);

    return local > 0 && strlen(address) <= ADDRESS_BYTES_MAX && address[0] != '-' &&
           strspn(address, LETTERS_AND_DIGITS ".!#$%&'*+-/=?^_`{|}~") == local &&
           domain_valid(at + 1);
}

static bool addresses_read(const struct hm_host *host, struct settings *s)
{
    bool good = true;

    s->from = host->text(host, "from");
    s->to_count = host->count(host, "to");
    if (!address_valid(s->from))
        good = complain(host, "from", "must be one plain address such as ops@example.net",
            "ops@example.net のようなアドレス 1 件を指定してください");
    if (s->to_count == 0 || s->to_count > REPLIES_RECIPIENTS_MAX)
        return complain(
            host, "to", "takes 1 to 64 addresses", "宛先は 1 ～ 64 件で指定してください");
    for (size_t i = 0; i < s->to_count; i++) {
        s->to[i] = host->item(host, "to", i);
        if (!address_valid(s->to[i]))
            good = complain(host, "to", "must be plain addresses such as ops@example.net",
                "ops@example.net のようなアドレスを指定してください");
    }
    return good;
}

/* The length of the host in "HOST[:PORT]" or "[IPV6][:PORT]", 0: neither. */
static size_t host_length(const char *where)
{
    if (where[0] != '[')
        return strspn(where, LETTERS_AND_DIGITS ".-_");
    size_t inner = strspn(where + 1, "0123456789abcdefABCDEF:.");
    return inner > 0 && where[inner + 1] == ']' ? inner + 2 : 0;
}

static bool url_read(const struct hm_host *host, struct settings *s)
{
    static const char *const ports[] = {"25", "587", "465"};
    const char *where = host->text(host, "host");
    size_t length = where == NULL ? 0 : host_length(where);
    const char *port = ports[s->tls];

    if (length > 0 && where[length] == ':')
        port = where + length + 1;
    if (length == 0 || length > HOST_BYTES_MAX || (where[length] != '\0' && where[length] != ':') ||
        !only_of(port, "0123456789") || strlen(port) > 5 || atoi(port) < 1 || atoi(port) > 65535)
        return complain(host, "host", "is HOST, HOST:PORT or [IPV6]:PORT, port 1..65535",
            "HOST、HOST:PORT、[IPV6]:PORT の形で指定してください (ポートは 1 ～ 65535)");
    snprintf(s->url, sizeof s->url, "%s://%.*s:%s", s->tls == TLS_FROM_START ? "smtps" : "smtp",
        (int)length, where, port);
    return true;
}

static bool login_read(const struct hm_host *host, struct settings *s)
{
    s->user = host->text(host, "user");
    s->password = host->text(host, "password_file");
    if ((s->user == NULL) != (s->password == NULL))
        return complain(host, "user", "user and password_file are given together",
            "user と password_file は両方指定してください");
    if (s->user != NULL && s->tls == TLS_NONE)
        return complain(host, "tls", "would send the password in the clear; use starttls or tls",
            "パスワードが暗号化されずに流れます。starttls か tls にしてください");
    return true;
}

bool settings_read(const struct hm_host *host, struct settings *ret)
{
    const char *tls = host->text(host, "tls");
    struct settings s = {.is_sendmail = strcmp(host->text(host, "transport"), "sendmail") == 0,
        .path = host->text(host, "path"),
        .tls = strcmp(tls, "none") == 0  ? TLS_NONE
               : strcmp(tls, "tls") == 0 ? TLS_FROM_START
                                         : TLS_STARTTLS,
        .ca_file = host->text(host, "ca_file"),
        .domain = host->text(host, "domain"),
        .prefix = host->text(host, "subject_prefix"),
        .timeout_ms = host->integer(host, "timeout")};
    bool good = addresses_read(host, &s);

    if (!s.is_sendmail) {
        good = url_read(host, &s) && good;
        good = login_read(host, &s) && good;
    }
    if (s.domain == NULL && good)
        s.domain = strrchr(s.from, '@') + 1;
    else if (s.domain != NULL && !domain_valid(s.domain))
        good = complain(host, "domain", "is no domain name", "ドメイン名ではありません");
    if (strcmp(host->text(host, "charset"), "ISO-2022-JP") == 0)
        s.charset = ENCODE_ISO_2022_JP;
    if (!encode_available(s.charset))
        good = complain(host, "charset", "iconv(3) of this host does not know it",
            "このサーバの iconv(3) が対応していません");
    if (good)
        *ret = s;
    return good;
}
