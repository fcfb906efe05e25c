# SPDX-License-Identifier: BSD-2-Clause
noinst_LIBRARIES += %D%/libreplay.a
%C%_libreplay_a_SOURCES = %D%/input.c %D%/input.h %D%/replay.c %D%/replay.h
replay_libs = %D%/libreplay.a $(pipeline_libs) $(settings_libs)
