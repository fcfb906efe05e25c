/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/civil.h"
#include "base/clock.h"
#include "calendar/calendar.h"
#include "calendar/holiday.h"
#include "ctl/client.h"
#include "ctl/ctl.h"
#include "ctl/local_settings.h"
#include "ctl/print.h"
#include "ctl/route.h"
#include "notify/routes.h"

enum { DAY_MS = 24 * 60 * 60 * 1000 };

/* What was found: sentences, with whether each is a weakness. */
struct findings {
    const struct ctl *ctl;
    json_t *list;
    bool weak;
};

static void find(struct findings *f, bool weak, enum message id, const char *a, const char *b)
{
    struct text t = {0};
    struct text visible = {0};

    message_add(&t, f->ctl->language, id, a, b);
    text_add_visible(&visible, text_get(&t), t.length);
    json_array_append_new(
        f->list, json_pack("{s:b, s:s}", "good", !weak, "text", text_get(&visible)));
    f->weak = f->weak || weak;
    text_deinit(&t);
    text_deinit(&visible);
}

/* A sentence that is written already. */
static void find_sentence(void *arg, const char *sentence)
{
    struct findings *f = arg;
    json_array_append_new(f->list, json_pack("{s:b, s:s}", "good", false, "text", sentence));
    f->weak = true;
}

/* Figures can be proved only against a head of the chain that is held elsewhere. */
static bool holds_head_elsewhere(const struct settings *s)
{
    for (size_t i = 0; i < s->destination_count; i++)
        if (s->destinations[i].heartbeat)
            return s->agent.heartbeat > 0;
    return false;
}

/* A year ahead: next year's closed days are planned by then. */
static void look_at_holidays(struct findings *f, const struct settings *s)
{
    int32_t year = civil_date_of((int32_t)(clock_wall() / DAY_MS)).year + 1;
    char last[16];

    for (size_t i = 0; i < s->calendar_count; i++) {
        int32_t known = year;
        if (calendar_knows_holidays(&s->calendars[i], year))
            continue;
        while (known > HOLIDAY_FIRST_YEAR && !calendar_knows_holidays(&s->calendars[i], known))
            known--;
        snprintf(last, sizeof last, "%d", (int)known);
        find(f, true, MESSAGE_DOCTOR_HOLIDAYS_END, s->calendars[i].name, last);
    }
}

static void look_at_settings(struct findings *f, const struct settings *s)
{
    bool proved = false;

    find(f, false, MESSAGE_DAEMON_CONFIG_GOOD, f->ctl->config, NULL);
    if (s->route_count == 0)
        find(f, true, MESSAGE_DOCTOR_NO_ROUTE, NULL, NULL);
    for (size_t i = 0; i < s->destination_count; i++)
        proved = proved || routes_confirms(&s->destinations[i]);
    if (s->destination_count > 0 && !proved)
        find(f, true, MESSAGE_DOCTOR_NO_PROOF, NULL, NULL);
    if (s->service_count > 0 && s->destination_count > 0 && !holds_head_elsewhere(s))
        find(f, true, MESSAGE_DOCTOR_NO_HEARTBEAT, NULL, NULL);
    look_at_holidays(f, s);
    if (s->agent.redact.numbers_shown)
        find(f, true, MESSAGE_DOCTOR_NUMBERS_SHOWN, NULL, NULL);
    if (s->agent.redact.quotations_shown)
        find(f, true, MESSAGE_DOCTOR_QUOTATIONS_SHOWN, NULL, NULL);
    for (size_t i = 0; i < s->service_count; i++)
        if (s->services[i].down_when == NULL)
            find(f, true, MESSAGE_DOCTOR_NO_DOWN_WHEN, s->services[i].name, NULL);
    route_each_weakness(f->ctl, s, find_sentence, f);
}

static void look_at_drills(struct findings *f)
{
    const struct ctl *c = f->ctl;
    struct client_answer answer;
    const json_t *drill;
    size_t i;

    if (client_ask(c->socket_path, "notify.drills", NULL, c->language, &answer) == 0) {
        json_array_foreach (json_object_get(answer.result, "drills"), i, drill) {
            const char *name = json_string_value(json_object_get(drill, "destination"));
            if (json_is_true(json_object_get(drill, "overdue")))
                find(f, true, MESSAGE_DOCTOR_DRILL, name != NULL ? name : "", NULL);
        }
    }
    client_answer_deinit(&answer);
}

static void look_at_workers(struct findings *f, const json_t *workers)
{
    const json_t *worker;
    size_t i;

    json_array_foreach (workers, i, worker) {
        const char *state = json_string_value(json_object_get(worker, "state"));
        const char *guest = json_string_value(json_object_get(worker, "guest"));
        const char *fault = json_string_value(json_object_get(worker, "fault"));
        if (state == NULL || guest == NULL)
            continue;
        if (strcmp(state, "failed") == 0 || strcmp(state, "restarting") == 0)
            find(f, true, MESSAGE_DOCTOR_WORKER, guest, fault == NULL ? "" : fault);
    }
}

static void look_at_destinations(struct findings *f, const json_t *destinations)
{
    const json_t *destination;
    size_t i;

    json_array_foreach (destinations, i, destination) {
        json_int_t queued = json_integer_value(json_object_get(destination, "queued"));
        const char *name = json_string_value(json_object_get(destination, "name"));
        char number[24];
        snprintf(number, sizeof number, "%lld", queued);
        if (queued > 0 && name != NULL)
            find(f, true, MESSAGE_DOCTOR_QUEUED, name, number);
    }
}

static void look_at_daemon(struct findings *f, const struct settings *s)
{
    const struct ctl *c = f->ctl;
    struct client_answer answer;
    char number[24];
    int r = client_ask(c->socket_path, "status", NULL, c->language, &answer);

    if (r == CLIENT_E_AWAY) {
        find(f, true, MESSAGE_CTL_AWAY, c->socket_path, text_get(&answer.why));
    } else if (r == CLIENT_E_REFUSED) {
        find(f, true, MESSAGE_CTL_REFUSED, text_get(&answer.why), NULL);
    } else {
        const json_t *agent = json_object_get(answer.result, "agent");
        const char *hash = json_string_value(json_object_get(agent, "config_hash"));
        json_int_t blind = json_integer_value(
            json_object_get(json_object_get(answer.result, "subjects"), "blind"));
        find(f, false, MESSAGE_DOCTOR_DAEMON, c->socket_path, NULL);
        if (s != NULL && hash != NULL && strcmp(hash, s->hash) != 0)
            find(f, true, MESSAGE_DOCTOR_NOT_RELOADED, c->config, NULL);
        snprintf(number, sizeof number, "%lld", blind);
        if (blind > 0)
            find(f, true, MESSAGE_DOCTOR_BLIND, number, NULL);
        look_at_workers(f, json_object_get(answer.result, "workers"));
        look_at_destinations(f, json_object_get(answer.result, "destinations"));
        look_at_drills(f);
    }
    client_answer_deinit(&answer);
}

int run_doctor(struct ctl *c)
{
    static const struct column columns[] = {
        {MESSAGE_HEAD_GOOD, "good", CELL_WORD}, {MESSAGE_HEAD_FINDING, "text", CELL_TEXT}, {0}};
    struct findings f = {.ctl = c, .list = json_array()};
    struct local_settings l;
    char number[24];

    local_settings_load(c, &l);
    snprintf(number, sizeof number, "%zu", l.complaints.count);
    if (l.settings != NULL)
        look_at_settings(&f, l.settings);
    else
        find(&f, true, MESSAGE_DOCTOR_CONFIG, c->config, number);
    look_at_daemon(&f, l.settings);
    if (c->json)
        print_json(f.list);
    else
        print_rows(c, f.list, columns, MESSAGE_NONE_FINDINGS);
    json_decref(f.list);
    local_settings_deinit(&l);
    return f.weak ? CTL_NO : CTL_DONE;
}
