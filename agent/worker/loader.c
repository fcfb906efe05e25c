/* SPDX-License-Identifier: BSD-2-Clause */
#include "worker/loader.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <nettle/base16.h>
#include <nettle/sha2.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fdio.h"

static bool owner_is_trusted(const struct stat *st, uid_t owner)
{
    return st->st_uid == 0 || st->st_uid == owner;
}

static bool others_may_write(const struct stat *st)
{
    return (st->st_mode & (S_IWGRP | S_IWOTH)) != 0;
}

/* Others may put files into a sticky folder, but not replace those of root or the owner. */
static bool folder_is_safe(const struct stat *st, uid_t owner)
{
    if (!owner_is_trusted(st, owner))
        return false;
    return !others_may_write(st) || (st->st_uid == 0 && (st->st_mode & S_ISVTX) != 0);
}

static int refuse(struct text *why, const char *path, size_t length, const char *reason)
{
    text_add_visible(why, path, length);
    text_add(why, ": ");
    text_add(why, reason);
    return -1;
}

/* Opens what comes next in @path under @dir_fd; -1 and @why. */
static int open_component(
    int dir_fd, const char *path, const char *name, size_t length, uid_t owner, struct text *why)
{
    char component[256];
    size_t so_far = (size_t)(name - path) + length;
    bool last = name[length] == '\0';
    if (length == 0 || length >= sizeof component)
        return refuse(why, path, so_far, "not a plain path");
    memcpy(component, name, length);
    component[length] = '\0';
    if (strcmp(component, ".") == 0 || strcmp(component, "..") == 0)
        return refuse(why, path, so_far, "not a plain path");

    int flags = last ? O_RDONLY | O_NONBLOCK : O_PATH | O_DIRECTORY;
    int fd = openat(dir_fd, component, flags | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0)
        return refuse(why, path, so_far, strerror(errno));
    struct stat st;
    const char *reason = NULL;
    if (fstat(fd, &st) < 0)
        reason = strerror(errno);
    else if (!last && !folder_is_safe(&st, owner))
        reason = "others may write this folder";
    else if (last && !S_ISREG(st.st_mode))
        reason = "not a regular file";
    else if (last && (!owner_is_trusted(&st, owner) || others_may_write(&st)))
        reason = "others may write this file";
    if (reason == NULL)
        return fd;
    fdio_close(fd);
    return refuse(why, path, so_far, reason);
}

static int open_checked(const char *path, uid_t owner, struct text *why)
{
    if (path[0] != '/')
        return refuse(why, path, strlen(path), "not an absolute path");
    int dir_fd = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (dir_fd < 0)
        return refuse(why, "/", 1, strerror(errno));

    const char *name = path + 1;
    for (;;) {
        size_t length = strcspn(name, "/");
        int fd = open_component(dir_fd, path, name, length, owner, why);
        dir_fd = fdio_close(dir_fd);
        if (fd < 0 || name[length] == '\0')
            return fd;
        dir_fd = fd;
        name += length + 1;
    }
}

static void digest(int fd, char ret[65])
{
    struct sha256_ctx sha;
    uint8_t block[16384];
    uint8_t sum[SHA256_DIGEST_SIZE];
    ssize_t n;

    sha256_init(&sha);
    for (off_t at = 0; (n = pread(fd, block, sizeof block, at)) > 0; at += n)
        sha256_update(&sha, (size_t)n, block);
    sha256_digest(&sha, sizeof sum, sum);
    base16_encode_update(ret, sizeof sum, sum);
    ret[BASE16_ENCODE_LENGTH(sizeof sum)] = '\0';
}

const char *loader_kind_name(enum hm_plugin_kind kind)
{
    return kind == HM_WATCH ? "watch" : kind == HM_CHANNEL ? "channel" : "face";
}

static bool name_is_valid(const char *name)
{
    size_t n = name == NULL ? 0 : strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_");
    return n > 0 && n <= 64 && name[n] == '\0';
}

static const char *what_is_wrong(const struct hm_plugin *p)
{
    if (p->kind != HM_WATCH && p->kind != HM_CHANNEL && p->kind != HM_FACE)
        return "its kind is unknown";
    if (!name_is_valid(p->name))
        return "its name is not [a-z0-9_]{1,64}";
    if (p->open == NULL || p->close == NULL)
        return "it has no open or no close function";
    if (p->kind == HM_CHANNEL && p->deliver == NULL)
        return "it is a channel without a deliver function";
    if (p->kind == HM_FACE && (p->put == NULL || p->drop == NULL || p->commit == NULL))
        return "it is a face without put, drop or commit";
    return NULL;
}

bool loader_accepts(const struct hm_plugin *plugin, struct text *why)
{
    if (plugin->abi_major != HM_ABI_MAJOR || plugin->abi_minor > HM_ABI_MINOR) {
        text_addf(why, "it was built for ABI %u.%u, this worker has %d.%d", plugin->abi_major,
            plugin->abi_minor, HM_ABI_MAJOR, HM_ABI_MINOR);
        return false;
    }
    const char *wrong = what_is_wrong(plugin);
    if (wrong != NULL)
        text_add(why, wrong);
    return wrong == NULL;
}

/* Copies what the plugin has: one that was built for an older minor ABI is shorter. */
static bool take_plugin(const struct hm_plugin *from, struct hm_plugin *ret, struct text *why)
{
    if (from->size < offsetof(struct hm_plugin, kind) || from->size > 64 * sizeof *from) {
        text_add(why, "it does not describe itself as a plugin");
        return false;
    }
    struct hm_plugin plugin = {0};
    memcpy(&plugin, from, from->size < sizeof plugin ? from->size : sizeof plugin);
    if (!loader_accepts(&plugin, why))
        return false;
    *ret = plugin;
    return true;
}

int loader_load(const char *path, uid_t owner, struct loaded *ret, struct text *why)
{
    int fd = open_checked(path, owner, why);
    if (fd < 0)
        return LOADER_E_BAD;

    char by_fd[64];
    snprintf(by_fd, sizeof by_fd, "/proc/self/fd/%d", fd);
    struct loaded loaded = {0};
    digest(fd, loaded.sha256);
    void *handle = dlopen(by_fd, RTLD_NOW | RTLD_LOCAL);
    const char *reason = handle == NULL ? dlerror() : NULL;
    const void *symbol = handle == NULL ? NULL : dlsym(handle, "hashimori_plugin");
    // What was loaded keeps its fd: dlopen knows it by that name and would give it for the next
    // one.
    if (handle == NULL) {
        fdio_close(fd);
        text_add_visible(why, reason, strlen(reason));
        return LOADER_E_BAD;
    }
    if (symbol == NULL) {
        text_add(why, "it has no symbol hashimori_plugin");
        return LOADER_E_BAD;
    }
    if (!take_plugin(symbol, &loaded.plugin, why))
        return LOADER_E_BAD;
    *ret = loaded;
    return 0;
}
