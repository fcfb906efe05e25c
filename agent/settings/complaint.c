/* SPDX-License-Identifier: BSD-2-Clause */
#include "settings/complaint.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

void complaints_deinit(struct complaints *c)
{
    for (size_t i = 0; i < c->count; i++) {
        free(c->list[i].file);
        free(c->list[i].text[LANGUAGE_EN]);
        free(c->list[i].text[LANGUAGE_JA]);
    }
    free(c->list);
    *c = (struct complaints){0};
}

static void add(struct complaints *c, struct place place, struct text text[2])
{
    if (c->count < COMPLAINTS_MAX) {
        c->list = alloc_resize(c->list, c->count + 1, sizeof *c->list);
        c->list[c->count++] = (struct complaint){
            .file = alloc_text(place.file != NULL ? place.file : ""),
            .line = place.line,
            .text = {text_take(&text[LANGUAGE_EN]), text_take(&text[LANGUAGE_JA])},
        };
    }
    text_deinit(&text[LANGUAGE_EN]);
    text_deinit(&text[LANGUAGE_JA]);
}

void complaints_add_sentence(struct complaints *c, struct place place, enum message id,
    const char *const args[MESSAGE_ARGS_MAX])
{
    struct text text[2] = {{0}, {0}};
    message_add_args(&text[LANGUAGE_EN], LANGUAGE_EN, id, args);
    message_add_args(&text[LANGUAGE_JA], LANGUAGE_JA, id, args);
    add(c, place, text);
}

void complaints_add_value(struct complaints *c, struct place place, const char *key,
    const char *shown, enum message accepted, const char *const args[MESSAGE_ARGS_MAX])
{
    struct text text[2] = {{0}, {0}};
    for (enum language l = LANGUAGE_EN; l <= LANGUAGE_JA; l++) {
        message_add(&text[l], l, MESSAGE_SETTINGS_NOT_ACCEPTED, key, shown);
        text_add(&text[l], "; ");
        message_add_args(&text[l], l, accepted, args);
    }
    add(c, place, text);
}

void complaint_show(struct text *t, const char *string)
{
    size_t length = strlen(string);
    size_t shown = text_utf8_cut(string, length, COMPLAINT_SHOWN_MAX);
    text_add_char(t, '"');
    text_add_visible(t, string, shown);
    text_add(t, shown < length ? "..\"" : "\"");
}

/* Pointers into one array: their order is the order in which the complaints were found. */
static int by_place(const void *left, const void *right)
{
    const struct complaint *const *a = left, *const *b = right;
    int files = strcmp((*a)->file, (*b)->file);
    if (files != 0)
        return files;
    if ((*a)->line != (*b)->line)
        return (*a)->line < (*b)->line ? -1 : 1;
    return *a < *b ? -1 : *a > *b;
}

void complaints_add_text(const struct complaints *c, enum language language, struct text *t)
{
    const struct complaint **order = alloc_array(c->count, sizeof *order);
    for (size_t i = 0; i < c->count; i++)
        order[i] = &c->list[i];
    qsort(order, c->count, sizeof *order, by_place);
    for (size_t i = 0; i < c->count; i++) {
        text_add_visible(t, order[i]->file, strlen(order[i]->file));
        if (order[i]->line > 0)
            text_addf(t, ":%u", order[i]->line);
        text_addf(t, ": %s\n", order[i]->text[language]);
    }
    free(order);
}
