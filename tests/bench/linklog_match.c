/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "prefilter.h"
#include "scan.h"

/*
 * linklog_match LOG PATTERNS: what reading, finding strings, PCRE2 and its captures take alone.
 *
 * The lines of LOG (UTF-8) are matched with the patterns of the file PATTERNS, one a line, by the
 * plug-in's own code: only patterns of which a string is in the line are tried, and the captures of
 * the first that matches are looked at. Nothing is made of them: how far the plug-in is from that
 * is what making readings costs. Prints how many lines matched and how many bytes were captured.
 */

enum { BLOCK_BYTES = 128 * 1024, PATTERNS_MAX = 1000 };

struct counts {
    unsigned long lines, captured;
};

static void fail(const char *what)
{
    fprintf(stderr, "linklog_match: %s: %s\n", what, strerror(errno));
    exit(1);
}

static void load_rules(const char *path, struct rules *r)
{
    char line[PATTERN_BYTES_MAX], why[256];
    FILE *f = fopen(path, "r");
    r->all = calloc(PATTERNS_MAX, sizeof *r->all);
    if (f == NULL || r->all == NULL)
        fail(path);
    while (r->count < PATTERNS_MAX && fgets(line, sizeof line, f) != NULL) {
        line[strcspn(line, "\n")] = '\0';
        if (pattern_new(line, why, sizeof why, &r->all[r->count].pattern) < 0)
            fail(line);
        r->count++;
    }
    fclose(f);
}

static void take_line(const struct rules *r, struct prefilter *p, const char *line, size_t length,
    struct counts *counts)
{
    size_t hits[KINDS_MAX];
    const unsigned char *marks = prefilter_rules(p, line, length);
    if (rules_match(r, line, length, marks, hits, NULL, NULL) == 0)
        return;
    counts->lines++;
    const struct pattern *matched = r->all[hits[0]].pattern;
    for (size_t i = 0; i < pattern_captures(matched); i++) {
        size_t begin, bytes;
        if (pattern_capture(matched, i, &begin, &bytes))
            counts->captured += bytes;
    }
}

/* Takes the whole lines of a block; how many bytes those are. */
static size_t take_lines(const struct rules *r, struct prefilter *p, const char *bytes,
    size_t length, struct counts *counts)
{
    const char *from = bytes, *end = bytes + length, *stop;
    while (from < end && (stop = memchr(from, '\n', (size_t)(end - from))) != NULL) {
        take_line(r, p, from, (size_t)(stop - from), counts);
        from = stop + 1;
    }
    return (size_t)(from - bytes);
}

int main(int argc, char **argv)
{
    static char block[BLOCK_BYTES + SCAN_SLACK];
    struct rules rules = {0};
    struct prefilter *prefilter = NULL;
    struct counts counts = {0};
    size_t have = 0;

    if (argc != 3) {
        fprintf(stderr, "usage: linklog_match LOG PATTERNS\n");
        return 2;
    }
    int fd = open(argv[1], O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        fail(argv[1]);
    load_rules(argv[2], &rules);
    for (ssize_t n; (n = read(fd, block + have, BLOCK_BYTES - have)) > 0;) {
        have += (size_t)n;
        struct sample sample = {block, block, have, have};
        if (prefilter == NULL && prefilter_new(&rules, "UTF-8", &sample, &prefilter) < 0)
            fail("prefilter");
        size_t used = take_lines(&rules, prefilter, block, have, &counts);
        have -= used;
        memmove(block, block + used, have);
        if (have == BLOCK_BYTES)
            have = 0; // a line longer than a block: this log has none
    }
    printf("%lu %lu\n", counts.lines, counts.captured);
    prefilter_free(prefilter);
    rules_deinit(&rules);
    close(fd);
    return 0;
}
