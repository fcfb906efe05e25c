/* SPDX-License-Identifier: BSD-2-Clause */
#include "options.h"

#include <string.h>
#include <sys/un.h>

#include "shared/complain.h"

enum { COMMUNITY_BYTES_MAX = 128 };

static const char *const mode_words[] = {"agentx", "standalone", NULL};

const struct hm_option options_table[] = {
    {.name = "mode",
        .preset = "agentx",
        .words = mode_words,
        .help = "agentx: through this host's snmpd; standalone: on a port of its own",
        .help_ja = "agentx はこのサーバの snmpd 経由、standalone は専用ポートで応答"},
    {.name = "socket",
        .type = HM_PATH,
        .preset = "/run/agentx/master",
        .help = "agentx: socket of snmpd (agentXSocket)",
        .help_ja = "agentx: snmpd のソケット (agentXSocket)"},
    {.name = "listen",
        .preset = "udp:127.0.0.1:1161",
        .help = "standalone: \"udp:ADDRESS:PORT\" or \"udp6:[ADDRESS]:PORT\"",
        .help_ja = "standalone: \"udp:アドレス:ポート\" または \"udp6:[アドレス]:ポート\""},
    {.name = "community_file",
        .type = HM_SECRET,
        .help =
            "standalone: file with the community of version 2c, read-only; without it 2c is off",
        .help_ja =
            "standalone: 2c の読み取り専用コミュニティ名のファイル。省略時は 2c に応答しない"},
    {.name = "user",
        .help = "standalone: user of version 3; without it version 3 is off",
        .help_ja = "standalone: v3 のユーザー名。省略時は v3 に応答しない"},
    {.name = "auth",
        .preset = "SHA-256",
        .words = snmp_auth_words,
        .help = "standalone: authentication",
        .help_ja = "standalone: 認証方式"},
    {.name = "auth_file",
        .type = HM_SECRET,
        .help = "standalone: file with the authentication passphrase (8 characters or more)",
        .help_ja = "standalone: 認証パスフレーズのファイル (8 文字以上)"},
    {.name = "priv",
        .preset = "AES-128",
        .words = snmp_priv_words,
        .help = "standalone: encryption",
        .help_ja = "standalone: 暗号方式"},
    {.name = "priv_file",
        .type = HM_SECRET,
        .help = "standalone: file with the encryption passphrase; with it only encrypted requests "
                "are answered",
        .help_ja = "standalone: 暗号パスフレーズのファイル。指定すると暗号化された要求だけに応答"},
    {.name = "contact",
        .preset = "",
        .help = "standalone: sysContact",
        .help_ja = "standalone: sysContact"},
    {.name = "location",
        .preset = "",
        .help = "standalone: sysLocation",
        .help_ja = "standalone: sysLocation"},
    {0},
};

/* The library reads these as words of a configuration line. */
static bool is_word(const char *text, size_t most)
{
    size_t n = strlen(text);
    for (size_t i = 0; i < n; i++)
        if (text[i] <= ' ' || text[i] > '~' || strchr("\"'\\#", text[i]) != NULL)
            return false;
    return n > 0 && n <= most;
}

static bool user_valid(const struct hm_host *host, const struct snmp_user *u)
{
    bool good = true;
    if (!is_word(u->name, SNMP_USER_BYTES_MAX))
        good = complain(host, "user", "must be 1 to 32 printable ASCII characters without spaces",
            "空白を含まない 1 ～ 32 文字の ASCII 文字で指定してください");
    if (u->auth_pass == NULL)
        good = complain(host, "auth_file", "a user needs an authentication passphrase",
            "ユーザーには認証パスフレーズが必要です");
    return snmp_user_valid(host, u) && good;
}

static bool standalone_valid(const struct hm_host *host, const struct options *o)
{
    bool good = true;
    bool is_udp = strncmp(o->listen, "udp:", 4) == 0 || strncmp(o->listen, "udp6:[", 6) == 0;
    if (!is_udp || strpbrk(o->listen, " ,\t") != NULL)
        good = complain(host, "listen", "must be udp:ADDRESS:PORT or udp6:[ADDRESS]:PORT",
            "udp:アドレス:ポート または udp6:[アドレス]:ポート で指定してください");
    if (o->community == NULL && o->user.name == NULL)
        good = complain(host, "user", "neither a user nor a community: nobody could ask",
            "ユーザーもコミュニティ名もないため、誰も参照できません");
    if (o->community != NULL && !is_word(o->community, COMMUNITY_BYTES_MAX))
        good = complain(host, "community_file",
            "a community is 1 to 128 printable ASCII characters without spaces and quotes",
            "コミュニティ名は空白と引用符を含まない 1 ～ 128 文字の ASCII 文字です");
    return (o->user.name == NULL || user_valid(host, &o->user)) && good;
}

bool options_read(const struct hm_host *host, struct options *ret)
{
    struct options o = {
        .standalone = strcmp(host->text(host, "mode"), "standalone") == 0,
        .socket = host->text(host, "socket"),
        .listen = host->text(host, "listen"),
        .community = host->text(host, "community_file"),
        .user = snmp_user_read(host),
        .contact = host->text(host, "contact"),
        .location = host->text(host, "location"),
    };
    if (o.standalone && !standalone_valid(host, &o))
        return false;
    if (!o.standalone && strlen(o.socket) >= sizeof((struct sockaddr_un *)NULL)->sun_path)
        return complain(
            host, "socket", "is too long for a socket", "ソケットのパスとして長すぎます");
    *ret = o;
    return true;
}
