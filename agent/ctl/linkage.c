/* SPDX-License-Identifier: BSD-2-Clause */
/* What linkages do, for people. */
#include "base/text.h"
#include "ctl/ctl.h"
#include "ctl/print.h"

static const struct {
    const char *word;
    enum message id;
} states[] = {
    {"waiting", MESSAGE_LINKAGE_WORD_WAITING},
    {"arrived", MESSAGE_LINKAGE_WORD_ARRIVED},
    {"late", MESSAGE_LINKAGE_WORD_LATE},
    {"missing", MESSAGE_LINKAGE_WORD_MISSING},
    {"failed", MESSAGE_LINKAGE_WORD_FAILED},
    {"running", MESSAGE_LINKAGE_WORD_RUNNING},
    {"too_long", MESSAGE_LINKAGE_WORD_TOO_LONG},
    {"blind", MESSAGE_WORD_BLIND},
    {"not_expected", MESSAGE_LINKAGE_WORD_NOT_EXPECTED},
    {"unknown", MESSAGE_WORD_UNKNOWN},
};

/* The words of notices and workers mean something else, so a linkage's state has its own. */
static void set_word(const struct ctl *c, json_t *object, const char *from, const char *to)
{
    const char *word = json_string_value(json_object_get(object, from));
    for (size_t i = 0; word != NULL && i < sizeof states / sizeof states[0]; i++)
        if (text_equal(states[i].word, word))
            word = message_raw(states[i].id, c->language);
    json_object_set_new(object, to, json_string(word != NULL ? word : ""));
}

int show_linkages(struct ctl *c, json_t *result)
{
    static const struct column columns[] = {{MESSAGE_HEAD_LINKAGE, "id", CELL_TEXT},
        {MESSAGE_HEAD_NAME, "name", CELL_TEXT}, {MESSAGE_HEAD_STATE, "state_text", CELL_TEXT},
        {MESSAGE_HEAD_BUSINESS_DAY, "date", CELL_TEXT},
        {MESSAGE_HEAD_NEXT_DEADLINE, "next_deadline", CELL_TIME},
        {MESSAGE_HEAD_LAST_RUN, "last_run", CELL_TIME},
        {MESSAGE_HEAD_RESULT, "result_text", CELL_TEXT},
        {MESSAGE_HEAD_RECORDS, "records", CELL_NUMBER}, {0}};
    json_t *one;
    size_t i;

    json_array_foreach (json_object_get(result, "linkages"), i, one) {
        set_word(c, one, "state", "state_text");
        set_word(c, one, "last_result", "result_text");
    }
    print_rows(c, json_object_get(result, "linkages"), columns, MESSAGE_NONE_LINKAGES);
    return CTL_DONE;
}

static const struct column day_columns[] = {{MESSAGE_HEAD_BUSINESS_DAY, "date", CELL_TEXT},
    {MESSAGE_HEAD_STATE, "state_text", CELL_TEXT}, {MESSAGE_HEAD_DEADLINE, "deadline", CELL_TIME},
    {MESSAGE_HEAD_ARRIVED, "arrived_at", CELL_TIME}, {MESSAGE_HEAD_DELAY, "delay_s", CELL_SPAN},
    {MESSAGE_HEAD_RECORDS, "records", CELL_NUMBER}, {0}};

int show_linkage(struct ctl *c, json_t *result)
{
    static const struct column columns[] = {{MESSAGE_HEAD_LINKAGE, "id", CELL_TEXT},
        {MESSAGE_HEAD_NAME, "name", CELL_TEXT}, {MESSAGE_HEAD_CLASS, "class", CELL_TEXT},
        {MESSAGE_HEAD_SERVICE, "service", CELL_TEXT}, {MESSAGE_HEAD_STATE, "state_text", CELL_TEXT},
        {MESSAGE_HEAD_NEXT_DEADLINE, "next_deadline", CELL_TIME},
        {MESSAGE_HEAD_LAST_RUN, "last_run", CELL_TIME},
        {MESSAGE_HEAD_RESULT, "result_text", CELL_TEXT},
        {MESSAGE_HEAD_RECORDS, "records", CELL_NUMBER},
        {MESSAGE_HEAD_FAILURES, "failures_today", CELL_NUMBER}, {0}};
    static const struct column runs[] = {
        {MESSAGE_HEAD_RUN, "run", CELL_TEXT}, {MESSAGE_HEAD_BEGAN, "started_at", CELL_TIME}, {0}};
    json_t *day;
    size_t i;

    set_word(c, result, "state", "state_text");
    set_word(c, result, "last_result", "result_text");
    print_members(c, result, columns);
    json_array_foreach (json_object_get(result, "days"), i, day)
        set_word(c, day, "state", "state_text");
    ctl_say(c, MESSAGE_TITLE_RUNS, NULL, NULL, NULL);
    print_rows(c, json_object_get(result, "runs"), runs, MESSAGE_NONE_RUNS);
    ctl_say(c, MESSAGE_TITLE_DAYS, NULL, NULL, NULL);
    print_rows(c, json_object_get(result, "days"), day_columns, MESSAGE_NONE_DAYS);
    return CTL_DONE;
}

/* Days of several linkages, as a replay has them. */
void show_linkage_days(struct ctl *c, json_t *days)
{
    static const struct column columns[] = {{MESSAGE_HEAD_LINKAGE, "id", CELL_TEXT},
        {MESSAGE_HEAD_BUSINESS_DAY, "date", CELL_TEXT},
        {MESSAGE_HEAD_STATE, "state_text", CELL_TEXT},
        {MESSAGE_HEAD_DEADLINE, "deadline", CELL_TIME},
        {MESSAGE_HEAD_ARRIVED, "arrived_at", CELL_TIME}, {MESSAGE_HEAD_DELAY, "delay_s", CELL_SPAN},
        {MESSAGE_HEAD_RECORDS, "records", CELL_NUMBER}, {0}};
    json_t *day;
    size_t i;

    json_array_foreach (days, i, day)
        set_word(c, day, "state", "state_text");
    print_rows(c, days, columns, MESSAGE_NONE_DAYS);
}

static int answer_of(const json_t *result)
{
    return json_is_true(json_object_get(result, "arrived")) ? CTL_DONE : CTL_NO;
}

int show_linkage_day(struct ctl *c, json_t *result)
{
    set_word(c, result, "state", "state_text");
    print_members(c, result, day_columns);
    return answer_of(result);
}
