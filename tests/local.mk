# SPDX-License-Identifier: BSD-2-Clause
include tests/fake/local.mk
