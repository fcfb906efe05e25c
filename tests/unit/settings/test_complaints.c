/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../fake/settings_guests.h"
#include "settings/settings.h"
#include "unit.h"

/*
 * Each case is a configuration with one fault: its line, a piece of the English sentence that says
 * what is wrong, and pieces of both that say what is accepted.
 */
struct bad {
    const char *text;
    unsigned line;
    const char *wrong, *accepted, *accepted_ja;
};

#define TEN "\"a\", \"a\", \"a\", \"a\", \"a\", \"a\", \"a\", \"a\", \"a\", \"a\", "
#define WATCH(more) "watch = ( { subject = \"a\"; plugin = \"disk\";\n" more "\n} );\n"
#define RULE(more) WATCH("rules = ( {\n metric = \"m\"; " more " } );")
#define CALENDAR(more) "calendars = ( { name = \"c\";\n" more "\n} );\n"
#define SERVICE(more) "services = ( { name = \"s\";\n" more "\n} );\n"
#define SLA(more) SERVICE("down_when = \"a\"; sla = {\n" more "\n};") WATCH("")
#define LINKAGE(more)                    \
    WATCH("")                            \
    CALENDAR("hours = \"08:30-17:15\";") \
    "linkages = ( { id = \"k\"; subject = \"a\";\n" more "\n} );\n"
#define DESTINATION(more) \
    "destinations = ( { name = \"d\"; channel = \"snmp\"; host = \"h\";\n" more "\n} );\n"

static const struct bad values[] = {
    {"agent = { language = \"fr\"; };", 1, "language = \"fr\"", "accepted: \"ja\", \"en\"",
        "\"ja\", \"en\" です"},
    {"agent = {\n timezone = \"Asia/Tokio\";\n};", 2, "timezone = \"Asia/Tokio\"", "\"Asia/Tokyo\"",
        "\"Asia/Tokyo\""},
    {"agent = { timezone = \"../passwd\"; };", 1, "timezone = ", "zone database",
        "時間帯データベース"},
    {"agent = {\n\n fiscal_year_start = 13; };", 3, "fiscal_year_start = 13", "accepted: 1 to 12",
        "1 から 12"},
    {"agent = { day_start = \"24:00\"; };", 1, "day_start = \"24:00\"", "\"00:00\" to \"23:59\"",
        "\"23:59\" まで"},
    {"agent = { state_dir = \"lib\"; };", 1, "state_dir = \"lib\"", "absolute path", "絶対パス"},
    {"agent = { host = \"a b\"; };", 1, "host = \"a b\"", "accepted: a name", "名前です"},
    {"agent = { heartbeat = 60; };", 1, "heartbeat = 60", "with its unit", "単位付きの時間"},
    {"agent = { heartbeat = \"60\"; };", 1, "heartbeat = \"60\"", "with its unit",
        "単位付きの時間"},
    {"agent = { heartbeat = \"8d\"; };", 1, "heartbeat = \"8d\"", "0s to 7d", "0s から 7d"},
    {"agent = { redact = {\n patterns = ( \"ok\",\n \"(a\" ); }; };", 2, "patterns = \"(a\"",
        "missing closing parenthesis at byte 3", "正規表現(PCRE2)です"},
    {"agent = { redact = { patterns = \"\"; }; };", 1, "patterns = \"\"", "1 to 1024 bytes",
        "1 to 1024 bytes"},
    {"agent = { redact = {\n quoted = 1; }; };", 2, "quoted = 1", "true or false", "true"},
    {"agent = { redact = \"all\"; };", 1, "redact = \"all\"", "accepted: a group",
        "グループ { .. }"},
    {"agent = { redact = { patterns = ( " TEN TEN TEN "\"a\", \"b\", \"c\" ); }; };", 1,
        "patterns = ( .. )", "at most 32", "32 個まで"},
    {"agent = ( { } );", 1, "agent = ( .. )", "accepted: a group", "グループ { .. }"},
    {"calendars = { };", 1, "calendars = { .. }", "a list of groups", "グループのリスト"},
    {"calendars = ( 1 );", 1, "calendars = 1", "accepted: a group", "グループ { .. }"},
    {CALENDAR("hours = \"05:00-30:00\";"), 2, "hours = \"05:00-30:00\"", "48-hour clock",
        "48 時間表記"},
    {CALENDAR("hours = ( \"9:00-17:00\" );"), 2, "hours = \"9:00-17:00\"", "FROM-TO",
        "48 時間表記"},
    {CALENDAR("hours = ( \"09:00-12:00\", \"11:00-13:00\" );"), 2, "hours overlap",
        "do not overlap", "重ならないように"},
    {CALENDAR("hours = \"08:30-17:15\"; holidays = \"jp\"; holidays_file = \"h.csv\";"), 2,
        "holidays_file = \"h.csv\"", "absolute path", "絶対パス"},
    {CALENDAR("hours = ( );"), 2, "hours = ", "FROM-TO", "48 時間表記"},
    {CALENDAR("hours = ( 5 );"), 2, "hours = 5", "a list of texts", "文字列のリスト"},
    {CALENDAR(""), 1, "hours is missing", "must be given", "必ず指定"},
    {CALENDAR("hours = \"09:00-17:00\"; weekdays = \"mon-fry\";"), 2, "weekdays = \"mon-fry\"",
        "\"mon-fri\"", "\"mon-fri\""},
    {CALENDAR("hours = \"09:00-17:00\";\n holidays = \"us\";"), 3, "holidays = \"us\"",
        "\"jp\", \"none\"", "\"jp\", \"none\""},
    {CALENDAR("hours = \"09:00-17:00\"; closed_days = ( \"2026-02-29\" );"), 2,
        "closed_days = \"2026-02-29\"", "a date that exists", "実在する日付"},
    {SERVICE("environment = \"prod\";"), 2, "environment = \"prod\"", "\"production\", \"test\"",
        "\"production\", \"test\""},
    {SERVICE("start = \"2026-4-1\";"), 2, "start = \"2026-4-1\"", "YYYY-MM-DD", "YYYY-MM-DD"},
    {SERVICE("start = \"2026/04/01\";"), 2, "start = ", "YYYY-MM-DD", "YYYY-MM-DD"},
    {SERVICE("sla = { availability = \"99.9\"; };"), 1, "no down_when", "an expression",
        "条件の式"},
    {SERVICE("sla = \"99.9\";"), 2, "sla = \"99.9\"", "accepted: a group", "グループ { .. }"},
    {SLA("availability = \"99.9\"; notified_by = \"most\";"), 3, "notified_by = \"most\"",
        "\"any\", \"all\"", "通知先の数"},
    {SLA("availability = \"99.9999\";"), 3, "availability = \"99.9999\"", "three decimals",
        "小数 3 桁"},
    {SLA("availability = \"100.001\";"), 3, "availability = \"100.001\"", "up to 100", "100 以下"},
    {SLA("availability = 99.9;"), 3, "availability = 99.9", "a text in quotation marks",
        "引用符で囲んだ"},
    {SLA("availability = \"99.9\"; period = \"year\";"), 3, "period = \"year\"", "\"fiscal_year\"",
        "\"fiscal_year\""},
    {SLA("availability = \"99.9\"; auto_counts = \"true\";"), 3, "auto_counts = \"true\"",
        "true or false", "true か false"},
    {SLA("recovery = \"2h\";"), 2, "availability is missing", "must be given", "必ず指定"},
    {WATCH("interval = \"1 minute\";"), 2, "interval = \"1 minute\"", "\"30m\"", "\"30m\""},
    {WATCH("deadline = \"50ms\";"), 2, "deadline = \"50ms\"", "100ms to 1h", "100ms から 1h"},
    {WATCH("scope = \"ours\";"), 2, "scope = \"ours\"", "\"out_of_scope\"", "\"out_of_scope\""},
    {WATCH("hours = \"service\";"), 2, "without a service", "hours = \"always\"",
        "hours = \"always\""},
    {WATCH("depends_on = \"b\";"), 2, "\"b\"", "watch (subject)", "watch (subject)"},
    {WATCH("depends_on = \"a\";"), 2, "a depends on itself", "do not depend on it", "循環"},
    {"watch = ( { subject = \"a\"; plugin = \"disk\"; depends_on = ( \"b\" ); },\n"
     "{ subject = \"b\"; plugin = \"disk\"; depends_on = ( \"c\" ); },\n"
     "{ subject = \"c\"; plugin = \"disk\"; depends_on = ( \"b\" ); } );\n",
        2, "b depends on itself", "do not depend on it", "循環"},
    {RULE("event = \"critical\"; code = \"rc\"; codes = ( \"0\" );"), 3, "codes = \"0\"",
        "1..4: warning", "1..4: warning"},
    {RULE("critical = \"> 1\"; derive = \"rate\";"), 3, "derives from nothing", "of = another",
        "元になる項目"},
    {RULE("critical = \"> 1\"; derive = \"rate\"; of = \"m\";"), 3, "derives from nothing",
        "of = another", "元になる項目"},
    {RULE("critical = \"> 1\"; derive = \"time_to\"; of = \"n\";"), 3, "has no limit",
        "limit = \">= 200000\"", "limit(例"},
    {RULE("critical = \"> 1\"; derive = \"time_to\"; of = \"n\"; limit = \"== 5\";"), 3,
        "limit = \"== 5\"", "one of < <= > >=", "< <= > >="},
    {RULE("critical = \"> 1\"; derive = \"rate\"; of = \"n\"; limit = \"> 5\";"), 3,
        "limit in the rule", "derive = \"time_to\"", "derive = \"time_to\""},
    {RULE("critical = \"> 1\"; flaps = 21;"), 3, "flaps = 21", "0 to 20", "0 から 20"},
    {RULE("critical = \"> 1\"; over = \"5m\";"), 3, "over in the rule", "only beside derive",
        "derive と一緒に"},
    {RULE("event = \"critical\"; codes = ( \"0: none\" );"), 3, "codes in the rule",
        "only beside code", "code と一緒に"},
    {RULE("event = \"none\"; code = \"rc\"; codes = ( \"0: none\" );"), 3, "codes in the rule",
        "only beside event", "event と一緒に"},
    {WATCH("reserve = \"10X\";"), 2, "reserve = \"10X\"", "a size such as", "使えるのは大きさ"},
    {WATCH("reserve = \"2T\";"), 2, "reserve = \"2T\"", "1 to 1T", "1 から 1T"},
    {WATCH("share = 1.5;"), 2, "share = 1.5", "0 to 1", "0 から 1"},
    {WATCH("share = 1e999;"), 2, "share = inf", "0 to 1", "0 から 1"},
    {WATCH("mode = \"quick\";"), 2, "mode = \"quick\"", "\"fast\", \"slow\"", "\"fast\", \"slow\""},
    {WATCH("deep = 1;"), 2, "deep = 1", "true or false", "true か false"},
    {WATCH("part = ( { } );"), 2, "path is missing", "must be given", "必ず指定"},
    {WATCH("part = ( { path = \"/\";\n limit = 101; } );"), 3, "limit = 101", "1 to 100",
        "1 から 100"},
    {WATCH("part = { path = \"/\"; };"), 2, "part = { .. }", "a list of groups",
        "グループのリスト"},
    {RULE("critical = \"90\";"), 3, "critical = \"90\"", "and a number", "いずれかと数値"},
    {RULE("critical = \">= inf\";"), 3, "critical = \">= inf\"", "and a number", "いずれかと数値"},
    {RULE("critical = \"> 1\"; runs = 0;"), 3, "runs = 0", "1 to 1000", "1 から 1000"},
    {RULE("event = \"blind\";"), 3, "event = \"blind\"", "\"critical\"", "\"critical\""},
    {RULE(""), 3, "judges nothing", "off = true", "off = true"},
    {RULE("critical = \"> 1\"; event = \"warning\";"), 3, "conditions and an event",
        "either warning/critical or event", "どちらか"},
    {RULE("event = \"warning\"; clear = \"< 1\";"), 3, "clear in the rule for m has no use",
        "only beside", "一緒にだけ"},
    {RULE("critical = \"> 1\"; key = \"job\";"), 3, "key in the rule for m has no use",
        "only beside event", "event と一緒にだけ"},
    {RULE("critical = \"> 1\"; }, {\n metric = \"m\"; warning = \"> 2\";"), 4,
        "same instance stands at", "one rule for each", "規則は 1 つ"},
    {WATCH("rules = ( { metric = \"Used %\"; off = true; } );"), 2, "metric = \"Used %\"",
        "a-z 0-9 _", "a-z 0-9 _"},
    {DESTINATION("window = 65;"), 2, "window = 65", "1 to 64", "1 から 64"},
    {DESTINATION("expire_after = \"10s\";"), 2, "expire_after = \"10s\"", "1m to 365d",
        "1m から 365d"},
    {DESTINATION("community_file = \"public\";"), 2, "community_file = \"public\"",
        "whose first line is the secret", "1 行目に秘密"},
    {DESTINATION("community_file = \"/nonexistent/x\";"), 2, "cannot be read", "a readable file",
        "読取りのできる"},
    {"routes = ( { to = ( ); } );", 1, "to = ( )", "a list of texts", "文字列のリスト"},
    {"routes = ( { } );", 1, "to is missing", "must be given", "必ず指定"},
};

static const struct bad names[] = {
    {"agnet = { };", 1, "did you mean \"agent\"?", "agent, calendars", "使えるのは agent"},
    {"agent = {\n hots = \"x\"; };", 2, "did you mean \"host\"?", "host, language",
        "使えるのは host"},
    {"agent = { colour = \"red\"; };", 1, "\"colour\" is not known here; accepted",
        "host, language", "使えるのは host"},
    {WATCH("intervall = \"1m\";"), 2, "did you mean \"interval\"?", "accepted: subject",
        "使えるのは subject"},
    {WATCH("resreve = \"1G\";"), 2, "did you mean \"reserve\"?", "accepted: subject",
        "使えるのは subject"},
    {WATCH("part = ( { path = \"/\"; limits = 3; } );"), 2, "did you mean \"limit\"?",
        "path, limit", "path, limit"},
    {"routes = ( { to = \"d\"; rewind = \"1h\"; } );\n" DESTINATION(""), 1,
        "\"rewind\" is not known", "to, when", "to, when"},
    {"routes = ( { to = \"d\"; when = { calendar = \"office\"; }; } );\n" DESTINATION(""), 1,
        "\"office\" names nothing", "calendars", "calendars"},
    {"routes = ( { to = \"d\"; outside = \"wait\"; } );\n" DESTINATION(""), 1,
        "has no when.calendar", "a calendar in when", "when に calendar"},
    {"routes = ( { to = \"d\"; repeat = \"10s\"; } );\n" DESTINATION(""), 1,
        "repeat is below one minute", "\"1m\" to \"31d\"", "\"1m\"～\"31d\""},
    {"routes = ( { to = \"d\"; escalate = ( { to = \"d\"; after = \"1h\"; },\n { to = \"z\"; after "
     "= "
     "\"2h\"; } ); } );\n" DESTINATION(""),
        2, "\"z\" names nothing", "destinations", "destinations"},
    {"routes = ( { to = \"d\"; name = \"r\"; },\n { to = \"d\"; name = \"r\"; } );\n" DESTINATION(
         ""),
        2, "\"r\" is already used at", "each name once", "1 度だけ"},
    {"routes = ( { to = \"d\"; drill = \"monthly 31 10:00\"; } );\n" DESTINATION(""), 1,
        "drill = \"monthly 31 10:00\"", "\"monthly DAY HH:MM\"", "\"monthly 日 HH:MM\""},
    {"routes = ( { to = \"d\"; drill = \"daily 10:00 z\"; } );\n" DESTINATION(""), 1,
        "\"z\" names nothing", "calendars", "calendars"},
    {DESTINATION("valid_from = \"2026-04-01\"; valid_to = \"2026-03-31\";"), 2,
        "valid_to is before valid_from", "or a later one", "後の日"},
    {DESTINATION("valid_to = \"2026-02-29\";"), 2, "valid_to = \"2026-02-29\"", "YYYY-MM-DD",
        "YYYY-MM-DD"},
    {CALENDAR("hours = \"09:00-17:00\"; }, { name = \"c\";\n hours = \"09:00-17:00\";"), 2,
        "\"c\" is already used at", "each name once", "1 度だけ"},
    {SERVICE("}, { name = \"s\";"), 2, "\"s\" is already used at", "each name once", "1 度だけ"},
    {WATCH("}, { subject = \"a\"; plugin = \"disk\";"), 2, "\"a\" is already used at",
        "each name once", "1 度だけ"},
    {DESTINATION("}, { name = \"d\"; channel = \"any\";"), 2, "\"d\" is already used at",
        "each name once", "1 度だけ"},
    {"faces = ( { name = \"f\"; face = \"snmp\"; },\n{ name = \"f\"; face = \"snmp\"; } );", 2,
        "\"f\" is already used at", "each name once", "1 度だけ"},
    {SERVICE("calendar = \"renkie\";") "calendars = ( { name = \"renkei\"; hours = "
                                       "\"09:00-17:00\"; } );",
        2, "did you mean \"renkei\"?", "from calendars", "calendars にある"},
    {WATCH("service = \"zzz\";"), 2, "\"zzz\" names nothing", "from services", "services にある"},
    {"routes = ( { to = ( \"nms\" ); } );", 1, "\"nms\" names nothing", "from destinations",
        "destinations にある"},
    {"routes = ( { to = \"d\"; when = {\n service = \"zzz\"; }; } );" DESTINATION(""), 2,
        "\"zzz\" names nothing", "from services", "services にある"},
    {SERVICE("down_when = \"any(engine)\";"), 2, "\"engine\" names nothing", "from watch",
        "watch (subject) にある"},
    {WATCH("") SERVICE("down_when = \"any(a, b/var)\";"), 5, "\"b/var\" names nothing",
        "from watch", "watch (subject) にある"},
    {"watch = ( { subject = \"a\"; plugin = \"nil\"; } );", 1, "plugin \"nil\" is not installed",
        "agent.plugin_dir", "agent.plugin_dir"},
    {"watch = ( { subject = \"a\"; plugin = \"../x\"; } );", 1, "plugin = \"../x\"",
        "the name of a plugin", "プラグインの名前"},
    {"watch = ( { subject = \"a/b\"; plugin = \"disk\"; } );", 1, "subject = \"a/b\"",
        "accepted: a name", "名前です"},
    {"watch = ( { subject = \"a\";\n plugin = \"process\"; name = \"bad-name\"; } );", 2,
        "name: no such name", "the plugin's page", "プラグインの説明"},
};

static const struct bad expressions[] = {
    {SERVICE("down_when = \"\";"), 2, "character 1 of the expression: a name is missing", "any(..)",
        "any(..)"},
    {SERVICE("down_when = \"any(a,)\";"), 2, "character 7 of", "a subject", "監視対象の名前"},
    {SERVICE("down_when = \"any(a b)\";"), 2, "character 7 of the expression: a comma", "any(a, b)",
        "any(a, b)"},
    {SERVICE("down_when = \"any(a\";"), 2, "character 6 of", "any(a, b)", "any(a, b)"},
    {SERVICE("down_when = \"a, b\";"), 2, "character 2 of the expression: something follows",
        "one expression", "1 つだけ"},
    {SERVICE("down_when = \"連携(a)\";"), 2, "character 1 of the expression: no such operator",
        "at_least", "at_least"},
    {SERVICE("down_when = \"any(連携, none(a))\";"), 2,
        "character 9 of the expression: no such operator", "at_least", "at_least"},
    {SERVICE("down_when = \"at_least(3, a, b)\";"), 2, "character 10 of",
        "from 1 to the number of names", "名前の個数まで"},
    {SERVICE("down_when = \"at_least(a, b)\";"), 2, "character 10 of", "at_least(N, a, b, ..)",
        "at_least(数"},
    {SERVICE("down_when = \"not(a, b)\";"), 2, "not takes one operand", "not(a)", "not(a)"},
    {SERVICE("degraded_when = \"any(linkage.X)\";"), 2, "\"X\" names nothing", "linkages (id)",
        "linkages (id)"},
    {SERVICE("degraded_when = \"any(linkage.class_a)\";"), 2, "\"a\" names nothing",
        "linkages (class)", "linkages (class)"},
    {SERVICE("down_when = "
             "\"not(not(not(not(not(not(not(not(not(not(not(not(not(not(not(not(not(a))))))))))))))"
             ")))\";"),
        2, "nested too deep", "at most 16", "16 段"},
};

/* A watch and a calendar stand before: the group begins in line 7. */
static const struct bad linkages[] = {
    {LINKAGE("deadline = \"48:01\";"), 8, "deadline = \"48:01\"", "\"25:30\"", "48 時間表記"},
    {LINKAGE("frequency = \"daily\";"), 7, "linkage k has no deadline", "deadline = ..",
        "deadline"},
    {LINKAGE("deadline = \"1:00\";"), 8, "deadline = \"1:00\"", "\"25:30\"", "48 時間表記"},
    {LINKAGE("deadline = \"25:30\"; frequency = \"open_days\";"), 7, "has no calendar",
        "calendar = ..", "calendar"},
    {LINKAGE("deadline = \"25:30\"; frequency = \"monthly\";"), 7, "one of day and open_day",
        "\"end\"", "月末"},
    {LINKAGE("deadline = \"25:30\"; frequency = \"monthly\"; day = \"0\";"), 8, "day = \"0\"",
        "\"end\"", "月末"},
    {LINKAGE("deadline = \"25:30\"; frequency = \"yearly\"; day = \"1\";"), 7, "has no month",
        "month = ..", "month"},
    {LINKAGE("deadline = \"25:30\"; month = 6;"), 8, "month of linkage k would do nothing",
        "leave it out", "除く"},
    {LINKAGE("deadline = \"25:30\"; max_runtime = \"1h\";"), 8, "start_metric", "leave it out",
        "除く"},
    {LINKAGE("deadline = \"25:30\"; match = \"job\";"), 8, "match = \"job\"", "FIELD=PATTERN",
        "フィールド=パターン"},
    {LINKAGE("deadline = \"25:30\"; metric = \"End\";"), 8, "metric = \"End\"", "a-z 0-9 _",
        "a-z 0-9 _"},
    {LINKAGE("deadline = \"25:30\"; min_records = 5; max_records = 4;"), 8, "over max_records",
        "at most max_records", "以下"},
    {LINKAGE("deadline = \"25:30\"; next = \"k\"; next_within = \"1h\";"), 7, "its own next",
        "another linkage's id", "他の連携"},
    {LINKAGE("deadline = \"25:30\"; next = \"z\"; next_within = \"1h\";"), 7, "\"z\" names nothing",
        "linkages (id)", "linkages (id)"},
    {LINKAGE("deadline = \"25:30\"; next = \"z\";\n} , { id = \"z\"; subject = \"a\"; deadline = "
             "\"01:00\";"),
        7, "has no next_within", "next_within = ..", "next_within"},
    {LINKAGE("deadline = \"25:30\"; calendar = \"z\";"), 8, "\"z\" names nothing", "calendars",
        "calendars"},
    {LINKAGE("deadline = \"25:30\"; service = \"z\";"), 8, "\"z\" names nothing", "services",
        "services"},
    {WATCH("") "linkages = ( { id = \"k\"; subject = \"z\"; deadline = \"01:00\"; } );", 4,
        "\"z\" names nothing", "watch (subject)", "watch (subject)"},
    {WATCH("") "linkages = ( { id = \"a\"; subject = \"a\"; deadline = \"01:00\"; } );", 4,
        "id = \"a\"", "no subject of watch", "監視対象"},
    {WATCH("") "linkages = ( { id = \"class_a\"; subject = \"a\"; deadline = \"01:00\"; } );", 4,
        "id = \"class_a\"", "class_", "class_"},
    {LINKAGE("deadline = \"25:30\"; } , {\n id = \"k\"; subject = \"a\"; deadline = \"01:00\";"), 8,
        "\"k\"", "", ""},
};

static const struct bad syntax[] = {
    {"agent = {\n host = ;\n};", 2, "syntax error", "name = value;", "名前 = 値;"},
    {"agent = { };\nagent = { };", 2, "stands twice in its group", "each name once", "1 度だけ"},
    {"x = [ 1, \"a\" ];", 1, "different types", "a list ( .. )", "( .. )"},
    {"agent = {\n host = \"a;\n};\n\n", 2, "a text begins here and does not end",
        "both quotation marks", "引用符"},
    {"\n/* agent", 2, "a comment begins here", "/* .. */", "/* .. */"},
    {"a = 1;\n@include \"x\"\n", 2, "@include is not supported", "conf.d", "conf.d"},
    {"agent = { fiscal_year_start = 3000000000; };", 1, "a whole number is out of range",
        "with an L", "末尾に L"},
    {"x = 99999999999999999999L;", 1, "a whole number is out of range", "64 bits", "64 ビット"},
    {"x = 0xfffffffff;", 1, "a whole number is out of range", "64 bits", "64 ビット"},
    {"x = \"a\\x00b\";", 1, "NUL byte", "plain text in UTF-8", "UTF-8 のテキスト"},
    {"# x\n# \x83\x4c\x81\x5b\n", 2, "is not UTF-8", "saved in UTF-8", "UTF-8 で保存"},
};

/* Prints all complaints and fails. */
static void fail_with(const struct bad *bad, const struct complaints *c)
{
    struct text t = {0};
    complaints_add_text(c, LANGUAGE_EN, &t);
    complaints_add_text(c, LANGUAGE_JA, &t);
    print_error("%s\n-- %zu complaints:\n%s", bad->text, c->count, text_get(&t));
    text_deinit(&t);
    fail();
}

static void check(const struct bad *bad)
{
    struct settings *s = NULL;
    struct complaints c;

    int r = settings_guests_load(bad->text, &s, &c);

    if (r != SETTINGS_E_BAD || c.count != 1)
        fail_with(bad, &c);
    const struct complaint *one = &c.list[0];
    if (one->line != bad->line || strstr(one->file, "/hashimori.conf") == NULL ||
        strstr(one->text[LANGUAGE_EN], bad->wrong) == NULL ||
        strstr(one->text[LANGUAGE_EN], bad->accepted) == NULL ||
        strstr(one->text[LANGUAGE_JA], bad->accepted_ja) == NULL)
        fail_with(bad, &c);
    assert_null(s);
    complaints_deinit(&c);
}

#define CHECK_ALL(cases)                                        \
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) \
    check(&cases[i])

static void a_value_out_of_its_type_range_or_words_is_one_complaint_at_its_line(void **state UNUSED)
{
    CHECK_ALL(values);
}

static void a_name_that_is_unknown_taken_or_dangling_is_one_complaint_at_its_line(
    void **state UNUSED)
{
    CHECK_ALL(names);
}

static void a_wrong_expression_is_one_complaint_with_the_character(void **state UNUSED)
{
    CHECK_ALL(expressions);
}

static void a_linkage_that_could_not_be_expected_is_one_complaint_at_its_line(void **state UNUSED)
{
    CHECK_ALL(linkages);
}

static void a_syntax_error_is_one_complaint_at_its_line(void **state UNUSED)
{
    CHECK_ALL(syntax);
}

static void all_complaints_are_gathered_and_printed_by_place(void **state UNUSED)
{
    struct settings *s = NULL;
    struct complaints c;
    struct text t = {0};

    int r = settings_guests_load("routes = ( { to = \"x\"; } );\n"
                                 "watch = ( { subject = \"a\"; plugin = \"disk\"; deep = 3;\n"
                                 "            interval = \"x\"; } );\n"
                                 "agent = { hots = \"x\"; };\n",
        &s, &c);

    assert_int_equal(r, SETTINGS_E_BAD);
    assert_int_equal(c.count, 4);
    complaints_add_text(&c, LANGUAGE_EN, &t);
    const char *at = text_get(&t);
    for (unsigned line = 1; line <= 4; line++) {
        char where[32];
        snprintf(where, sizeof where, "/hashimori.conf:%u: ", line);
        at = strstr(at, where);
        assert_non_null(at);
    }
    text_deinit(&t);
    complaints_deinit(&c);
}

static void what_a_terminal_would_obey_is_not_printed(void **state UNUSED)
{
    struct settings *s = NULL;
    struct complaints c;

    int r = settings_guests_load("agent = { host = \"\x1b[2J\"; };", &s, &c);

    assert_int_equal(r, SETTINGS_E_BAD);
    assert_null(strchr(c.list[0].text[LANGUAGE_EN], '\x1b'));
    complaints_deinit(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_value_out_of_its_type_range_or_words_is_one_complaint_at_its_line),
        cmocka_unit_test(a_name_that_is_unknown_taken_or_dangling_is_one_complaint_at_its_line),
        cmocka_unit_test(a_wrong_expression_is_one_complaint_with_the_character),
        cmocka_unit_test(a_linkage_that_could_not_be_expected_is_one_complaint_at_its_line),
        cmocka_unit_test(a_syntax_error_is_one_complaint_at_its_line),
        cmocka_unit_test(all_complaints_are_gathered_and_printed_by_place),
        cmocka_unit_test(what_a_terminal_would_obey_is_not_printed),
    };
    return cmocka_run_group_tests_name("settings/complaints", tests, NULL, NULL);
}
