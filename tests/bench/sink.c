/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * sink PORT OUT [CERTIFICATE KEY]: a syslog receiver on 127.0.0.1 that only counts octet-counted
 * messages, over TLS when it is given a certificate. Senders may have several connections (rsyslog
 * opens one more when much waits): all are counted together. After each second without a byte, and
 * at the end of a connection, it appends "MESSAGES SECONDS" of what came since the last such line
 * to OUT: from the first byte to the last.
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

enum { BYTES = 256 * 1024, PAUSE_MS = 1000, CONNECTIONS_MAX = 16 };

struct connection {
    SSL *ssl;           /* NULL: plain */
    size_t left, count; /* of the message that is coming in: bytes, digits of its length so far */
};

static struct {
    size_t messages;
    double began, last;
} so_far;

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static void take(struct connection *c, const char *bytes, size_t length)
{
    so_far.last = now();
    if (so_far.began == 0)
        so_far.began = so_far.last;
    for (size_t i = 0; i < length;) {
        if (c->left > 0) {
            size_t n = length - i < c->left ? length - i : c->left;
            i += n;
            c->left -= n;
            so_far.messages += c->left == 0;
        } else if (bytes[i] == ' ') {
            c->left = c->count;
            c->count = 0;
            i++;
        } else {
            c->count = c->count * 10 + (size_t)(bytes[i++] - '0');
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

/* The listener is the first. */
static struct pollfd fds[1 + CONNECTIONS_MAX] = {{.events = POLLIN}};
static struct connection connections[1 + CONNECTIONS_MAX];
static nfds_t fd_count = 1;

static void welcome(SSL_CTX *context)
{
    int fd = accept(fds[0].fd, NULL, NULL);
    SSL *ssl = fd < 0 || context == NULL ? NULL : SSL_new(context);

    if (fd_count > CONNECTIONS_MAX ||
        (ssl != NULL && (SSL_set_fd(ssl, fd) != 1 || SSL_accept(ssl) != 1))) {
        SSL_free(ssl);
        close(fd);
        return;
    }
    connections[fd_count] = (struct connection){.ssl = ssl};
    fds[fd_count++] = (struct pollfd){.fd = fd, .events = POLLIN};
}

/* False: the other side has closed it. */
static bool serve(nfds_t at)
{
    static char bytes[BYTES];
    struct connection *c = &connections[at];

    do {
        ssize_t n = c->ssl == NULL ? recv(fds[at].fd, bytes, sizeof bytes, 0)
                                   : SSL_read(c->ssl, bytes, sizeof bytes);
        if (n <= 0)
            return false;
        take(c, bytes, (size_t)n);
    } while (c->ssl != NULL && SSL_pending(c->ssl) > 0);
    return true;
}

static void part(nfds_t at)
{
    SSL_free(connections[at].ssl);
    close(fds[at].fd);
    fd_count--;
    fds[at] = fds[fd_count];
    connections[at] = connections[fd_count];
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
    fds[0].fd = listener;
    for (;;) {
        if (poll(fds, fd_count, PAUSE_MS) == 0)
            report(argv[2]);
        for (nfds_t at = fd_count - 1; at > 0; at--) {
            if (fds[at].revents != 0 && !serve(at)) {
                part(at);
                report(argv[2]);
            }
        }
        if (fds[0].revents != 0)
            welcome(context);
    }
}
