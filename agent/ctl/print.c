/* SPDX-License-Identifier: BSD-2-Clause */
#include "ctl/print.h"

#include <inttypes.h>
#include <libsmartcols.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"

static const struct {
    const char *word;
    enum message id;
} words[] = {
    {"ok", MESSAGE_WORD_OK},
    {"notice", MESSAGE_WORD_NOTICE},
    {"warning", MESSAGE_WORD_WARNING},
    {"critical", MESSAGE_WORD_CRITICAL},
    {"blind", MESSAGE_WORD_BLIND},
    {"unknown", MESSAGE_WORD_UNKNOWN},
    {"unjudged", MESSAGE_WORD_UNJUDGED},
    {"up", MESSAGE_WORD_UP},
    {"degraded", MESSAGE_WORD_DEGRADED},
    {"down", MESSAGE_WORD_DOWN},
    {"unmonitored", MESSAGE_WORD_UNMONITORED},
    {"maintenance", MESSAGE_WORD_MAINTENANCE},
    {"out_of_hours", MESSAGE_WORD_OUT_OF_HOURS},
    {"idle", MESSAGE_WORD_IDLE},
    {"sending", MESSAGE_WORD_SENDING},
    {"waiting", MESSAGE_WORD_WAITING},
    {"accepted", MESSAGE_WORD_ACCEPTED},
    {"sent", MESSAGE_WORD_SENT},
    {"refused", MESSAGE_WORD_REFUSED},
    {"expired", MESSAGE_WORD_EXPIRED},
    {"pass", MESSAGE_WORD_PASS},
    {"fail", MESSAGE_WORD_FAIL},
    {"first", MESSAGE_WORD_FIRST},
    {"repeat", MESSAGE_WORD_REPEAT},
    {"progress", MESSAGE_WORD_PROGRESS},
    {"escalate", MESSAGE_WORD_ESCALATE},
    {"held", MESSAGE_WORD_HELD},
    {"told", MESSAGE_WORD_TOLD},
    {"dropped", MESSAGE_WORD_DROPPED},
    {"away", MESSAGE_WORD_AWAY},
    {"probing", MESSAGE_WORD_PROBING},
    {"pending", MESSAGE_WORD_PENDING},
    {"running", MESSAGE_WORD_RUNNING},
    {"starting", MESSAGE_WORD_STARTING},
    {"restarting", MESSAGE_WORD_RESTARTING},
    {"failed", MESSAGE_WORD_FAILED},
    {"serving", MESSAGE_WORD_SERVING},
    {"production", MESSAGE_WORD_PRODUCTION},
    {"test", MESSAGE_WORD_TEST},
    {"raised", MESSAGE_WORD_RAISED},
    {"cleared", MESSAGE_WORD_CLEARED},
    {"reminder", MESSAGE_WORD_REMINDER},
    {"service", MESSAGE_WORD_SERVICE},
    {"unapproved", MESSAGE_WORD_UNAPPROVED},
    {"planned", MESSAGE_WORD_PLANNED},
    {"only_before", MESSAGE_WORD_ONLY_BEFORE},
    {"only_after", MESSAGE_WORD_ONLY_AFTER},
    {"only_during", MESSAGE_WORD_ONLY_DURING},
    {"before_and_after", MESSAGE_WORD_BEFORE_AND_AFTER},
    {"working", MESSAGE_WORD_WORKING},
    {"ended", MESSAGE_WORD_ENDED},
    {"cancelled", MESSAGE_WORD_CANCELLED},
    {"denominator", MESSAGE_WORD_DENOMINATOR},
    {"numerator", MESSAGE_WORD_NUMERATOR},
    {"work", MESSAGE_WORD_WORK},
    {"exclusion", MESSAGE_WORD_EXCLUSION},
    {"judgement", MESSAGE_WORD_JUDGEMENT},
    {"incident", MESSAGE_WORD_INCIDENT},
    {"sun", MESSAGE_WORD_SUN},
    {"mon", MESSAGE_WORD_MON},
    {"tue", MESSAGE_WORD_TUE},
    {"wed", MESSAGE_WORD_WED},
    {"thu", MESSAGE_WORD_THU},
    {"fri", MESSAGE_WORD_FRI},
    {"sat", MESSAGE_WORD_SAT},
};

const char *print_word(const struct ctl *c, const char *word)
{
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (strcmp(words[i].word, word) == 0)
            return message_raw(words[i].id, c->language);
    return word;
}

void print_json(const json_t *value)
{
    json_dumpf(value, stdout, JSON_INDENT(2) | JSON_ENCODE_ANY);
    putchar('\n');
}

static void add_span(struct text *t, int64_t seconds)
{
    int64_t all = seconds < 0 ? -seconds : seconds;

    text_addf(t, "%s%" PRId64 ":%02d:%02d", seconds < 0 ? "-" : "", all / 3600,
        (int)(all / 60 % 60), (int)(all % 60));
}

static void add_time(struct text *t, const char *time)
{
    // "2026-04-15T10:00:00" of an RFC 3339 time; everything is in the site's zone.
    if (strlen(time) < 19) {
        text_add_visible(t, time, strlen(time));
        return;
    }
    text_add_visible(t, time, 10);
    text_add_char(t, ' ');
    text_add_visible(t, time + 11, 8);
}

void print_cell(
    const struct ctl *c, const json_t *object, const struct column *column, struct text *t)
{
    const json_t *value = json_object_get(object, column->member);
    const char *string = json_string_value(value);

    if (json_is_integer(value) && column->cell == CELL_SPAN)
        add_span(t, json_integer_value(value));
    else if (json_is_integer(value))
        text_addf(t, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
    else if (json_is_real(value))
        text_addf(t, "%.6g", json_real_value(value));
    else if (json_is_boolean(value))
        text_add(
            t, message_raw(json_is_true(value) ? MESSAGE_WORD_YES : MESSAGE_WORD_NO, c->language));
    else if (string == NULL)
        text_add(t, "-");
    else if (column->cell == CELL_TIME)
        add_time(t, string);
    else if (column->cell == CELL_WORD)
        text_add_visible(t, print_word(c, string), strlen(print_word(c, string)));
    else
        text_add_visible(t, string, strlen(string));
}

static bool is_right(enum cell cell)
{
    return cell == CELL_NUMBER || cell == CELL_SPAN || cell == CELL_PERCENT;
}

static void add_line(const struct ctl *c, struct libscols_table *table, const json_t *row,
    const struct column *columns)
{
    struct libscols_line *line = scols_table_new_line(table, NULL);

    for (size_t i = 0; columns[i].member != NULL; i++) {
        struct text t = {0};
        print_cell(c, row, &columns[i], &t);
        if (line == NULL || scols_line_set_data(line, i, text_get(&t)) != 0)
            log_error(LOG_CTL, "a cell of a table is left out: out of memory");
        text_deinit(&t);
    }
}

void print_rows(
    const struct ctl *c, const json_t *rows, const struct column *columns, enum message none)
{
    struct libscols_table *table;
    size_t i;
    const json_t *row;

    if (json_array_size(rows) == 0) {
        ctl_say(c, none, NULL, NULL, NULL);
        return;
    }
    table = scols_new_table();
    for (i = 0; columns[i].member != NULL; i++)
        scols_table_new_column(table, message_raw(columns[i].head, c->language), 0,
            is_right(columns[i].cell) ? SCOLS_FL_RIGHT : 0);
    json_array_foreach (rows, i, row)
        add_line(c, table, row, columns);
    scols_print_table(table);
    scols_unref_table(table);
}

void print_members(const struct ctl *c, const json_t *object, const struct column *columns)
{
    struct libscols_table *table = scols_new_table();

    scols_table_enable_noheadings(table, 1);
    scols_table_new_column(table, "name", 0, 0);
    scols_table_new_column(table, "value", 0, 0);
    for (size_t i = 0; columns[i].member != NULL; i++) {
        struct libscols_line *line = scols_table_new_line(table, NULL);
        struct text t = {0};
        print_cell(c, object, &columns[i], &t);
        if (line == NULL ||
            scols_line_set_data(line, 0, message_raw(columns[i].head, c->language)) != 0 ||
            scols_line_set_data(line, 1, text_get(&t)) != 0)
            log_error(LOG_CTL, "a line of a table is left out: out of memory");
        text_deinit(&t);
    }
    scols_print_table(table);
    scols_unref_table(table);
}
