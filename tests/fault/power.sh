#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# The same as crash.sh, where only what was synced outlives a kill.
VICTIM=power exec sh "$top_srcdir/tests/fault/crash.sh"
