/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * face_snmp - shows the board by SNMP: as a subagent of snmpd, or on a port of its own.
 */
#include <net-snmp/net-snmp-config.h>

#include <net-snmp/net-snmp-includes.h>

#include <net-snmp/agent/net-snmp-agent-includes.h>

#include <errno.h>
#include <hashimori/plugin.h>
#include <stdlib.h>
#include <string.h>

#include "answer.h"
#include "bridge.h"
#include "options.h"
#include "rows.h"
#include "shared/snmp_library.h"
#include "standalone.h"
#include "subagent.h"

#define APPLICATION "hashimori"

struct face {
    const struct hm_host *host;
    struct options options;
    struct rows *rows;
    struct bridge *bridge;
    struct subagent *subagent; /* NULL: standalone */
    struct answer *answer;
};

/* In the library, but in no header that is installed. */
extern netsnmp_session *agentx_callback_sess;

/* The library is the process's, so there can be one face in it. */
static const struct face *library_holder;

static void face_validate(const struct hm_host *host)
{
    struct options options;
    options_read(host, &options);
}

static void library_prepare(struct face *f)
{
    snmp_library_prepare(&f->host);
    netsnmp_ds_set_boolean(NETSNMP_DS_APPLICATION_ID, NETSNMP_DS_AGENT_NO_ROOT_ACCESS, 1);
    // "Connection from ..", a line for each request that comes.
    netsnmp_ds_set_boolean(
        NETSNMP_DS_APPLICATION_ID, NETSNMP_DS_AGENT_DONT_LOG_TCPWRAPPERS_CONNECTS, 1);
}

static void on_entered(void *arg)
{
    struct face *f = arg;
    if (f->subagent != NULL)
        subagent_settle(f->subagent);
}

static int face_start(struct face *f)
{
    library_prepare(f);
    f->rows = rows_new();
    f->bridge = bridge_new(f->host, on_entered, f);
    if (!f->options.standalone)
        f->subagent = subagent_new(f->host, f->options.socket);
    if (f->rows == NULL || f->bridge == NULL || (!f->options.standalone && f->subagent == NULL))
        return -ENOMEM;

    init_agent(APPLICATION);
    if (f->subagent != NULL)
        subagent_prepare(f->subagent);
    else
        standalone_prepare(f->host, &f->options);
    f->answer = answer_new(f->host, f->rows);
    if (f->answer == NULL)
        return -ENOMEM;
    init_snmp(APPLICATION);
    if (f->subagent != NULL)
        subagent_started(f->subagent);
    int r = f->subagent != NULL ? 0 : standalone_start(f->host, &f->options);
    if (r == 0)
        bridge_settle(f->bridge);
    return r;
}

static void face_free(void *self)
{
    struct face *f = self;
    // Whatever is still registered at the shutdown, the library frees with its argument.
    f->bridge = bridge_free(f->bridge);
    if (f->subagent != NULL)
        subagent_leave(f->subagent);
    snmp_library_hush(&f->host);
    // Says goodbye to the master, at most 0.2 s long.
    snmp_shutdown(APPLICATION);
    shutdown_agent();
    // The library has closed this session but goes on to use it when it is set up again.
    agentx_callback_sess = NULL;
    f->answer = answer_free(f->answer);
    f->subagent = subagent_free(f->subagent);
    f->rows = rows_free(f->rows);
    library_holder = NULL;
    free(f);
}

static int face_open(const struct hm_host *host, void **ret_self)
{
    struct options options;
    if (!options_read(host, &options))
        return -EINVAL;
    if (library_holder != NULL) {
        host->complain(host, NULL, "one SNMP face to a process");
        return -EBUSY;
    }
    struct face *f = calloc(1, sizeof *f);
    if (f == NULL)
        return -ENOMEM;
    *f = (struct face){.host = host, .options = options};
    library_holder = f;
    int r = face_start(f);
    if (r < 0) {
        face_free(f);
        return r;
    }
    *ret_self = f;
    return 0;
}

static void face_begin(void *self, bool whole)
{
    rows_begin(((struct face *)self)->rows, whole);
}

static void face_put(void *self, const struct hm_row *row)
{
    rows_put(((struct face *)self)->rows, row);
}

static void face_drop(void *self, const char *table, uint32_t id)
{
    rows_drop(((struct face *)self)->rows, table, id);
}

static void face_commit(void *self)
{
    rows_commit(((struct face *)self)->rows);
}

HM_PLUGIN(.kind = HM_FACE, .name = "snmp", .version = "0.1.0",
    .summary = "the board by SNMP: AgentX subagent of snmpd, or on a port of its own",
    .summary_ja = "SNMP による状態の公開 (snmpd の AgentX サブエージェント、または専用ポート)",
    .options = options_table, .validate = face_validate, .open = face_open, .close = face_free,
    .begin = face_begin, .put = face_put, .drop = face_drop, .commit = face_commit);
