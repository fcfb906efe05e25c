/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdio.h>
#include <stdlib.h>

#include "record/record.h"

/*
 * ledger_fill FILE OPEN ROWS [SINCE]: a ledger as years leave it behind. OPEN incidents of subject
 * "transfer-log" that are open, and before them as many closed ones, with the service that went
 * down and up, their notices and receipts, as make ROWS rows in all. The agent of another boot
 * wrote it and did not stop. SINCE: seconds since 1970 of the first row.
 */

enum { BATCH = 2000, STEP_MS = 60 * 1000, OPEN_ROWS = 3, CLOSED_ROWS = 8 };

struct filling {
    struct record *record;
    struct moment now;
    uint64_t incidents;
};

static void must(int result, const char *what)
{
    if (result == 0)
        return;
    fprintf(stderr, "ledger_fill: %s: %d\n", what, result);
    exit(1);
}

static void tell(struct filling *f, const struct incident *i, enum notice_kind kind)
{
    const char *to[] = {"nms"};
    struct notice notice = {.kind = kind,
        .severity = SEVERITY_CRITICAL,
        .of = i->of,
        .service = i->service,
        .incident = i->id,
        .transition = i->transition,
        .at = f->now,
        .detected_at = f->now,
        .text = i->text};

    must(record_notice(f->record, &notice, to, 1, f->now), "notice");
    must(record_outbox_done(f->record, notice.sequence * 64, "accepted", "", f->now), "receipt");
    free(notice.key);
    free(notice.incident_key);
}

static void move_service(struct filling *f, enum service_state state)
{
    struct service_point point = {.service = (char[]){"renkei"},
        .state = state,
        .from = f->now,
        .detected = f->now,
        .reason = (char[]){"transfer-log"}};

    must(record_service_point(f->record, &point, f->now), "service");
}

static void add_incident(struct filling *f, bool stays_open)
{
    char key[32];
    struct incident incident = {.id = ++f->incidents,
        .of = {(char[]){"transfer-log"}, (char[]){""}, (char[]){"failure"}},
        .key = key,
        .service = (char[]){"renkei"},
        .severity = SEVERITY_CRITICAL,
        .failed_at = f->now,
        .detected_at = f->now,
        .count = 1,
        .transition = 1,
        .text = (char[]){"集信に失敗しました ID=ZEI-0012 STS=250"}};

    snprintf(key, sizeof key, "JOB-%llu", (unsigned long long)incident.id);
    must(record_incident(f->record, &incident, f->now), "incident");
    tell(f, &incident, NOTICE_RAISED);
    f->now.wall += STEP_MS;
    f->now.boot += STEP_MS;
    if (stays_open)
        return;
    move_service(f, SERVICE_DOWN);
    f->now.wall += STEP_MS;
    f->now.boot += STEP_MS;
    move_service(f, SERVICE_UP);
    incident.recovered_at = f->now;
    incident.cleared_at = f->now;
    incident.transition = 2;
    must(record_incident(f->record, &incident, f->now), "incident");
    tell(f, &incident, NOTICE_CLEARED);
}

/* All writes of the loop's turns, a batch a commit. */
static void fill(struct filling *f, uint64_t open, uint64_t rows)
{
    for (uint64_t left = open; left > 0;) {
        bool stays_open = record_rows(f->record) + CLOSED_ROWS + left * OPEN_ROWS > rows;
        add_incident(f, stays_open);
        left -= stays_open;
        if (f->incidents % BATCH == 0)
            must(record_commit(f->record), "commit");
    }
}

int main(int argc, char **argv)
{
    bool is_used = argc == 4 || argc == 5;
    uint64_t open = is_used ? strtoull(argv[2], NULL, 10) : 0;
    uint64_t rows = is_used ? strtoull(argv[3], NULL, 10) : 0;
    struct filling f = {0};

    if (open == 0 || rows < open * OPEN_ROWS) {
        fprintf(stderr, "usage: ledger_fill FILE OPEN ROWS [SINCE]\n");
        return 2;
    }
    must(record_open(argv[1], &f.record), argv[1]);
    f.now.wall = clock_wall() - (span_ms)rows * STEP_MS;
    if (argc == 5)
        f.now.wall = strtoll(argv[4], NULL, 10) * 1000;
    f.now.boot = STEP_MS;
    fill(&f, open, rows);
    must(record_alive(f.record, f.now, "00000000-0000-0000-0000-000000000000", false), "alive");
    must(record_commit(f.record), "commit");
    printf("%llu rows, %llu incidents, %llu open\n", (unsigned long long)record_rows(f.record),
        (unsigned long long)f.incidents, (unsigned long long)open);
    record_close(f.record);
    return 0;
}
