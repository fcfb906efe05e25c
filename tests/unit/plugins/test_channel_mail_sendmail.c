/* SPDX-License-Identifier: BSD-2-Clause */
/* The mail channel by way of a sendmail command, which is the test's own. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "channel_fixture.h"
#include "unit.h"

static struct hm_notice notice;

struct fixture {
    char command[64], seen[80], path[4096]; /* the path is the command's, whole */
    struct fake_host *host;
};

static void fixture_remove(struct fixture *f)
{
    unlink(f->seen);
    unlink(f->command);
    f->host = fake_host_free(f->host);
}

/* A command that keeps what it was given and ends with @code. */
static void open_sendmail(struct fixture *f, int code)
{
    char *folder = getcwd(NULL, 0);
    snprintf(f->command, sizeof f->command, "sendmail-%d", (int)getpid());
    snprintf(f->seen, sizeof f->seen, "sendmail-%d.seen", (int)getpid());
    snprintf(f->path, sizeof f->path, "%s/%s", folder, f->command);
    free(folder);
    FILE *out = fopen(f->command, "we");
    fprintf(out, "#!/bin/sh\n{ echo \"$@\"; cat; } >%s.seen\nexit %d\n", f->path, code);
    fclose(out);
    chmod(f->command, 0700);
    const struct fake_option options[] = {{"transport", "sendmail", NULL}, {"path", f->path, NULL},
        {"from", "hashimori@example.net", NULL}, {"to", "a@example.net", NULL},
        {"to", "b@example.net", NULL}, {0}};
    f->host = fake_host_new(&hashimori_plugin, options);
    assert_int_equal(fake_host_open(f->host), 0);
}

static void sendmail_is_given_the_mail_and_that_is_sent(void **state UNUSED)
{
    struct fixture f = {{0}, {0}, {0}, NULL};
    char text[8192] = "";
    open_sendmail(&f, 0);

    assert_int_equal(channel_deliver(f.host, &notice)->result, HM_SENT);

    FILE *in = fopen(f.seen, "re");
    assert_non_null(in);
    text[fread(text, 1, sizeof text - 1, in)] = '\0';
    fclose(in);
    fixture_remove(&f);
    assert_int_equal(
        strncmp(text, "-i -f hashimori@example.net -- a@example.net b@example.net\nDate: ", 65), 0);
    assert_null(strchr(text, '\r'));
}

static void exit_codes_of_sendmail_are_refused_or_later(void **state UNUSED)
{
    static const struct {
        int code;
        enum hm_result result;
    } cases[] = {
        {65, HM_REFUSED}, {67, HM_REFUSED}, {68, HM_REFUSED}, {75, HM_LATER}, {1, HM_LATER}};

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct fixture f = {{0}, {0}, {0}, NULL};
        open_sendmail(&f, cases[i].code);
        assert_int_equal(channel_deliver(f.host, &notice)->result, cases[i].result);
        fixture_remove(&f);
    }
}

int main(void)
{
    signal(SIGPIPE, SIG_IGN); // as the worker has it
    notice = channel_notice("重大: engine");
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sendmail_is_given_the_mail_and_that_is_sent),
        cmocka_unit_test(exit_codes_of_sendmail_are_refused_or_later),
    };
    return cmocka_run_group_tests_name("plugins/channel_mail_sendmail", tests, NULL, NULL);
}
