/* SPDX-License-Identifier: BSD-2-Clause */
#include <signal.h>
#include <stdio.h>

#include "fuse_silent.h"

/*
 * silent_mount FOLDER: a mount on FOLDER that never answers, until SIGTERM. Says "mounted" when it
 * is there; exit 77 where that is not permitted.
 */
int main(int argc, char **argv)
{
    const char *why = NULL;
    sigset_t set;
    int number;
    if (argc != 2) {
        fprintf(stderr, "usage: silent_mount FOLDER\n");
        return 2;
    }
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    sigprocmask(SIG_BLOCK, &set, NULL);
    struct fuse_silent *mount = fuse_silent_new(argv[1], &why);
    if (mount == NULL) {
        printf("%s\n", why);
        return 77;
    }
    printf("mounted\n");
    fflush(stdout);
    sigwait(&set, &number);
    mount = fuse_silent_free(mount);
    return 0;
}
