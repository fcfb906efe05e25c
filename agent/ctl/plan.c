/* SPDX-License-Identifier: BSD-2-Clause */
/* What planned work, exclusions, judgements and editions look like. */
#include <stdio.h>

#include "ctl/ctl.h"
#include "ctl/print.h"

static const struct column work_columns[] = {{MESSAGE_HEAD_ID, "id", CELL_NUMBER},
    {MESSAGE_HEAD_STATE, "state", CELL_WORD}, {MESSAGE_HEAD_SERVICE, "service", CELL_TEXT},
    {MESSAGE_HEAD_PLAN_NO, "plan_no", CELL_TEXT}, {MESSAGE_HEAD_FROM, "from", CELL_TIME},
    {MESSAGE_HEAD_UNTIL, "to", CELL_TIME}, {MESSAGE_HEAD_WORK_STARTED, "started_at", CELL_TIME},
    {MESSAGE_HEAD_WORK_ENDED, "ended_at", CELL_TIME},
    {MESSAGE_HEAD_APPROVED_BY, "approved_by", CELL_TEXT},
    {MESSAGE_HEAD_LATE_REGISTERED, "late_registered", CELL_WORD},
    {MESSAGE_HEAD_SCOPE, "scope", CELL_TEXT}, {0}};

static const struct column exclusion_columns[] = {{MESSAGE_HEAD_ID, "id", CELL_NUMBER},
    {MESSAGE_HEAD_SERVICE, "service", CELL_TEXT}, {MESSAGE_HEAD_MODE, "mode", CELL_WORD},
    {MESSAGE_HEAD_FROM, "from", CELL_TIME}, {MESSAGE_HEAD_UNTIL, "to", CELL_TIME},
    {MESSAGE_HEAD_REASON, "reason", CELL_TEXT}, {MESSAGE_HEAD_AGREED_BY, "agreed_by", CELL_TEXT},
    {MESSAGE_HEAD_AGREED_ON, "agreed_on", CELL_TEXT},
    {MESSAGE_HEAD_DOCUMENT, "document", CELL_TEXT}, {MESSAGE_HEAD_REVOKED, "revoked_at", CELL_TIME},
    {MESSAGE_HEAD_WHY, "revoked_why", CELL_TEXT}, {0}};

int show_works(struct ctl *c, json_t *result)
{
    print_rows(c, json_object_get(result, "works"), work_columns, MESSAGE_NONE_WORKS);
    return CTL_DONE;
}

/* Transfers that are due while the work runs; nothing is said when there are none. */
static void print_transfers(struct ctl *c, const json_t *result)
{
    static const struct column columns[] = {{MESSAGE_HEAD_ID, "id", CELL_TEXT},
        {MESSAGE_HEAD_NAME, "name", CELL_TEXT}, {MESSAGE_HEAD_DEADLINE, "due", CELL_TIME}, {0}};
    const json_t *transfers = json_object_get(result, "transfers");

    if (json_array_size(transfers) == 0)
        return;
    ctl_say(c, MESSAGE_TITLE_TRANSFERS_AT_WORK, NULL, NULL, NULL);
    print_rows(c, transfers, columns, MESSAGE_NONE_LINKAGES);
}

int show_work(struct ctl *c, json_t *result)
{
    print_members(c, result, work_columns);
    print_transfers(c, result);
    return CTL_DONE;
}

int show_work_report(struct ctl *c, json_t *result)
{
    static const struct column figures[] = {{MESSAGE_HEAD_REGISTERED, "registered_at", CELL_TIME},
        {MESSAGE_HEAD_LEAD, "lead_s", CELL_SPAN},
        {MESSAGE_HEAD_APPROVED_AT, "approved_at", CELL_TIME},
        {MESSAGE_HEAD_WINDOW, "window_s", CELL_SPAN}, {MESSAGE_HEAD_USED, "used_s", CELL_SPAN},
        {MESSAGE_HEAD_OVERRUN, "overrun_s", CELL_SPAN},
        {MESSAGE_HEAD_STATE_BEFORE, "state_before", CELL_WORD},
        {MESSAGE_HEAD_STATE_AFTER, "state_after", CELL_WORD}, {MESSAGE_WORD_UP, "up_s", CELL_SPAN},
        {MESSAGE_WORD_DEGRADED, "degraded_s", CELL_SPAN}, {MESSAGE_WORD_DOWN, "down_s", CELL_SPAN},
        {MESSAGE_WORD_UNMONITORED, "unmonitored_s", CELL_SPAN}, {0}};

    static const struct column incidents[] = {{MESSAGE_HEAD_ID, "id", CELL_NUMBER},
        {MESSAGE_HEAD_COMPARED, "compared", CELL_WORD},
        {MESSAGE_HEAD_SEVERITY, "severity", CELL_WORD},
        {MESSAGE_HEAD_SUBJECT, "subject", CELL_TEXT}, {MESSAGE_HEAD_FAILED, "failed_at", CELL_TIME},
        {MESSAGE_HEAD_CLEARED, "cleared_at", CELL_TIME}, {MESSAGE_HEAD_TEXT, "text", CELL_TEXT},
        {0}};

    print_members(c, result, work_columns);
    print_members(c, result, figures);
    print_transfers(c, result);
    ctl_say(c, MESSAGE_TITLE_INCIDENTS_AT_WORK, NULL, NULL, NULL);
    print_rows(c, json_object_get(result, "incidents"), incidents, MESSAGE_NONE_INCIDENTS);
    return CTL_DONE;
}

int show_exclusions(struct ctl *c, json_t *result)
{
    print_rows(
        c, json_object_get(result, "exclusions"), exclusion_columns, MESSAGE_NONE_EXCLUSIONS);
    return CTL_DONE;
}

int show_exclusion(struct ctl *c, json_t *result)
{
    print_members(c, result, exclusion_columns);
    return CTL_DONE;
}

int show_judged(struct ctl *c, json_t *result)
{
    static const struct column columns[] = {{MESSAGE_HEAD_ID, "gap", CELL_NUMBER},
        {MESSAGE_HEAD_SERVICE, "service", CELL_TEXT}, {MESSAGE_HEAD_JUDGED, "as", CELL_WORD},
        {MESSAGE_HEAD_EVIDENCE, "evidence", CELL_TEXT}, {0}};

    print_members(c, result, columns);
    return CTL_DONE;
}

int show_issued(struct ctl *c, json_t *result)
{
    static const struct column columns[] = {{MESSAGE_HEAD_SERVICE, "service", CELL_TEXT},
        {MESSAGE_HEAD_PERIOD, "period", CELL_TEXT}, {MESSAGE_HEAD_EDITION, "edition", CELL_NUMBER},
        {MESSAGE_HEAD_AT, "issued_at", CELL_TIME}, {0}};
    static const struct column changes[] = {{MESSAGE_HEAD_ROW, "row", CELL_NUMBER},
        {MESSAGE_HEAD_AT, "at", CELL_TIME}, {MESSAGE_HEAD_KIND, "kind", CELL_WORD},
        {MESSAGE_HEAD_ID, "id", CELL_NUMBER}, {MESSAGE_HEAD_TEXT, "text", CELL_TEXT}, {0}};

    const json_t *issue;
    size_t i;

    json_array_foreach (json_object_get(result, "issues"), i, issue) {
        print_members(c, issue, columns);
        ctl_say(c, MESSAGE_TITLE_CHANGES, NULL, NULL, NULL);
        print_rows(c, json_object_get(issue, "changes"), changes, MESSAGE_NONE_EDITED);
    }
    return CTL_DONE;
}
