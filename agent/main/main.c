/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/log.h"
#include "config.h"
#include "main/daemon.h"

static int usage(enum language language, FILE *out, int code)
{
    struct text t = {0};
    message_add(&t, language, MESSAGE_DAEMON_USAGE, HM_SYSCONFDIR "/hashimori.conf");
    fprintf(out, "%s\n", text_get(&t));
    text_deinit(&t);
    return code;
}

int main(int argc, char **argv)
{
    enum language language = message_language_of_environment();
    const char *config = HM_SYSCONFDIR "/hashimori.conf";
    bool check = false;
    int option;

    while ((option = getopt(argc, argv, "c:tVvh")) != -1) {
        switch (option) {
        case 'c':
            config = optarg;
            break;
        case 't':
            check = true;
            break;
        case 'V':
            printf("hashimorid %s\n", PACKAGE_VERSION);
            return 0;
        case 'v':
            log_set_level(LOG_LEVEL_DEBUG);
            break;
        case 'h':
            return usage(language, stdout, 0);
        default:
            return usage(language, stderr, 2);
        }
    }
    if (optind != argc)
        return usage(language, stderr, 2);
    return check ? daemon_check(config, language) : daemon_run(config, language);
}
