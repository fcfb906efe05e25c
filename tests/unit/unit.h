/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HM_TESTS_UNIT_H
#define HM_TESTS_UNIT_H

/* What every unit test includes last: cmocka and the headers it wants before it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define UNUSED __attribute__((unused))

/* A literal for members that own what they point to; never freed here. */
#define TEXT(literal) ((char[]){literal})

#endif
