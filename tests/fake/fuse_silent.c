/* SPDX-License-Identifier: BSD-2-Clause */
#include "fuse_silent.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fuse.h"

struct fuse_silent {
    char *path;
    pid_t server;
};

static void serve(int fd)
{
    static char request[FUSE_REQUEST_BYTES];
    prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
    close(STDOUT_FILENO);
    close(STDERR_FILENO);
    for (;;) {
        struct fuse_in_header in;
        ssize_t n = read(fd, request, sizeof request);
        if (n < (ssize_t)sizeof in)
            _exit(0);
        memcpy(&in, request, sizeof in);
        if (in.opcode == FUSE_INIT)
            fuse_greet(fd, &in);
    }
}

struct fuse_silent *fuse_silent_new(const char *path, const char **ret_why)
{
    int fd = fuse_mount(path, ret_why);
    if (fd < 0)
        return NULL;
    pid_t server = fork();
    if (server == 0)
        serve(fd);
    close(fd);

    struct fuse_silent *f = malloc(sizeof *f);
    *f = (struct fuse_silent){.path = strdup(path), .server = server};
    return f;
}

/* The connection ends with the last fd of it, which is the server's. */
struct fuse_silent *fuse_silent_free(struct fuse_silent *f)
{
    if (f == NULL)
        return NULL;
    kill(f->server, SIGKILL);
    waitpid(f->server, NULL, 0);
    fuse_unmount(f->path);
    free(f->path);
    free(f);
    return NULL;
}
