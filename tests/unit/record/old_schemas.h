/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HM_TESTS_RECORD_OLD_SCHEMAS_H
#define HM_TESTS_RECORD_OLD_SCHEMAS_H

/*
 * The ledger's schemas as programs before this one made them: entry n leads from version n to
 * n + 1. Written down here once and never changed, whatever agent/record/schema.c says.
 */
static const char *const old_schemas[] = {
    /* first schema */
    "CREATE TABLE meta(key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;"
    "CREATE TABLE ledger(seq INTEGER PRIMARY KEY, at_wall INTEGER NOT NULL,"
    " at_boot INTEGER NOT NULL, kind TEXT NOT NULL, body TEXT NOT NULL, hash BLOB NOT NULL);"
    "CREATE TRIGGER ledger_no_update BEFORE UPDATE ON ledger"
    " BEGIN SELECT raise(ABORT, 'the ledger is append-only'); END;"
    "CREATE TRIGGER ledger_no_delete BEFORE DELETE ON ledger"
    " BEGIN SELECT raise(ABORT, 'the ledger is append-only'); END;"
    "CREATE TABLE alive(id INTEGER PRIMARY KEY CHECK (id = 1), wall INTEGER NOT NULL,"
    " boot INTEGER NOT NULL, boot_id TEXT NOT NULL, stopped INTEGER NOT NULL);"
    "CREATE TABLE metric(subject TEXT, instance TEXT, metric TEXT, verdict INTEGER NOT NULL,"
    " bad_runs INTEGER NOT NULL, good_runs INTEGER NOT NULL, leaning INTEGER NOT NULL,"
    " first_bad_wall INTEGER NOT NULL, first_bad_boot INTEGER NOT NULL,"
    " first_good_wall INTEGER NOT NULL, first_good_boot INTEGER NOT NULL,"
    " since_wall INTEGER NOT NULL, since_boot INTEGER NOT NULL,"
    " last_wall INTEGER NOT NULL, last_boot INTEGER NOT NULL, number REAL,"
    " incident INTEGER NOT NULL, before_blind INTEGER NOT NULL,"
    " PRIMARY KEY (subject, instance, metric)) WITHOUT ROWID;"
    "CREATE TABLE incident(id INTEGER PRIMARY KEY, open INTEGER NOT NULL, row INTEGER NOT NULL);"
    "CREATE INDEX incident_open ON incident(id) WHERE open = 1;"
    "CREATE TABLE service_point(service TEXT, row INTEGER, PRIMARY KEY (service, row))"
    " WITHOUT ROWID;"
    "CREATE TABLE step(row INTEGER PRIMARY KEY);"
    "CREATE TABLE kept(subject TEXT, key TEXT, value TEXT NOT NULL, PRIMARY KEY (subject, key))"
    " WITHOUT ROWID;"
    "CREATE TABLE engine(guest TEXT PRIMARY KEY, id TEXT NOT NULL, boots INTEGER NOT NULL)"
    " WITHOUT ROWID;"
    "CREATE TABLE notice(sequence INTEGER PRIMARY KEY, incident INTEGER NOT NULL,"
    " service TEXT NOT NULL,"
    " row INTEGER NOT NULL);"
    "CREATE INDEX notice_service ON notice(service, row) WHERE service <> '';"
    "CREATE INDEX notice_incident ON notice(incident) WHERE incident <> 0;"
    "CREATE TABLE receipt(sequence INTEGER, row INTEGER, PRIMARY KEY (sequence, row))"
    " WITHOUT ROWID;"
    "CREATE TABLE outbox(delivery INTEGER PRIMARY KEY, destination TEXT NOT NULL,"
    " sequence INTEGER NOT NULL, attempts INTEGER NOT NULL, due_wall INTEGER NOT NULL,"
    " recorded_wall INTEGER NOT NULL, last_text TEXT NOT NULL);"
    "CREATE INDEX outbox_destination ON outbox(destination, delivery);"
    "CREATE TABLE destination(name TEXT PRIMARY KEY, sent INTEGER NOT NULL,"
    " accepted INTEGER NOT NULL, refused INTEGER NOT NULL, expired INTEGER NOT NULL)"
    " WITHOUT ROWID;",
    /* incident commands */
    "CREATE TABLE command(incident INTEGER, row INTEGER, PRIMARY KEY (incident, row))"
    " WITHOUT ROWID;",
    /* linkages */
    "CREATE TABLE linkage(id TEXT PRIMARY KEY, state TEXT NOT NULL) WITHOUT ROWID;"
    "CREATE TABLE linkage_day(linkage TEXT, day TEXT, row INTEGER NOT NULL,"
    " PRIMARY KEY (linkage, day)) WITHOUT ROWID;",
    /* archives */
    "CREATE TABLE archive(last INTEGER PRIMARY KEY, hash BLOB NOT NULL, incident INTEGER NOT NULL,"
    " sequence INTEGER NOT NULL);"
    "CREATE TABLE carried(seq INTEGER PRIMARY KEY, previous BLOB NOT NULL);"
    "DROP TRIGGER ledger_no_delete;"
    "CREATE TRIGGER ledger_no_delete BEFORE DELETE ON ledger"
    " WHEN old.seq > coalesce((SELECT max(last) FROM archive), 0)"
    " OR EXISTS (SELECT 1 FROM carried WHERE seq = old.seq)"
    " BEGIN SELECT raise(ABORT, 'the ledger is append-only'); END;",
};
enum { OLD_SCHEMAS = sizeof old_schemas / sizeof old_schemas[0] };

#endif
