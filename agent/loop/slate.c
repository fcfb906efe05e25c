/* SPDX-License-Identifier: BSD-2-Clause */
#include "loop/slate.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/fault.h"
#include "base/fdio.h"

/* A reader that meets a writer looks again so often; then it takes what it has. */
enum { READ_TRIES = 100 };

struct page {
    _Atomic uint32_t turn; /* odd while the call is written */
    _Atomic int64_t id, last, deadline;
    char instance[SLATE_INSTANCE_BYTES];
};

struct slate {
    struct page *page;
    int page_fd, timer_fd;
    span_ms deadline; /* of the call that runs; the worker's side */
    span_ms armed;    /* what the timer was set to last, and when; the worker's side */
    mono_ms armed_at;
};

static void set_timer(const struct slate *s, span_ms in_ms)
{
    struct itimerspec when = {
        .it_value = {.tv_sec = in_ms / 1000, .tv_nsec = in_ms % 1000 * 1000000}};
    timerfd_settime(s->timer_fd, 0, &when, NULL);
}

static int map(struct slate *s)
{
    struct stat st;
    if (fstat(s->page_fd, &st) < 0)
        return fault(-errno);
    if (st.st_size < (off_t)sizeof *s->page)
        return fault(-EINVAL);
    void *page = mmap(NULL, sizeof *s->page, PROT_READ | PROT_WRITE, MAP_SHARED, s->page_fd, 0);
    if (page == MAP_FAILED)
        return fault(-errno);
    s->page = page;
    return 0;
}

/* ---- the supervisor's side --------------------------------------------------------------- */

static int make(struct slate *s)
{
    s->page_fd = memfd_create("hashimori-call", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    s->timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
    if (s->page_fd < 0 || s->timer_fd < 0 || ftruncate(s->page_fd, sizeof *s->page) < 0 ||
        fcntl(s->page_fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) < 0)
        return fault(-errno);
    return map(s);
}

int slate_new(struct slate **ret_slate)
{
    struct slate *s = alloc(sizeof *s);
    *s = (struct slate){.page_fd = -1, .timer_fd = -1};
    int r = make(s);
    if (r < 0) {
        slate_free(s);
        return r;
    }
    *ret_slate = s;
    return 0;
}

int slate_page_fd(const struct slate *s)
{
    return s->page_fd;
}

int slate_timer_fd(const struct slate *s)
{
    return s->timer_fd;
}

void slate_read(const struct slate *s, struct slate_call *ret)
{
    const struct page *p = s->page;
    for (int i = 0; i < READ_TRIES; i++) {
        uint32_t before = atomic_load_explicit(&p->turn, memory_order_acquire);
        ret->turn = before;
        ret->id = atomic_load_explicit(&p->id, memory_order_relaxed);
        ret->last = atomic_load_explicit(&p->last, memory_order_relaxed);
        ret->deadline = atomic_load_explicit(&p->deadline, memory_order_relaxed);
        memcpy(ret->instance, p->instance, sizeof ret->instance);
        atomic_thread_fence(memory_order_acquire);
        uint32_t after = atomic_load_explicit(&p->turn, memory_order_relaxed);
        if (before == after && before % 2 == 0)
            break;
    }
    ret->instance[sizeof ret->instance - 1] = '\0';
}

bool slate_late(struct slate *s, struct slate_call *ret_call)
{
    uint64_t expirations;
    if (read(s->timer_fd, &expirations, sizeof expirations) < 0)
        return false; // it ended meanwhile
    slate_read(s, ret_call);
    if (ret_call->id == 0 || ret_call->deadline == 0)
        return false;
    // The one that the timer was set for may have ended since, and the next one begun.
    span_ms left = ret_call->deadline - (clock_boot() - ret_call->last);
    if (left > 0)
        set_timer(s, left);
    return left <= 0;
}

void slate_again(struct slate *s, const struct slate_call *call)
{
    set_timer(s, call->deadline);
}

/* ---- the worker's side ------------------------------------------------------------------- */

int slate_join(int page_fd, int timer_fd, struct slate **ret_slate)
{
    struct slate *s = alloc(sizeof *s);
    *s = (struct slate){.page_fd = page_fd, .timer_fd = timer_fd};
    int r = map(s);
    s->page_fd = fdio_close(s->page_fd);
    if (r == 0 && fcntl(s->timer_fd, F_SETFD, FD_CLOEXEC) < 0)
        r = fault(-errno);
    if (r < 0) {
        slate_free(s);
        return r;
    }
    *ret_slate = s;
    return 0;
}

static void note(struct slate *s, int64_t id, const char *instance, span_ms deadline)
{
    struct page *p = s->page;
    uint32_t turn = atomic_load_explicit(&p->turn, memory_order_relaxed);
    atomic_store_explicit(&p->turn, turn + 1, memory_order_relaxed);
    atomic_thread_fence(memory_order_release);
    atomic_store_explicit(&p->id, id, memory_order_relaxed);
    atomic_store_explicit(&p->last, clock_boot(), memory_order_relaxed);
    atomic_store_explicit(&p->deadline, deadline, memory_order_relaxed);
    if (instance != NULL) {
        size_t length = strnlen(instance, sizeof p->instance - 1);
        memcpy(p->instance, instance, length);
        p->instance[length] = '\0';
    }
    atomic_store_explicit(&p->turn, turn + 2, memory_order_release);
}

static void arm(struct slate *s, span_ms in_ms)
{
    s->armed = in_ms;
    s->armed_at = clock_boot();
    set_timer(s, in_ms);
}

void slate_enter(struct slate *s, int64_t id, const char *instance, span_ms deadline_ms)
{
    note(s, id, instance == NULL ? "" : instance, deadline_ms);
    s->deadline = deadline_ms;
    // One that stands since an earlier call fires early, which slate_late puts right; but only one
    // that cannot have fired may be left.
    if (s->armed != deadline_ms || clock_boot() - s->armed_at > deadline_ms / 2)
        arm(s, deadline_ms);
}

void slate_leave(struct slate *s, bool for_now)
{
    if (!for_now)
        arm(s, 0);
    s->deadline = 0;
    note(s, 0, NULL, 0);
}

void slate_rest(struct slate *s)
{
    if (s->deadline == 0 && s->armed != 0)
        arm(s, 0);
}

void slate_wait(struct slate *s, bool waits)
{
    if (s->deadline > 0)
        arm(s, waits ? 0 : s->deadline);
}

/* ---- both -------------------------------------------------------------------------------- */

struct slate *slate_free(struct slate *s)
{
    if (s == NULL)
        return NULL;
    if (s->page != NULL)
        munmap(s->page, sizeof *s->page);
    s->page_fd = fdio_close(s->page_fd);
    s->timer_fd = fdio_close(s->timer_fd);
    free(s);
    return NULL;
}
