# SPDX-License-Identifier: BSD-2-Clause
noinst_LIBRARIES += %D%/libnotify.a
%C%_libnotify_a_SOURCES = %D%/courier.c %D%/courier.h %D%/render.c %D%/render.h %D%/routes.c \
	%D%/routes.h
notify_libs = %D%/libnotify.a $(record_libs)
