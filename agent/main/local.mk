# SPDX-License-Identifier: BSD-2-Clause
noinst_LIBRARIES += %D%/libpipeline.a
%C%_libpipeline_a_SOURCES = %D%/pipeline.c %D%/pipeline.h %D%/pipeline_board.c \
	%D%/pipeline_internal.h %D%/pipeline_sla.c %D%/view.c %D%/view.h
pipeline_libs = %D%/libpipeline.a agent/notify/libnotify.a agent/judge/libjudge.a $(record_libs)
