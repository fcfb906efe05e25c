/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HM_BASE_ALLOC_H
#define HM_BASE_ALLOC_H

#include <stddef.h>

/**
 * alloc - memory that is always there.
 *
 * When memory runs out the process ends with a log line: what matters is in the ledger, and
 * the supervisor (systemd, or the daemon for a guest) starts the process again. So no caller
 * checks for NULL. What is returned is freed with free(3).
 */

/** @bytes zeroed bytes; 0 gives a pointer that may only be freed. */
void *alloc(size_t bytes);

/** @count zeroed elements of @size bytes; a product that overflows ends the process. */
void *alloc_array(size_t count, size_t size);

/** realloc(3) to @count elements of @size bytes; what is new is not zeroed. */
void *alloc_resize(void *old, size_t count, size_t size);

/** A copy of @text, or NULL when @text is NULL. */
char *alloc_text(const char *text);

/** A copy of the first @length bytes of @bytes with a NUL behind it. */
char *alloc_bytes(const char *bytes, size_t length);

#endif
