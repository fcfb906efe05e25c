/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/boot.h"

#include <errno.h>
#include <string.h>

#include "base/fault.h"
#include "base/fdio.h"

int boot_id_read(char ret_id[CLOCK_BOOT_ID_BYTES])
{
    char buffer[64];
    int r = fdio_read_small("/proc/sys/kernel/random/boot_id", buffer, sizeof buffer);
    if (r < 0)
        return r;
    if (strcspn(buffer, "\n") != CLOCK_BOOT_ID_BYTES - 1)
        return fault(-EINVAL);
    memcpy(ret_id, buffer, CLOCK_BOOT_ID_BYTES - 1);
    ret_id[CLOCK_BOOT_ID_BYTES - 1] = '\0';
    return 0;
}
