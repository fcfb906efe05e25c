/* SPDX-License-Identifier: BSD-2-Clause */
#include "settings.h"

#include <arpa/inet.h>
#include <string.h>
#include <unistd.h>

#include "shared/complain.h"

static const char *const transports[] = {"local", "udp", "tcp", "tls", NULL};
static const char *const facilities[] = {"kern", "user", "mail", "daemon", "auth", "syslog", "lpr",
    "news", "uucp", "cron", "authpriv", "ftp", "ntp", "audit", "alert", "clock", "local0", "local1",
    "local2", "local3", "local4", "local5", "local6", "local7", NULL};

const struct hm_option settings_options[] = {
    {.name = "transport",
        .preset = "local",
        .words = transports,
        .help =
            "how: to the local receiver's socket, by UDP, by TCP with octet counting, or by TLS",
        .help_ja = "送信方法: 自サーバの受信プログラム (local)、UDP、TCP (オクテットカウント方式)、"
                   "TLS"},
    {.name = "host",
        .help = "receiver: HOST, HOST:PORT or [IPV6]:PORT; the port is 514, of tls 6514",
        .help_ja = "送信先: HOST、HOST:PORT、[IPV6]:PORT (ポート省略時 514、tls は 6514)"},
    {.name = "path",
        .type = HM_PATH,
        .preset = "/dev/log",
        .help = "socket of the local receiver (datagram or stream)",
        .help_ja = "自サーバの受信ソケット (データグラム・ストリームのどちらでもよい)"},
    {.name = "source",
        .help = "own address to send from, numeric",
        .help_ja = "送信元アドレス (数値表記)"},
    {.name = "server_name",
        .help = "tls: name that the receiver's certificate must have; default: that of host",
        .help_ja = "tls: 受信側の証明書に必要な名前。省略時は host の名前"},
    {.name = "ca_file",
        .type = HM_PATH,
        .help =
            "tls: certificates (PEM) of those who may have signed the receiver's; default: whom "
            "the system trusts",
        .help_ja = "tls: 受信側の証明書を署名した認証局の証明書 (PEM)。省略時はシステムの認証局"},
    {.name = "certificate_file",
        .type = HM_PATH,
        .help = "tls: our own certificate and its chain (PEM), for receivers that ask for one",
        .help_ja = "tls: 受信側が求める場合の、こちらの証明書と中間証明書 (PEM)"},
    {.name = "key_file",
        .type = HM_PATH,
        .help = "tls: key of our own certificate (PEM), readable by us only; default: in "
                "certificate_file",
        .help_ja = "tls: こちらの証明書の秘密鍵 (PEM、他者が読めないこと)。省略時は "
                   "certificate_file の中"},
    {.name = "facility",
        .preset = "local0",
        .words = facilities,
        .help = "syslog facility",
        .help_ja = "syslog のファシリティ"},
    {.name = "bom",
        .type = HM_FLAG,
        .preset = "false",
        .help = "put a byte order mark before the text; rsyslog keeps it in its files",
        .help_ja = "本文の前に BOM を付ける (rsyslog ではファイルに残る)"},
    {.name = "timeout",
        .type = HM_SPAN,
        .preset = "10s",
        .least = 100,
        .most = 300000,
        .help = "a receiver that takes nothing for so long is given up, and tried again later",
        .help_ja = "受信側がこの時間まったく受け取らなければ切断し、後で送り直す"},
    {.name = "resend",
        .type = HM_SPAN,
        .preset = "60s",
        .least = 0,
        .most = 600000,
        .help = "after a broken connection send again what went out in so long before; 0s: nothing",
        .help_ja = "接続が切れたとき、直前のこの時間に送った分を再送する (0s は再送しない)"},
    {0},
};

static enum target_transport transport_of(const struct hm_host *host)
{
    const char *name = host->text(host, "transport");

    for (int i = 0; transports[i] != NULL; i++)
        if (strcmp(transports[i], name) == 0)
            return (enum target_transport)i;
    return TARGET_LOCAL;
}

static bool host_valid(const struct hm_host *host, struct target *t)
{
    const char *name = host->text(host, "host");

    if (t->transport == TARGET_LOCAL)
        return name == NULL ||
               complain(host, "host", "is for udp, tcp and tls; with transport \"local\" set path",
                   "udp・tcp・tls 用です。transport が \"local\" のときは path を指定してください");
    if (name == NULL)
        return complain(host, "host", "is needed for transport \"udp\", \"tcp\" and \"tls\"",
            "transport が \"udp\"・\"tcp\"・\"tls\" のときは必要です");
    return target_parse(t, name) ||
           complain(host, "host", "is HOST, HOST:PORT or [IPV6]:PORT, port 1..65535",
               "HOST、HOST:PORT、[IPV6]:PORT (ポートは 1～65535) で指定してください");
}

static bool source_valid(const struct hm_host *host, const struct target *t)
{
    unsigned char bytes[16];

    if (t->source == NULL)
        return true;
    if (t->transport == TARGET_LOCAL)
        return complain(host, "source", "is for udp, tcp and tls", "udp・tcp・tls 用です");
    return inet_pton(AF_INET, t->source, bytes) == 1 ||
           inet_pton(AF_INET6, t->source, bytes) == 1 ||
           complain(
               host, "source", "must be a numeric address", "数値表記のアドレスで指定してください");
}

static bool tls_valid(const struct hm_host *host, const struct settings *s)
{
    static const char *const options[] = {
        "server_name", "ca_file", "certificate_file", "key_file", NULL};
    bool good = true;

    for (size_t i = 0; s->target.transport != TARGET_TLS && options[i] != NULL; i++)
        if (host->text(host, options[i]) != NULL)
            good =
                complain(host, options[i], "is for transport \"tls\"; nothing would be encrypted",
                    "transport \"tls\" 用です。このままでは暗号化されません");
    if (s->tls.key_file != NULL && s->tls.certificate_file == NULL)
        good = complain(host, "key_file", "needs certificate_file", "certificate_file が必要です");
    return good;
}

/* A receipt must be given before the supervisor takes the attempt for hung. */
static int64_t timeout_of(const struct hm_host *host)
{
    int64_t timeout = host->integer(host, "timeout");
    int64_t deadline = host->deadline_ms(host);

    return deadline > 0 && timeout > deadline / 2 ? deadline / 2 : timeout;
}

bool settings_read(const struct hm_host *host, struct settings *ret)
{
    *ret = (struct settings){
        .target = {.transport = transport_of(host),
            .path = host->text(host, "path"),
            .source = host->text(host, "source")},
        .tls = {.name = host->text(host, "server_name"),
            .ca_file = host->text(host, "ca_file"),
            .certificate_file = host->text(host, "certificate_file"),
            .key_file = host->text(host, "key_file")},
        .format = {.facility = syslog_facility(host->text(host, "facility")),
            .bom = host->flag(host, "bom"),
            .process_id = (long)getpid()},
        .timeout_ms = timeout_of(host),
        .resend_ms = host->integer(host, "resend"),
    };
    bool good = host_valid(host, &ret->target);
    good = source_valid(host, &ret->target) && good;
    good = tls_valid(host, ret) && good;
    if (ret->tls.name == NULL)
        ret->tls.name = ret->target.host;
    return good;
}
