/* SPDX-License-Identifier: BSD-2-Clause */
#include "shared/snmp_user.h"

#include <net-snmp/net-snmp-config.h>

#include <net-snmp/net-snmp-includes.h>
#include <string.h>

#include "shared/complain.h"

/* RFC 3414, section 11.2: nothing shorter may be taken. */
enum { PASS_BYTES_MIN = 8, PASS_BYTES_MAX = 128 };

const char *const snmp_auth_words[] = {"SHA-224", "SHA-256", "SHA-384", "SHA-512", NULL};
const char *const snmp_priv_words[] = {"AES-128", "AES-256", NULL};

/* ---- options ----------------------------------------------------------------------------- */

struct snmp_user snmp_user_read(const struct hm_host *host)
{
    struct snmp_user u = {.name = host->text(host, "user"),
        .auth = host->text(host, "auth"),
        .auth_pass = host->text(host, "auth_file"),
        .priv = host->text(host, "priv"),
        .priv_pass = host->text(host, "priv_file")};

    u.level = u.auth_pass == NULL ? LEVEL_NONE : u.priv_pass == NULL ? LEVEL_AUTH : LEVEL_PRIV;
    return u;
}

static bool pass_valid(const struct hm_host *host, const char *option, const char *pass)
{
    if (pass == NULL)
        return complain(host, option, "this security level needs a passphrase",
            "このセキュリティレベルにはパスフレーズが必要です");
    if (strlen(pass) < PASS_BYTES_MIN || strlen(pass) > PASS_BYTES_MAX)
        return complain(host, option, "a passphrase has 8 to 128 characters",
            "パスフレーズは 8 文字以上 128 文字以下です");
    return true;
}

bool snmp_user_valid(const struct hm_host *host, const struct snmp_user *user)
{
    bool good = user->level < LEVEL_AUTH || pass_valid(host, "auth_file", user->auth_pass);

    return (user->level < LEVEL_PRIV || pass_valid(host, "priv_file", user->priv_pass)) && good;
}

/* ---- keys -------------------------------------------------------------------------------- */

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

bool credentials_derive(struct credentials *ret, const struct snmp_user *user)
{
    *ret = (struct credentials){.user = user->name, .level = user->level};
    if (ret->level >= LEVEL_AUTH) {
        ret->auth_type = auth_type_of(user->auth);
        if (!derive(ret->auth_type, user->auth_pass, ret->auth_key, &ret->auth_key_bytes))
            return false;
    }
    if (ret->level == LEVEL_PRIV) {
        ret->priv_type = strcmp(user->priv, "AES-256") == 0 ? USM_CREATE_USER_PRIV_AES256
                                                            : USM_CREATE_USER_PRIV_AES;
        size_t n = 0;
        if (sc_get_priv_oid(ret->priv_type, &n) == NULL ||
            !derive(ret->auth_type, user->priv_pass, ret->priv_key, &ret->priv_key_bytes))
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
