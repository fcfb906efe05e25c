# SPDX-License-Identifier: BSD-2-Clause
dist_man_MANS += docs/man/hashimori.conf.5
dist_doc_DATA += docs/plugin-author.md docs/wire.md docs/example/watch_value.c
