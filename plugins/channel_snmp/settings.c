/* SPDX-License-Identifier: BSD-2-Clause */
#include "settings.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

/* RFC 3414, section 11.2: nothing shorter may be taken. */
enum { PASS_BYTES_MIN = 8, PASS_BYTES_MAX = 128, NAME_BYTES_MAX = 32, COMMUNITY_BYTES_MAX = 255 };

static const char *const version_words[] = {"2c", "3", NULL};
static const char *const auth_words[] = {"SHA-224", "SHA-256", "SHA-384", "SHA-512", NULL};
static const char *const priv_words[] = {"AES-128", "AES-256", NULL};
static const char *const level_words[] = {"noAuthNoPriv", "authNoPriv", "authPriv", NULL};

const struct hm_option settings_options[] = {
    {.name = "host",
        .required = true,
        .help = "receiver: \"192.0.2.10:162\", \"[2001:db8::10]:162\" or a name; port 162 if none",
        .help_ja =
            "送信先。\"192.0.2.10:162\"、\"[2001:db8::10]:162\" または名前。ポート省略時は 162"},
    {.name = "version",
        .preset = "2c",
        .words = version_words,
        .help = "SNMP version",
        .help_ja = "SNMP のバージョン"},
    {.name = "inform",
        .type = HM_FLAG,
        .preset = "true",
        .help = "send informs, which the receiver answers, instead of traps",
        .help_ja = "受信側が応答する INFORM で送る (false なら応答のない TRAP)"},
    {.name = "community_file",
        .type = HM_SECRET,
        .help = "file with the community (version 2c)",
        .help_ja = "コミュニティ名を書いたファイル (バージョン 2c)"},
    {.name = "user", .help = "user name (version 3)", .help_ja = "ユーザー名 (バージョン 3)"},
    {.name = "level",
        .words = level_words,
        .help = "security level; if not set, the highest that the given passphrases allow",
        .help_ja = "セキュリティレベル。省略時は指定したパスフレーズで可能な最も高いもの"},
    {.name = "auth",
        .preset = "SHA-256",
        .words = auth_words,
        .help = "authentication",
        .help_ja = "認証方式"},
    {.name = "auth_file",
        .type = HM_SECRET,
        .help = "file with the authentication passphrase (8 characters or more)",
        .help_ja = "認証パスフレーズを書いたファイル (8 文字以上)"},
    {.name = "priv",
        .preset = "AES-128",
        .words = priv_words,
        .help = "encryption",
        .help_ja = "暗号方式"},
    {.name = "priv_file",
        .type = HM_SECRET,
        .help = "file with the encryption passphrase (8 characters or more)",
        .help_ja = "暗号パスフレーズを書いたファイル (8 文字以上)"},
    {.name = "context",
        .preset = "",
        .help = "context name (version 3)",
        .help_ja = "コンテキスト名 (バージョン 3)"},
    {.name = "source",
        .help = "own address to send from, numeric",
        .help_ja = "送信元アドレス (数値表記)"},
    {.name = "timeout",
        .type = HM_SPAN,
        .preset = "1500ms",
        .least = 200,
        .most = 30000,
        .help = "how long to wait for an answer before sending again",
        .help_ja = "応答を待つ時間。過ぎると再送する"},
    {.name = "retries",
        .type = HM_INTEGER,
        .preset = "1",
        .least = 0,
        .most = 5,
        .help = "how often one attempt sends again; the daemon makes further attempts later",
        .help_ja = "1 回の配送で再送する回数。失敗後の再試行は本体が行う"},
    {0},
};

static bool complain(const struct hm_host *host, const char *option, const char *en, const char *ja)
{
    host->complain(host, option, "%s", strcmp(host->language(host), "ja") == 0 ? ja : en);
    return false;
}

static bool port_valid(const char *port)
{
    size_t n = strlen(port);
    return n > 0 && n < SETTINGS_PORT_BYTES && strspn(port, "0123456789") == n && atoi(port) >= 1 &&
           atoi(port) <= 65535;
}

static bool keep_part(char *ret, size_t room, const char *from, size_t n)
{
    if (n == 0 || n >= room)
        return false;
    memcpy(ret, from, n);
    ret[n] = '\0';
    return true;
}

bool settings_split(
    const char *text, char ret_host[SETTINGS_HOST_BYTES], char ret_port[SETTINGS_PORT_BYTES])
{
    const char *colon = strchr(text, ':');
    const char *end = text + strlen(text);
    const char *port = "162";

    if (text[0] == '[') {
        end = strchr(text++, ']');
        if (end == NULL || (end[1] != '\0' && end[1] != ':'))
            return false;
        if (end[1] == ':')
            port = end + 2;
    } else if (colon != NULL && strchr(colon + 1, ':') == NULL) {
        end = colon;
        port = colon + 1;
    }
    // What is neither an address nor a host name could be taken for another transport.
    if (strspn(text, "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:_%") <
        (size_t)(end - text))
        return false;
    return keep_part(ret_host, SETTINGS_HOST_BYTES, text, (size_t)(end - text)) &&
           port_valid(port) && keep_part(ret_port, SETTINGS_PORT_BYTES, port, strlen(port));
}

static bool pass_valid(const struct hm_host *host, const char *option, const char *pass)
{
    if (pass == NULL)
        return complain(host, option, "this security level needs a passphrase",
            "このセキュリティレベルにはパスフレーズが必要です");
    if (strlen(pass) < PASS_BYTES_MIN || strlen(pass) > PASS_BYTES_MAX)
        return complain(host, option, "a passphrase has 8 to 128 characters",
            "パスフレーズは 8 文字以上 128 文字以下です");
    return true;
}

static enum settings_level level_of(const struct settings *s, const char *word)
{
    if (word == NULL)
        return s->auth_pass == NULL ? LEVEL_NONE : s->priv_pass == NULL ? LEVEL_AUTH : LEVEL_PRIV;
    for (int i = 0; level_words[i] != NULL; i++)
        if (strcmp(level_words[i], word) == 0)
            return (enum settings_level)(i + 1);
    return LEVEL_PRIV;
}

static bool v3_valid(const struct hm_host *host, const struct settings *s)
{
    bool good = true;
    if (s->user == NULL || s->user[0] == '\0' || strlen(s->user) > NAME_BYTES_MAX)
        good = complain(host, "user", "version 3 needs a user name of 1 to 32 characters",
            "バージョン 3 には 1 ～ 32 文字のユーザー名が必要です");
    if (strlen(s->context) > NAME_BYTES_MAX)
        good = complain(host, "context", "a context name has at most 32 characters",
            "コンテキスト名は 32 文字以下です");
    if (s->level >= LEVEL_AUTH)
        good = pass_valid(host, "auth_file", s->auth_pass) && good;
    if (s->level == LEVEL_PRIV)
        good = pass_valid(host, "priv_file", s->priv_pass) && good;
    return good;
}

static bool source_valid(const struct hm_host *host, const struct settings *s)
{
    unsigned char bytes[16];
    bool is_v6 = inet_pton(AF_INET6, s->source, bytes) == 1;
    bool is_v4 = inet_pton(AF_INET, s->source, bytes) == 1;

    if (!is_v4 && !is_v6)
        return complain(
            host, "source", "must be a numeric address", "数値表記のアドレスで指定してください");
    if ((is_v4 && inet_pton(AF_INET6, s->host, bytes) == 1) ||
        (is_v6 && inet_pton(AF_INET, s->host, bytes) == 1))
        return complain(host, "source", "is of another address family than the receiver",
            "送信先とアドレスファミリーが異なります");
    return true;
}

bool settings_read(const struct hm_host *host, struct settings *ret)
{
    struct settings s = {
        .is_v3 = strcmp(host->text(host, "version"), "3") == 0,
        .inform = host->flag(host, "inform"),
        .community = host->text(host, "community_file"),
        .user = host->text(host, "user"),
        .auth = host->text(host, "auth"),
        .auth_pass = host->text(host, "auth_file"),
        .priv = host->text(host, "priv"),
        .priv_pass = host->text(host, "priv_file"),
        .context = host->text(host, "context"),
        .source = host->text(host, "source"),
        .timeout_ms = host->integer(host, "timeout"),
        .retries = (int)host->integer(host, "retries"),
    };
    s.level = level_of(&s, host->text(host, "level"));

    bool good = true;
    if (!settings_split(host->text(host, "host"), s.host, s.port))
        good = complain(host, "host", "must be an address or a name, with or without a port",
            "アドレスまたは名前 (ポートは任意) で指定してください");
    if (s.is_v3)
        good = v3_valid(host, &s) && good;
    else if (s.community == NULL || s.community[0] == '\0' ||
             strlen(s.community) > COMMUNITY_BYTES_MAX)
        good =
            complain(host, "community_file", "version 2c needs a community of 1 to 255 characters",
                "バージョン 2c には 1 ～ 255 文字のコミュニティ名が必要です");
    if (s.source != NULL)
        good = source_valid(host, &s) && good;
    if (good)
        *ret = s;
    return good;
}
