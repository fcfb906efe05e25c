/* SPDX-License-Identifier: BSD-2-Clause */
#include "record/identity.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/fault.h"
#include "base/fdio.h"
#include "base/log.h"
#include "record/chain.h"

static const char side_name[] = "host_id";

char *identity_beside(const char *path, const char *name)
{
    const char *slash = strrchr(path, '/');
    size_t folder = slash == NULL ? 0 : (size_t)(slash - path) + 1, length = strlen(name) + 1;
    char *beside = alloc(folder + length);
    memcpy(beside, path, folder);
    memcpy(beside + folder, name, length);
    return beside;
}

/* False, and nothing in @ret, when there is no side file or it is not one. */
static bool side_read(const char *side, struct identity *ret)
{
    char line[80];
    if (access(side, F_OK) < 0 || fdio_read_small(side, line, sizeof line) != 0)
        return false;

    struct identity found = {0};
    char *end = NULL;
    if (strspn(line, "0123456789abcdef") == 32 && line[32] == ' ') {
        memcpy(found.host_id, line, 32);
        errno = 0;
        found.epoch = strtoull(line + 33, &end, 10);
    }
    if (end == NULL || *end != '\n' || errno != 0 || found.epoch == 0 || found.epoch > INT64_MAX) {
        log_warn(LOG_RECORD, "\"%s\" is not a host id and an epoch, it is written anew", side);
        return false;
    }
    *ret = found;
    return true;
}

static int side_write(const char *side, const struct identity *id)
{
    char line[80];
    int length = snprintf(line, sizeof line, "%s %" PRIu64 "\n", id->host_id, id->epoch);
    return fdio_replace_file(side, line, (size_t)length, 0600);
}

static int draw(struct identity *ret)
{
    uint8_t bytes[16];
    if (getrandom(bytes, sizeof bytes, 0) != (ssize_t)sizeof bytes)
        return fault(-errno);
    chain_hex(ret->host_id, bytes, sizeof bytes);
    ret->epoch = 1;
    return 0;
}

int identity_settle(const char *path, const struct identity *stored, struct identity *ret)
{
    struct identity id = {.host_id = "00000000000000000000000000000000", .epoch = 1};
    if (strcmp(path, ":memory:") == 0) {
        *ret = id;
        return 0;
    }

    char *side = identity_beside(path, side_name);
    struct identity beside = {0};
    bool is_beside = side_read(side, &beside);
    int result = 0;
    if (stored->epoch > 0 && (!is_beside || beside.epoch <= stored->epoch)) {
        id = *stored;
    } else if (is_beside) {
        id = stored->epoch > 0 ? *stored : beside;
        id.epoch = beside.epoch + 1;
    } else {
        result = draw(&id);
    }
    bool is_same = is_beside && beside.epoch == id.epoch && strcmp(beside.host_id, id.host_id) == 0;
    if (result == 0 && !is_same)
        result = side_write(side, &id);
    free(side);
    if (result == 0)
        *ret = id;
    return result;
}
