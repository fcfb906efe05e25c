/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/fault.h"
#include "base/fdio.h"
#include "ctl/client.h"
#include "ctl/ctl.h"
#include "ctl/ledger.h"
#include "ctl/local_settings.h"
#include "ctl/print.h"
#include "record/snapshot.h"
#include "replay/figures.h"

enum { PIECE_BYTES = 256 * 1024 };

/* ---- snapshot ---------------------------------------------------------------------------- */

/* All of @from to a new file at @path, on the disk when it returns. 0 or a fault. */
static int save(int from, const char *path)
{
    char *bytes = alloc(PIECE_BYTES);
    int to = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    int r = to < 0 ? -errno : 0;
    ssize_t n = 0;

    for (off_t at = 0; r == 0 && (n = pread(from, bytes, PIECE_BYTES, at)) > 0; at += n)
        r = fdio_write_all(to, bytes, (size_t)n);
    if (r == 0 && n < 0)
        r = -errno;
    if (r == 0 && fsync(to) < 0)
        r = -errno;
    if (r < 0 && to >= 0)
        unlink(path);
    fdio_close(to);
    free(bytes);
    return r;
}

static int say_saved(struct ctl *c, const char *path, json_t *result)
{
    const char *head = json_string_value(json_object_get(result, "head"));

    if (c->json)
        print_json(result);
    else
        ctl_say(c, MESSAGE_CTL_SAVED, path, head == NULL ? "" : head, NULL);
    return CTL_DONE;
}

static int snapshot_offline(struct ctl *c, const char *path)
{
    struct offline o;
    struct snapshot *s = NULL;
    int r = ledger_open(c, &o);
    if (r != CTL_DONE)
        return r;

    int made = snapshot_new(o.record, path, &s);
    while (made == 0 && (made = snapshot_step(s)) == SNAPSHOT_E_MORE)
        made = 0;
    if (made != 0) {
        r = ctl_fail(c, CTL_NO, MESSAGE_CTL_CANNOT_SAVE, path,
            made < 0 ? fault_text(made) : strerror(ENOSPC));
    } else {
        json_t *result = json_pack(
            "{s:I, s:s}", "rows", (json_int_t)record_rows(o.record), "head", record_head(o.record));
        say_saved(c, path, result);
        json_decref(result);
    }
    snapshot_free(s);
    ledger_close(&o);
    return r;
}

int run_ledger_snapshot(struct ctl *c)
{
    const char *path = c->args[0];
    struct client_answer answer = {0};
    int fd = -1;
    int r;

    if (access(path, F_OK) == 0)
        return ctl_fail(c, CTL_NO, MESSAGE_CTL_CANNOT_SAVE, path, strerror(EEXIST));
    int asked = client_ask_file(c->socket_path, "ledger.snapshot", NULL, c->language, &answer, &fd);
    if (asked == CLIENT_E_REFUSED) {
        r = ctl_fail(c, CTL_NO, MESSAGE_CTL_REFUSED, text_get(&answer.why), NULL);
    } else if (asked != 0) {
        r = snapshot_offline(c, path);
    } else {
        int saved = fd < 0 ? -EBADF : save(fd, path);
        r = saved < 0 ? ctl_fail(c, CTL_NO, MESSAGE_CTL_CANNOT_SAVE, path, strerror(-saved))
                      : say_saved(c, path, answer.result);
    }
    fdio_close(fd);
    client_answer_deinit(&answer);
    return r;
}

/* ---- figures of a copy ------------------------------------------------------------------- */

static int figures_of(struct ctl *c, const char *path, const struct settings *settings)
{
    struct figures_plan plan = {.settings = settings,
        .service = ctl_value(c, "service"),
        .period = ctl_value(c, "period"),
        .as_of = ctl_value(c, "as-of")};
    struct text why[2] = {{0}, {0}};
    struct record *record = NULL;
    json_t *result = NULL;
    int r = CTL_DONE;

    int opened = snapshot_is_copy(path) ? snapshot_open(path, &record) : -EINVAL;
    if (opened != 0)
        return ctl_fail(c, CTL_NO, MESSAGE_CTL_NO_COPY, path, NULL);
    if (figures_run(&plan, record, &result, why) != 0)
        r = ctl_fail(c, CTL_USAGE, MESSAGE_CTL_REFUSED, text_get(&why[c->language]), NULL);
    else if (c->json)
        print_json(result);
    else
        r = show_sla(c, result);
    json_decref(result);
    text_deinit(&why[0]);
    text_deinit(&why[1]);
    return r;
}

int run_sla(struct ctl *c)
{
    const char *path = ctl_value(c, "ledger");
    struct local_settings l;

    if (path == NULL)
        return ctl_ask(c);
    int r = local_settings_need(c, &l);
    if (r == CTL_DONE)
        r = figures_of(c, path, l.settings);
    local_settings_deinit(&l);
    return r;
}
