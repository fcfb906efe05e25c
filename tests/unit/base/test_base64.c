/* SPDX-License-Identifier: BSD-2-Clause */
#include <string.h>

#include "base/base64.h"
#include "unit.h"

/* RFC 4648, section 10. */
static void the_vectors_of_the_standard_come_out(void **state UNUSED)
{
    static const char *const pairs[][2] = {{"", ""}, {"f", "Zg=="}, {"fo", "Zm8="}, {"foo", "Zm9v"},
        {"foob", "Zm9vYg=="}, {"fooba", "Zm9vYmE="}, {"foobar", "Zm9vYmFy"}};

    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
        struct text encoded = {0}, decoded = {0};
        base64_add(&encoded, pairs[i][0], strlen(pairs[i][0]));
        assert_true(base64_decode(&decoded, pairs[i][1]));
        assert_string_equal(text_get(&encoded), pairs[i][1]);
        assert_string_equal(text_get(&decoded), pairs[i][0]);
        text_deinit(&encoded);
        text_deinit(&decoded);
    }
}

static void every_byte_comes_back(void **state UNUSED)
{
    unsigned char bytes[256];
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (unsigned char)i;

    for (size_t length = 250; length <= sizeof bytes; length++) {
        struct text encoded = {0}, decoded = {0};
        base64_add(&encoded, bytes, length);
        assert_true(base64_decode(&decoded, text_get(&encoded)));
        assert_int_equal(decoded.length, length);
        assert_memory_equal(decoded.bytes, bytes, length);
        text_deinit(&encoded);
        text_deinit(&decoded);
    }
}

static void what_is_none_is_refused(void **state UNUSED)
{
    static const char *const bad[] = {
        "Z", "Zg", "Zg=", "Zg===", "Z===", "====", "Zg==Zg==", "Zm9v!m9v", "Zh==", "Zm9=", "Zm\n9"};

    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct text decoded = {0};
        assert_false(base64_decode(&decoded, bad[i]));
        text_deinit(&decoded);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_vectors_of_the_standard_come_out),
        cmocka_unit_test(every_byte_comes_back),
        cmocka_unit_test(what_is_none_is_refused),
    };
    return cmocka_run_group_tests_name("base/base64", tests, NULL, NULL);
}
