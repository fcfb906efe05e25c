/* SPDX-License-Identifier: BSD-2-Clause */
#include "shared/transfer.h"

#include <errno.h>
#include <stdlib.h>

struct transfer {
    struct transfer *next;
    CURL *easy;
    transfer_fn fn;
    void *arg;
};

struct transfers {
    const struct hm_host *host;
    CURLM *multi;
    struct hm_watch_handle *timer;
    struct transfer *all;
    bool closing; /* the host has freed its handles */
};

static void unlink_transfer(struct transfers *t, struct transfer *one)
{
    struct transfer **at = &t->all;

    while (*at != one)
        at = &(*at)->next;
    *at = one->next;
    curl_multi_remove_handle(t->multi, one->easy);
}

static void end_finished(struct transfers *t)
{
    int left;

    for (CURLMsg *m; (m = curl_multi_info_read(t->multi, &left)) != NULL;) {
        char *private = NULL;
        CURLcode code = m->data.result;
        curl_easy_getinfo(m->easy_handle, CURLINFO_PRIVATE, &private);
        struct transfer *one = (struct transfer *)(void *)private;
        struct transfer copy = *one;
        unlink_transfer(t, one);
        free(one);
        copy.fn(copy.arg, copy.easy, code);
    }
}

static void transfers_on_ready(void *arg, int fd, int events)
{
    struct transfers *t = arg;
    int running;
    int what = ((events & HM_READABLE) != 0 ? CURL_CSELECT_IN : 0) |
               ((events & HM_WRITABLE) != 0 ? CURL_CSELECT_OUT : 0);

    curl_multi_socket_action(t->multi, fd, what, &running);
    end_finished(t);
}

static void transfers_on_due(void *arg)
{
    struct transfers *t = arg;
    int running;

    curl_multi_socket_action(t->multi, CURL_SOCKET_TIMEOUT, 0, &running);
    end_finished(t);
}

/* One watch a socket, kept with the socket; another set of events is another watch. */
static int watch_socket(CURL *easy, curl_socket_t fd, int what, void *arg, void *kept)
{
    struct transfers *t = arg;
    struct hm_watch_handle *watch = kept;
    int events = ((what & CURL_POLL_IN) != 0 ? HM_READABLE : 0) |
                 ((what & CURL_POLL_OUT) != 0 ? HM_WRITABLE : 0);

    (void)easy;
    if (t->closing)
        return 0;
    t->host->unwatch(watch);
    watch = what == CURL_POLL_REMOVE
                ? NULL
                : t->host->watch_fd(t->host, fd, events, transfers_on_ready, t);
    curl_multi_assign(t->multi, fd, watch);
    return 0;
}

static int set_timer(CURLM *multi, long ms, void *arg)
{
    struct transfers *t = arg;

    (void)multi;
    if (t->closing)
        return 0;
    if (ms < 0) {
        t->host->unwatch(t->timer);
        t->timer = NULL;
    } else if (t->timer == NULL) {
        t->timer = t->host->timer(t->host, ms, transfers_on_due, t);
    } else {
        t->host->timer_again(t->timer, ms);
    }
    return 0;
}

int transfers_start(struct transfers *t, CURL *easy, transfer_fn fn, void *arg)
{
    struct transfer *one = malloc(sizeof *one);

    if (one == NULL)
        return -ENOMEM;
    *one = (struct transfer){.next = t->all, .easy = easy, .fn = fn, .arg = arg};
    if (curl_easy_setopt(easy, CURLOPT_PRIVATE, one) != CURLE_OK ||
        curl_multi_add_handle(t->multi, easy) != CURLM_OK) {
        free(one);
        return -ENOMEM;
    }
    t->all = one;
    return 0;
}

CURL *transfer_handle(const struct transfer_plan *plan)
{
    CURL *easy = curl_easy_init();
    long limit = (long)plan->limit_ms;

    if (easy == NULL)
        return NULL;
    if (curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L) == CURLE_OK &&
        curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L) == CURLE_OK &&
        curl_easy_setopt(easy, CURLOPT_PROXY, "") == CURLE_OK &&
        curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, plan->protocols) == CURLE_OK &&
        curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, limit) == CURLE_OK &&
        curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, limit) == CURLE_OK &&
        curl_easy_setopt(easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2) == CURLE_OK &&
        curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 1L) == CURLE_OK &&
        curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 2L) == CURLE_OK &&
        (plan->ca_file == NULL ||
            curl_easy_setopt(easy, CURLOPT_CAINFO, plan->ca_file) == CURLE_OK))
        return easy;
    curl_easy_cleanup(easy);
    return NULL;
}

int64_t transfer_limit(const struct hm_host *host, int64_t wanted_ms)
{
    int64_t deadline = host->deadline_ms(host);

    return deadline > 0 && wanted_ms > deadline / 2 ? deadline / 2 : wanted_ms;
}

int transfers_new(const struct hm_host *host, struct transfers **ret_transfers)
{
    struct transfers *t = calloc(1, sizeof *t);

    if (t == NULL || curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
        free(t);
        return -ENOMEM;
    }
    t->host = host;
    t->multi = curl_multi_init();
    if (t->multi == NULL) {
        transfers_free(t);
        return -ENOMEM;
    }
    curl_multi_setopt(t->multi, CURLMOPT_SOCKETFUNCTION, watch_socket);
    curl_multi_setopt(t->multi, CURLMOPT_SOCKETDATA, t);
    curl_multi_setopt(t->multi, CURLMOPT_TIMERFUNCTION, set_timer);
    curl_multi_setopt(t->multi, CURLMOPT_TIMERDATA, t);
    *ret_transfers = t;
    return 0;
}

struct transfers *transfers_free(struct transfers *t)
{
    if (t == NULL)
        return NULL;
    t->closing = true;
    while (t->all != NULL) {
        struct transfer *one = t->all;
        unlink_transfer(t, one);
        free(one);
    }
    if (t->multi != NULL)
        curl_multi_cleanup(t->multi);
    curl_global_cleanup();
    free(t);
    return NULL;
}
