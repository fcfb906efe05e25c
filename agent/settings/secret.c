/* SPDX-License-Identifier: BSD-2-Clause */
#include "settings/secret.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/fdio.h"
#include "settings/complaint.h"

/* The path to open, or NULL when @file is neither form; the caller frees. */
static char *locate(const char *file)
{
    static const char prefix[] = "credential:";
    if (file[0] == '/')
        return alloc_text(file);
    const char *folder = getenv("CREDENTIALS_DIRECTORY");
    const char *name = file + sizeof prefix - 1;
    if (strncmp(file, prefix, sizeof prefix - 1) != 0 || folder == NULL || name[0] == '\0' ||
        name[0] == '.' || strchr(name, '/') != NULL)
        return NULL;
    struct text path = {0};
    text_addf(&path, "%s/%s", folder, name);
    return text_take(&path);
}

/* The length of the first line in @buffer, 0 if there is none; < 0: -errno. */
static ssize_t read_line(int fd, char buffer[SECRET_BYTES_MAX + 2])
{
    size_t used = 0;
    while (used < SECRET_BYTES_MAX + 2) {
        ssize_t n = read(fd, buffer + used, SECRET_BYTES_MAX + 2 - used);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -errno;
        if (n == 0)
            break;
        used += (size_t)n;
    }
    const char *newline = memchr(buffer, '\n', used);
    size_t length = newline != NULL ? (size_t)(newline - buffer) : used;
    if (length > 0 && buffer[length - 1] == '\r')
        length--;
    if (length > SECRET_BYTES_MAX)
        return -EFBIG;
    if (!text_is_utf8(buffer, length) || memchr(buffer, '\0', length) != NULL)
        return -EILSEQ;
    return (ssize_t)length;
}

bool secret_read(
    const char *file, const char *key, struct place place, struct complaints *c, char **ret_text)
{
    struct text shown = {0};
    complaint_show(&shown, file);
    char *path = locate(file);
    char line[SECRET_BYTES_MAX + 2];
    struct stat st;
    ssize_t length = -1;

    int fd = path != NULL ? open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC) : -1;
    if (path == NULL)
        complain_value(c, place, key, text_get(&shown), MESSAGE_SETTINGS_TAKES_SECRET);
    else if (fd < 0 || fstat(fd, &st) < 0)
        complain(
            c, place, MESSAGE_SETTINGS_SECRET_UNREADABLE, key, text_get(&shown), strerror(errno));
    else if (!S_ISREG(st.st_mode))
        complain(c, place, MESSAGE_SETTINGS_SECRET_NOT_REGULAR, key, text_get(&shown));
    else if ((st.st_mode & (S_IROTH | S_IWOTH)) != 0)
        complain(c, place, MESSAGE_SETTINGS_SECRET_OPEN, key, text_get(&shown));
    else if ((length = read_line(fd, line)) < 0)
        complain(c, place, MESSAGE_SETTINGS_SECRET_UNREADABLE, key, text_get(&shown),
            strerror((int)-length));
    else if (length == 0)
        complain(c, place, MESSAGE_SETTINGS_SECRET_EMPTY, key, text_get(&shown));

    if (length > 0)
        *ret_text = alloc_bytes(line, (size_t)length);
    explicit_bzero(line, sizeof line);
    fd = fdio_close(fd);
    free(path);
    text_deinit(&shown);
    return length > 0;
}
