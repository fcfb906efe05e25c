/* SPDX-License-Identifier: BSD-2-Clause */
#include "library.h"

#include <net-snmp/net-snmp-config.h>

#include <net-snmp/net-snmp-includes.h>
#include <stdlib.h>
#include <string.h>

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

static int on_log(int major, int minor, void *message, void *arg)
{
    (void)major;
    (void)minor;
    (void)arg;
    const struct snmp_log_message *m = message;
    const struct hm_host *host = library.speaker;
    if (host == NULL)
        return 0;

    enum hm_log_level level = m->priority <= LOG_ERR       ? HM_LOG_WARN
                              : m->priority <= LOG_WARNING ? HM_LOG_INFO
                                                           : HM_LOG_DEBUG;
    int length = (int)strcspn(m->msg, "\n");
    if (length > 0)
        host->log(host, level, "net-snmp: %.*s", length, m->msg);
    return 0;
}

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
    // Without these the library parses every MIB below /usr/share and writes below /var/lib; root
    // would make any folder but one in /proc.
    setenv("MIBS", "", 1);
    setenv("MIBDIRS", "/nonexistent", 1);
    setenv("SNMP_PERSISTENT_DIR", "/proc/none", 1);
    setenv("SNMPCONFPATH", "/nonexistent", 1);
    snmp_disable_log();
    netsnmp_register_loghandler(NETSNMP_LOGHANDLER_CALLBACK, LOG_DEBUG);
    snmp_register_callback(SNMP_CALLBACK_LIBRARY, SNMP_CALLBACK_LOGGING, on_log, NULL);
    netsnmp_ds_set_boolean(NETSNMP_DS_LIBRARY_ID, NETSNMP_DS_LIB_DONT_PERSIST_STATE, 1);
    netsnmp_ds_set_boolean(NETSNMP_DS_LIBRARY_ID, NETSNMP_DS_LIB_DONT_READ_CONFIGS, 1);
    netsnmp_ds_set_boolean(NETSNMP_DS_LIBRARY_ID, NETSNMP_DS_LIB_ALARM_DONT_USE_SIG, 1);
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

static int auth_type_of(const char *name)
{
    static const struct {
        const char *name;
        int type;
    } known[] = {{"SHA-224", USM_CREATE_USER_AUTH_SHA224}, {"SHA-256", USM_CREATE_USER_AUTH_SHA256},
        {"SHA-384", USM_CREATE_USER_AUTH_SHA384}, {"SHA-512", USM_CREATE_USER_AUTH_SHA512}};
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (strcmp(known[i].name, name) == 0)
            return known[i].type;
    return 0;
}

static bool derive(
    int auth_type, const char *pass, unsigned char ret[CREDENTIALS_KEY_BYTES], size_t *ret_bytes)
{
    size_t n = 0;
    const oid *algorithm = sc_get_auth_oid(auth_type, &n);
    *ret_bytes = CREDENTIALS_KEY_BYTES;
    return algorithm != NULL && generate_Ku(algorithm, (u_int)n, (const u_char *)pass, strlen(pass),
                                    ret, ret_bytes) == SNMPERR_SUCCESS;
}

bool credentials_derive(struct credentials *ret, const struct settings *settings)
{
    *ret = (struct credentials){.user = settings->user, .level = settings->level};
    if (ret->level >= LEVEL_AUTH) {
        ret->auth_type = auth_type_of(settings->auth);
        if (!derive(ret->auth_type, settings->auth_pass, ret->auth_key, &ret->auth_key_bytes))
            return false;
    }
    if (ret->level == LEVEL_PRIV) {
        ret->priv_type = strcmp(settings->priv, "AES-256") == 0 ? USM_CREATE_USER_PRIV_AES256
                                                                : USM_CREATE_USER_PRIV_AES;
        size_t n = 0;
        if (sc_get_priv_oid(ret->priv_type, &n) == NULL ||
            !derive(ret->auth_type, settings->priv_pass, ret->priv_key, &ret->priv_key_bytes))
            return false;
    }
    return true;
}

void credentials_give(const struct credentials *c, struct snmp_session *session)
{
    size_t n = 0;
    const oid *name;

    session->securityModel = SNMP_SEC_MODEL_USM;
    session->securityLevel = (int)c->level;
    session->securityName = strdup(c->user);
    session->securityNameLen = strlen(c->user);
    if (c->level >= LEVEL_AUTH) {
        name = sc_get_auth_oid(c->auth_type, &n);
        session->securityAuthProto = snmp_duplicate_objid(name, n);
        session->securityAuthProtoLen = n;
        memcpy(session->securityAuthKey, c->auth_key, c->auth_key_bytes);
        session->securityAuthKeyLen = c->auth_key_bytes;
    }
    if (c->level == LEVEL_PRIV) {
        name = sc_get_priv_oid(c->priv_type, &n);
        session->securityPrivProto = snmp_duplicate_objid(name, n);
        session->securityPrivProtoLen = n;
        memcpy(session->securityPrivKey, c->priv_key, c->priv_key_bytes);
        session->securityPrivKeyLen = c->priv_key_bytes;
    }
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
