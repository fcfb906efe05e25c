/* SPDX-License-Identifier: BSD-2-Clause */
/* Configuration files: a tree, or at least one complaint that can be read in both languages. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../fake/settings_guests.h"
#include "base/fdio.h"
#include "fuzz.h"
#include "settings/complaint.h"

static void check_refusal(int outcome, const struct complaints *c)
{
    struct text text = {0};
    complaints_add_text(c, LANGUAGE_EN, &text);
    complaints_add_text(c, LANGUAGE_JA, &text);
    fuzz_holds(outcome == SETTINGS_E_BAD, "a file is bad and no fault of ours");
    fuzz_holds(text_get(&text)[0] != '\0', "a file that is refused has a complaint");
    text_deinit(&text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char path[64];
    int fd = memfd_create("settings", MFD_CLOEXEC);
    fuzz_holds(fd >= 0 && fdio_write_all(fd, data, size) == 0, "the input can be written");
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);

    struct settings_guests *guests = settings_guests_new();
    struct guest_source source = settings_guests_source(guests);
    struct settings *tree = NULL;
    struct complaints complaints = {0};
    int r = settings_load(path, &source, &tree, &complaints);
    if (r == 0)
        settings_free(tree);
    else
        check_refusal(r, &complaints);

    complaints_deinit(&complaints);
    settings_guests_free(guests);
    close(fd);
    return 0;
}
