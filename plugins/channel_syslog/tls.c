/* SPDX-License-Identifier: BSD-2-Clause */
#include "tls.h"

#include <arpa/inet.h>
#include <errno.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

enum { RECORD_BYTES = SSL3_RT_MAX_PLAIN_LENGTH }; /* one record, one call */

struct tls {
    SSL_CTX *context;
    SSL *ssl;
    bool is_up;
    bool wants_write;
    int64_t our_end_ms, their_end_ms;
    char why[TLS_WHY_BYTES];
    unsigned char record[RECORD_BYTES];
};

static int64_t end_ms(const X509 *certificate)
{
    struct tm tm = {0};

    if (certificate == NULL || ASN1_TIME_to_tm(X509_get0_notAfter(certificate), &tm) != 1)
        return 0;
    return (int64_t)timegm(&tm) * 1000;
}

/* The first thing that OpenSSL says is the cause; the rest are its consequences. */
static const char *first_error(void)
{
    unsigned long error = ERR_get_error();
    const char *text = error == 0 ? NULL : ERR_reason_error_string(error);

    ERR_clear_error();
    return text == NULL ? "unknown error" : text;
}

static bool file_refused(struct tls *t, const char *path)
{
    snprintf(t->why, sizeof t->why, "%.160s: %.80s", path, first_error());
    return false;
}

/* A key that others can read is no key. */
static bool key_is_private(struct tls *t, const char *path)
{
    struct stat st;

    if (stat(path, &st) < 0)
        snprintf(t->why, sizeof t->why, "%.160s: %.80s", path, strerror(errno));
    else if ((st.st_mode & (S_IROTH | S_IWOTH)) != 0)
        snprintf(t->why, sizeof t->why, "%.160s: others can read or write the key", path);
    else
        return true;
    return false;
}

static bool load_own(struct tls *t, const struct tls_plan *plan)
{
    const char *key = plan->key_file != NULL ? plan->key_file : plan->certificate_file;

    if (plan->certificate_file == NULL)
        return true;
    if (SSL_CTX_use_certificate_chain_file(t->context, plan->certificate_file) != 1)
        return file_refused(t, plan->certificate_file);
    t->our_end_ms = end_ms(SSL_CTX_get0_certificate(t->context));
    if (!key_is_private(t, key))
        return false;
    if (SSL_CTX_use_PrivateKey_file(t->context, key, SSL_FILETYPE_PEM) != 1 ||
        SSL_CTX_check_private_key(t->context) != 1)
        return file_refused(t, key);
    return true;
}

static bool load_trusted(struct tls *t, const struct tls_plan *plan)
{
    if (plan->ca_file == NULL ? SSL_CTX_set_default_verify_paths(t->context) == 1
                              : SSL_CTX_load_verify_file(t->context, plan->ca_file) == 1)
        return true;
    return file_refused(t, plan->ca_file == NULL ? "certificates of the system" : plan->ca_file);
}

/* Keeps the end of the receiver's own certificate; what OpenSSL found stands. */
static int on_verify(int good, X509_STORE_CTX *store)
{
    const SSL *ssl = X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx());
    struct tls *t = ssl == NULL ? NULL : SSL_get_app_data(ssl);

    if (t != NULL)
        t->their_end_ms = end_ms(X509_STORE_CTX_get0_cert(store));
    return good;
}

static bool context_new(struct tls *t, const struct tls_plan *plan)
{
    t->context = SSL_CTX_new(TLS_client_method());
    if (t->context == NULL || SSL_CTX_set_min_proto_version(t->context, TLS1_2_VERSION) != 1) {
        snprintf(t->why, sizeof t->why, "%.200s", first_error());
        return false;
    }
    SSL_CTX_set_verify(t->context, SSL_VERIFY_PEER, on_verify);
    SSL_CTX_set_options(t->context, SSL_OP_NO_RENEGOTIATION);
    SSL_CTX_set_mode(t->context, SSL_MODE_ENABLE_PARTIAL_WRITE |
                                     SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                                     SSL_MODE_RELEASE_BUFFERS);
    // Nobody comes back to a session: tickets would only be bytes to read.
    SSL_CTX_set_session_cache_mode(t->context, SSL_SESS_CACHE_OFF);
    return load_trusted(t, plan) && load_own(t, plan);
}

static bool expect_name(SSL *ssl, const char *name)
{
    unsigned char bytes[16];

    if (inet_pton(AF_INET, name, bytes) == 1 || inet_pton(AF_INET6, name, bytes) == 1)
        return X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), name) == 1;
    SSL_set_hostflags(ssl, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    return SSL_set1_host(ssl, name) == 1 && SSL_set_tlsext_host_name(ssl, name) == 1;
}

static bool session_new(struct tls *t, const struct tls_plan *plan, int fd)
{
    t->ssl = SSL_new(t->context);
    if (t->ssl == NULL || SSL_set_fd(t->ssl, fd) != 1 || !expect_name(t->ssl, plan->name) ||
        SSL_set_app_data(t->ssl, t) != 1) {
        snprintf(t->why, sizeof t->why, "%.200s", first_error());
        return false;
    }
    SSL_set_connect_state(t->ssl);
    return true;
}

struct tls *tls_new(const struct tls_plan *plan, int fd, char why[TLS_WHY_BYTES])
{
    struct tls *t = calloc(1, sizeof *t);

    if (t == NULL) {
        snprintf(why, TLS_WHY_BYTES, "no memory");
        return NULL;
    }
    ERR_clear_error();
    if (context_new(t, plan) && (fd < 0 || session_new(t, plan, fd)))
        return t;
    snprintf(why, TLS_WHY_BYTES, "%s", t->why);
    return tls_free(t);
}

struct tls *tls_free(struct tls *t)
{
    if (t == NULL)
        return NULL;
    ERR_clear_error();
    if (t->is_up)
        SSL_shutdown(t->ssl);
    SSL_free(t->ssl);
    SSL_CTX_free(t->context);
    free(t);
    return NULL;
}

/* 0: the call could not go on and wants another turn. -1: it failed, `why` says it. */
static int take_error(struct tls *t, int r)
{
    int system = errno;
    int error = SSL_get_error(t->ssl, r);
    long verified = SSL_get_verify_result(t->ssl);

    t->wants_write = error == SSL_ERROR_WANT_WRITE;
    if (error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE)
        return 0;
    t->is_up = false;
    if (verified != X509_V_OK)
        snprintf(t->why, sizeof t->why, "the receiver's certificate: %.200s",
            X509_verify_cert_error_string(verified));
    else if (error == SSL_ERROR_ZERO_RETURN)
        snprintf(t->why, sizeof t->why, "the receiver closed the connection");
    else if (error == SSL_ERROR_SYSCALL && ERR_peek_error() == 0)
        snprintf(t->why, sizeof t->why, "%.200s",
            system == 0 ? "the receiver closed the connection" : strerror(system));
    else
        snprintf(t->why, sizeof t->why, "TLS: %.200s", first_error());
    ERR_clear_error();
    return -1;
}

int tls_shake(struct tls *t)
{
    errno = 0;
    int r = SSL_do_handshake(t->ssl);

    if (r != 1)
        return take_error(t, r);
    t->is_up = true;
    return 1;
}

bool tls_wants_write(const struct tls *t)
{
    return t->wants_write;
}

/* Fills one record; many messages in one cost hardly more than one. */
static size_t gather(struct tls *t, const struct iovec *parts, size_t count)
{
    size_t length = 0;

    for (size_t i = 0; i < count && length < RECORD_BYTES; i++) {
        size_t room = RECORD_BYTES - length;
        size_t n = parts[i].iov_len < room ? parts[i].iov_len : room;
        memcpy(t->record + length, parts[i].iov_base, n);
        length += n;
    }
    return length;
}

ssize_t tls_send(struct tls *t, const struct iovec *parts, size_t count)
{
    size_t length = gather(t, parts, count);

    errno = 0;
    int r = SSL_write(t->ssl, t->record, (int)length);
    if (r > 0)
        return r;
    return take_error(t, r) == 0 ? -EAGAIN : -EPIPE;
}

ssize_t tls_drop(struct tls *t)
{
    char dropped[512];

    errno = 0;
    int r = SSL_read(t->ssl, dropped, sizeof dropped);
    if (r > 0)
        return 0;
    return take_error(t, r) == 0 ? -EAGAIN : -EPIPE;
}

const char *tls_why(const struct tls *t)
{
    return t->why;
}

int64_t tls_their_end_ms(const struct tls *t)
{
    return t->their_end_ms;
}

int64_t tls_our_end_ms(const struct tls *t)
{
    return t->our_end_ms;
}
