/* SPDX-License-Identifier: BSD-2-Clause */
#include "library.h"

#include <net-snmp/net-snmp-config.h>

#include <net-snmp/net-snmp-includes.h>
#include <stdlib.h>
#include <string.h>

#include "shared/snmp_library.h"

struct user {
    struct user *next;
    struct usmUser *entry; /* in the library's table */
    struct credentials keys;
    unsigned held;
};

/* The library's own state is the process's; so is what we must know of it. */
static struct {
    bool started;
    int64_t started_ms;
    const struct hm_host *speaker; /* gets the log; NULL: nobody */
    struct user *users;
} library;

/* The nameless user of engine discovery (RFC 3414, section 4). */
static void add_discovery_user(void)
{
    if (usm_get_user(NULL, 0, "") != NULL)
        return;
    struct usmUser *nobody = usm_create_user();
    if (nobody == NULL)
        return;
    nobody->name = strdup("");
    nobody->secName = strdup("");
    usm_add_user(nobody);
}

static void start(const struct hm_host *host)
{
    snmp_library_prepare(&library.speaker);
    netsnmp_ds_set_boolean(NETSNMP_DS_LIBRARY_ID, NETSNMP_DS_LIB_DONT_READ_CONFIGS, 1);
    init_snmp("hashimori");
    add_discovery_user();
    library.started_ms = host->boot_ms(host);
    library.started = true;
}

void library_enter(const struct hm_host *host)
{
    library.speaker = host;
    if (!library.started)
        start(host);
}

void library_leave(const struct hm_host *host)
{
    if (library.speaker == host)
        library.speaker = NULL;
}

uint32_t library_uptime_cs(const struct hm_host *host)
{
    return (uint32_t)((host->boot_ms(host) - library.started_ms) / 10);
}

static bool same_keys(const struct credentials *a, const struct credentials *b)
{
    return a->level == b->level && a->auth_type == b->auth_type && a->priv_type == b->priv_type &&
           memcmp(a->auth_key, b->auth_key, sizeof a->auth_key) == 0 &&
           memcmp(a->priv_key, b->priv_key, sizeof a->priv_key) == 0;
}

static struct user *user_find(const struct usmUser *entry)
{
    for (struct user *u = library.users; u != NULL; u = u->next)
        if (u->entry == entry)
            return u;
    return NULL;
}

struct user *user_hold(const struct credentials *c, struct snmp_session *session)
{
    struct usmUser *entry =
        usm_get_user(session->securityEngineID, session->securityEngineIDLen, c->user);
    struct user *u = entry == NULL ? NULL : user_find(entry);

    if (u != NULL) {
        if (!same_keys(&u->keys, c))
            return NULL;
        u->held++;
        return u;
    }
    if (entry == NULL && usm_create_user_from_session(session) != SNMPERR_SUCCESS)
        return NULL;
    entry = usm_get_user(session->securityEngineID, session->securityEngineIDLen, c->user);
    u = entry == NULL ? NULL : calloc(1, sizeof *u);
    if (u == NULL)
        return NULL;
    *u = (struct user){.next = library.users, .entry = entry, .keys = *c, .held = 1};
    u->keys.user = NULL;
    library.users = u;
    return u;
}

struct user *user_drop(struct user *u)
{
    if (u == NULL || --u->held > 0)
        return NULL;
    struct user **link = &library.users;
    while (*link != u)
        link = &(*link)->next;
    *link = u->next;
    usm_remove_user(u->entry);
    usm_free_user(u->entry);
    explicit_bzero(&u->keys, sizeof u->keys);
    free(u);
    return NULL;
}
