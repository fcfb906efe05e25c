# SPDX-License-Identifier: BSD-2-Clause
pkgconfigdir = $(libdir)/pkgconfig
nodist_pkgconfig_DATA = include/hashimori.pc
