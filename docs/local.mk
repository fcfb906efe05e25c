# SPDX-License-Identifier: BSD-2-Clause
dist_man_MANS += docs/man/hashimori.1 docs/man/hashimori.conf.5 docs/man/hashimori-worker.8 docs/man/hashimorid.8
dist_doc_DATA += docs/architecture.md docs/control.md docs/incident.md docs/performance.md docs/plugin-author.md docs/reliability.md docs/replay.md docs/sla.md docs/wire.md docs/example/watch_value.c
# dist-hook takes the decisions.
EXTRA_DIST += docs/contributing.md
