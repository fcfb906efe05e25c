/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/*
 * notified SOCKET: plays the service manager: prints what is sent to the datagram socket at SOCKET,
 * one assignment a line, until it is ended.
 */
int main(int argc, char **argv)
{
    struct sockaddr_un at = {.sun_family = AF_UNIX};
    char message[4096];
    if (argc != 2 || strlen(argv[1]) >= sizeof at.sun_path) {
        fprintf(stderr, "usage: notified SOCKET\n");
        return 2;
    }
    memcpy(at.sun_path, argv[1], strlen(argv[1]));
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || bind(fd, (const struct sockaddr *)&at, sizeof at) < 0) {
        perror(argv[1]);
        return 1;
    }
    for (ssize_t n; (n = recv(fd, message, sizeof message - 1, 0)) >= 0;) {
        message[n] = '\0';
        puts(message);
        fflush(stdout);
    }
    return 1;
}
