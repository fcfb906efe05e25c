/* SPDX-License-Identifier: BSD-2-Clause */
#include "settings/source.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/fdio.h"
#include "settings/complaint.h"

/* Whether the open file is one to read at all; complains if not. */
static bool is_fit(int fd, struct place place, struct complaints *c)
{
    struct stat st;
    if (fstat(fd, &st) < 0)
        complain(c, place, MESSAGE_SETTINGS_UNREADABLE, strerror(errno));
    else if (!S_ISREG(st.st_mode))
        complain(c, place, MESSAGE_SETTINGS_NOT_REGULAR);
    else if ((st.st_mode & S_IWOTH) != 0)
        complain(c, place, MESSAGE_SETTINGS_WRITABLE);
    else if (st.st_size > SOURCE_BYTES_MAX)
        complain(c, place, MESSAGE_SETTINGS_TOO_LARGE);
    else
        return true;
    return false;
}

/* Reads up to one byte more than is allowed: the file may grow while it is read. */
static bool read_all(
    int fd, char *bytes, size_t *ret_length, struct place place, struct complaints *c)
{
    size_t length = 0;
    while (length <= SOURCE_BYTES_MAX) {
        ssize_t n = read(fd, bytes + length, SOURCE_BYTES_MAX + 1 - length);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            complain(c, place, MESSAGE_SETTINGS_UNREADABLE, strerror(errno));
        if (n <= 0) {
            bytes[length] = '\0';
            *ret_length = length;
            return n == 0;
        }
        length += (size_t)n;
    }
    complain(c, place, MESSAGE_SETTINGS_TOO_LARGE);
    return false;
}

char *source_bytes(const char *file, size_t *ret_length, struct complaints *c)
{
    struct place place = {.file = file};
    int fd = open(file, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (fd < 0) {
        complain(c, place, MESSAGE_SETTINGS_UNREADABLE, strerror(errno));
        return NULL;
    }
    char *bytes = alloc(SOURCE_BYTES_MAX + SOURCE_ROOM);
    bool is_good = is_fit(fd, place, c) && read_all(fd, bytes, ret_length, place, c);
    fd = fdio_close(fd);
    if (!is_good) {
        free(bytes);
        return NULL;
    }
    if (*ret_length >= 3 && memcmp(bytes, "\xef\xbb\xbf", 3) == 0) {
        *ret_length -= 3;
        memmove(bytes, bytes + 3, *ret_length + 1);
    }
    return bytes;
}

bool source_read(struct source *s, const char *file, struct complaints *c)
{
    *s = (struct source){.file = file};
    config_init(&s->config);
    s->bytes = source_bytes(file, &s->length, c);
    if (s->bytes == NULL || !source_scan(file, s->bytes, s->length, c))
        return false;

    // libconfig ends a comment only at a newline. There is room for it.
    s->bytes[s->length] = '\n';
    s->bytes[s->length + 1] = '\0';
    if (config_read_string(&s->config, s->bytes) == CONFIG_TRUE) {
        s->is_parsed = true;
        return true;
    }
    const char *error = config_error_text(&s->config);
    int line = config_error_line(&s->config);
    struct place place = {file, line > 0 ? (unsigned)line : 0};
    if (error != NULL && strcmp(error, "duplicate setting name") == 0)
        complain(c, place, MESSAGE_SETTINGS_TWICE_IN_GROUP);
    else if (error != NULL && strcmp(error, "mismatched element type in array") == 0)
        complain(c, place, MESSAGE_SETTINGS_MIXED_ARRAY);
    else
        complain(c, place, MESSAGE_SETTINGS_SYNTAX);
    return false;
}

void source_deinit(struct source *s)
{
    config_destroy(&s->config);
    free(s->bytes);
    *s = (struct source){0};
}

static int is_conf(const struct dirent *entry)
{
    size_t length = strlen(entry->d_name);
    return entry->d_name[0] != '.' && length > 5 &&
           strcmp(entry->d_name + length - 5, ".conf") == 0;
}

static int by_bytes(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

char **source_list(const char *path, size_t *ret_count, struct complaints *c)
{
    struct text folder = {0};
    const char *slash = strrchr(path, '/');
    if (slash != NULL)
        text_add_bytes(&folder, path, (size_t)(slash - path) + 1);
    text_add(&folder, "conf.d");

    struct dirent **entries = NULL;
    struct place place = {.file = text_get(&folder)};
    int found = scandir(place.file, &entries, is_conf, by_bytes);
    if (found < 0 && errno != ENOENT)
        complain(c, place, MESSAGE_SETTINGS_UNREADABLE, strerror(errno));
    size_t count = found > 0 ? (size_t)found : 0;
    if (count >= SOURCE_FILES_MAX)
        complain(c, place, MESSAGE_SETTINGS_TOO_MANY_FILES);

    char **names = alloc_array(count, sizeof *names);
    *ret_count = 0;
    for (size_t i = 0; i < count; i++) {
        struct text name = {0};
        text_addf(&name, "%s/%s", text_get(&folder), entries[i]->d_name);
        if (i < SOURCE_FILES_MAX)
            names[(*ret_count)++] = text_take(&name);
        text_deinit(&name);
        free(entries[i]);
    }
    free(entries);
    text_deinit(&folder);
    return names;
}
