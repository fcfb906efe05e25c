/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HM_WIRE_FLAT_H
#define HM_WIRE_FLAT_H

#include <jansson.h>
#include <stddef.h>

/**
 * flat - reads the lines that come all the time a third as expensively as jansson does.
 *
 * An agent at rest mostly parses readings: short objects of plain numbers and words. What is
 * anything else (nested, escaped, not ASCII, a name twice, a number with an exponent, malformed) is
 * left to jansson, which says what it is. Pure.
 */

/**
 * The object that @line of @length bytes is, a new reference, equal to what json_loadb with
 * JSON_REJECT_DUPLICATES makes of it. NULL: it is not as simple as that, which says nothing about
 * it.
 */
json_t *flat_parse(const char *line, size_t length);

#endif
