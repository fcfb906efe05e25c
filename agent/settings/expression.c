/* SPDX-License-Identifier: BSD-2-Clause */
#include "settings/expression.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

struct parser {
    const char *start, *at;
    unsigned depth;
    struct expression_fault *why;
};

static int parse_any(struct parser *p, struct expression *e);

/* The fault lies at @at. */
static int refuse(struct parser *p, const char *at, enum message message)
{
    unsigned position = 1;
    for (const char *c = p->start; c < at; c++)
        position += ((unsigned char)*c & 0xc0) != 0x80;
    *p->why = (struct expression_fault){position, message};
    return EXPRESSION_E_BAD;
}

static void skip_blanks(struct parser *p)
{
    p->at += strspn(p->at, " \t\r\n");
}

static size_t word_length(const char *at)
{
    return strcspn(at, " \t\r\n(),");
}

static bool take(struct parser *p, char c)
{
    skip_blanks(p);
    if (*p->at != c)
        return false;
    p->at++;
    return true;
}

static int parse_operands(struct parser *p, struct expression *e)
{
    do {
        if (e->count == EXPRESSION_OPERANDS_MAX)
            return refuse(p, p->at, MESSAGE_SETTINGS_EXPRESSION_LONG);
        e->operands = alloc_resize(e->operands, e->count + 1, sizeof *e->operands);
        struct expression *operand = &e->operands[e->count++];
        *operand = (struct expression){0};
        int r = parse_any(p, operand);
        if (r != 0)
            return r;
    } while (take(p, ','));
    return take(p, ')') ? 0 : refuse(p, p->at, MESSAGE_SETTINGS_EXPRESSION_CLOSE);
}

static int parse_at_least(struct parser *p, struct expression *e)
{
    skip_blanks(p);
    const char *from = p->at;
    char *end;
    unsigned long count = *from >= '0' && *from <= '9' ? strtoul(from, &end, 10) : 0;
    if (count == 0)
        return refuse(p, from, MESSAGE_SETTINGS_EXPRESSION_COUNT);
    p->at = end;
    if (!take(p, ','))
        return refuse(p, p->at, MESSAGE_SETTINGS_EXPRESSION_COUNT);
    int r = parse_operands(p, e);
    if (r != 0)
        return r;
    if (count > e->count)
        return refuse(p, from, MESSAGE_SETTINGS_EXPRESSION_COUNT);
    e->at_least = (unsigned)count;
    return 0;
}

static bool operator_from(const char *word, size_t length, enum expression_op *ret)
{
    static const struct {
        const char *name;
        enum expression_op op;
    } all[] = {{"any", EXPRESSION_ANY}, {"all", EXPRESSION_ALL}, {"at_least", EXPRESSION_AT_LEAST},
        {"not", EXPRESSION_NOT}};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        if (strlen(all[i].name) == length && memcmp(all[i].name, word, length) == 0) {
            *ret = all[i].op;
            return true;
        }
    return false;
}

static int parse_call(struct parser *p, const char *word, size_t length, struct expression *e)
{
    if (!operator_from(word, length, &e->op))
        return refuse(p, word, MESSAGE_SETTINGS_EXPRESSION_OPERATOR);
    if (++p->depth > EXPRESSION_DEPTH_MAX)
        return refuse(p, word, MESSAGE_SETTINGS_EXPRESSION_DEEP);
    int r = e->op == EXPRESSION_AT_LEAST ? parse_at_least(p, e) : parse_operands(p, e);
    p->depth--;
    if (r == 0 && e->op == EXPRESSION_NOT && e->count != 1)
        return refuse(p, word, MESSAGE_SETTINGS_EXPRESSION_NOT);
    return r;
}

static int parse_any(struct parser *p, struct expression *e)
{
    skip_blanks(p);
    const char *word = p->at;
    size_t length = word_length(word);
    if (length == 0)
        return refuse(p, word, MESSAGE_SETTINGS_EXPRESSION_NAME);
    p->at += length;
    if (take(p, '('))
        return parse_call(p, word, length, e);
    e->op = EXPRESSION_NAME;
    e->name = alloc_bytes(word, length);
    return 0;
}

static void deinit(struct expression *e)
{
    for (size_t i = 0; i < e->count; i++)
        deinit(&e->operands[i]);
    free(e->operands);
    free(e->name);
}

int expression_parse(
    const char *string, struct expression **ret_expression, struct expression_fault *ret_why)
{
    struct parser p = {.start = string, .at = string, .why = ret_why};
    struct expression *e = alloc(sizeof *e);
    int r = parse_any(&p, e);
    skip_blanks(&p);
    if (r == 0 && *p.at != '\0')
        r = refuse(&p, p.at, MESSAGE_SETTINGS_EXPRESSION_END);
    if (r != 0)
        e = expression_free(e);
    else
        *ret_expression = e;
    return r;
}

const char *expression_linkage(const char *name)
{
    return strncmp(name, "linkage.", 8) == 0 ? name + 8 : NULL;
}

const char *expression_linkage_class(const char *linkage)
{
    return strncmp(linkage, "class_", 6) == 0 ? linkage + 6 : NULL;
}

struct expression *expression_free(struct expression *e)
{
    if (e != NULL)
        deinit(e);
    free(e);
    return NULL;
}

void expression_each_name(
    const struct expression *e, void (*fn)(void *arg, const char *name), void *arg)
{
    if (e == NULL)
        return;
    if (e->op == EXPRESSION_NAME)
        fn(arg, e->name);
    for (size_t i = 0; i < e->count; i++)
        expression_each_name(&e->operands[i], fn, arg);
}

bool expression_names(const struct expression *e, const char *subject)
{
    if (e == NULL)
        return false;
    size_t length = strlen(subject);
    if (e->op == EXPRESSION_NAME && strncmp(e->name, subject, length) == 0 &&
        (e->name[length] == '\0' || e->name[length] == '/'))
        return true;
    for (size_t i = 0; i < e->count; i++)
        if (expression_names(&e->operands[i], subject))
            return true;
    return false;
}

void expression_add(struct text *t, const struct expression *e)
{
    static const char *const words[] = {[EXPRESSION_ANY] = "any",
        [EXPRESSION_ALL] = "all",
        [EXPRESSION_AT_LEAST] = "at_least",
        [EXPRESSION_NOT] = "not"};
    if (e->op == EXPRESSION_NAME) {
        text_add(t, e->name);
        return;
    }
    text_addf(t, "%s(", words[e->op]);
    if (e->op == EXPRESSION_AT_LEAST)
        text_addf(t, "%u, ", e->at_least);
    for (size_t i = 0; i < e->count; i++) {
        text_add(t, i > 0 ? ", " : "");
        expression_add(t, &e->operands[i]);
    }
    text_add_char(t, ')');
}
