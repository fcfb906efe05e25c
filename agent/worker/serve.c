/* SPDX-License-Identifier: BSD-2-Clause */
#include "worker/serve.h"

#include "config.h"

#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/log.h"
#include "worker/link.h"
#include "worker/loader.h"
#include "worker/worker_internal.h"

/* Secrets are in this memory: no core, no debugger. LeakSanitizer needs to look inside, though. */
static void hide_memory(void)
{
#ifndef HM_SANITIZED
    prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
#endif
}

static const char *member(const json_t *o, const char *name, const char *preset)
{
    const char *text = json_string_value(json_object_get(o, name));
    return text == NULL ? preset : text;
}

static void say(struct port port, const char *level, const char *text)
{
    json_t *line = worker_message("log");
    wire_put_text(line, "level", level);
    wire_put_text(line, "text", text);
    port.send(port.ctx, line, true);
}

static bool load(const json_t *welcome, struct port port, struct loaded *ret)
{
    struct text why = {0};
    int64_t wire, owner = getuid();
    bool good = wire_get_int(welcome, "wire", WIRE_VERSION, WIRE_VERSION, &wire, &why) &&
                (json_object_get(welcome, "owner") == NULL ||
                    wire_get_int(welcome, "owner", 0, UINT32_MAX - 1, &owner, &why)) &&
                loader_load(member(welcome, "path", ""), (uid_t)owner, ret, &why) == 0;
    if (good &&
        (!text_equal(member(welcome, "plugin", NULL), ret->plugin.name) ||
            !text_equal(member(welcome, "kind", NULL), loader_kind_name(ret->plugin.kind)))) {
        text_addf(
            &why, "it calls itself %s %s", loader_kind_name(ret->plugin.kind), ret->plugin.name);
        good = false;
    }
    struct text told = {0};
    if (!good)
        text_addf(&told, "the plugin is not loaded: %s", text_get(&why));
    else
        text_addf(&told, "loaded %s (sha256 %s)", member(welcome, "path", ""), ret->sha256);
    say(port, good ? "info" : "error", text_get(&told));
    text_deinit(&told);
    text_deinit(&why);
    return good;
}

static void say_hello(struct port port, const struct hm_plugin *plugin)
{
    json_t *line = worker_message("hello");
    json_object_set_new(line, "wire", json_integer(WIRE_VERSION));
    json_object_set_new(line, "abi",
        json_sprintf("%u.%u", (unsigned)plugin->abi_major, (unsigned)plugin->abi_minor));
    wire_put_text(line, "plugin", plugin->name);
    wire_put_text(line, "kind", loader_kind_name(plugin->kind));
    wire_put_text(line, "version", plugin->version);
    port.send(port.ctx, line, true);
}

static int serve_in(struct loop *loop, struct link *link, const json_t *welcome)
{
    struct port port = link_port(link);
    struct loaded loaded;
    struct worker w;
    if (!load(welcome, port, &loaded))
        return 1;

    worker_init(&w, loop, &loaded.plugin, &port);
    free(w.language);
    free(w.host);
    w.language = alloc_text(member(welcome, "language", "en"));
    w.host = alloc_text(member(welcome, "host", ""));
    say_hello(port, &loaded.plugin);
    link_serve(link, &w);
    int r = loop_run(loop);
    worker_deinit(&w);
    link_flush(link);
    return r < 0 ? 1 : 0;
}

int serve(int fd)
{
    struct loop *loop;
    int type;
    socklen_t length = sizeof type;
    if (getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &length) < 0) {
        log_error(
            LOG_WORKER, "file descriptor %d is no socket: the daemon starts this program", fd);
        return 2;
    }
    hide_memory();
    program_adopt_orphans();
    struct slate *slate;
    if (slate_join(SLATE_PAGE_FD, SLATE_TIMER_FD, &slate) < 0)
        return 2;
    if (loop_new(&loop) < 0) {
        slate_free(slate);
        return 1;
    }
    struct link *link = link_new(loop, fd, slate);
    json_t *welcome = link_first(link);
    int result = serve_in(loop, link, welcome);
    json_decref(welcome);
    link_free(link);
    slate_free(slate);
    loop_free(loop);
    return result;
}
