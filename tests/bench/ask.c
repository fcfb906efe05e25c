/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ask MODE PORT COMMUNITY SECONDS WINDOW OID...: how fast an SNMP agent on 127.0.0.1 answers (v2c),
 * WINDOW requests in flight. MODE `get` asks for each OID in turn, one a request; `bulk` walks each
 * OID's subtree by GETBULK of 50, again and again. Requests are encoded by hand, so that what is
 * measured is the agent. Prints values a second.
 */
#include <arpa/inet.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { ARCS_MAX = 64, OIDS_MAX = 64, WINDOW_MAX = 64, PACKET_BYTES = 2048, LOST_MS = 1000 };
enum { TAG_GET = 0xa0, TAG_BULK = 0xa5, TAG_INFORM = 0xa6, REPETITIONS = 50, END_OF_VIEW = 0x82 };

struct name {
    uint32_t arcs[ARCS_MAX];
    size_t count;
};

struct request {
    struct name at;
    size_t base;
    uint32_t id;
    double sent;
};

static struct name bases[OIDS_MAX];
static size_t base_count, asked;
static int mode; /* TAG_ */

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static struct name parse(const char *text)
{
    struct name n = {0};
    while (*text != '\0' && n.count < ARCS_MAX) {
        char *end;
        n.arcs[n.count++] = (uint32_t)strtoul(text, &end, 10);
        text = *end == '.' ? end + 1 : end + strlen(end);
    }
    return n;
}

static size_t put_arc(uint8_t *to, uint32_t arc)
{
    size_t n = arc < 1u << 7 ? 1 : arc < 1u << 14 ? 2 : arc < 1u << 21 ? 3 : arc < 1u << 28 ? 4 : 5;
    for (size_t i = 0; i < n; i++)
        to[i] = (uint8_t)(((arc >> (7 * (n - 1 - i))) & 0x7f) | (i + 1 < n ? 0x80 : 0));
    return n;
}

/* Moves @length bytes at @to behind a tag and a length in three octets. */
static size_t wrap(uint8_t *to, uint8_t tag, size_t length)
{
    memmove(to + 4, to, length);
    to[0] = tag;
    to[1] = 0x82;
    to[2] = (uint8_t)(length >> 8);
    to[3] = (uint8_t)length;
    return length + 4;
}

/* A variable: its name, and its value as it is encoded. Returns its length. */
static size_t put_variable(
    uint8_t *to, const struct name *name, const char *value, size_t value_length)
{
    size_t n = 1;
    to[0] = (uint8_t)(name->arcs[0] * 40 + name->arcs[1]);
    for (size_t i = 2; i < name->count; i++)
        n += put_arc(to + n, name->arcs[i]);
    n = wrap(to, 0x06, n);
    memcpy(to + n, value, value_length);
    return wrap(to, 0x30, n + value_length);
}

/* As many variables as a notice of HASHIMORI-MIB has, when as many OIDs were given. */
static size_t put_inform(uint8_t *to)
{
    static const char cold_start[] = "\x06\x09\x2b\x06\x01\x06\x03\x01\x01\x05\x01";
    struct name uptime = parse("1.3.6.1.2.1.1.3.0"), trap = parse("1.3.6.1.6.3.1.1.4.1.0");
    size_t n = put_variable(to, &uptime, "\x43\x01\x07", 3);
    n += put_variable(to + n, &trap, cold_start, 2 + 9);
    for (size_t i = 0; i < base_count; i++)
        n += put_variable(to + n, &bases[i], "\x04\x10sixteen octets..", 18);
    return n;
}

static size_t encode(uint8_t *to, const char *community, const struct request *r)
{
    uint8_t list[PACKET_BYTES];
    size_t n = mode == TAG_INFORM ? put_inform(list) : put_variable(list, &r->at, "\x05\x00", 2);
    n = wrap(list, 0x30, n);

    size_t c = strlen(community);
    const uint8_t head[] = {0x02, 4, (uint8_t)(r->id >> 24), (uint8_t)(r->id >> 16),
        (uint8_t)(r->id >> 8), (uint8_t)r->id, 0x02, 1, 0, 0x02, 1,
        mode == TAG_BULK ? REPETITIONS : 0};
    memcpy(to, head, sizeof head);
    memcpy(to + sizeof head, list, n);
    n = wrap(to, (uint8_t)mode, sizeof head + n);
    memmove(to + 5 + c, to, n);
    memcpy(to, "\x02\x01\x01\x04", 4);
    to[4] = (uint8_t)c;
    memcpy(to + 5, community, c);
    return wrap(to, 0x30, n + 5 + c);
}

/* ---- answers ----------------------------------------------------------------------------- */

struct reader {
    const uint8_t *at, *end;
};

/* Goes into the next element; false: there is none. */
static bool next(struct reader *r, uint8_t *ret_tag, struct reader *ret)
{
    if (r->end - r->at < 2)
        return false;
    *ret_tag = r->at[0];
    size_t length = r->at[1];
    r->at += 2;
    if (length & 0x80) {
        size_t octets = length & 0x7f;
        length = 0;
        while (octets-- > 0 && r->at < r->end)
            length = length << 8 | *r->at++;
    }
    if (length > (size_t)(r->end - r->at))
        return false;
    *ret = (struct reader){r->at, r->at + length};
    r->at += length;
    return true;
}

static uint32_t number(struct reader r)
{
    uint32_t value = 0;
    while (r.at < r.end)
        value = value << 8 | *r.at++;
    return value;
}

static struct name name_of(struct reader r)
{
    struct name n = {.count = 2};
    uint32_t arc = 0;
    n.arcs[0] = r.at < r.end ? *r.at / 40u : 0;
    n.arcs[1] = r.at < r.end ? *r.at++ % 40u : 0;
    for (; r.at < r.end && n.count < ARCS_MAX; r.at++) {
        arc = arc << 7 | (*r.at & 0x7fu);
        if ((*r.at & 0x80) == 0) {
            n.arcs[n.count++] = arc;
            arc = 0;
        }
    }
    return n;
}

static bool below(const struct name *n, const struct name *base)
{
    return n->count >= base->count &&
           memcmp(n->arcs, base->arcs, base->count * sizeof base->arcs[0]) == 0;
}

/* The values of one answer that count; @r goes on behind the last one, or begins again. */
static size_t take_values(struct request *r, struct reader list)
{
    struct reader pair, part;
    size_t values = 0;
    uint8_t tag;
    bool over = mode != TAG_BULK;

    while (next(&list, &tag, &pair)) {
        if (!next(&pair, &tag, &part))
            continue;
        struct name n = name_of(part);
        over =
            over || !next(&pair, &tag, &part) || tag == END_OF_VIEW || !below(&n, &bases[r->base]);
        if (mode == TAG_BULK && over)
            break;
        values += tag < 0x80;
        r->at = n;
    }
    if (over) {
        r->base = asked++ % base_count;
        r->at = bases[r->base];
    }
    return values;
}

/* Of an answer to one of @all: its values, and *ret. NULL *ret: none of ours. */
static size_t take(struct request *all, size_t window, struct reader packet, struct request **ret)
{
    struct reader message, part, pdu;
    uint8_t tag;
    *ret = NULL;
    if (!next(&packet, &tag, &message) || !next(&message, &tag, &part) ||
        !next(&message, &tag, &part) || !next(&message, &tag, &pdu) || !next(&pdu, &tag, &part))
        return 0;
    uint32_t id = number(part);
    struct request *r = &all[id % window];
    if (r->id != id || !next(&pdu, &tag, &part) || number(part) != 0 || !next(&pdu, &tag, &part) ||
        !next(&pdu, &tag, &part))
        return 0;
    *ret = r;
    return mode == TAG_INFORM ? 1 : take_values(r, part);
}

static void ask(int fd, const char *community, struct request *r, size_t window)
{
    uint8_t packet[2 * PACKET_BYTES];
    r->id = (r->id + (uint32_t)window) & 0x7fffffff;
    r->sent = now();
    size_t n = encode(packet, community, r);
    if (send(fd, packet, n, 0) < 0)
        perror("ask");
}

static double run(int fd, const char *community, double seconds, size_t window)
{
    struct request all[WINDOW_MAX] = {0};
    uint8_t packet[65536];
    size_t values = 0, lost = 0;
    double began = now();

    for (size_t i = 0; i < window; i++) {
        all[i] = (struct request){.id = (uint32_t)(i + window), .base = asked++ % base_count};
        all[i].at = bases[all[i].base];
        ask(fd, community, &all[i], window);
    }
    while (now() - began < seconds) {
        struct pollfd p = {.fd = fd, .events = POLLIN};
        poll(&p, 1, LOST_MS);
        ssize_t n = recv(fd, packet, sizeof packet, MSG_DONTWAIT);
        struct request *r = NULL;
        if (n > 0)
            values += take(all, window, (struct reader){packet, packet + n}, &r);
        if (r != NULL)
            ask(fd, community, r, window);
        for (size_t i = 0; n <= 0 && i < window; i++)
            if (now() - all[i].sent > LOST_MS / 1000.0) {
                lost++;
                ask(fd, community, &all[i], window);
            }
    }
    if (lost > 0)
        fprintf(stderr, "ask: %zu requests without an answer\n", lost);
    return (double)values / (now() - began);
}

int main(int argc, char **argv)
{
    if (argc < 7) {
        fprintf(stderr, "ask get|bulk|inform PORT COMMUNITY SECONDS WINDOW OID...\n");
        return 2;
    }
    size_t window = strtoul(argv[5], NULL, 10);
    struct sockaddr_in to = {.sin_family = AF_INET,
        .sin_port = htons((uint16_t)atoi(argv[2])),
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

    mode = strcmp(argv[1], "bulk") == 0     ? TAG_BULK
           : strcmp(argv[1], "inform") == 0 ? TAG_INFORM
                                            : TAG_GET;
    for (int i = 6; i < argc && base_count < OIDS_MAX; i++)
        bases[base_count++] = parse(argv[i]);
    if (window < 1 || window > WINDOW_MAX || fd < 0 ||
        connect(fd, (const struct sockaddr *)&to, sizeof to) < 0)
        return 2;
    printf("%.0f\n", run(fd, argv[3], strtod(argv[4], NULL), window));
    close(fd);
    return 0;
}
