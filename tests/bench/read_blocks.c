/* SPDX-License-Identifier: BSD-2-Clause */
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

/* read_blocks FILE: reads it in the blocks that linklog reads, and does nothing with them. */
int main(int argc, char **argv)
{
    static char block[128 * 1024];
    int fd = argc == 2 ? open(argv[1], O_RDONLY | O_CLOEXEC) : -1;
    ssize_t n = -1;
    while (fd >= 0 && (n = read(fd, block, sizeof block)) > 0)
        continue;
    if (n < 0)
        perror("read_blocks");
    return n < 0;
}
