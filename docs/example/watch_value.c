/* SPDX-License-Identifier: BSD-2-Clause */
/* A number in a file: entropy, a temperature in /sys, the counter that a batch job leaves. */
#include <errno.h>
#include <hashimori/plugin.h>
#include <stdio.h>

static const struct hm_option value_options[] = {
    {.name = "path", .type = HM_PATH, .required = true, .help = "file that holds the number"},
    {.name = "factor", .type = HM_NUMBER_OPTION, .preset = "1.0", .help = "multiplies the number"},
    {0},
};

static int value_open(const struct hm_host *host, void **ret_self)
{
    *ret_self = (void *)(uintptr_t)host; // all that this plugin must remember
    return 0;
}

static int value_check(void *self)
{
    const struct hm_host *host = self;
    FILE *file = fopen(host->text(host, "path"), "re");
    if (file == NULL)
        return -errno; // the subject is blind, with this reason

    struct hm_reading reading = {.metric = "value", .kind = HM_NUMBER};
    if (fscanf(file, "%lf", &reading.number) != 1)
        reading = (struct hm_reading){.metric = "value", .kind = HM_BLIND, .text = "no number"};
    reading.number *= host->number(host, "factor");
    host->report(host, &reading);
    fclose(file);
    return 0;
}

static void value_close(void *self)
{
    (void)self;
}

HM_PLUGIN(.kind = HM_WATCH, .name = "value", .version = "1", .summary = "a number read from a file",
    .options = value_options, .open = value_open, .check = value_check, .close = value_close);
