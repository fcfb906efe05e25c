/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A table of expected transfers, as sites keep it in a spreadsheet, becomes a section `linkages`.
 * What a cell cannot say in our terms is a complaint with its line: nothing is guessed.
 */
#include <errno.h>
#include <fcntl.h>
#include <iconv.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/fdio.h"
#include "base/text.h"
#include "ctl/ctl.h"
#include "settings/option.h"
#include "settings/units.h"

enum { FILE_BYTES_MAX = 4 * 1024 * 1024, CELLS_MAX = 32 };

enum heading { HEAD_ID, HEAD_NAME, HEAD_CYCLE, HEAD_LIMIT, HEAD_GRACE, HEAD_LEAST, HEADINGS };

/* Each in the words that tables use. */
static const char *const headings[HEADINGS][3] = {{"連携ID", "ID", "id"},
    {"名称", "連携名", "name"}, {"周期", "頻度", "frequency"}, {"期限", "到着期限", "deadline"},
    {"猶予分", "猶予", "grace"}, {"最小件数", "下限件数", "min_records"}};

struct table {
    const struct ctl *ctl;
    const char *file;
    unsigned line;          /* of the record at hand */
    char *cells[CELLS_MAX]; /* of the record at hand */
    size_t count;
    int places[HEADINGS]; /* column of each heading; -1: there is none */
    struct text out;
    unsigned complaints;
};

/* ---- bytes ------------------------------------------------------------------------------- */

static int read_bytes(const char *path, struct text *t)
{
    char buffer[64 * 1024];
    ssize_t n = 0;
    int fd =
        strcmp(path, "-") == 0 ? dup(STDIN_FILENO) : open(path, O_RDONLY | O_NOCTTY | O_CLOEXEC);
    while (fd >= 0 && t->length <= FILE_BYTES_MAX && (n = read(fd, buffer, sizeof buffer)) > 0)
        text_add_bytes(t, buffer, (size_t)n);
    int r = fd < 0 || n < 0 ? -errno : t->length > FILE_BYTES_MAX ? -EFBIG : 0;
    fdio_close(fd);
    return r;
}

/* Spreadsheets of Japanese offices write CP932. False: it is that no more than UTF-8. */
static bool from_cp932(struct text *t)
{
    struct text out = {0};
    char buffer[4096];
    char *in = t->bytes;
    size_t left = t->length;
    iconv_t cd = iconv_open("UTF-8", "CP932");
    bool is_good = cd != (iconv_t)-1;
    while (is_good && left > 0) {
        char *to = buffer;
        size_t room = sizeof buffer;
        size_t r = iconv(cd, &in, &left, &to, &room);
        text_add_bytes(&out, buffer, sizeof buffer - room);
        is_good = r != (size_t)-1 || errno == E2BIG;
    }
    if (cd != (iconv_t)-1)
        iconv_close(cd);
    if (is_good) {
        text_deinit(t);
        *t = out;
    } else {
        text_deinit(&out);
    }
    return is_good;
}

/* ---- records of the table (RFC 4180) ----------------------------------------------------- */

static void clear_cells(struct table *t)
{
    for (size_t i = 0; i < t->count; i++)
        free(t->cells[i]);
    t->count = 0;
}

/* One cell from @at on; returns where it ends. */
static const char *take_cell(struct table *t, const char *at, unsigned *lines)
{
    struct text cell = {0};
    bool is_quoted = *at == '"';
    for (at += is_quoted; *at != '\0'; at++) {
        if (is_quoted && at[0] == '"' && at[1] == '"')
            at++;
        else if (is_quoted && *at == '"') {
            is_quoted = false;
            continue;
        } else if (!is_quoted && (*at == ',' || *at == '\n' || *at == '\r'))
            break;
        *lines += *at == '\n';
        text_add_char(&cell, *at);
    }
    if (t->count < CELLS_MAX)
        t->cells[t->count++] = text_take(&cell);
    text_deinit(&cell);
    return at;
}

/* The next record into `cells`; NULL at the end. */
static const char *take_record(struct table *t, const char *at, unsigned *lines)
{
    clear_cells(t);
    if (*at == '\0')
        return NULL;
    t->line = *lines;
    for (;;) {
        at = take_cell(t, at, lines);
        if (*at != ',')
            break;
        at++;
    }
    at += *at == '\r';
    if (*at == '\n') {
        at++;
        ++*lines;
    }
    return at;
}

static const char *cell(const struct table *t, enum heading h)
{
    int place = t->places[h];
    const char *text = place >= 0 && (size_t)place < t->count ? t->cells[place] : NULL;
    return text != NULL ? text : "";
}

static void complain(struct table *t, enum message id, const char *what)
{
    struct text where = {0};
    text_addf(&where, "%s:%u", t->file, t->line);
    ctl_fail(t->ctl, CTL_NO, id, text_get(&where), what);
    text_deinit(&where);
    t->complaints++;
}

static void take_headings(struct table *t)
{
    for (size_t h = 0; h < HEADINGS; h++) {
        t->places[h] = -1;
        for (size_t i = 0; i < t->count; i++)
            for (size_t w = 0; w < 3; w++)
                if (text_equal(t->cells[i], headings[h][w]))
                    t->places[h] = (int)i;
    }
    if (t->places[HEAD_ID] < 0 || t->places[HEAD_CYCLE] < 0 || t->places[HEAD_LIMIT] < 0)
        complain(t, MESSAGE_IMPORT_HEADINGS, "連携ID, 周期, 期限");
}

/* ---- what a record says ------------------------------------------------------------------ */

/* Text between quotation marks of the configuration. */
static void add_quoted(struct text *t, const char *text)
{
    text_add_char(t, '"');
    for (; *text != '\0'; text++) {
        if (*text == '"' || *text == '\\')
            text_add_char(t, '\\');
        text_add_char(t, (unsigned char)*text < ' ' ? ' ' : *text);
    }
    text_add_char(t, '"');
}

static void add_option(struct table *t, const char *key, const char *text)
{
    text_addf(&t->out, " %s = ", key);
    add_quoted(&t->out, text);
    text_add_char(&t->out, ';');
}

static const char *calendar_of(const struct table *t)
{
    const char *name = ctl_value(t->ctl, "calendar");
    return name != NULL ? name : "office";
}

/* Moves *@at behind @text if it begins so. */
static bool skip(const char **at, const char *text)
{
    size_t length = strlen(text);
    bool is_there = strncmp(*at, text, length) == 0;
    if (is_there)
        *at += length;
    return is_there;
}

static bool skip_number(const char **at, long most, long *ret)
{
    char *end = NULL;
    if (**at < '0' || **at > '9')
        return false;
    *ret = strtol(*at, &end, 10);
    *at = end;
    return *ret >= 1 && *ret <= most;
}

/* Digits and brackets as wide as kanji become those of ASCII; blanks go. The caller frees. */
static char *narrow(const char *text)
{
    static const char *const wide[] = {
        "０", "１", "２", "３", "４", "５", "６", "７", "８", "９", "（", "）", " ", "　"};
    static const char ascii[] = "0123456789()";
    struct text t = {0};
    while (*text != '\0') {
        size_t i = 0;
        while (i < sizeof wide / sizeof wide[0] && !skip(&text, wide[i]))
            i++;
        if (i < sizeof ascii - 1)
            text_add_char(&t, ascii[i]);
        else if (i == sizeof wide / sizeof wide[0])
            text_add_char(&t, *text++);
    }
    return text_take(&t);
}

/* The day within a month: "15日", "末", "第1開庁日", "最終開庁日"; false: it is none of them. */
static bool add_day(struct table *t, const char *text)
{
    const char *at = text;
    char number[16];
    long n = 0;
    if (text_equal(text, "末") || text_equal(text, "末日")) {
        add_option(t, "day", "end");
        return true;
    }
    if (skip_number(&at, 31, &n) && text_equal(at, "日")) {
        snprintf(number, sizeof number, "%ld", n);
        add_option(t, "day", number);
        return true;
    }
    at = text;
    if (text_equal(text, "末開庁日") || text_equal(text, "最終開庁日"))
        n = -1;
    else if (!skip(&at, "第") || !skip_number(&at, 23, &n) || !text_equal(at, "開庁日"))
        return false;
    add_option(t, "calendar", calendar_of(t));
    text_addf(&t->out, " open_day = %ld;", n);
    return true;
}

/* "年次(6月)", "年次(6月15日)", "毎年6月末". With a month alone it comes in that month: by its end.
 */
static bool add_yearly(struct table *t, const char *at)
{
    long month = 0;
    bool is_in_brackets = skip(&at, "年次(") || skip(&at, "年1回(");
    if ((!is_in_brackets && !skip(&at, "毎年")) || !skip_number(&at, 12, &month) ||
        !skip(&at, "月"))
        return false;
    char *day = alloc_text(at);
    size_t length = strlen(day);
    bool is_closed = !is_in_brackets || (length > 0 && day[length - 1] == ')');
    if (is_in_brackets && is_closed)
        day[length - 1] = '\0';
    add_option(t, "frequency", "yearly");
    text_addf(&t->out, " month = %ld;", month);
    if (day[0] == '\0') {
        add_option(t, "day", "end");
        add_option(t, "early", "31d");
    }
    bool is_good = is_closed && (day[0] == '\0' || add_day(t, day));
    free(day);
    return is_good;
}

static bool add_monthly(struct table *t, const char *at)
{
    if (!skip(&at, "毎月") && !skip(&at, "月初") && !skip(&at, "月") &&
        strcmp(at, "最終開庁日") != 0)
        return false;
    add_option(t, "frequency", "monthly");
    return add_day(t, at);
}

/* The frequency of a linkage with a deadline; false: it is unknown. */
static bool add_cycle(struct table *t, const char *cycle)
{
    if (text_equal(cycle, "毎日") || text_equal(cycle, "日次")) {
        add_option(t, "frequency", "daily");
        return true;
    }
    if (text_equal(cycle, "開庁日") || text_equal(cycle, "営業日") || text_equal(cycle, "平日")) {
        add_option(t, "frequency", "open_days");
        add_option(t, "calendar", calendar_of(t));
        return true;
    }
    return add_yearly(t, cycle) || add_monthly(t, cycle);
}

static void add_plan(struct table *t)
{
    const char *cycle = cell(t, HEAD_CYCLE), *limit = cell(t, HEAD_LIMIT);
    int32_t minute;
    if (text_equal(cycle, "随時") || text_equal(limit, "随時")) {
        add_option(t, "frequency", "irregular");
        return;
    }
    char *plain = narrow(cycle);
    if (!add_cycle(t, plain))
        complain(t, MESSAGE_IMPORT_CYCLE, cycle);
    free(plain);
    if (!units_clock(limit, 48 * 60, &minute))
        complain(t, MESSAGE_IMPORT_LIMIT, limit);
    add_option(t, "deadline", limit);
}

/* A whole number, or a complaint; false also when the cell is empty. */
static bool whole(struct table *t, enum heading h, long *ret)
{
    const char *text = cell(t, h);
    if (text[0] == '\0')
        return false;
    if (strspn(text, "0123456789") != strlen(text) || strlen(text) > 9) {
        complain(t, MESSAGE_IMPORT_NUMBER, text);
        return false;
    }
    *ret = strtol(text, NULL, 10);
    return true;
}

static void add_source(struct table *t, const char *id)
{
    const char *subject = ctl_value(t->ctl, "subject");
    const char *service = ctl_value(t->ctl, "service");
    struct text match = {0};
    text_addf(&match, "job=%s", id);
    add_option(t, "subject", subject != NULL ? subject : "transfer-log");
    add_option(t, "metric", "end");
    text_add(&t->out, " match = ( ");
    add_quoted(&t->out, text_get(&match));
    text_add(&t->out, " );");
    if (service != NULL)
        add_option(t, "service", service);
    text_deinit(&match);
}

static void add_record(struct table *t, bool is_first)
{
    const char *id = cell(t, HEAD_ID);
    long n = 0;
    if (!option_is_name(id))
        complain(t, MESSAGE_IMPORT_ID, id);
    text_add(&t->out, is_first ? "\n    " : ",\n    ");
    text_add(&t->out, "{");
    add_option(t, "id", id);
    if (cell(t, HEAD_NAME)[0] != '\0')
        add_option(t, "name", cell(t, HEAD_NAME));
    text_add(&t->out, "\n     ");
    add_plan(t);
    bool is_irregular =
        text_equal(cell(t, HEAD_CYCLE), "随時") || text_equal(cell(t, HEAD_LIMIT), "随時");
    if (whole(t, HEAD_GRACE, &n) && !is_irregular)
        text_addf(&t->out, " grace = \"%ldm\";", n);
    if (whole(t, HEAD_LEAST, &n) && n == 0)
        text_add(&t->out, " zero_ok = true;");
    else if (cell(t, HEAD_LEAST)[0] != '\0')
        text_addf(&t->out, " min_records = %ld;", n);
    text_add(&t->out, "\n     ");
    add_source(t, id);
    text_add(&t->out, " }");
}

/* ---- the command ------------------------------------------------------------------------- */

static bool is_blank(const struct table *t)
{
    for (size_t i = 0; i < t->count; i++)
        if (t->cells[i] != NULL && t->cells[i][0] != '\0')
            return false;
    return true;
}

static void convert(struct table *t, const char *bytes)
{
    unsigned lines = 1;
    bool is_first = true;
    const char *at = strncmp(bytes, "\xef\xbb\xbf", 3) == 0 ? bytes + 3 : bytes;
    at = take_record(t, at, &lines);
    take_headings(t);
    text_add(&t->out, "linkages = (");
    bool is_table = t->complaints == 0;
    while (is_table && at != NULL && (at = take_record(t, at, &lines)) != NULL) {
        if (is_blank(t))
            continue;
        add_record(t, is_first);
        is_first = false;
    }
    text_add(&t->out, "\n);\n");
    if (is_first && t->complaints == 0)
        complain(t, MESSAGE_IMPORT_EMPTY, "");
}

int run_linkage_import(struct ctl *c)
{
    struct table t = {.ctl = c, .file = c->args[0], .line = 1};
    struct text bytes = {0};
    int r = read_bytes(t.file, &bytes);

    if (r != 0) {
        text_deinit(&bytes);
        return ctl_fail(c, CTL_NO, MESSAGE_IMPORT_READ, t.file, strerror(-r));
    }
    bool is_text = strlen(text_get(&bytes)) == bytes.length;
    if (is_text && !text_is_utf8(text_get(&bytes), bytes.length))
        is_text = from_cp932(&bytes);
    if (!is_text)
        complain(&t, MESSAGE_IMPORT_BYTES, "");
    else
        convert(&t, text_get(&bytes));
    if (t.complaints == 0)
        fputs(text_get(&t.out), stdout);
    clear_cells(&t);
    text_deinit(&t.out);
    text_deinit(&bytes);
    return t.complaints == 0 ? CTL_DONE : CTL_NO;
}
