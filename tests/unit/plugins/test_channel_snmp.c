/* SPDX-License-Identifier: BSD-2-Clause */
#include <string.h>

#include "fake_host.h"
#include "notice.h"
#include "settings.h"
#include "unit.h"

extern const struct hm_plugin hashimori_plugin;

static struct fake_host *opened_with(const struct fake_option *options, int expected)
{
    struct fake_host *f = fake_host_new(&hashimori_plugin, options);
    fake_host_validate(f);
    assert_int_equal(fake_host_open(f), expected);
    return f;
}

static void a_receiver_is_an_address_or_a_name_with_or_without_a_port(void **state UNUSED)
{
    static const char *const good[][3] = {{"192.0.2.10:1162", "192.0.2.10", "1162"},
        {"192.0.2.10", "192.0.2.10", "162"}, {"[2001:db8::1]:163", "2001:db8::1", "163"},
        {"[2001:db8::1]", "2001:db8::1", "162"}, {"2001:db8::1", "2001:db8::1", "162"},
        {"nms.example.net:162", "nms.example.net", "162"}};

    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        char host[SETTINGS_HOST_BYTES];
        char port[SETTINGS_PORT_BYTES];
        assert_true(settings_split(good[i][0], host, port));
        assert_string_equal(host, good[i][1]);
        assert_string_equal(port, good[i][2]);
    }
}

static void what_is_no_receiver_is_refused(void **state UNUSED)
{
    static const char *const bad[] = {"", ":162", "192.0.2.10:", "192.0.2.10:0", "192.0.2.10:65536",
        "192.0.2.10:16x", "[2001:db8::1", "[2001:db8::1]162", "unix:/run/x", "a b:162", "[]:162"};

    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        char host[SETTINGS_HOST_BYTES];
        char port[SETTINGS_PORT_BYTES];
        if (settings_split(bad[i], host, port))
            fail_msg("taken: %s", bad[i]);
    }
}

static void text_is_cut_between_characters(void **state UNUSED)
{
    assert_int_equal(notice_cut("abc", 3), 3);
    assert_int_equal(notice_cut("abcd", 3), 3);
    assert_int_equal(notice_cut("連携", 6), 6);
    assert_int_equal(notice_cut("連携", 5), 3);
    assert_int_equal(notice_cut("連携", 4), 3);
    assert_int_equal(notice_cut("連携", 3), 3);
    assert_int_equal(notice_cut("連携", 2), 0);
    assert_int_equal(notice_cut("", 0), 0);
}

static void a_time_is_written_in_the_zone_of_the_site(void **state UNUSED)
{
    static const unsigned char tokyo[] = {0x07, 0xea, 4, 15, 10, 0, 0, 2, '+', 9, 0};
    static const unsigned char west[] = {0x07, 0xb1, 12, 31, 22, 29, 59, 9, '-', 1, 30};
    unsigned char date[NOTICE_DATE_BYTES];

    notice_date(date, 1776214800250, 9 * 3600);
    assert_memory_equal(date, tokyo, sizeof tokyo);
    notice_date(date, -1, -5400);
    assert_memory_equal(date + 2, west + 2, sizeof west - 2);
}

static void an_ordinary_receiver_opens(void **state UNUSED)
{
    static const struct fake_option options[] = {{.name = "host", .value = "127.0.0.1:1"},
        {.name = "community_file", .value = "public"}, {0}};
    struct fake_host *f = opened_with(options, 0);

    assert_int_equal(f->complaint_count, 0);
    fake_host_close(f);
    assert_int_equal(f->open_handles, 0);
    fake_host_free(f);
}

static void version_2c_wants_a_community(void **state UNUSED)
{
    static const struct fake_option options[] = {{.name = "host", .value = "127.0.0.1:1"}, {0}};
    struct fake_host *f = opened_with(options, -22);

    assert_string_equal(f->complaints[0].option, "community_file");
    fake_host_free(f);
}

static void version_3_wants_a_user_and_long_passphrases(void **state UNUSED)
{
    static const struct fake_option options[] = {{.name = "host", .value = "127.0.0.1:1"},
        {.name = "version", .value = "3"}, {.name = "level", .value = "authPriv"},
        {.name = "auth_file", .value = "short"}, {0}};
    struct fake_host *f = fake_host_new(&hashimori_plugin, options);

    fake_host_validate(f);

    assert_int_equal(f->complaint_count, 3);
    assert_string_equal(f->complaints[0].option, "user");
    assert_string_equal(f->complaints[1].option, "auth_file");
    assert_string_equal(f->complaints[2].option, "priv_file");
    fake_host_free(f);
}

static void a_source_of_another_family_is_refused(void **state UNUSED)
{
    static const struct fake_option options[] = {{.name = "host", .value = "127.0.0.1:1"},
        {.name = "community_file", .value = "public"}, {.name = "source", .value = "::1"}, {0}};
    struct fake_host *f = opened_with(options, -22);

    assert_string_equal(f->complaints[0].option, "source");
    fake_host_free(f);
}

static void complaints_are_japanese_where_the_site_is(void **state UNUSED)
{
    static const struct fake_option options[] = {{.name = "host", .value = "127.0.0.1:1"}, {0}};
    struct fake_host *f = fake_host_new(&hashimori_plugin, options);
    f->language = "ja";

    fake_host_validate(f);

    assert_true(fake_host_complained(f, "コミュニティ名が必要です"));
    fake_host_free(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_receiver_is_an_address_or_a_name_with_or_without_a_port),
        cmocka_unit_test(what_is_no_receiver_is_refused),
        cmocka_unit_test(text_is_cut_between_characters),
        cmocka_unit_test(a_time_is_written_in_the_zone_of_the_site),
        cmocka_unit_test(an_ordinary_receiver_opens),
        cmocka_unit_test(version_2c_wants_a_community),
        cmocka_unit_test(version_3_wants_a_user_and_long_passphrases),
        cmocka_unit_test(a_source_of_another_family_is_refused),
        cmocka_unit_test(complaints_are_japanese_where_the_site_is),
    };
    return cmocka_run_group_tests_name("plugins/channel_snmp", tests, NULL, NULL);
}
