/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * disk - how full file systems are, in space and in inodes, and whether they are there at all.
 *
 * The mount table is an event (EPOLLPRI of mountinfo): an unmount or a remount is reported at once.
 * Each mount is announced before it is touched, so that one that does not answer (a dead NFS
 * server hangs statvfs for ever) blinds only itself. Used space is df(1)'s: what an ordinary user
 * can no longer write. A file system that does not count inodes (btrfs) gets no inode reading.
 */
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <hashimori/plugin.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "mounts.h"
#include "shared/instances.h"
#include "trend.h"

enum {
    VOLUMES_MAX = 256,
    NEVER_S = 10 * 365 * 86400, /* "not filling": a number, so that rules can clear */
    TEXT_BYTES = 512
};

/* Readings that need the file system itself; those seen once go blind when it cannot be asked. */
enum measure {
    MEASURE_USED,
    MEASURE_FREE,
    MEASURE_INODES,
    MEASURE_FULL,
    MEASURE_INODES_FULL,
    MEASURE_COUNT
};
static const char *const measure_names[MEASURE_COUNT] = {
    "used_percent", "free_bytes", "inodes_percent", "time_to_full_s", "inodes_time_to_full_s"};

/* What is left of something, over time; kept over a restart. */
struct supply {
    char key[40];
    struct trend trend;
};

/* A mount point that is watched: listed, or found and still there. */
struct volume {
    struct volume *next;
    char *point;
    char *instance; /* the point, control characters replaced */
    char *type;
    bool is_listed;
    bool is_mounted, is_read_only;
    bool is_waiting; /* an automount that is not in use: left alone */
    bool is_told;    /* mounted and read_only were reported */
    unsigned major, minor;
    bool seen[MEASURE_COUNT];
    struct supply bytes, inodes;
};

struct disk {
    const struct hm_host *host;
    int table_fd;
    struct hm_watch_handle *table_handle;
    struct volume *volumes;
    size_t volume_count;
    int64_t span_ms;
    struct instances found; /* not listed ones, over a restart */
    bool has_looked;
    bool said_many;
};

static const struct hm_option disk_options[] = {
    {.name = "mounts",
        .type = HM_LIST,
        .help = "mount points that must be there; without it all storage that is mounted is "
                "watched",
        .help_ja = "監視するマウントポイントの一覧（省略時はマウント済みのディスクをすべて監視）"},
    {.name = "exclude",
        .type = HM_LIST,
        .help = "patterns (* ? []) of mount points that are left out, when mounts is not given",
        .help_ja = "監視から除くマウントポイントのパターン（* ? [] が使えます）。mounts "
                   "を省略したときに有効"},
    {.name = "types",
        .type = HM_LIST,
        .help = "file system types that are watched, when mounts is not given; without it: on "
                "block devices, and network file systems",
        .help_ja = "監視するファイルシステムの種類。mounts "
                   "を省略したときに有効（省略時はブロックデバイス上のものとネットワークのもの）"},
    {.name = "mountinfo",
        .type = HM_PATH,
        .preset = "/proc/1/mountinfo",
        .help = "mount table that is followed; when it cannot be read, /proc/self/mountinfo",
        .help_ja = "参照するマウント情報（読めないときは /proc/self/mountinfo）"},
    {.name = "span",
        .type = HM_SPAN,
        .preset = "6h",
        .least = 60000,
        .most = 2592000000.0,
        .help = "how far back the trend for time_to_full_s and inodes_time_to_full_s looks",
        .help_ja = "満杯までの時間 (time_to_full_s、inodes_time_to_full_s) を推定するときに"
                   "振り返る期間"},
    {0},
};

static const struct hm_rule disk_rules[] = {
    {.metric = "used_percent", .warning = ">= 85", .critical = ">= 95", .clear = "< 83"},
    {.metric = "inodes_percent", .warning = ">= 85", .critical = ">= 95", .clear = "< 83"},
    {.metric = "time_to_full_s", .warning = "< 86400", .clear = "> 100000", .runs = 3},
    {.metric = "inodes_time_to_full_s", .warning = "< 86400", .clear = "> 100000", .runs = 3},
    {.metric = "read_only", .critical = ">= 1"},
    {.metric = "mounted", .critical = "< 1"},
    {.metric = "unmounted",
        .event = "warning",
        .key = "mount",
        .cleared_by = "appeared",
        .clear_after = "1h"},
    {0},
};

static const char *say(const struct disk *d, const char *en, const char *ja)
{
    return strcmp(d->host->language(d->host), "ja") == 0 ? ja : en;
}

static void report(const struct disk *d, const struct volume *v, const char *metric, double number,
    const char *text)
{
    const struct hm_reading r = {.instance = v->instance,
        .metric = metric,
        .kind = HM_NUMBER,
        .number = number,
        .text = text};
    d->host->report(d->host, &r);
}

static void report_measure(
    const struct disk *d, struct volume *v, enum measure m, double number, const char *text)
{
    v->seen[m] = true;
    report(d, v, measure_names[m], number, text);
}

static void report_event(
    const struct disk *d, const char *metric, const char *mount, const char *type, const char *text)
{
    const struct hm_field fields[] = {{"mount", mount}, {"type", type}};
    char sentence[TEXT_BYTES];
    snprintf(sentence, sizeof sentence, "%s: %.400s", text, mount);
    const struct hm_reading r = {.metric = metric,
        .kind = HM_EVENT,
        .text = sentence,
        .fields = fields,
        .field_count = sizeof fields / sizeof fields[0]};
    d->host->report(d->host, &r);
}

/* The first measure always: it may be all that is ever known of this volume. */
static void report_blind(const struct disk *d, struct volume *v, const char *why)
{
    v->seen[MEASURE_USED] = true;
    for (size_t i = 0; i < MEASURE_COUNT; i++) {
        const struct hm_reading r = {
            .instance = v->instance, .metric = measure_names[i], .kind = HM_BLIND, .text = why};
        if (v->seen[i])
            d->host->report(d->host, &r);
    }
}

/* ---- volumes ---- */

static uint64_t fnv1a(const char *text)
{
    uint64_t hash = 0xcbf29ce484222325U;
    for (; *text != '\0'; text++)
        hash = (hash ^ (unsigned char)*text) * 0x100000001b3U;
    return hash;
}

static void volume_free(struct volume *v)
{
    free(v->point);
    free(v->instance);
    free(v->type);
    free(v);
}

static void supply_open(struct supply *p, const struct disk *d, const char *what, const char *point)
{
    snprintf(p->key, sizeof p->key, "%s_%016" PRIx64, what, fnv1a(point));
    const char *kept = d->host->kept(d->host, p->key);
    if (kept != NULL)
        trend_read(&p->trend, kept);
}

static struct volume *volume_new(const struct disk *d, const char *point)
{
    struct volume *v = calloc(1, sizeof *v);
    if (v == NULL)
        return NULL;
    v->point = strdup(point);
    v->instance = strdup(point);
    if (v->point == NULL || v->instance == NULL) {
        volume_free(v);
        return NULL;
    }
    for (char *c = v->instance; *c != '\0'; c++)
        if ((unsigned char)*c < 0x20 || *c == 0x7f)
            *c = '?';
    supply_open(&v->bytes, d, "trend", point);
    supply_open(&v->inodes, d, "inodes", point);
    return v;
}

/* Adds behind the others: readings come in the order of the table. NULL: there are too many. */
static struct volume *add_volume(struct disk *d, const char *point)
{
    if (d->volume_count >= VOLUMES_MAX) {
        if (!d->said_many)
            d->host->log(d->host, HM_LOG_WARN,
                "more than %d mounts: the rest is not watched; list the ones that matter",
                VOLUMES_MAX);
        d->said_many = true;
        return NULL;
    }
    struct volume *v = volume_new(d, point);
    struct volume **link = &d->volumes;
    if (v == NULL)
        return NULL;
    while (*link != NULL)
        link = &(*link)->next;
    *link = v;
    d->volume_count++;
    return v;
}

static bool in_list(const struct disk *d, const char *option, const char *text, bool is_pattern)
{
    size_t count = d->host->count(d->host, option);
    for (size_t i = 0; i < count; i++) {
        const char *item = d->host->item(d->host, option, i);
        if (is_pattern ? fnmatch(item, text, 0) == 0 : strcmp(item, text) == 0)
            return true;
    }
    return false;
}

static bool is_wanted(const struct disk *d, const struct mount *m)
{
    if (in_list(d, "exclude", m->point, true) || mount_is_automount(m))
        return false;
    if (d->host->count(d->host, "types") > 0)
        return in_list(d, "types", m->type, false);
    return mount_is_storage(m);
}

/* Whether @m shows a file system that is watched under another point already (bind mounts). */
static bool is_double(const struct disk *d, const struct mount *m)
{
    for (const struct volume *v = d->volumes; v != NULL; v = v->next) {
        if (strcmp(v->point, m->point) == 0)
            return true;
        if (v->is_mounted && v->major == m->major && v->minor == m->minor)
            return true;
    }
    return false;
}

static void take_state(struct volume *v, const struct mount *m)
{
    v->is_waiting = m != NULL && mount_is_automount(m);
    v->is_mounted = m != NULL && !v->is_waiting;
    v->is_read_only = v->is_mounted && m->read_only;
    if (!v->is_mounted)
        return;
    v->major = m->major;
    v->minor = m->minor;
    free(v->type);
    v->type = strdup(m->type);
}

static size_t discover(struct disk *d, const struct mounts *table)
{
    size_t before = d->volume_count;
    if (d->host->count(d->host, "mounts") > 0)
        return 0;
    for (size_t i = 0; i < table->count; i++) {
        const struct mount *m = &table->list[i];
        if (!is_wanted(d, m) || is_double(d, m))
            continue;
        struct volume *v = add_volume(d, m->point);
        if (v == NULL)
            continue;
        take_state(v, m);
        instances_add(&d->found, v->instance);
        if (d->has_looked)
            report_event(d, "appeared", v->instance, m->type,
                say(d, "a file system was mounted", "ファイルシステムがマウントされました"));
    }
    return d->volume_count - before;
}

/* A found one that is no more has no readings any more; that it went is news once. */
static void forget_volume(struct disk *d, struct volume *v)
{
    struct volume **link = &d->volumes;
    while (*link != v)
        link = &(*link)->next;
    *link = v->next;
    d->volume_count--;
    if (!v->is_waiting)
        report_event(d, "unmounted", v->instance, v->type == NULL ? "" : v->type,
            say(d, "a file system was unmounted", "ファイルシステムがアンマウントされました"));
    d->host->keep(d->host, v->bytes.key, NULL);
    d->host->keep(d->host, v->inodes.key, NULL);
    instances_gone(&d->found, v->instance);
    volume_free(v);
}

static void forget_unmounted(struct disk *d)
{
    for (struct volume *v = d->volumes, *next; v != NULL; v = next) {
        next = v->next;
        if (!v->is_listed && !v->is_mounted)
            forget_volume(d, v);
    }
}

/* Of those that were there when we looked last, in an earlier life of ours. */
static bool is_there_still(const void *arg, const char *instance)
{
    const struct disk *d = arg;
    for (const struct volume *v = d->volumes; v != NULL; v = v->next)
        if (strcmp(v->instance, instance) == 0)
            return true;
    report_event(d, "unmounted", instance, "",
        say(d, "a file system was unmounted while nobody looked",
            "監視を停止している間にファイルシステムがアンマウントされました"));
    return false;
}

/* What was measured of a listed one is not missed while its automount waits. */
static void forget_measures(const struct disk *d, struct volume *v)
{
    const struct hm_reading r = {.instance = v->instance, .metric = "", .kind = HM_GONE};
    d->host->report(d->host, &r);
    memset(v->seen, 0, sizeof v->seen);
}

static void report_state(const struct disk *d, struct volume *v)
{
    const char *why = NULL;
    if (v->is_waiting)
        why = say(d, "automount, not in use", "オートマウント（未使用のため未マウント）");
    else if (!v->is_mounted)
        why = say(d, "not mounted", "マウントされていません");
    report(d, v, "mounted", v->is_mounted || v->is_waiting ? 1 : 0, why);
    if (v->is_mounted)
        report(d, v, "read_only", v->is_read_only ? 1 : 0,
            v->is_read_only ? say(d, "the file system is read-only", "読み取り専用になっています")
                            : NULL);
    v->is_told = true;
}

/*
 * Reads the mount table. Volumes whose state changed are reported at once when @tell_changes.
 * Number of mounts that are new, or -errno.
 */
static int refresh(struct disk *d, bool tell_changes)
{
    struct mounts table;
    int r = mounts_read(d->table_fd, &table);
    if (r < 0)
        return r;
    for (struct volume *v = d->volumes; v != NULL; v = v->next) {
        bool was_mounted = v->is_mounted, was_read_only = v->is_read_only;
        take_state(v, mounts_find(&table, v->point));
        if (was_mounted && v->is_waiting)
            forget_measures(d, v);
        bool has_changed = was_mounted != v->is_mounted || was_read_only != v->is_read_only;
        if (tell_changes && v->is_told && has_changed)
            report_state(d, v);
    }
    forget_unmounted(d);
    size_t fresh = discover(d, &table);
    mounts_deinit(&table);
    if (!d->has_looked)
        instances_keep_only(&d->found, is_there_still, d);
    d->has_looked = true;
    return (int)fresh;
}

static void disk_on_table(void *arg, int fd, int events)
{
    struct disk *d = arg;
    (void)fd;
    (void)events;
    int r = refresh(d, true);
    if (r < 0)
        d->host->log(d->host, HM_LOG_WARN, "mount table: %s", strerror(-r));
    if (r > 0)
        d->host->check_soon(d->host);
}

/* ---- one volume ---- */

/* btrfs gives each subvolume a device number of its own, which the mount table does not show. */
static bool has_own_numbers(const struct volume *v)
{
    return v->type != NULL && (strcmp(v->type, "btrfs") == 0 || strcmp(v->type, "bcachefs") == 0);
}

/* The table may be that of another mount namespace than ours. */
static bool is_what_the_table_says(const struct volume *v)
{
    struct stat root;
    if (has_own_numbers(v) || stat(v->point, &root) < 0)
        return true;
    return major(root.st_dev) == v->major && minor(root.st_dev) == v->minor;
}

/* @left of @p is there now. */
static void report_time_to_full(
    const struct disk *d, struct volume *v, struct supply *p, enum measure m, double left)
{
    double per_s;
    if (trend_add(&p->trend, d->host->wall_ms(d->host), left, d->span_ms)) {
        char text[TREND_TEXT_BYTES];
        trend_write(&p->trend, text, sizeof text);
        d->host->keep(d->host, p->key, text);
    }
    if (!trend_slope(&p->trend, &per_s))
        return;
    double left_s = per_s < 0 ? left / -per_s : NEVER_S;
    report_measure(d, v, m, left_s < NEVER_S ? left_s : NEVER_S,
        left_s < NEVER_S ? NULL : say(d, "not filling", "増加傾向はありません"));
}

static void report_volume(const struct disk *d, struct volume *v)
{
    struct statvfs fs;
    if (statvfs(v->point, &fs) < 0) {
        report_blind(d, v, strerror(errno));
        return;
    }
    if (!is_what_the_table_says(v)) {
        report_blind(d, v,
            say(d, "the agent's own mount namespace shows another file system here",
                "監視プロセスの名前空間では別のファイルシステムが見えています"));
        return;
    }
    double block = (double)fs.f_frsize;
    double used = (double)(fs.f_blocks - fs.f_bfree);
    double usable = used + (double)fs.f_bavail;
    double free_bytes = (double)fs.f_bavail * block;
    if (usable > 0) {
        report_measure(d, v, MEASURE_USED, 100.0 * used / usable, NULL);
        report_measure(d, v, MEASURE_FREE, free_bytes, NULL);
        report_time_to_full(d, v, &v->bytes, MEASURE_FULL, free_bytes);
    }
    if (fs.f_files > 0) {
        report_measure(d, v, MEASURE_INODES,
            100.0 * (double)(fs.f_files - fs.f_ffree) / (double)fs.f_files, NULL);
        report_time_to_full(d, v, &v->inodes, MEASURE_INODES_FULL, (double)fs.f_favail);
    }
}

static void check_volume(const struct disk *d, struct volume *v)
{
    // What hung is blind as a whole and tried elsewhere: the least reading would say it is seen.
    if (v->is_mounted && d->host->skip(d->host, v->instance))
        return;
    report_state(d, v);
    if (v->is_waiting)
        return;
    if (!v->is_mounted) {
        report_blind(d, v, say(d, "not mounted", "マウントされていません"));
        return;
    }
    d->host->announce(d->host, v->instance);
    report_volume(d, v);
}

/* ---- the plugin ---- */

static void disk_validate(const struct hm_host *host)
{
    static const char *const lists[] = {"mounts", "exclude"};
    for (size_t l = 0; l < 2; l++) {
        for (size_t i = 0; i < host->count(host, lists[l]); i++) {
            const char *item = host->item(host, lists[l], i);
            if (item[0] != '/' && item[0] != '*')
                host->complain(host, lists[l], "\"%s\" is no absolute path", item);
        }
    }
    if (host->count(host, "mounts") > VOLUMES_MAX)
        host->complain(host, "mounts", "at most %d are watched", VOLUMES_MAX);
}

static void disk_close(void *self)
{
    struct disk *d = self;
    while (d->volumes != NULL) {
        struct volume *v = d->volumes;
        d->volumes = v->next;
        volume_free(v);
    }
    if (d->table_fd >= 0)
        close(d->table_fd);
    free(d);
}

static int open_table(struct disk *d)
{
    const char *path = d->host->text(d->host, "mountinfo");
    d->table_fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (d->table_fd < 0) {
        d->host->log(d->host, HM_LOG_WARN, "%s: %s; following /proc/self/mountinfo instead", path,
            strerror(errno));
        d->table_fd = open("/proc/self/mountinfo", O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    }
    if (d->table_fd < 0) {
        int error = errno;
        d->host->complain(d->host, "mountinfo", "%s", strerror(error));
        return -error;
    }
    d->table_handle = d->host->watch_fd(d->host, d->table_fd, HM_PRIORITY, disk_on_table, d);
    if (d->table_handle == NULL)
        d->host->log(d->host, HM_LOG_WARN,
            "the mount table gives no events (%s): changes are seen at the next interval",
            strerror(errno));
    return 0;
}

static int disk_open(const struct hm_host *host, void **ret_self)
{
    struct disk *d = calloc(1, sizeof *d);
    if (d == NULL)
        return -ENOMEM;
    d->host = host;
    d->span_ms = host->integer(host, "span");
    int r = open_table(d);
    if (r < 0) {
        disk_close(d);
        return r;
    }
    for (size_t i = 0; i < host->count(host, "mounts"); i++) {
        struct volume *v = add_volume(d, host->item(host, "mounts", i));
        if (v != NULL)
            v->is_listed = true;
    }
    instances_open(&d->found, host, "found");
    *ret_self = d;
    return 0;
}

static int disk_check(void *self)
{
    struct disk *d = self;
    int r = refresh(d, false);
    if (r < 0)
        return r;
    for (struct volume *v = d->volumes; v != NULL; v = v->next)
        check_volume(d, v);
    return 0;
}

HM_PLUGIN(.kind = HM_WATCH, .name = "disk", .version = "0.1.0",
    .summary = "how full file systems are, and whether they are mounted and writable",
    .summary_ja = "ディスクの使用率・マウント状態・読み取り専用化を監視します",
    .options = disk_options, .rules = disk_rules, .validate = disk_validate, .open = disk_open,
    .check = disk_check, .close = disk_close);
