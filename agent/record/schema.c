/* SPDX-License-Identifier: BSD-2-Clause */
#include "record/schema.h"

/*
 * The ledger holds what happened; incident, command, service_point, step, linkage_day, notice and
 * receipt only say where in it: what they show is read from the hashed rows, so that a figure
 * cannot be changed beside the chain. outbox, metric, linkage, kept, alive, engine, destination,
 * follow, digest and drill are working state.
 */
static const char first_schema[] =
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
    " WITHOUT ROWID;";

/* Commands are found by the incident that they are about. */
static const char incident_commands[] =
    "CREATE TABLE command(incident INTEGER, row INTEGER, PRIMARY KEY (incident, row))"
    " WITHOUT ROWID;";

/* A business day of a linkage is the last row that says what became of it. */
static const char linkages[] =
    "CREATE TABLE linkage(id TEXT PRIMARY KEY, state TEXT NOT NULL) WITHOUT ROWID;"
    "CREATE TABLE linkage_day(linkage TEXT, day TEXT, row INTEGER NOT NULL,"
    " PRIMARY KEY (linkage, day)) WITHOUT ROWID;";

/*
 * Rows up to archive.last are in a file, but for the carried ones; ids and sequence numbers go on
 * after the highest that was seen by then.
 */
static const char archives[] =
    "CREATE TABLE archive(last INTEGER PRIMARY KEY, hash BLOB NOT NULL, incident INTEGER NOT NULL,"
    " sequence INTEGER NOT NULL);"
    "CREATE TABLE carried(seq INTEGER PRIMARY KEY, previous BLOB NOT NULL);"
    "DROP TRIGGER ledger_no_delete;"
    "CREATE TRIGGER ledger_no_delete BEFORE DELETE ON ledger"
    " WHEN old.seq > coalesce((SELECT max(last) FROM archive), 0)"
    " OR EXISTS (SELECT 1 FROM carried WHERE seq = old.seq)"
    " BEGIN SELECT raise(ABORT, 'the ledger is append-only'); END;";

/*
 * Times of the outbox on the boot clock, too (NULL: not counted yet), and its order: the lower rank
 * first. What routes still owe, what brakes counted, when drills went out: record/tell.h.
 */
static const char telling[] =
    "ALTER TABLE outbox ADD COLUMN due_boot INTEGER;"
    "ALTER TABLE outbox ADD COLUMN recorded_boot INTEGER;"
    "ALTER TABLE outbox ADD COLUMN rank INTEGER NOT NULL DEFAULT 1;"
    "DROP INDEX outbox_destination;"
    "CREATE INDEX outbox_destination ON outbox(destination, rank, delivery);"
    "CREATE TABLE follow(incident INTEGER, route TEXT, step INTEGER, phase INTEGER NOT NULL,"
    " told INTEGER NOT NULL, due_wall INTEGER NOT NULL, due_boot INTEGER NOT NULL,"
    " why TEXT NOT NULL, PRIMARY KEY (incident, route, step)) WITHOUT ROWID;"
    "CREATE INDEX follow_due ON follow(due_boot) WHERE phase <= 2;"
    "CREATE TABLE digest(destination TEXT, kind INTEGER, severity INTEGER, service TEXT,"
    " subject TEXT, count INTEGER NOT NULL,"
    " PRIMARY KEY (destination, kind, severity, service, subject)) WITHOUT ROWID;"
    "CREATE TABLE drill(destination TEXT PRIMARY KEY, sequence INTEGER NOT NULL,"
    " at_wall INTEGER NOT NULL) WITHOUT ROWID;";

/* How many readings at the end of a run argue for critical, or for ok; it was whether all of a bad
 * run argue for critical (3). */
static const char utmost_runs[] =
    "ALTER TABLE metric RENAME COLUMN leaning TO utmost_runs;"
    "UPDATE metric SET utmost_runs = CASE WHEN bad_runs = 0 THEN good_runs"
    " WHEN utmost_runs = 3 THEN bad_runs ELSE 0 END;";

/* What a channel is to know at a delivery's next attempt; NULL: nothing. */
static const char progress[] = "ALTER TABLE outbox ADD COLUMN progress TEXT;";

const char *const schema_steps[] = {
    first_schema, incident_commands, linkages, archives, telling, utmost_runs, progress};
const int schema_version = sizeof schema_steps / sizeof schema_steps[0];
