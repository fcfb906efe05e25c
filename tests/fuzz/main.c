/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Replays a corpus: each file of $top_srcdir/tests/fuzz/corpus/NAME as it is, then with mutations
 * that are the same in every run. NAME is what follows "replay_" in the program's name.
 */
#include <assert.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/log.h"
#include "fuzz.h"

enum { INPUT_BYTES_MAX = 64 * 1024, MUTATIONS = 300 };

static void drop(enum log_level level, enum log_area area, const char *line)
{
    (void)level, (void)area, (void)line;
}

static uint64_t next_random(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

/* Exactly as long as the input, so that a sanitizer sees each byte read behind it. */
static void feed(const uint8_t *bytes, size_t size)
{
    uint8_t *exact = alloc(size + 1);
    uint8_t *end = exact + 1;
    if (size > 0)
        memcpy(end, bytes, size);
    LLVMFuzzerTestOneInput(end, size);
    free(exact);
}

/* Some bytes get other values, go, or come twice. */
static size_t mutate(uint8_t *bytes, size_t size, uint64_t *state)
{
    for (uint64_t changes = 1 + next_random(state) % 4; changes > 0 && size > 0; changes--) {
        size_t at = next_random(state) % size;
        size_t count = 1 + next_random(state) % 8;
        if (count > size - at)
            count = size - at;
        switch (next_random(state) % 4) {
        case 0:
            bytes[at] = (uint8_t)next_random(state);
            break;
        case 1:
            bytes[at] = (uint8_t)(bytes[at] ^ (1U << next_random(state) % 8));
            break;
        case 2:
            memmove(bytes + at, bytes + at + count, size - at - count);
            size -= count;
            break;
        default:
            if (size + count <= INPUT_BYTES_MAX) {
                memmove(bytes + at + count, bytes + at, size - at);
                size += count;
            }
        }
    }
    return size;
}

static size_t read_input(const char *folder, const char *name, uint8_t *bytes)
{
    char path[4400];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "re");
    assert(file != NULL);
    size_t size = fread(bytes, 1, INPUT_BYTES_MAX, file);
    assert(!ferror(file));
    fclose(file);
    return size;
}

static int is_visible(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

int main(int argc, char **argv)
{
    const char *name = argc > 0 ? strstr(argv[0], "replay_") : NULL;
    const char *source = getenv("top_srcdir");
    if (name == NULL || source == NULL) {
        fputs("usage: top_srcdir=FOLDER replay_NAME\n", stderr);
        return 2;
    }
    char folder[4000];
    snprintf(folder, sizeof folder, "%s/tests/fuzz/corpus/%s", source, name + strlen("replay_"));
    log_set_sink(drop);

    struct dirent **entries;
    int count = scandir(folder, &entries, is_visible, alphasort);
    printf("1..2\n%sok 1 - there is a corpus\n", count > 0 ? "" : "not ");
    fflush(stdout);
    uint8_t *input = alloc(INPUT_BYTES_MAX);
    uint8_t *mutated = alloc(INPUT_BYTES_MAX);
    uint64_t state = 0x9E3779B97F4A7C15;
    for (int i = 0; i < count; i++) {
        size_t size = read_input(folder, entries[i]->d_name, input);
        feed(input, size);
        for (int k = 0; k < MUTATIONS; k++) {
            memcpy(mutated, input, size);
            feed(mutated, mutate(mutated, size, &state));
        }
        free(entries[i]);
    }
    printf(
        "ok 2 - %d inputs and %d mutations of each are taken\n", count > 0 ? count : 0, MUTATIONS);
    if (count >= 0)
        free(entries);
    free(mutated);
    free(input);
    return count > 0 ? 0 : 1;
}
