/* SPDX-License-Identifier: BSD-2-Clause */
#include "settings.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "shared/complain.h"

enum { CONTEXT_BYTES_MAX = 32, COMMUNITY_BYTES_MAX = 255 };

static const char *const version_words[] = {"1", "2c", "3", NULL};
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
        .help = "send informs, which the receiver answers, instead of traps; version 1 has none",
        .help_ja = "受信側が応答する INFORM で送る (false なら応答のない TRAP)。バージョン 1 は "
                   "TRAP のみ"},
    {.name = "community_file",
        .type = HM_SECRET,
        .help = "file with the community (versions 1 and 2c)",
        .help_ja = "コミュニティ名を書いたファイル (バージョン 1、2c)"},
    {.name = "user", .help = "user name (version 3)", .help_ja = "ユーザー名 (バージョン 3)"},
    {.name = "level",
        .words = level_words,
        .help = "security level; if not set, the highest that the given passphrases allow",
        .help_ja = "セキュリティレベル。省略時は指定したパスフレーズで可能な最も高いもの"},
    {.name = "auth",
        .preset = "SHA-256",
        .words = snmp_auth_words,
        .help = "authentication",
        .help_ja = "認証方式"},
    {.name = "auth_file",
        .type = HM_SECRET,
        .help = "file with the authentication passphrase (8 characters or more)",
        .help_ja = "認証パスフレーズを書いたファイル (8 文字以上)"},
    {.name = "priv",
        .preset = "AES-128",
        .words = snmp_priv_words,
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

static bool user_valid(const struct hm_host *host, const struct settings *s)
{
    const char *name = s->user.name;
    bool good = true;

    if (name == NULL || name[0] == '\0' || strlen(name) > SNMP_USER_BYTES_MAX)
        good = complain(host, "user", "version 3 needs a user name of 1 to 32 characters",
            "バージョン 3 には 1 ～ 32 文字のユーザー名が必要です");
    if (strlen(s->context) > CONTEXT_BYTES_MAX)
        good = complain(host, "context", "a context name has at most 32 characters",
            "コンテキスト名は 32 文字以下です");
    return snmp_user_valid(host, &s->user) && good;
}

static bool community_valid(const struct hm_host *host, const struct settings *s)
{
    if (s->community != NULL && s->community[0] != '\0' &&
        strlen(s->community) <= COMMUNITY_BYTES_MAX)
        return true;
    return complain(host, "community_file",
        "versions 1 and 2c need a community of 1 to 255 characters",
        "バージョン 1 と 2c には 1 ～ 255 文字のコミュニティ名が必要です");
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

static enum settings_version version_of(const char *word)
{
    return word[0] == '1' ? VERSION_1 : word[0] == '2' ? VERSION_2C : VERSION_3;
}

/* The word of `level`, if it is set, stands above what the passphrases would allow. */
static enum snmp_level level_of(const char *word, enum snmp_level allowed)
{
    for (int i = 0; word != NULL && level_words[i] != NULL; i++)
        if (strcmp(level_words[i], word) == 0)
            return (enum snmp_level)(i + 1);
    return allowed;
}

bool settings_read(const struct hm_host *host, struct settings *ret)
{
    struct settings s = {
        .version = version_of(host->text(host, "version")),
        .inform = host->flag(host, "inform"),
        .community = host->text(host, "community_file"),
        .user = snmp_user_read(host),
        .context = host->text(host, "context"),
        .source = host->text(host, "source"),
        .timeout_ms = host->integer(host, "timeout"),
        .retries = (int)host->integer(host, "retries"),
    };
    bool good = true;

    s.user.level = level_of(host->text(host, "level"), s.user.level);
    if (!settings_split(host->text(host, "host"), s.host, s.port))
        good = complain(host, "host", "must be an address or a name, with or without a port",
            "アドレスまたは名前 (ポートは任意) で指定してください");
    good = (s.version == VERSION_3 ? user_valid(host, &s) : community_valid(host, &s)) && good;
    if (s.version == VERSION_1 && s.inform)
        good = complain(host, "inform", "version 1 has traps only: set inform = false",
            "バージョン 1 には TRAP しかありません。inform = false を指定してください");
    if (s.source != NULL)
        good = source_valid(host, &s) && good;
    if (good)
        *ret = s;
    return good;
}
