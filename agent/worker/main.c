/* SPDX-License-Identifier: BSD-2-Clause */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "worker/foreground.h"
#include "worker/serve.h"

static int usage(void)
{
    fputs("usage: hashimori-worker --describe|--validate|--run PLUGIN_PATH [OWNER_UID]\n"
          "without arguments it serves the daemon that started it, on file descriptor 3\n",
        stderr);
    return 2;
}

static int run_mode(const char *mode, const char *path, uid_t owner)
{
    int (*run)(const struct hm_plugin *plugin) =
        strcmp(mode, "--describe") == 0   ? foreground_describe
        : strcmp(mode, "--validate") == 0 ? foreground_validate
        : strcmp(mode, "--run") == 0      ? foreground_run
                                          : NULL;
    if (run == NULL)
        return usage();

    struct loaded loaded;
    struct text why = {0};
    if (loader_load(path, owner, &loaded, &why) != 0) {
        fprintf(stderr, "%s\n", text_get(&why));
        text_deinit(&why);
        return 1;
    }
    text_deinit(&why);
    return run(&loaded.plugin);
}

int main(int argc, char **argv)
{
    signal(SIGPIPE, SIG_IGN);
    if (argc == 1)
        return serve(3);
    if (argc < 3 || argc > 4)
        return usage();

    char *end = NULL;
    unsigned long owner = argc == 4 ? strtoul(argv[3], &end, 10) : getuid();
    if (argc == 4 && (argv[3][0] < '0' || argv[3][0] > '9' || *end != '\0' || owner >= UINT32_MAX))
        return usage();
    return run_mode(argv[1], argv[2], (uid_t)owner);
}
