/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HM_TESTS_FUZZ_FUZZ_H
#define HM_TESTS_FUZZ_FUZZ_H

#include <stddef.h>
#include <stdint.h>

/**
 * fuzz - one entry for each parser of what others send, in the form libFuzzer wants.
 *
 * fuzz_NAME.c with -fsanitize=fuzzer is a fuzzer (--enable-fuzz); with main.c it replays its
 * corpus and fixed mutations of it, in every build. An entry asserts what its parser promises.
 */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/** Ends the process, with the sentence, if @holds is not so. */
void fuzz_holds(int holds, const char *sentence);

#endif
