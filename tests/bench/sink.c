/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * sink PORT OUT [CERTIFICATE KEY]: a syslog receiver on 127.0.0.1 that only counts octet-counted
 * messages, over TLS when it is given a certificate. At most one connection at a time. After each
 * second without a byte, and at the end of a connection, it appends "MESSAGES SECONDS" of what came
 * since the last such line to OUT: from the first byte to the last.
 */
#include <arpa/inet.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { BYTES = 256 * 1024, PAUSE_MS = 1000 };

static struct {
    size_t messages, left; /* of the message that is coming in */
    size_t count;          /* digits of its length so far */
    double began, last;
} so_far;

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static void take(const char *bytes, size_t length)
{
    so_far.last = now();
    if (so_far.began == 0)
        so_far.began = so_far.last;
    for (size_t i = 0; i < length;) {
        if (so_far.left > 0) {
            size_t n = length - i < so_far.left ? length - i : so_far.left;
            i += n;
            so_far.left -= n;
            so_far.messages += so_far.left == 0;
        } else if (bytes[i] == ' ') {
            so_far.left = so_far.count;
            so_far.count = 0;
            i++;
        } else {
            so_far.count = so_far.count * 10 + (size_t)(bytes[i++] - '0');
        }
    }
}

static void report(const char *path)
{
    FILE *out = so_far.messages == 0 ? NULL : fopen(path, "a");

    if (out == NULL)
        return;
    fprintf(out, "%zu %.6f\n", so_far.messages, so_far.last - so_far.began);
    fclose(out);
    so_far.messages = 0;
    so_far.began = 0;
}

static void serve(int fd, SSL_CTX *context, const char *path)
{
    static char bytes[BYTES];
    SSL *ssl = context == NULL ? NULL : SSL_new(context);

    so_far.left = so_far.count = 0;
    if (ssl != NULL && (SSL_set_fd(ssl, fd) != 1 || SSL_accept(ssl) != 1))
        fd = -1;
    for (ssize_t n = 1; fd >= 0 && n > 0;) {
        struct pollfd p = {.fd = fd, .events = POLLIN};
        if ((ssl == NULL || SSL_pending(ssl) == 0) && poll(&p, 1, PAUSE_MS) == 0) {
            report(path);
            continue;
        }
        n = ssl == NULL ? recv(fd, bytes, sizeof bytes, 0) : SSL_read(ssl, bytes, sizeof bytes);
        if (n > 0)
            take(bytes, (size_t)n);
    }
    report(path);
    SSL_free(ssl);
}

int main(int argc, char **argv)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), on = 1;
    SSL_CTX *context = NULL;

    if (argc < 3)
        return 2;
    address.sin_port = htons((unsigned short)atoi(argv[1]));
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(listener, (struct sockaddr *)&address, sizeof address) < 0 ||
        listen(listener, 8) < 0) {
        perror("sink");
        return 1;
    }
    if (argc > 4) {
        context = SSL_CTX_new(TLS_server_method());
        if (SSL_CTX_use_certificate_chain_file(context, argv[3]) != 1 ||
            SSL_CTX_use_PrivateKey_file(context, argv[4], SSL_FILETYPE_PEM) != 1)
            return 1;
    }
    for (;;) {
        int fd = accept(listener, NULL, NULL);
        if (fd < 0)
            continue;
        serve(fd, context, argv[2]);
        close(fd);
    }
}
