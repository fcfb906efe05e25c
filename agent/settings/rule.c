/* SPDX-License-Identifier: BSD-2-Clause */
#include "settings/rule.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "settings/code.h"

void rule_deinit(struct rule *r)
{
    free(r->metric);
    free(r->instance);
    for (size_t i = 0; i < r->key_count; i++)
        free(r->key[i]);
    free(r->key);
    free(r->cleared_by);
    free(r->code);
    free(r->of);
    for (size_t i = 0; i < r->code_count; i++)
        code_deinit(&r->codes[i]);
    free(r->codes);
    *r = (struct rule){0};
}

void rule_copy(struct rule *ret, const struct rule *from)
{
    *ret = *from;
    ret->metric = alloc_text(from->metric);
    ret->instance = alloc_text(from->instance);
    ret->cleared_by = alloc_text(from->cleared_by);
    ret->key = alloc_array(from->key_count, sizeof *ret->key);
    for (size_t i = 0; i < from->key_count; i++)
        ret->key[i] = alloc_text(from->key[i]);
    ret->of = alloc_text(from->of);
    ret->code = alloc_text(from->code);
    ret->codes = alloc_array(from->code_count, sizeof *ret->codes);
    for (size_t i = 0; i < from->code_count; i++)
        code_copy(&ret->codes[i], &from->codes[i]);
}
