# SPDX-License-Identifier: BSD-2-Clause
noinst_LIBRARIES += %D%/libworker.a
%C%_libworker_a_SOURCES = %D%/describe.c %D%/describe.h %D%/foreground.c %D%/foreground.h \
	%D%/guest.c %D%/guest.h %D%/handle.c %D%/host.c %D%/link.c %D%/link.h %D%/loader.c \
	%D%/loader.h %D%/options.c %D%/options.h %D%/program.c %D%/program.h %D%/report.c \
	%D%/serve.c %D%/serve.h %D%/worker.c %D%/worker.h
worker_libs = %D%/libworker.a $(wire_libs) $(loop_libs) $(LIBMD_LIBS) -ldl

pkglibexec_PROGRAMS += %D%/hashimori-worker
%C%_hashimori_worker_SOURCES = %D%/main.c
%C%_hashimori_worker_LDADD = $(worker_libs)
