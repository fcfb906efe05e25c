# SPDX-License-Identifier: BSD-2-Clause
dist_man_MANS += docs/man/hashimori.conf.5
