/* SPDX-License-Identifier: BSD-2-Clause */
#include "ctl/local_settings.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/fault.h"

int local_settings_load(const struct ctl *c, struct local_settings *ret)
{
    char *worker = guest_worker_path();

    *ret = (struct local_settings){0};
    int r = guest_runner_new(worker, c->config, &ret->runner);
    free(worker);
    if (r < 0)
        return r;
    struct guest_source source = guest_runner_source(ret->runner);
    r = settings_load(c->config, &source, &ret->settings, &ret->complaints);
    return r < 0 ? r : 0;
}

void local_settings_deinit(struct local_settings *l)
{
    l->settings = settings_free(l->settings);
    complaints_deinit(&l->complaints);
    l->runner = guest_runner_free(l->runner);
}

int local_settings_need(const struct ctl *c, struct local_settings *ret)
{
    struct text t = {0};
    int r = local_settings_load(c, ret);

    if (r < 0)
        return ctl_fail(c, CTL_NO, MESSAGE_CTL_CONFIG_FAULT, c->config, fault_text(r));
    if (ret->settings != NULL)
        return CTL_DONE;
    complaints_add_text(&ret->complaints, c->language, &t);
    fputs(text_get(&t), stderr);
    text_deinit(&t);
    return CTL_NO;
}
