/* SPDX-License-Identifier: BSD-2-Clause */
#include "answer.h"

#include <net-snmp/net-snmp-config.h>

#include <net-snmp/net-snmp-includes.h>

#include <net-snmp/agent/net-snmp-agent-includes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { ARC_OBJECTS = 1, ENTRY = 1, DATE_BYTES = 11, NO_DATE_BYTES = 8 };

struct answer {
    const struct hm_host *host;
    const struct rows *rows;
};

static const oid objects_root[] = {MIB_ROOT, ARC_OBJECTS};

/* One object instance; column counts from 0. */
struct place {
    const struct column_table *table;
    uint32_t column;
    const struct rows_row *row;
};

/* ---- values ------------------------------------------------------------------------------ */

static void set_number(
    netsnmp_variable_list *v, u_char type, int64_t number, int64_t least, int64_t most)
{
    long value = (long)(number < least ? least : number > most ? most : number);
    snmp_set_var_typed_value(v, type, &value, sizeof value);
}

static void set_unsigned(netsnmp_variable_list *v, int64_t number)
{
    set_number(v, ASN_UNSIGNED, number, 0, UINT32_MAX);
}

static void set_counter(netsnmp_variable_list *v, int64_t number)
{
    uint64_t all = number < 0 ? 0 : (uint64_t)number;
    struct counter64 value = {.high = (u_long)(all >> 32), .low = (u_long)(uint32_t)all};
    snmp_set_var_typed_value(v, ASN_COUNTER64, &value, sizeof value);
}

static int64_t seconds_since(int64_t now_ms, int64_t at_ms)
{
    return now_ms > at_ms ? (now_ms - at_ms) / 1000 : 0;
}

/* DateAndTime (RFC 2579) in the zone of the process, which is the site's. */
static void set_date(netsnmp_variable_list *v, int64_t at_ms)
{
    time_t at = (time_t)(at_ms / 1000);
    struct tm tm = {0};
    u_char date[DATE_BYTES] = {0};
    size_t bytes = NO_DATE_BYTES;

    if (at_ms > 0 && localtime_r(&at, &tm) != NULL) {
        int year = tm.tm_year + 1900;
        long zone = tm.tm_gmtoff / 60;
        bytes = DATE_BYTES;
        date[0] = (u_char)(year >> 8);
        date[1] = (u_char)(year & 0xff);
        date[2] = (u_char)(tm.tm_mon + 1);
        date[3] = (u_char)tm.tm_mday;
        date[4] = (u_char)tm.tm_hour;
        date[5] = (u_char)tm.tm_min;
        date[6] = (u_char)tm.tm_sec;
        date[7] = (u_char)(at_ms % 1000 / 100);
        date[8] = zone < 0 ? '-' : '+';
        date[9] = (u_char)(labs(zone) / 60);
        date[10] = (u_char)(labs(zone) % 60);
    }
    snmp_set_var_typed_value(v, ASN_OCTET_STR, date, bytes);
}

/* The board sends a class's seconds when something happened; what has elapsed since is added. */
static int64_t class_seconds(const struct answer *a, const struct rows_row *row,
    const struct column *column, int64_t counted)
{
    if (row->values[SERVICE_COUNTING].number != column->class)
        return counted;
    return counted + seconds_since(a->host->boot_ms(a->host), row->values[SERVICE_AT_BOOT].number);
}

static void set_value(const struct answer *a, netsnmp_variable_list *v, const struct place *p)
{
    const struct column *column = &p->table->columns[p->column];
    const struct rows_value *value = &p->row->values[p->column];
    const char *text = value->text == NULL ? "" : value->text;
    int64_t number = value->number;

    switch (column->kind) {
    case COLUMN_TEXT:
        snmp_set_var_typed_value(v, ASN_OCTET_STR, text, strlen(text));
        return;
    case COLUMN_INTEGER:
        set_number(v, ASN_INTEGER, number, INT32_MIN, INT32_MAX);
        return;
    case COLUMN_UNSIGNED:
        set_unsigned(v, number);
        return;
    case COLUMN_COUNTER:
        set_counter(v, number);
        return;
    case COLUMN_CLASS:
        set_counter(v, class_seconds(a, p->row, column, number));
        return;
    case COLUMN_DATE:
        set_date(v, number);
        return;
    case COLUMN_BOOT_AGE:
        set_unsigned(
            v, number == 0 ? UINT32_MAX : seconds_since(a->host->boot_ms(a->host), number));
        return;
    case COLUMN_WALL_AGE:
        set_unsigned(v, number == 0 ? 0 : seconds_since(a->host->wall_ms(a->host), number));
        return;
    case COLUMN_TRUTH:
        set_number(v, ASN_INTEGER, number != 0 ? 1 : 2, 1, 2);
        return;
    case COLUMN_HIDDEN:
        return;
    }
}

/* ---- names: table . entry . column . id, of scalars: group . column . 0 -------------------- */

static bool is_scalars(const struct column_table *table)
{
    return table == &column_tables[COLUMN_TABLE_AGENT];
}

static size_t place_name(const struct place *p, oid name[MAX_OID_LEN])
{
    size_t n = OID_LENGTH(objects_root);
    memcpy(name, objects_root, sizeof objects_root);
    name[n++] = p->table->arc;
    if (!is_scalars(p->table))
        name[n++] = ENTRY;
    name[n++] = p->table->first_column + p->column;
    name[n++] = is_scalars(p->table) ? 0 : p->row->id;
    return n;
}

static const struct column_table *table_at(oid arc)
{
    for (size_t i = 0; i < column_table_count; i++)
        if (column_tables[i].arc == arc)
            return &column_tables[i];
    return NULL;
}

/* Sub-identifiers have 32 bits (RFC 2578, 7.1.3), but the library makes -1 of 4294967295 when it
 * comes through AgentX, which is more than that in an oid. */
static uint32_t sub_identifier(oid arc)
{
    return (uint32_t)arc;
}

/* What a GET of the name after objects_root asks for: 0, or the exception to answer. */
static int find_exact(const struct answer *a, const oid *name, size_t n, struct place *ret)
{
    ret->table = n == 0 ? NULL : table_at(name[0]);
    if (ret->table == NULL)
        return SNMP_NOSUCHOBJECT;
    size_t head = is_scalars(ret->table) ? 1 : 2;
    if (n <= head || (head == 2 && name[1] != ENTRY) || name[head] < ret->table->first_column ||
        name[head] >= ret->table->first_column + ret->table->column_count)
        return SNMP_NOSUCHOBJECT;

    ret->column = (uint32_t)name[head] - ret->table->first_column;
    bool fits = n == head + 2;
    uint32_t instance = fits ? sub_identifier(name[head + 1]) : 0;
    if (is_scalars(ret->table))
        ret->row = fits && instance == 0 ? rows_from(a->rows, ret->table, 1) : NULL;
    else
        ret->row = fits && instance != 0 ? rows_get(a->rows, ret->table, instance) : NULL;
    return ret->row == NULL ? SNMP_NOSUCHINSTANCE : 0;
}

/* The first instance of @p->table at or after column @p->column, of that column from id @least. */
static bool place_from(const struct answer *a, struct place *p, uint64_t least)
{
    for (; p->column < p->table->column_count; p->column++, least = 0) {
        p->row = rows_from(a->rows, p->table, least);
        if (p->row != NULL)
            return true;
    }
    return false;
}

/*
 * The first instance of @p->table after the name below the table, or at it if @inclusive. Sets the
 * column and the least id to look from, by the first arc that decides.
 */
static bool place_after(
    const struct answer *a, struct place *p, const oid *name, size_t n, bool inclusive)
{
    size_t head = is_scalars(p->table) ? 0 : 1;
    uint64_t least = 0;
    p->column = 0;
    if (head == 1 && n >= 1 && name[0] != ENTRY) {
        if (name[0] > ENTRY)
            return false;
    } else if (n > head && name[head] >= p->table->first_column) {
        oid column = name[head] - p->table->first_column;
        if (column >= p->table->column_count)
            return false;
        p->column = (uint32_t)column;
        if (n > head + 1) {
            bool is_it = inclusive && n == head + 2;
            // A scalar has the one instance 0; any instance that is named lies at or after it.
            least = is_scalars(p->table)
                        ? (is_it && name[head + 1] == 0 ? 0 : UINT64_MAX)
                        : (uint64_t)sub_identifier(name[head + 1]) + (is_it ? 0 : 1);
        }
    }
    return place_from(a, p, least);
}

static bool find_next(
    const struct answer *a, const oid *name, size_t n, bool inclusive, struct place *ret)
{
    for (size_t i = 0; i < column_table_count; i++) {
        ret->table = &column_tables[i];
        if (n > 0 && ret->table->arc < name[0])
            continue;
        bool is_inside = n > 0 && ret->table->arc == name[0];
        if (place_after(a, ret, name + 1, is_inside ? n - 1 : 0, inclusive))
            return true;
    }
    return false;
}

/* ---- the handler ------------------------------------------------------------------------- */

static void answer_get(
    const struct answer *a, netsnmp_agent_request_info *info, netsnmp_request_info *request)
{
    netsnmp_variable_list *v = request->requestvb;
    size_t root = OID_LENGTH(objects_root);
    struct place place;
    int exception = SNMP_NOSUCHOBJECT;
    if (v->name_length > root)
        exception = find_exact(a, v->name + root, v->name_length - root, &place);
    if (exception != 0)
        netsnmp_set_request_error(info, request, exception);
    else
        set_value(a, v, &place);
}

static void answer_next(const struct answer *a, netsnmp_request_info *request)
{
    netsnmp_variable_list *v = request->requestvb;
    size_t root = OID_LENGTH(objects_root);
    size_t shared = v->name_length < root ? v->name_length : root;
    int order = snmp_oid_compare(v->name, shared, objects_root, shared);
    struct place place;
    oid name[MAX_OID_LEN];

    if (order > 0)
        return;
    bool is_below = order == 0 && v->name_length > root;
    size_t n = is_below ? v->name_length - root : 0;
    // Left as it is, the library goes on to whoever comes after us.
    if (!find_next(a, v->name + (is_below ? root : 0), n, request->inclusive != 0, &place))
        return;
    snmp_set_var_objid(v, name, place_name(&place, name));
    set_value(a, v, &place);
}

static int on_request(netsnmp_mib_handler *handler, netsnmp_handler_registration *registration,
    netsnmp_agent_request_info *info, netsnmp_request_info *requests)
{
    (void)handler;
    const struct answer *a = registration->my_reg_void;
    for (netsnmp_request_info *r = requests; r != NULL; r = r->next) {
        if (r->processed)
            continue;
        if (info->mode == MODE_GET)
            answer_get(a, info, r);
        else if (info->mode == MODE_GETNEXT)
            answer_next(a, r);
        else
            netsnmp_set_request_error(info, r, SNMP_ERR_NOTWRITABLE);
    }
    return SNMP_ERR_NOERROR;
}

struct answer *answer_new(const struct hm_host *host, const struct rows *rows)
{
    struct answer *a = calloc(1, sizeof *a);
    if (a == NULL)
        return NULL;
    *a = (struct answer){.host = host, .rows = rows};
    netsnmp_handler_registration *registration = netsnmp_create_handler_registration(
        "hashimori", on_request, objects_root, OID_LENGTH(objects_root), HANDLER_CAN_RONLY);
    if (registration == NULL)
        return answer_free(a);
    registration->my_reg_void = a;
    // Frees the registration when it refuses.
    if (netsnmp_register_handler(registration) != MIB_REGISTERED_OK)
        return answer_free(a);
    return a;
}

struct answer *answer_free(struct answer *a)
{
    free(a);
    return NULL;
}
