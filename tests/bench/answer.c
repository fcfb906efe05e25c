/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * answer PORT OUT: takes SNMPv2c informs on 127.0.0.1 and does nothing but answer them, so that
 * what the sender reaches is the sender's limit. The answer is the inform itself with the type of a
 * response (RFC 3416, 4.2.7). Each whose text holds "WIR-" is a line in OUT, as snmptrapd's are.
 */
#include <arpa/inet.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { INFORM = 0xa6, RESPONSE = 0xa2, SEQUENCE = 0x30 };

/* Bytes of tag and length at @at; *ret_length is what follows them. 0: it does not fit. */
static size_t head(const unsigned char *at, size_t left, size_t *ret_length)
{
    if (left < 2)
        return 0;
    size_t more = at[1] < 0x80 ? 0 : at[1] & 0x7fU, length = more == 0 ? at[1] : 0;
    if (more > 2 || left < 2 + more)
        return 0;
    for (size_t i = 0; i < more; i++)
        length = length << 8 | at[2 + i];
    *ret_length = length;
    return length <= left - 2 - more ? 2 + more : 0;
}

/* The type of the message's request: behind its version and community. NULL: it is no message. */
static unsigned char *type_of(unsigned char *message, size_t size)
{
    size_t length, at = size > 0 && message[0] == SEQUENCE ? head(message, size, &length) : 0;
    for (int i = 0; i < 2 && at > 0; i++) {
        size_t n = head(message + at, size - at, &length);
        at = n == 0 ? 0 : at + n + length;
    }
    return at == 0 || at >= size ? NULL : message + at;
}

int main(int argc, char **argv)
{
    struct sockaddr_in own = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (argc < 3)
        return 2;
    int out = open(argv[2], O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    own.sin_port = htons((unsigned short)atoi(argv[1]));
    if (out < 0 || bind(fd, (struct sockaddr *)&own, sizeof own) < 0) {
        perror("answer");
        return 1;
    }
    for (;;) {
        unsigned char message[65536];
        struct sockaddr_in peer;
        socklen_t size = sizeof peer;
        ssize_t n = recvfrom(fd, message, sizeof message, 0, (struct sockaddr *)&peer, &size);
        unsigned char *type = n < 0 ? NULL : type_of(message, (size_t)n);
        if (type == NULL || *type != INFORM)
            continue;
        *type = RESPONSE;
        if (sendto(fd, message, (size_t)n, 0, (struct sockaddr *)&peer, size) == n &&
            memmem(message, (size_t)n, "WIR-", 4) != NULL && write(out, "WIR-\n", 5) != 5)
            return 1;
    }
}
