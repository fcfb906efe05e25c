/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HM_WORKER_SERVE_H
#define HM_WORKER_SERVE_H

/** serve - the worker's life under the daemon: welcome, load, hello, lines until stop. */

/** @fd: the daemon's socket. Returns the exit code. */
int serve(int fd);

#endif
