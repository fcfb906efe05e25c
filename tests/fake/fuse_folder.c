/* SPDX-License-Identifier: BSD-2-Clause */
#include "fuse_folder.h"

#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "fuse.h"

enum { FILES_MAX = 16, FILE_BYTES = 64 * 1024, NAME_BYTES = 64, FIRST_INODE = 2 };

/* In shared memory: the test changes it, the server answers from it. Its place is its inode. */
struct file {
    char name[NAME_BYTES]; /* "": none */
    unsigned generation;
    struct timespec modified;
    size_t size;
    char bytes[FILE_BYTES];
};

struct fuse_folder {
    char *path;
    pid_t server;
    struct file *files;
};

static struct file *find(struct file *files, const char *name)
{
    for (int i = 0; i < FILES_MAX; i++)
        if (strcmp(files[i].name, name) == 0)
            return &files[i];
    return NULL;
}

/* ---- the server --------------------------------------------------------------------------- */

static void answer(
    int fd, const struct fuse_in_header *in, int error, const void *body, size_t length)
{
    struct fuse_out_header head = {
        .len = (uint32_t)(sizeof head + length), .error = -error, .unique = in->unique};
    struct iovec parts[] = {{&head, sizeof head}, {(void *)(uintptr_t)body, length}};
    // Whoever asked may be gone.
    if (writev(fd, parts, length > 0 ? 2 : 1) < 0 && errno != ENOENT)
        _exit(1);
}

static struct fuse_attr attributes(const struct file *files, uint64_t inode)
{
    if (inode == FUSE_ROOT_ID)
        return (struct fuse_attr){.ino = inode, .mode = S_IFDIR | 0755, .nlink = 2};
    const struct file *file = &files[inode - FIRST_INODE];
    return (struct fuse_attr){.ino = inode,
        .mode = S_IFREG | 0644,
        .nlink = file->name[0] != '\0',
        .size = file->size,
        .mtime = (uint64_t)file->modified.tv_sec,
        .mtimensec = (uint32_t)file->modified.tv_nsec};
}

static void look_up(int fd, const struct fuse_in_header *in, struct file *files, const char *name)
{
    struct file *file = name[0] != '\0' ? find(files, name) : NULL;
    if (file == NULL) {
        answer(fd, in, ENOENT, NULL, 0);
        return;
    }
    uint64_t inode = (uint64_t)(file - files) + FIRST_INODE;
    struct fuse_entry_out out = {
        .nodeid = inode, .generation = file->generation, .attr = attributes(files, inode)};
    answer(fd, in, 0, &out, sizeof out);
}

static void read_file(int fd, const struct fuse_in_header *in, const struct file *files,
    const struct fuse_read_in *wanted)
{
    const struct file *file = &files[in->nodeid - FIRST_INODE];
    size_t from = wanted->offset < file->size ? wanted->offset : file->size;
    size_t left = file->size - from;
    answer(fd, in, 0, file->bytes + from, left < wanted->size ? left : wanted->size);
}

/* All names at once: they fit in one answer. */
static void read_folder(int fd, const struct fuse_in_header *in, const struct file *files,
    const struct fuse_read_in *wanted)
{
    char out[FILES_MAX * (FUSE_NAME_OFFSET + NAME_BYTES)];
    size_t length = 0;
    for (int i = 0; i < FILES_MAX && wanted->offset == 0; i++) {
        size_t n = strlen(files[i].name);
        struct fuse_dirent entry = {.ino = (uint64_t)i + FIRST_INODE,
            .off = (uint64_t)i + 1,
            .namelen = (uint32_t)n,
            .type = S_IFREG >> 12};
        if (n == 0)
            continue;
        memset(out + length, 0, FUSE_DIRENT_ALIGN(FUSE_NAME_OFFSET + n));
        memcpy(out + length, &entry, FUSE_NAME_OFFSET);
        memcpy(out + length + FUSE_NAME_OFFSET, files[i].name, n);
        length += FUSE_DIRENT_ALIGN(FUSE_NAME_OFFSET + n);
    }
    answer(fd, in, 0, out, length);
}

static void serve_one(int fd, const struct fuse_in_header *in, const void *body, struct file *files)
{
    struct fuse_open_out opened = {.open_flags = in->opcode == FUSE_OPEN ? FOPEN_DIRECT_IO : 0};
    struct fuse_attr_out attr = {0};
    struct fuse_statfs_out space = {.st = {.bsize = 4096, .namelen = NAME_BYTES - 1}};
    switch (in->opcode) {
    case FUSE_INIT:
        fuse_greet(fd, in);
        break;
    case FUSE_LOOKUP:
        look_up(fd, in, files, body);
        break;
    case FUSE_GETATTR:
        attr.attr = attributes(files, in->nodeid);
        answer(fd, in, 0, &attr, sizeof attr);
        break;
    case FUSE_OPEN:
    case FUSE_OPENDIR:
        answer(fd, in, 0, &opened, sizeof opened);
        break;
    case FUSE_READ:
        read_file(fd, in, files, body);
        break;
    case FUSE_READDIR:
        read_folder(fd, in, files, body);
        break;
    case FUSE_STATFS:
        answer(fd, in, 0, &space, sizeof space);
        break;
    case FUSE_FLUSH:
    case FUSE_RELEASE:
    case FUSE_RELEASEDIR:
        answer(fd, in, 0, NULL, 0);
        break;
    case FUSE_FORGET:
    case FUSE_BATCH_FORGET:
    case FUSE_INTERRUPT:
        break;
    default:
        answer(fd, in, ENOSYS, NULL, 0);
    }
}

static void serve(int fd, struct file *files)
{
    static char request[FUSE_REQUEST_BYTES];
    struct fuse_in_header in;
    prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
    for (;;) {
        ssize_t n = read(fd, request, sizeof request);
        if (n < 0 && (errno == EINTR || errno == ENOENT))
            continue;
        if (n < (ssize_t)sizeof in)
            _exit(0);
        memcpy(&in, request, sizeof in);
        serve_one(fd, &in, request + sizeof in, files);
    }
}

struct fuse_folder *fuse_folder_new(const char *path, const char **ret_why)
{
    int fd = fuse_mount(path, ret_why);
    if (fd < 0)
        return NULL;
    struct fuse_folder *f = malloc(sizeof *f);
    *f = (struct fuse_folder){.path = strdup(path),
        .files = mmap(NULL, sizeof(struct file[FILES_MAX]), PROT_READ | PROT_WRITE,
            MAP_SHARED | MAP_ANONYMOUS, -1, 0)};
    f->server = fork();
    if (f->server == 0)
        serve(fd, f->files);
    close(fd);
    return f;
}

struct fuse_folder *fuse_folder_free(struct fuse_folder *f)
{
    if (f == NULL)
        return NULL;
    kill(f->server, SIGKILL);
    waitpid(f->server, NULL, 0);
    fuse_unmount(f->path);
    munmap(f->files, sizeof(struct file[FILES_MAX]));
    free(f->path);
    free(f);
    return NULL;
}

/* ---- the others --------------------------------------------------------------------------- */

static struct file *need(struct fuse_folder *f, const char *name)
{
    struct file *file = find(f->files, name);
    if (file == NULL) {
        fprintf(stderr, "fuse_folder: no room, or no file \"%s\"\n", name);
        abort();
    }
    return file;
}

void fuse_folder_append(struct fuse_folder *f, const char *name, const char *text)
{
    struct file *file = find(f->files, name);
    size_t length = strlen(text);
    if (file == NULL) {
        file = need(f, "");
        file->generation++;
        file->size = 0;
        snprintf(file->name, sizeof file->name, "%s", name);
    }
    if (length > FILE_BYTES - file->size)
        abort();
    memcpy(file->bytes + file->size, text, length);
    clock_gettime(CLOCK_REALTIME, &file->modified);
    file->size += length;
}

void fuse_folder_rename(struct fuse_folder *f, const char *from, const char *to)
{
    struct file *file = need(f, from);
    snprintf(file->name, sizeof file->name, "%s", to);
}

void fuse_folder_remove(struct fuse_folder *f, const char *name)
{
    need(f, name)->name[0] = '\0';
}
