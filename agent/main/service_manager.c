/* SPDX-License-Identifier: BSD-2-Clause */
#include "main/service_manager.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/fdio.h"

static void say(const char *state)
{
    const char *path = getenv("NOTIFY_SOCKET");
    struct sockaddr_un to = {.sun_family = AF_UNIX};
    if (path == NULL || (path[0] != '/' && path[0] != '@') || strlen(path) >= sizeof to.sun_path)
        return;

    size_t length = strlen(path);
    memcpy(to.sun_path, path, length);
    if (path[0] == '@')
        to.sun_path[0] = '\0'; // the abstract name space
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return;
    // A service manager that is not there cannot be told so either.
    (void)sendto(fd, state, strlen(state), MSG_NOSIGNAL, (const struct sockaddr *)&to,
        (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length));
    fd = fdio_close(fd);
}

void service_manager_ready(const char *status)
{
    char state[256];
    snprintf(state, sizeof state, "READY=1\nSTATUS=%s", status);
    say(state);
}

void service_manager_reloading(void)
{
    char state[96];
    snprintf(state, sizeof state, "RELOADING=1\nMONOTONIC_USEC=%lld", (long long)clock_tick_us());
    say(state);
}

void service_manager_stopping(void)
{
    say("STOPPING=1");
}

void service_manager_alive(void)
{
    say("WATCHDOG=1");
}

span_ms service_manager_watchdog_ms(void)
{
    const char *usec = getenv("WATCHDOG_USEC");
    const char *pid = getenv("WATCHDOG_PID");
    if (usec == NULL || (pid != NULL && strtol(pid, NULL, 10) != (long)getpid()))
        return 0;
    long long value = strtoll(usec, NULL, 10);
    return value > 0 ? value / 2000 : 0;
}
