/* SPDX-License-Identifier: BSD-2-Clause */
#include "ctl/ctl.h"

const struct ctl_option ctl_global_options[] = {
    {"json", NULL, MESSAGE_OPTION_JSON},
    {"lang", "ja|en", MESSAGE_OPTION_LANG},
    {"socket", "PATH", MESSAGE_OPTION_SOCKET},
    {"config", "FILE", MESSAGE_OPTION_CONFIG},
    {"help", NULL, MESSAGE_OPTION_HELP},
    {"version", NULL, MESSAGE_OPTION_VERSION},
    {0},
};

static const struct ctl_option status_options[] = {{"nagios", NULL, MESSAGE_OPTION_NAGIOS}, {0}};
static const struct ctl_option query_options[] = {
    {"date", "DATE", MESSAGE_OPTION_BUSINESS_DAY}, {0}};
static const struct ctl_option import_options[] = {
    {"subject", "NAME", MESSAGE_OPTION_LINKAGE_SOURCE},
    {"calendar", "NAME", MESSAGE_OPTION_OPEN_DAYS}, {"service", "NAME", MESSAGE_OPTION_OF_SERVICE},
    {0}};
static const struct ctl_option incident_options[] = {{"all", NULL, MESSAGE_OPTION_ALL},
    {"service", "NAME", MESSAGE_OPTION_SERVICE}, {"subject", "NAME", MESSAGE_OPTION_SUBJECT}, {0}};
static const struct ctl_option note_options[] = {{"note", "TEXT", MESSAGE_OPTION_NOTE}, {0}};
static const struct ctl_option open_options[] = {{"source", "city", MESSAGE_OPTION_SOURCE},
    {"at", "TIME", MESSAGE_OPTION_CALLED_AT}, {"service", "NAME", MESSAGE_OPTION_CALLED_SERVICE},
    {"text", "TEXT", MESSAGE_OPTION_CALLED_TEXT}, {0}};
static const struct ctl_option edit_options[] = {{"occurred", "TEXT", MESSAGE_SHOGAI_ITEM_OCCURRED},
    {"content", "TEXT", MESSAGE_SHOGAI_ITEM_CONTENT},
    {"impact", "TEXT", MESSAGE_SHOGAI_ITEM_IMPACT},
    {"recover-by", "TEXT", MESSAGE_SHOGAI_ITEM_RECOVER_BY},
    {"response", "TEXT", MESSAGE_SHOGAI_ITEM_RESPONSE},
    {"prevention", "TEXT", MESSAGE_SHOGAI_ITEM_PREVENTION},
    {"detection", "TEXT", MESSAGE_SHOGAI_ITEM_DETECTION},
    {"guess", "TEXT", MESSAGE_SHOGAI_ITEM_GUESS}, {"priority", "TEXT", MESSAGE_OPTION_PRIORITY},
    {"assignee", "WHO", MESSAGE_OPTION_ASSIGNEE}, {"resolve-by", "DATE", MESSAGE_OPTION_RESOLVE_BY},
    {"status", "TEXT", MESSAGE_OPTION_ISSUE_STATUS}, {"false", "REASON", MESSAGE_OPTION_FALSE},
    {"approved-by", "WHO", MESSAGE_OPTION_APPROVED_BY}, {0}};
static const struct ctl_option close_options[] = {{"reason", "TEXT", MESSAGE_OPTION_CLOSE_REASON},
    {"at", "TIME", MESSAGE_OPTION_RECOVERED_AT}, {0}};
static const struct ctl_option form_options[] = {{"form", "shogai", MESSAGE_OPTION_FORM},
    {"interim", NULL, MESSAGE_OPTION_INTERIM}, {"format", "text|json", MESSAGE_OPTION_FORMAT}, {0}};
static const struct ctl_option at_options[] = {{"at", "TIME", MESSAGE_OPTION_AT}, {0}};
static const struct ctl_option sla_options[] = {{"service", "NAME", MESSAGE_OPTION_SERVICE},
    {"period", "P", MESSAGE_OPTION_PERIOD}, {"as-of", "TIME", MESSAGE_OPTION_AS_OF},
    {"ledger", "FILE", MESSAGE_OPTION_COPY}, {0}};
static const struct ctl_option outbox_options[] = {
    {"destination", "NAME", MESSAGE_OPTION_DESTINATION}, {0}};
static const struct ctl_option route_options[] = {{"at", "TIME", MESSAGE_OPTION_ROUTE_AT},
    {"severity", "S", MESSAGE_OPTION_ROUTE_SEVERITY},
    {"service", "NAME", MESSAGE_OPTION_ROUTE_SERVICE},
    {"subject", "NAME", MESSAGE_OPTION_ROUTE_SUBJECT}, {0}};
static const struct ctl_option calendar_options[] = {{"from", "DATE", MESSAGE_OPTION_FROM},
    {"to", "DATE", MESSAGE_OPTION_TO}, {"calendar", "NAME", MESSAGE_OPTION_CALENDAR}, {0}};
static const struct ctl_option verify_options[] = {
    {"head", "HASH", MESSAGE_OPTION_HEAD}, {"ledger", "FILE", MESSAGE_OPTION_LEDGER}, {0}};
static const struct ctl_option export_options[] = {{"from-row", "N", MESSAGE_OPTION_FROM_ROW},
    {"full", NULL, MESSAGE_OPTION_EXPORT_FULL}, {"ledger", "FILE", MESSAGE_OPTION_LEDGER}, {0}};
static const struct ctl_option ledger_options[] = {{"ledger", "FILE", MESSAGE_OPTION_LEDGER}, {0}};
static const struct ctl_option replay_options[] = {{"until", "TIME", MESSAGE_OPTION_UNTIL},
    {"period", "P", MESSAGE_OPTION_PERIODS}, {"as-of", "TIME", MESSAGE_OPTION_AS_OF}, {0}};
static const struct ctl_option log_options[] = {
    {"subject", "NAME", MESSAGE_OPTION_LOG_SUBJECT}, {0}};
static const struct ctl_option run_options[] = {{"once", NULL, MESSAGE_OPTION_ONCE}, {0}};

static const struct ctl_option service_options[] = {
    {"service", "NAME", MESSAGE_OPTION_SERVICE}, {0}};
static const struct ctl_option judge_options[] = {{"as", "up|down", MESSAGE_OPTION_JUDGE_AS},
    {"evidence", "TEXT", MESSAGE_OPTION_EVIDENCE}, {"service", "NAME", MESSAGE_OPTION_SERVICE},
    {0}};
static const struct ctl_option issue_options[] = {{"service", "NAME", MESSAGE_OPTION_SERVICE},
    {"period", "P", MESSAGE_OPTION_PERIOD}, {"reason", "TEXT", MESSAGE_OPTION_ISSUE_REASON},
    {"approved-by", "WHO", MESSAGE_OPTION_APPROVED_BY}, {0}};
static const struct ctl_option work_options[] = {{"service", "NAME", MESSAGE_OPTION_SERVICE},
    {"from", "TIME", MESSAGE_OPTION_WORK_FROM}, {"to", "TIME", MESSAGE_OPTION_WORK_TO},
    {"plan-no", "TEXT", MESSAGE_OPTION_PLAN_NO}, {"approved-by", "WHO", MESSAGE_OPTION_APPROVED_BY},
    {"scope", "TEXT", MESSAGE_OPTION_SCOPE}, {0}};
static const struct ctl_option approve_options[] = {
    {"approved-by", "WHO", MESSAGE_OPTION_APPROVED_BY}, {0}};
static const struct ctl_option end_options[] = {{"at", "TIME", MESSAGE_OPTION_WORK_ENDED},
    {"started", "TIME", MESSAGE_OPTION_WORK_STARTED}, {0}};
static const struct ctl_option exclusion_options[] = {{"service", "NAME", MESSAGE_OPTION_SERVICE},
    {"from", "TIME", MESSAGE_OPTION_EXCLUDED_FROM}, {"to", "TIME", MESSAGE_OPTION_EXCLUDED_TO},
    {"reason", "CODE", MESSAGE_OPTION_REASON_CODE}, {"agreed-by", "WHO", MESSAGE_OPTION_AGREED_BY},
    {"agreed-on", "DATE", MESSAGE_OPTION_AGREED_ON}, {"document", "NO", MESSAGE_OPTION_AGREEMENT},
    {"mode", "denominator|numerator", MESSAGE_OPTION_EXCLUSION_MODE}, {0}};
static const struct ctl_option revoke_options[] = {{"why", "TEXT", MESSAGE_OPTION_REVOKE_WHY},
    {"approved-by", "WHO", MESSAGE_OPTION_APPROVED_BY}, {0}};

#define ASK(command, parameters, asked, option_table, about, shown)                             \
    .name = command, .args = parameters, .verb = asked, .options = option_table, .help = about, \
    .run = ctl_ask, .print = shown
#define ONE(argument) .arg_names = {argument}, .least = 1, .most = 1
#define RUN(command, parameters, option_table, about, does) \
    .name = command, .args = parameters, .options = option_table, .help = about, .run = does

const struct ctl_command ctl_commands[] = {
    {.name = "status",
        .args = "",
        .verb = "status",
        .options = status_options,
        .help = MESSAGE_HELP_STATUS,
        .run = run_status,
        .print = show_status},
    {ASK("subject list", "", "subject.list", NULL, MESSAGE_HELP_SUBJECT_LIST, show_subjects)},
    {ASK("subject show", "NAME", "subject.show", NULL, MESSAGE_HELP_SUBJECT_SHOW, show_subject),
        ONE("name")},
    {ASK("subject check", "NAME", "subject.check", NULL, MESSAGE_HELP_SUBJECT_CHECK, show_changed),
        ONE("name")},
    {ASK("linkage list", "", "linkage.list", NULL, MESSAGE_HELP_LINKAGE_LIST, show_linkages)},
    {ASK("linkage show", "ID", "linkage.show", NULL, MESSAGE_HELP_LINKAGE_SHOW, show_linkage),
        ONE("id")},
    {ASK("linkage query", "ID", "linkage.query", query_options, MESSAGE_HELP_LINKAGE_QUERY,
         show_linkage_day),
        ONE("id")},
    {RUN("linkage import", "FILE", import_options, MESSAGE_HELP_LINKAGE_IMPORT, run_linkage_import),
        ONE("file")},
    {ASK("incident list", "", "incident.list", incident_options, MESSAGE_HELP_INCIDENT_LIST,
        show_incidents)},
    {ASK("incident show", "ID", "incident.show", NULL, MESSAGE_HELP_INCIDENT_SHOW, show_incident),
        ONE("id")},
    {ASK("incident open", "", "incident.open", open_options, MESSAGE_HELP_INCIDENT_OPEN,
        show_opened)},
    {ASK("incident ack", "ID", "incident.ack", note_options, MESSAGE_HELP_INCIDENT_ACK,
         show_changed),
        ONE("id")},
    {ASK("incident reported", "ID", "incident.reported", at_options, MESSAGE_HELP_INCIDENT_REPORTED,
         show_changed),
        ONE("id")},
    {ASK("incident note", "ID TEXT", "incident.note", NULL, MESSAGE_HELP_INCIDENT_NOTE,
         show_changed),
        .arg_names = {"id", "text"}, .least = 2, .most = 2},
    {ASK("incident edit", "ID", "incident.edit", edit_options, MESSAGE_HELP_INCIDENT_EDIT,
         show_changed),
        ONE("id")},
    {ASK("incident close", "ID", "incident.close", close_options, MESSAGE_HELP_INCIDENT_CLOSE,
         show_changed),
        ONE("id")},
    {.name = "incident report",
        .args = "ID",
        .verb = "incident.report",
        .options = form_options,
        .help = MESSAGE_HELP_INCIDENT_REPORT,
        .run = run_incident_report,
        .print = show_report,
        ONE("id")},
    {.name = "sla",
        .args = "",
        .verb = "sla",
        .options = sla_options,
        .help = MESSAGE_HELP_SLA,
        .run = run_sla,
        .print = show_sla},
    {ASK("sla judge", "GAP", "sla.judge", judge_options, MESSAGE_HELP_SLA_JUDGE, show_judged),
        ONE("gap")},
    {ASK("sla issue", "", "sla.issue", issue_options, MESSAGE_HELP_SLA_ISSUE, show_issued)},
    {ASK("maintenance add", "", "maintenance.add", work_options, MESSAGE_HELP_MAINTENANCE_ADD,
        show_work)},
    {ASK("maintenance approve", "ID", "maintenance.approve", approve_options,
         MESSAGE_HELP_MAINTENANCE_APPROVE, show_work),
        ONE("id")},
    {ASK("maintenance list", "", "maintenance.list", service_options, MESSAGE_HELP_MAINTENANCE_LIST,
        show_works)},
    {ASK("maintenance end", "ID", "maintenance.end", end_options, MESSAGE_HELP_MAINTENANCE_END,
         show_work),
        ONE("id")},
    {ASK("maintenance report", "ID", "maintenance.report", NULL, MESSAGE_HELP_MAINTENANCE_REPORT,
         show_work_report),
        ONE("id")},
    {ASK("exclusion add", "", "exclusion.add", exclusion_options, MESSAGE_HELP_EXCLUSION_ADD,
        show_exclusion)},
    {ASK("exclusion list", "", "exclusion.list", service_options, MESSAGE_HELP_EXCLUSION_LIST,
        show_exclusions)},
    {ASK("exclusion revoke", "ID", "exclusion.revoke", revoke_options,
         MESSAGE_HELP_EXCLUSION_REVOKE, show_exclusion),
        ONE("id")},
    {ASK("notify test", "DEST", "notify.test", NULL, MESSAGE_HELP_NOTIFY_TEST, show_test),
        ONE("destination")},
    {ASK("notify outbox", "", "notify.outbox", outbox_options, MESSAGE_HELP_NOTIFY_OUTBOX,
        show_outbox)},
    {ASK("notify explain", "INCIDENT", "notify.explain", NULL, MESSAGE_HELP_NOTIFY_EXPLAIN,
         show_explained),
        ONE("incident")},
    {ASK("notify drills", "", "notify.drills", NULL, MESSAGE_HELP_NOTIFY_DRILLS, show_drills)},
    {RUN("route show", "", route_options, MESSAGE_HELP_ROUTE_SHOW, run_route_show)},
    {RUN("calendar show", "", calendar_options, MESSAGE_HELP_CALENDAR_SHOW, run_calendar_show)},
    {RUN("config check", "", NULL, MESSAGE_HELP_CONFIG_CHECK, run_config_check)},
    {RUN("config show", "", NULL, MESSAGE_HELP_CONFIG_SHOW, run_config_show)},
    {RUN("config diff", "", NULL, MESSAGE_HELP_CONFIG_DIFF, run_config_diff)},
    {ASK("reload", "", "reload", NULL, MESSAGE_HELP_RELOAD, show_reloaded)},
    {ASK("plugin list", "", "plugin.list", NULL, MESSAGE_HELP_PLUGIN_LIST, show_workers)},
    {ASK("plugin restart", "GUEST", "plugin.restart", NULL, MESSAGE_HELP_PLUGIN_RESTART,
         show_changed),
        ONE("guest")},
    {RUN("plugin new", "NAME", NULL, MESSAGE_HELP_PLUGIN_NEW, run_plugin_new), ONE("name")},
    {RUN("plugin run", "SUBJECT", run_options, MESSAGE_HELP_PLUGIN_RUN, run_plugin_run),
        ONE("subject")},
    {RUN("plugin check", "FILE", NULL, MESSAGE_HELP_PLUGIN_CHECK, run_plugin_check), ONE("file")},
    {RUN("plugin doc", "FILE", NULL, MESSAGE_HELP_PLUGIN_DOC, run_plugin_doc), ONE("file")},
    {RUN("ledger verify", "[FILE]", verify_options, MESSAGE_HELP_LEDGER_VERIFY, run_ledger_verify),
        .most = 1},
    {RUN("ledger export", "", export_options, MESSAGE_HELP_LEDGER_EXPORT, run_ledger_export)},
    {RUN("ledger import", "FILE", ledger_options, MESSAGE_HELP_LEDGER_IMPORT, run_ledger_import),
        ONE("file")},
    {RUN("ledger archive", "", NULL, MESSAGE_HELP_LEDGER_ARCHIVE, run_ledger_archive)},
    {RUN("ledger snapshot", "FILE", NULL, MESSAGE_HELP_LEDGER_SNAPSHOT, run_ledger_snapshot),
        ONE("file")},
    {RUN("log test", "FILE", log_options, MESSAGE_HELP_LOG_TEST, run_log_test), ONE("file")},
    {RUN("replay", "READINGS.jsonl", replay_options, MESSAGE_HELP_REPLAY, run_replay),
        ONE("readings")},
    {RUN("doctor", "", NULL, MESSAGE_HELP_DOCTOR, run_doctor)},
    {RUN("completion", "bash", NULL, MESSAGE_HELP_COMPLETION, run_completion), ONE("shell")},
    {RUN("help", "[COMMAND]", NULL, MESSAGE_HELP_HELP, run_help), .most = 2},
    {0},
};
