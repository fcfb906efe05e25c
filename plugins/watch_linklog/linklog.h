/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef LINKLOG_LINKLOG_H
#define LINKLOG_LINKLOG_H

#include <hashimori/plugin.h>
#include <stdbool.h>
#include <stdint.h>

#include "charset.h"
#include "follow.h"
#include "pace.h"
#include "prefilter.h"
#include "rules.h"
#include "tail.h"

/**
 * linklog - the state of one subject, and what it says (say.c).
 *
 * Each event is handed over after host->keep of the offset behind it, so both are saved in one
 * transaction: a restart neither loses nor doubles it. Where a record makes several events, the
 * offset stays at its start and the number of those made goes with it. With the first event of a
 * turn all that follow knows is kept ("offset"), with the others only how far that file is ("at").
 */

struct announced;
struct listing;
struct details;

struct linklog {
    const struct hm_host *host;
    struct charset *charset;
    struct rules rules;
    struct prefilter *prefilter; /* NULL until there is something to read */
    /* Since the prefilter was made: bytes read, records that it let through in vain. */
    uint64_t scanned;
    unsigned in_vain, samples, hits_in_a_row;
    struct line_rules lines;
    struct listing *listing;     /* the log is what a command prints; NULL: it is a file */
    struct announced *announced; /* NULL: sizes are not compared */
    struct follow *follow;
    struct block *block;
    char *decoded;           /* a line; lines.max bytes and a little */
    char *summary;           /* of a record */
    struct details *details; /* of say.c */
    const char *time_format; /* of the capture "time"; NULL: events happen when they are read */
    bool must_exist;
    int64_t flush_ms, poll_ms;
    struct pace pace;
    struct hm_watch_handle *on_change; /* NULL while changes are gathered */
    struct hm_watch_handle *quiet, *again, *flush, *poll;
    unsigned made;              /* readings in this turn */
    bool moved;                 /* something was read since the offset was kept */
    const struct tail *reading; /* the file whose lines are being read; NULL: none */
    bool is_kept_whole;         /* since then all of what follow knows was kept */
    bool was_blind;
    bool flush_is_armed, poll_is_armed;
    int fault;        /* errno of the last reading that failed; 0: none */
    int encoding_day; /* yyyymmdd of the last warning about the encoding */
};

/** Where a record stands. */
struct place {
    const char *file;
    int64_t offset;  /* -1: it has none */
    int64_t near_ms; /* about when it was written: for dates without a year */
};

/** What the functions below need room for; free(3). 0 or -ENOMEM. */
int say_new(struct details **ret_details);

/** Hands over the event that @rule makes of @r, which its pattern has just matched. */
void say_event(
    struct linklog *l, const struct rule *rule, const struct record *r, const struct place *where);

/** Hands the events of a complete record over. @hits: numbers of rules, from @done on. */
void say_hits(
    struct linklog *l, struct tail *t, const struct record *r, const size_t *hits, size_t count);

/** Seconds since the log was last written to, or that it cannot be looked at and why. */
void say_state(struct linklog *l);

/** A line was not in the encoding that it should have; told once a day. */
void say_encoding(struct linklog *l, const char *file, int64_t offset, enum charset_way way);

/** A match hit its limits: nobody knows whether the record matches. Told once in ten minutes. */
void say_limit(struct linklog *l, const struct tail *t, const struct record *r, size_t rule);

/** @bytes of @path will never be read; -1: nobody knows how many, but @least or more. @why: as
 * follow_sink has it. */
void say_lost(struct linklog *l, const char *path, int64_t bytes, int64_t least, const char *why);

/** A listing had so many lines. */
void say_listed(struct linklog *l, long lines);

/** Why a command's output tells nothing; with each a number. */
enum listing_fault {
    LISTING_START, /* errno */
    LISTING_SLOW,
    LISTING_SIGNAL, /* its number */
    LISTING_CODE,   /* exit code */
    LISTING_LONG,   /* bytes that are accepted */
    LISTING_MANY    /* records that can be remembered */
};
void say_listing_blind(
    struct linklog *l, const char *command, enum listing_fault fault, int number);

/** The file @name was announced with so many bytes and has @found; -1: it did not come. @job: ""
 * if the record named none. */
void say_size(
    struct linklog *l, const char *job, const char *name, int64_t announced, int64_t found);
/** So many announced files are waited for; or more than @most are, and some not; or @folder cannot
 * be looked into, an errno. */
void say_announced(struct linklog *l, size_t waiting);
void say_announced_full(struct linklog *l, int most);
void say_announced_blind(struct linklog *l, const char *folder, int error);

/** Keeps the offsets of all files as they are now. */
void say_offsets(struct linklog *l);

#endif
