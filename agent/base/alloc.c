/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/alloc.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"

static void *must(void *memory)
{
    if (memory == NULL) {
        log_error(LOG_BASE, "out of memory, ending");
        abort();
    }
    return memory;
}

void *alloc(size_t bytes)
{
    return must(calloc(1, bytes > 0 ? bytes : 1));
}

void *alloc_array(size_t count, size_t size)
{
    return must(calloc(count > 0 ? count : 1, size > 0 ? size : 1));
}

void *alloc_resize(void *old, size_t count, size_t size)
{
    return must(reallocarray(old, count > 0 ? count : 1, size > 0 ? size : 1));
}

char *alloc_text(const char *text)
{
    return text != NULL ? must(strdup(text)) : NULL;
}

char *alloc_bytes(const char *bytes, size_t length)
{
    char *copy = alloc(length + 1);
    if (length > 0)
        memcpy(copy, bytes, length);
    return copy;
}
