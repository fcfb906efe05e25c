/* SPDX-License-Identifier: BSD-2-Clause */
#include "resolve.h"

#include <arpa/inet.h>
#include <string.h>

enum { OUTPUT_MAX = 4096 };

bool resolve_is_address(const char *host)
{
    unsigned char bytes[sizeof(struct in6_addr)];
    return host[0] == '/' || inet_pton(AF_INET, host, bytes) == 1 ||
           inet_pton(AF_INET6, host, bytes) == 1;
}

/* "192.0.2.1       STREAM db.example.net" */
static void resolve_on_end(void *arg, int status, const char *output, size_t length)
{
    const struct resolve *r = arg;
    char address[RESOLVE_ADDRESS_BYTES];
    size_t width = strcspn(output, " \t\n");
    if (status != 0 || width == 0 || width >= sizeof address || width > length) {
        r->fn(r->arg, NULL);
        return;
    }
    memcpy(address, output, width);
    address[width] = '\0';
    r->fn(r->arg, resolve_is_address(address) ? address : NULL);
}

int resolve_begin(struct resolve *r, const struct hm_host *host, const char *name, int64_t limit_ms,
    resolve_fn fn, void *arg)
{
    const char *const argv[] = {"/usr/bin/getent", "--", "ahosts", name, NULL};
    *r = (struct resolve){.fn = fn, .arg = arg};
    return host->run(host, argv, NULL, limit_ms, OUTPUT_MAX, resolve_on_end, r);
}
