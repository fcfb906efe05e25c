/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HM_SETTINGS_COMPLAINT_H
#define HM_SETTINGS_COMPLAINT_H

#include "base/message.h"
#include "settings/settings.h"

/**
 * complaint - what is wrong with a configuration, gathered in both languages.
 *
 * Each reads "what is wrong; what is accepted". Values that a person wrote are shown with control
 * characters made visible and cut at COMPLAINT_SHOWN_MAX bytes. After COMPLAINTS_MAX the rest is
 * dropped: nobody reads further, and a file of one megabyte must not become one of a hundred.
 */

enum { COMPLAINT_SHOWN_MAX = 80, COMPLAINTS_MAX = 1000 };

/** One sentence that holds both parts. Arguments as for message_add. */
#define complain(c, place, ...) complain_pick_(c, place, __VA_ARGS__, NULL)
#define complain_pick_(c, place, id, ...) \
    complaints_add_sentence(c, place, id, (const char *const[MESSAGE_ARGS_MAX]){__VA_ARGS__})

/** "KEY = SHOWN is not accepted; accepted: .." with the second part from a message. */
#define complain_value(c, place, key, shown, ...) \
    complain_value_pick_(c, place, key, shown, __VA_ARGS__, NULL)
#define complain_value_pick_(c, place, key, shown, id, ...) \
    complaints_add_value(                                   \
        c, place, key, shown, id, (const char *const[MESSAGE_ARGS_MAX]){__VA_ARGS__})

void complaints_add_sentence(struct complaints *c, struct place place, enum message id,
    const char *const args[MESSAGE_ARGS_MAX]);
void complaints_add_value(struct complaints *c, struct place place, const char *key,
    const char *shown, enum message accepted, const char *const args[MESSAGE_ARGS_MAX]);

/** Adds @string to @t as complaints show values: visible, cut, in double quotes. */
void complaint_show(struct text *t, const char *string);

#endif
