/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HM_SHARED_SNMP_USER_H
#define HM_SHARED_SNMP_USER_H

#include <hashimori/plugin.h>
#include <stdbool.h>
#include <stddef.h>

/** snmp_user - a user of SNMP version 3: what options say of it, and its keys. */

enum snmp_level { LEVEL_NONE = 1, LEVEL_AUTH = 2, LEVEL_PRIV = 3 }; /* as net-snmp counts */
enum { SNMP_USER_BYTES_MAX = 32 };

/** Words that the options `auth` and `priv` take. */
extern const char *const snmp_auth_words[];
extern const char *const snmp_priv_words[];

/** A user as options describe it; pointers are the host's. */
struct snmp_user {
    const char *name;
    enum snmp_level level;
    const char *auth; /* "SHA-256" .. */
    const char *auth_pass;
    const char *priv; /* "AES-128" "AES-256" */
    const char *priv_pass;
};

/** Reads the options user, auth, auth_file, priv and priv_file; the level is the highest that the
 * passphrases allow. */
struct snmp_user snmp_user_read(const struct hm_host *host);
/** Whether there are the passphrases that the level needs, of a length that may be taken;
 * complains. */
bool snmp_user_valid(const struct hm_host *host, const struct snmp_user *user);

/** Keys of a user, before they are localised to an engine (RFC 3414 A.2). */
enum { CREDENTIALS_KEY_BYTES = 64 };
struct credentials {
    const char *user; /* borrowed */
    enum snmp_level level;
    int auth_type; /* of net-snmp; 0: none */
    int priv_type;
    unsigned char auth_key[CREDENTIALS_KEY_BYTES], priv_key[CREDENTIALS_KEY_BYTES];
    size_t auth_key_bytes, priv_key_bytes;
};

struct snmp_session;

/** Derives the keys: 1 MiB of hashing for each passphrase, some milliseconds. False: the library
 * does not offer the algorithm. */
bool credentials_derive(struct credentials *ret, const struct snmp_user *user);
/** Fills the security part of @session, which then owns its copies. */
void credentials_give(const struct credentials *c, struct snmp_session *session);

#endif
