/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdio.h>
#include <stdlib.h>

#include "fuzz.h"

void fuzz_holds(int holds, const char *sentence)
{
    if (holds)
        return;
    fprintf(stderr, "does not hold: %s\n", sentence);
    abort();
}
