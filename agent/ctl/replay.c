/* SPDX-License-Identifier: BSD-2-Clause */
#include "replay/replay.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/fault.h"
#include "ctl/ctl.h"
#include "ctl/local_settings.h"
#include "ctl/print.h"

static void print_document(struct ctl *c, json_t *document)
{
    static const struct column notices[] = {{MESSAGE_HEAD_AT, "at", CELL_TIME},
        {MESSAGE_HEAD_KIND, "kind", CELL_WORD}, {MESSAGE_HEAD_INCIDENT, "incident", CELL_NUMBER},
        {MESSAGE_HEAD_DESTINATION, "destination", CELL_TEXT},
        {MESSAGE_HEAD_RESULT, "result", CELL_WORD}, {0}};

    ctl_say(c, MESSAGE_TITLE_INCIDENTS, NULL, NULL, NULL);
    show_incidents(c, document);
    ctl_say(c, MESSAGE_TITLE_NOTICES, NULL, NULL, NULL);
    print_rows(c, json_object_get(document, "notices"), notices, MESSAGE_NONE_NOTICES);
    if (json_array_size(json_object_get(document, "linkages")) > 0) {
        ctl_say(c, MESSAGE_TITLE_LINKAGES, NULL, NULL, NULL);
        show_linkage_days(c, json_object_get(document, "linkages"));
    }
    ctl_say(c, MESSAGE_TITLE_SLA, NULL, NULL, NULL);
    show_sla(c, document);
}

static int replay_file(struct ctl *c, const struct settings *settings, FILE *in)
{
    const char *periods[CTL_VALUES_MAX];
    struct replay_plan plan = {.settings = settings,
        .periods = periods,
        .as_of = ctl_value(c, "as-of"),
        .until = ctl_value(c, "until")};
    struct text why[2] = {{0}, {0}};
    json_t *document = NULL;

    for (size_t i = 0; i < c->value_count; i++)
        if (strcmp(c->values[i].name, "period") == 0)
            periods[plan.period_count++] = c->values[i].value;
    int r = replay_run(&plan, in, &document, why);
    if (r < 0)
        r = ctl_fail(c, CTL_NO, MESSAGE_CTL_FILE, c->args[0], fault_text(r));
    else if (r == REPLAY_E_USAGE)
        r = ctl_fail(c, CTL_USAGE, MESSAGE_CTL_REFUSED, text_get(&why[c->language]), NULL);
    else if (r != 0)
        r = ctl_fail(c, CTL_NO, MESSAGE_CTL_REPLAY, c->args[0], text_get(&why[c->language]));
    else if (c->json)
        print_json(document);
    else
        print_document(c, document);
    json_decref(document);
    text_deinit(&why[0]);
    text_deinit(&why[1]);
    return r;
}

/* Standard input may be a pipe, and the input is read twice. */
static FILE *copy_of(FILE *in)
{
    char bytes[65536];
    size_t n;
    FILE *copy = tmpfile();

    while (copy != NULL && (n = fread(bytes, 1, sizeof bytes, in)) > 0)
        if (fwrite(bytes, 1, n, copy) != n) {
            fclose(copy);
            return NULL;
        }
    if (copy != NULL)
        rewind(copy);
    return copy;
}

int run_replay(struct ctl *c)
{
    struct local_settings l;
    int r = local_settings_need(c, &l);
    FILE *in = strcmp(c->args[0], "-") == 0 ? copy_of(stdin) : fopen(c->args[0], "re");

    if (r == CTL_DONE && in == NULL)
        r = ctl_fail(c, CTL_NO, MESSAGE_CTL_FILE, c->args[0], strerror(errno));
    if (r == CTL_DONE)
        r = replay_file(c, l.settings, in);
    if (in != NULL)
        fclose(in);
    local_settings_deinit(&l);
    return r;
}
