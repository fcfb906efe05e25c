/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/fault.h"

#include <string.h>

#include "base/log.h"

const char *fault_text(int negative_errno)
{
    return negative_errno < 0 ? strerror(-negative_errno) : "done";
}

int fault_at(int negative_errno, const char *file, int line, const char *function)
{
    const char *name = strrchr(file, '/');
    log_warn(LOG_BASE, "%s (%s:%d): %s", function, name != NULL ? name + 1 : file, line,
        fault_text(negative_errno));
    return negative_errno;
}
