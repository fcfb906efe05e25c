/* SPDX-License-Identifier: BSD-2-Clause */
#include "settings/option.h"

#define SECONDS(n) ((n)*1000.0)
#define HOURS(n) SECONDS((n)*3600.0)
#define DAYS(n) HOURS((n)*24.0)
#define END \
    {       \
        0   \
    }

static const char *const languages[] = {"ja", "en", NULL};
static const char *const holidays[] = {"jp", "none", NULL};
static const char *const environments[] = {"production", "test", NULL};
static const char *const periods[] = {"month", "quarter", "fiscal_year", NULL};
static const char *const maintenance_modes[] = {"actual", "approved", NULL};
static const char *const outage_starts[] = {"first_failed", "last_good", NULL};
static const char *const derivations[] = {"rate", "time_to", NULL};
static const char *const scopes[] = {"maintained", "out_of_scope", NULL};
static const char *const hours[] = {"service", "always", NULL};
static const char *const frequencies[] = {
    "daily", "open_days", "monthly", "yearly", "irregular", NULL};
static const char *const if_closed[] = {"keep", "next", "previous", NULL};
static const char *const event_severities[] = {"none", "notice", "warning", "critical", NULL};
static const char *const outside[] = {"skip", "wait", NULL};
static const char *const severities[] = {"notice", "warning", "critical", NULL};

const struct option option_redact[] = {
    {"numbers", OPTION_FLAG, "true",
        .help = {"hide numbers of 12 digits (individual numbers), in one or in groups of four",
            "12 桁の数字(個人番号)を、4 桁区切りのものも含めて伏せる"}},
    {"quoted", OPTION_FLAG, "true",
        .help = {"hide what records quote, unless it is plainly the name of a file, job, table or "
                 "code",
            "記録の中で引用された値を、ファイル・ジョブ・表・コードの名前と分かるものを除いて伏せ"
            "る"}},
    {"patterns", OPTION_LIST,
        .help = {"what else is hidden: regular expressions (PCRE2); all of a match is hidden, "
                 "from \\K on where it has one",
            "ほかに伏せるものの正規表現(PCRE2)。一致した全体(\\K があればその後)を伏せる"}},
    END,
};

const struct option option_agent[] = {
    {"host", OPTION_NAME,
        .help = {"name of this server in every notice and report; default: what hostname(1) prints",
            "通知・報告に載せるこのサーバの名前。省略時は hostname(1) の表示する名前"}},
    {"language", OPTION_TEXT, "ja", .words = languages,
        .help = {"language of notices and reports", "通知と報告の言語"}},
    {"timezone", OPTION_TEXT, "Asia/Tokyo",
        .help = {"zone of service hours and of printed times, an IANA name",
            "サービス時間と表示時刻の時間帯(IANA 名)"}},
    {"state_dir", OPTION_PATH, HM_STATEDIR, .help = {"folder of the ledger", "台帳を置くフォルダ"}},
    {"state_max", OPTION_SIZE, "2G", .least = 0,
        .help = {"size of state_dir over which a warning is raised; \"0\": any size",
            "state_dir の大きさの上限。超えると警告する。\"0\" は上限なし"}},
    {"runtime_dir", OPTION_PATH, HM_RUNTIMEDIR,
        .help = {"folder of the control socket", "制御ソケットを置くフォルダ"}},
    {"plugin_dir", OPTION_PATH, HM_PLUGINDIR,
        .help = {"folder of the plugins", "プラグインを置くフォルダ"}},
    {"profile_dir", OPTION_PATH, HM_PROFILEDIR,
        .help = {"folder of the profiles that came with hashimori",
            "hashimori に付属するプロファイルのフォルダ"}},
    {"user", OPTION_NAME,
        .help = {"user to become when started by root; default: stay",
            "root で起動したときに切り替える利用者。省略時は切り替えない"}},
    {"group_ops", OPTION_NAME,
        .help = {"group whose members may operate; default: the daemon's own",
            "操作を許すグループ。省略時はデーモン自身のグループ"}},
    {"fiscal_year_start", OPTION_INTEGER, "4", .least = 1, .most = 12,
        .help = {"month in which the fiscal year begins", "年度の始まる月"}},
    {"day_start", OPTION_TEXT, "00:00",
        .help = {"time of day at which periods are cut, HH:MM", "集計期間を区切る時刻(HH:MM)"}},
    {"heartbeat", OPTION_SPAN, "0s", .least = 0, .most = DAYS(7),
        .help = {"how often a heartbeat notice is sent; \"0s\": never",
            "生存通知を送る間隔。\"0s\" は送らない"}},
    {"keep_years", OPTION_INTEGER, "7", .least = 1, .most = 100,
        .help = {"closed fiscal years that `hashimori ledger archive` leaves in the ledger",
            "hashimori ledger archive が台帳に残す、終了した年度の数"}},
    {"redact", OPTION_GROUP, .group = option_redact,
        .help = {"what is hidden in all that leaves this host; the ledger keeps it",
            "このサーバの外に出すものの中で伏せる内容(台帳には残る)"}},
    END,
};

const struct option option_calendar[] = {
    {"name", OPTION_NAME, .required = true, .help = {"name of the calendar", "暦の名前"}},
    {"hours", OPTION_LIST, .required = true,
        .help = {"service hours of a business day on the 48-hour clock, \"05:00-27:00\"",
            "営業日のサービス時間。48 時間表記(例 \"05:00-27:00\")"}},
    {"weekdays", OPTION_LIST, "sun-sat",
        .help = {"days of the week that are open, \"mon-fri\" or single days",
            "開いている曜日。\"mon-fri\" の範囲または曜日"}},
    {"holidays", OPTION_TEXT, "none", .words = holidays,
        .help = {"\"jp\": Japanese public holidays are closed", "\"jp\": 日本の祝日は閉じる"}},
    {"holidays_file", OPTION_PATH,
        .help = {"CSV of dates and names, as the Cabinet Office publishes it: the holidays of the "
                 "years that it lists; default: all are computed",
            "祝日の CSV(内閣府の「国民の祝日」CSV の形式)。載っている年はこの日付を祝日とする。"
            "省略時はすべて計算で求める"}},
    {"closed_days", OPTION_LIST,
        .help = {"dates that are closed, YYYY-MM-DD", "閉じる日(YYYY-MM-DD)"}},
    {"open_days", OPTION_LIST,
        .help = {"dates that are open whatever else says, YYYY-MM-DD",
            "他の指定にかかわらず開く日(YYYY-MM-DD)"}},
    END,
};

const struct option option_sla[] = {
    {"availability", OPTION_TEXT, .required = true,
        .help = {"target in percent, up to three decimals: \"99.9\"",
            "稼働率の目標(%、小数 3 桁まで。例 \"99.9\")"}},
    {"recovery", OPTION_SPAN, "2h", .least = SECONDS(1), .most = DAYS(365),
        .help = {"limit from detection to start of operation, in service hours",
            "検知から運用再開までの制限時間(サービス時間内)"}},
    {"notification", OPTION_SPAN, "30m", .least = SECONDS(1), .most = DAYS(365),
        .help = {"limit from detection to the first report, in service hours",
            "検知から第一報までの制限時間(サービス時間内)"}},
    {"period", OPTION_TEXT, "fiscal_year", .words = periods,
        .help = {"period that the contract judges", "契約が判定する期間"}},
    {"auto_counts", OPTION_FLAG, "false",
        .help = {"the first accepted notice counts as the first report, where the parties agreed",
            "合意がある場合、最初に受理された自動通知を第一報とみなす"}},
    {"notified_by", OPTION_TEXT, "any",
        .help = {"when an incident counts as told: when \"any\", \"all\" or so many (\"2\") of the "
                 "receivers that confirm have accepted it",
            "通知済みとみなす条件: 到達を確認できる通知先の "
            "\"any\"(どれか)、\"all\"(すべて)、または "
            "\"2\" などの数が受理したとき"}},
    {"count_unconfirmed", OPTION_FLAG, "false",
        .help = {"what was only sent (trap, syslog) counts as told, too; every report made with it "
                 "says so",
            "送信だけで到達を確認できない通知(トラップ、syslog)も通知済みとみなす。"
            "この設定で作る報告にはその旨を明記する"}},
    {"outage_start", OPTION_TEXT, "first_failed", .words = outage_starts,
        .help = {"from when an outage counts: first failed or last good observation",
            "停止の起点。最初に異常を観測した時点、または最後に正常を観測した時点"}},
    {"min_outage", OPTION_SPAN, "0s", .least = 0, .most = DAYS(1),
        .help = {"outages shorter than this do not count; \"0s\": all do",
            "これより短い停止は数えない。\"0s\" はすべて数える"}},
    {"maintenance", OPTION_TEXT, "actual", .words = maintenance_modes,
        .help = {"what of planned work leaves the denominator: the actual work or all of its "
                 "approved window",
            "計画作業のうち稼働時間から除く範囲。実際の作業時間(actual)"
            "、または承認された時間帯の全体(approved)"}},
    END,
};

const struct option option_service[] = {
    {"name", OPTION_NAME, .required = true, .help = {"name of the service", "サービスの名前"}},
    {"environment", OPTION_TEXT, "production", .words = environments,
        .help = {"a test environment is in no figure", "検証環境(test)は集計に入らない"}},
    {"calendar", OPTION_NAME,
        .help = {"calendar of its service hours; default: always open",
            "サービス時間の暦。省略時は常時"}},
    {"start", OPTION_TEXT,
        .help = {"first day of operation, YYYY-MM-DD; nothing before it counts",
            "本稼働日(YYYY-MM-DD)。それより前は数えない"}},
    {"down_when", OPTION_TEXT,
        .help = {"expression: when the service is down", "停止とみなす条件の式"}},
    {"degraded_when", OPTION_TEXT,
        .help = {"expression: when the service is degraded", "縮退とみなす条件の式"}},
    {"hold", OPTION_SPAN, "0s", .least = 0, .most = DAYS(1),
        .help = {"good for this long before an outage has ended; \"0s\": at once",
            "正常がこの時間続いたら復旧とする。\"0s\" は即時"}},
    {"sla", OPTION_GROUP, .group = option_sla,
        .help = {"what the contract asks for; default: nothing is judged",
            "契約の目標値。省略時は判定しない"}},
    END,
};

const struct option option_rule[] = {
    {"metric", OPTION_TEXT, .required = true,
        .help = {"metric of the plugin", "プラグインの計測項目"}},
    {"instance", OPTION_TEXT,
        .help = {"pattern (glob(7)) of instances; default: all",
            "対象の要素(glob(7) のパターン)。省略時はすべて"}},
    {"off", OPTION_FLAG, "false", .help = {"do not judge this metric", "この項目を判定しない"}},
    {"warning", OPTION_TEXT,
        .help = {"condition of a warning: \">= 80\"", "警告の条件(例 \">= 80\")"}},
    {"critical", OPTION_TEXT,
        .help = {"condition of critical: \">= 90\"", "異常の条件(例 \">= 90\")"}},
    {"clear", OPTION_TEXT,
        .help = {"condition that ends both; default: neither is met",
            "警告・異常を終える条件。省略時はどちらも満たさないとき"}},
    {"warning_clear", OPTION_TEXT,
        .help = {"condition that ends a warning; default: clear",
            "警告を終える条件。省略時は clear"}},
    {"critical_clear", OPTION_TEXT,
        .help = {"condition that ends critical; default: clear",
            "異常を終える条件。省略時は clear"}},
    {"runs", OPTION_INTEGER, "1", .least = 1, .most = 1000,
        .help = {"bad readings in a row that raise", "発報までに連続する異常値の回数"}},
    {"clear_runs", OPTION_INTEGER, "1", .least = 1, .most = 1000,
        .help = {"good readings in a row that clear", "復旧までに連続する正常値の回数"}},
    {"hold", OPTION_SPAN, "0s", .least = 0, .most = DAYS(7),
        .help = {"bad for this long before it counts; \"0s\": at once",
            "異常がこの時間続いたら発報する。\"0s\" は即時"}},
    {"flaps", OPTION_INTEGER, "0", .least = 0, .most = 20,
        .help = {"the how many-th incident within flap_within is flapping and stays open; 0: none",
            "flap_within の間の何回目の障害から断続とみなして開いたままにするか。0 は使わない"}},
    {"flap_within", OPTION_SPAN, "1h", .least = SECONDS(60), .most = DAYS(7),
        .help = {"span in which incidents are counted, and how long it must be good to end",
            "回数を数える期間。断続の障害は、この時間正常が続くと終わる"}},
    {"derive", OPTION_TEXT, .words = derivations,
        .help = {"judge what follows from another metric: \"rate\", its change per minute, or "
                 "\"time_to\", seconds until it meets limit",
            "他の計測項目から求めた値を判定する。\"rate\" は 1 分あたりの変化量、\"time_to\" は "
            "limit "
            "に達するまでの秒数"}},
    {"of", OPTION_TEXT, .help = {"metric that it is derived from", "元になる計測項目"}},
    {"over", OPTION_SPAN, "10m", .least = SECONDS(10), .most = DAYS(31),
        .help = {"span of the trend", "傾向を見る期間"}},
    {"limit", OPTION_TEXT,
        .help = {"condition of the metric that time_to foresees: \">= 200000\"",
            "time_to で予測する、元の項目の条件(例 \">= 200000\")"}},
    {"event", OPTION_TEXT, .words = event_severities,
        .help = {"severity of an event of this metric; \"none\" opens nothing",
            "この項目の事象の重大度。\"none\" は何も起こさない"}},
    {"code", OPTION_TEXT,
        .help = {"field of the event that holds a return code, for codes",
            "戻り値を表すフィールド名(codes で使う)"}},
    {"codes", OPTION_LIST,
        .help = {"how bad a return code is, \"1..4: warning\", \"0250-*: critical\", the first "
                 "that fits; default: event",
            "戻り値ごとの重大度(例 \"1..4: warning\"、\"0250-*: critical\")。先に合うものを使い、"
            "なければ event に従う"}},
    {"key", OPTION_LIST,
        .help = {"fields that tell incidents apart; \"fingerprint\": the words without numbers "
                 "and quotations",
            "障害を区別するフィールド名。\"fingerprint\" は数値と引用部分を除いた文面"}},
    {"cleared_by", OPTION_TEXT,
        .help = {"metric of the event that ends it", "これを終える事象の項目名"}},
    {"clear_after", OPTION_SPAN, "0s", .least = 0, .most = DAYS(365),
        .help = {"ends by itself after this long; \"0s\": never",
            "この時間がたつと自動で終える。\"0s\" は終えない"}},
    END,
};

const struct option option_watch[] = {
    {"subject", OPTION_NAME, .required = true,
        .help = {"name of what is watched", "監視対象の名前"}},
    {"plugin", OPTION_TEXT, .required = true,
        .help = {"watch plugin that looks", "監視に使うプラグイン"}},
    {"interval", OPTION_SPAN, "60s", .least = 0, .most = DAYS(7),
        .help = {"time between two looks; \"0s\": events only", "確認の間隔。\"0s\" は事象のみ"}},
    {"deadline", OPTION_SPAN, "10s", .least = 100, .most = HOURS(1),
        .help = {"how long one look may take", "1 回の確認にかけてよい時間"}},
    {"worker", OPTION_NAME,
        .help = {"worker process that hosts it; default: the plugin's one",
            "受け持つワーカープロセスの名前。省略時はプラグインごとに 1 つ"}},
    {"service", OPTION_NAME, .help = {"service it belongs to", "属するサービス"}},
    {"owner", OPTION_TEXT, .help = {"who looks after it", "担当者・担当部署"}},
    {"scope", OPTION_TEXT, "maintained", .words = scopes,
        .help = {"whether it is part of the maintenance contract", "保守契約の対象かどうか"}},
    {"profile", OPTION_TEXT,
        .help = {"file of options for one product, looked for in the folder profiles beside the "
                 "configuration and in agent.profile_dir; what stands here goes before it",
            "製品別の設定ファイルの名前。設定ファイルと同じ場所の profiles と agent.profile_dir "
            "から探"
            "す。ここに書いた値が優先"}},
    {"doc_ref", OPTION_TEXT, .help = {"document that describes it", "参照する文書"}},
    {"depends_on", OPTION_LIST,
        .help = {"subjects without which this one cannot work; while one is critical or blind, "
                 "nothing new is told of this one",
            "前提となる監視対象。いずれかが異常または監視不能の間、この対象の新たな通知を控える"}},
    {"read_all", OPTION_FLAG, "false",
        .help = {"its worker may read all files (CAP_DAC_READ_SEARCH)",
            "ワーカーにすべてのファイルの読取りを許す(CAP_DAC_READ_SEARCH)"}},
    {"hours", OPTION_TEXT, .words = hours,
        .help = {"when incidents are opened; default: \"service\" if its service's state depends "
                 "on it, else \"always\"",
            "障害とする時間帯。省略時はサービスの状態を左右する対象なら \"service\"、それ以外は "
            "\"always\""}},
    {"rules", OPTION_GROUPS, .group = option_rule,
        .help = {"how its metrics are judged; the plugin's own rules serve for metrics without one",
            "計測項目の判定方法。指定のない項目にはプラグインの既定値を使う"}},
    END,
};

const struct option option_linkage[] = {
    {"id", OPTION_NAME, .required = true,
        .help = {"id of the linkage, as the transfer's documents call it", "連携 ID"}},
    {"name", OPTION_TEXT, .help = {"what people call it", "名称"}},
    {"class", OPTION_NAME,
        .help = {"class; linkage.class_NAME in an expression is all linkages of it",
            "区分。式の linkage.class_区分 はその区分のすべての連携を指す"}},
    {"service", OPTION_NAME,
        .help = {"service it belongs to; its environment holds", "属するサービス(環境も従う)"}},
    {"calendar", OPTION_NAME,
        .help = {"calendar that says which days are open", "開庁日・営業日を定める暦"}},
    {"frequency", OPTION_TEXT, .words = frequencies,
        .help = {"how often it runs; default: \"open_days\" with a calendar, else \"daily\"",
            "周期。省略時は暦があれば \"open_days\"、なければ \"daily\""}},
    {"deadline", OPTION_TEXT,
        .help = {"when it must have arrived, HH:MM of the business day on the 48-hour clock",
            "到着期限。業務日の 48 時間表記 HH:MM(例 \"25:30\")"}},
    {"grace", OPTION_SPAN, "0s", .least = 0, .most = DAYS(7),
        .help = {"after the deadline, before it counts as missing",
            "期限を過ぎてから未着とするまでの猶予"}},
    {"early", OPTION_SPAN, "12h", .least = 0, .most = DAYS(31),
        .help = {"an arrival this long before the deadline is of this business day",
            "期限よりこの時間だけ前からの到着を、その業務日の分とみなす"}},
    {"month", OPTION_INTEGER, .least = 1, .most = 12,
        .help = {"month of a yearly linkage", "年次の連携の月"}},
    {"day", OPTION_TEXT,
        .help = {"day of the month, \"1\" to \"31\" or \"end\"",
            "毎月の日。\"1\"～\"31\" または月末 \"end\""}},
    {"open_day", OPTION_INTEGER, .least = -23, .most = 23,
        .help = {"nth open day of the month; -1 is the last", "月の第 n 開庁日。-1 は最終開庁日"}},
    {"if_closed", OPTION_TEXT, "keep", .words = if_closed,
        .help = {"what happens to a day of the month that is closed",
            "毎月の日が閉庁日に当たるときの扱い"}},
    {"heartbeat", OPTION_SPAN, "0s", .least = 0, .most = DAYS(366),
        .help = {"an irregular linkage shows itself at least this often; \"0s\": whenever",
            "随時の連携が少なくともこの間隔で動くこと。\"0s\" は問わない"}},
    {"subject", OPTION_NAME, .required = true,
        .help = {"watch whose events show it", "連携を観測する監視対象"}},
    {"instance", OPTION_TEXT,
        .help = {"pattern (glob(7)) of instances, such as a queue's stage; default: all",
            "要素(キューの段階など)の glob(7) パターン。省略時はすべて"}},
    {"metric", OPTION_TEXT, "arrived",
        .help = {"event that says that it arrived", "到着を示す事象の項目名"}},
    {"start_metric", OPTION_TEXT,
        .help = {"event that says that it began", "開始を示す事象の項目名"}},
    {"failure_metric", OPTION_TEXT,
        .help = {"event that says that it failed", "失敗を示す事象の項目名"}},
    {"match", OPTION_LIST,
        .help = {"what the event's fields must say, FIELD=PATTERN (glob(7)), all of them",
            "事象のフィールドの条件 フィールド=パターン(glob(7))。すべてを満たすこと"}},
    {"run_field", OPTION_TEXT,
        .help = {"field that pairs a start with its end; default: one run at a time",
            "開始と終了を対にするフィールド。省略時は同時に 1 つだけ動くとみなす"}},
    {"records_field", OPTION_TEXT, "records",
        .help = {"field with the number of records", "件数のフィールド"}},
    {"date_field", OPTION_TEXT,
        .help = {"field with the business day, YYYYMMDD or YYYY-MM-DD; default: by the time",
            "業務日(YYYYMMDD、YYYY-MM-DD)のフィールド。省略時は時刻から決める"}},
    {"result_field", OPTION_TEXT,
        .help = {"field with the result of the run, such as a return code",
            "結果(戻り値など)のフィールド"}},
    {"ok", OPTION_LIST,
        .help = {"values of result_field that are good; default: \"0\"",
            "正常とみなす result_field の値。省略時は \"0\""}},
    {"min_records", OPTION_INTEGER, .least = 0, .most = 1e12,
        .help = {"fewer records are an incident", "これより少ない件数を異常とする"}},
    {"max_records", OPTION_INTEGER, .least = 0, .most = 1e12,
        .help = {"more records are an incident", "これより多い件数を異常とする"}},
    {"zero_ok", OPTION_FLAG, "false",
        .help = {"no records at all are good too", "0 件を正常とする"}},
    {"max_runtime", OPTION_SPAN, "0s", .least = 0, .most = DAYS(31),
        .help = {"a start without an end within this is an incident; \"0s\": any",
            "開始からこの時間内に終了しなければ異常とする。\"0s\" は問わない"}},
    {"next", OPTION_NAME,
        .help = {"linkage that must arrive after it", "続いて到着すべき連携の ID"}},
    {"next_within", OPTION_SPAN, .least = SECONDS(1), .most = DAYS(31),
        .help = {"how long after it the next one must have arrived", "続きの連携が到着すべき時間"}},
    END,
};

const struct option option_destination[] = {
    {"name", OPTION_NAME, .required = true, .help = {"name of the destination", "通知先の名前"}},
    {"channel", OPTION_TEXT, .required = true,
        .help = {"channel plugin that delivers", "配送に使うプラグイン"}},
    {"worker", OPTION_NAME,
        .help = {"worker process that hosts it; default: the channel's one (mail: its own)",
            "受け持つワーカープロセスの名前。省略時は通知手段ごとに 1 つ（メールは通知先ごとに 1 "
            "つ）"}},
    {"window", OPTION_INTEGER, "1", .least = 1, .most = 64,
        .help = {"deliveries under way at the same time", "同時に進める配送の数"}},
    {"deadline", OPTION_SPAN, "30s", .least = 100, .most = HOURS(1),
        .help = {"how long one attempt may take", "1 回の試行にかけてよい時間"}},
    {"expire_after", OPTION_SPAN, "7d", .least = SECONDS(60), .most = DAYS(365),
        .help = {"a notice is given up after this long", "この時間がたった通知は配送をやめる"}},
    {"heartbeat", OPTION_FLAG, "false",
        .help = {"is sent heartbeats, with the head of the ledger's chain",
            "生存通知（台帳の最終ハッシュつき）を送る"}},
    {"brake", OPTION_INTEGER, "300", .least = 0, .most = 1000,
        .help = {"notices of incidents within any minute; the rest is counted in a digest. 0: any "
                 "number",
            "1 分間に送る障害通知の上限。超えた分は件数をまとめた要約で送る。0 は無制限"}},
    {"contact", OPTION_TEXT,
        .help = {"who reads it: a post or a person", "受け取る担当（役職・氏名）"}},
    {"valid_from", OPTION_TEXT,
        .help = {"first day of the contact, YYYY-MM-DD", "担当の開始日(YYYY-MM-DD)"}},
    {"valid_to", OPTION_TEXT,
        .help = {"last day of the contact, YYYY-MM-DD; after it others are told, if there are any",
            "担当の最終日(YYYY-MM-DD)。過ぎると、ほかに通知先があればそちらだけに送る"}},
    {"drill", OPTION_TEXT,
        .help = {"when a drill is sent by itself: \"monthly 1 10:00\", \"weekly mon 09:00\", "
                 "\"daily "
                 "08:30\"; with a calendar's name after it on the next open day",
            "訓練通知を自動で送る日時。\"monthly 1 10:00\" \"weekly mon 09:00\" \"daily 08:30\"。"
            "暦の名前を続けると次の開庁日に送る"}},
    END,
};

static const struct option option_when[] = {
    {"severity", OPTION_TEXT, .words = severities,
        .help = {"at least this severe; default: all", "この重大度以上。省略時はすべて"}},
    {"service", OPTION_NAME, .help = {"of this service", "このサービスのもの"}},
    {"environment", OPTION_TEXT, .words = environments,
        .help = {"of services of this environment", "この環境のサービスのもの"}},
    {"scope", OPTION_TEXT, .words = scopes,
        .help = {"of subjects of this scope", "この契約範囲の監視対象のもの"}},
    {"calendar", OPTION_NAME,
        .help = {"what comes while this calendar is open", "この暦の開いている間に起きたもの"}},
    {"otherwise", OPTION_FLAG, "false",
        .help = {"only what no route without `otherwise` takes", "他の経路がどれも受けないもの"}},
    END,
};

static const struct option option_step[] = {
    {"after", OPTION_SPAN, .required = true, .least = SECONDS(1), .most = DAYS(31),
        .help = {"how long after the route's first notice", "この経路の最初の通知からの時間"}},
    {"to", OPTION_LIST, .required = true, .help = {"destinations that are told", "通知先の名前"}},
    END,
};

const struct option option_route[] = {
    {"to", OPTION_LIST, .required = true, .help = {"destinations that are told", "通知先の名前"}},
    {"when", OPTION_GROUP, .group = option_when,
        .help = {"which notices; default: all", "対象とする通知。省略時はすべて"}},
    {"name", OPTION_NAME,
        .help = {"name of the route; default: its number, \"#1\"",
            "経路の名前。省略時は番号（\"#1\"）"}},
    {"after", OPTION_SPAN, "0s", .least = 0, .most = DAYS(31),
        .help = {"told only if it lasts so long and nobody acknowledged it; \"0s\": at once",
            "この時間続き、誰も対応していないときだけ通知する。\"0s\" は直ちに"}},
    {"repeat", OPTION_SPAN, "0s", .least = 0, .most = DAYS(31),
        .help = {"told again so often until somebody acknowledges; \"0s\": once",
            "誰かが対応を宣言するまで繰り返す間隔。\"0s\" は 1 回"}},
    {"progress", OPTION_SPAN, "0s", .least = 0, .most = DAYS(31),
        .help = {"a reminder of the progress report so often, from the acknowledgement to the end; "
                 "\"0s\": none",
            "対応開始から復旧まで、経過報告を促す間隔。\"0s\" は促さない"}},
    {"escalate", OPTION_GROUPS, .group = option_step,
        .help = {"who else is told if nobody acknowledges",
            "誰も対応を宣言しないときに次に通知する先"}},
    {"outside", OPTION_TEXT, "skip", .words = outside,
        .help = {"what comes while when.calendar is closed: left to other routes, or told when it "
                 "opens too",
            "when.calendar が閉じている間のもの: "
            "他の経路に任せる(skip)、開いたときにも通知する(wait)"}},
    {"drill", OPTION_TEXT,
        .help = {"when a drill is sent to all of this route; as of a destination",
            "この経路の全通知先に訓練通知を送る日時。書き方は通知先の drill と同じ"}},
    END,
};

const struct option option_face[] = {
    {"name", OPTION_NAME, .required = true, .help = {"name of the face", "公開口の名前"}},
    {"face", OPTION_TEXT, .required = true,
        .help = {"face plugin that shows the board", "状態を見せるプラグイン"}},
    END,
};

const struct option_section option_sections[] = {
    {"agent", false, option_agent, {"the agent itself", "エージェント自身"}},
    {"calendars", true, option_calendar, {"service hours", "サービス時間の暦"}},
    {"services", true, option_service, {"what the contract measures", "契約が計測するサービス"}},
    {"watch", true, option_watch, {"what is watched", "監視対象"}},
    {"linkages", true, option_linkage,
        {"data transfers that are expected", "予定どおり届くべきデータ連携"}},
    {"destinations", true, option_destination, {"who can be told, and how", "通知先"}},
    {"routes", true, option_route, {"who is told of what", "何を誰に通知するか"}},
    {"faces", true, option_face, {"where the state is shown", "状態の公開口"}},
    END,
};
