/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "wire/flat.h"

#include "unit.h"

static const char *const simple[] = {
    "{\"type\":\"reading\",\"id\":10,\"seq\":31,\"metric\":\"running\",\"kind\":\"number\","
    "\"number\":1.0,"
    "\"text\":\"pid 11899\"}",
    "{\"type\":\"reading\",\"id\":9,\"seq\":6,\"instance\":\"/"
    "\",\"metric\":\"mounted\",\"number\":0.1}",
    "{\"type\":\"saved\",\"through\":999999999999999}",
    "{\"a\":-0,\"b\":-0.0,\"c\":20.8340102176273,\"d\":0.00000000000001,\"e\":123456.789}",
    "{\"a\":20.834010217627387,\"b\":-0.0000001234567890123456,\"c\":1795316987541}",
    "{\"a\":true,\"b\":false,\"c\":null,\"d\":\"\",\"e\":-15}",
};

static const char *const others[] = {
    "",
    "{}",
    "{",
    "{\"a\":1",
    "{\"a\":1}}",
    "{\"a\":1,}",
    "{\"a\":01}",
    "{\"a\":-}",
    "{\"a\":1.}",
    "{\"a\":.5}",
    "{\"a\":1e5}",
    "{\"a\":1.5e-3}",
    "{\"a\":1,\"a\":2}",
    "{\"a\":{\"b\":1}}",
    "{\"a\":[1]}",
    "{\"a\":\"\\u0041\"}",
    "{\"a\":\"\\\\\"}",
    "{\"a\":\"\xe6\x97\xa5\"}",
    "{\"a\":\"\t\"}",
    "{\"a\":\"x}",
    "{ \"a\":1}",
    "{\"a\":1234567890123456}",
    "{\"a\":1234567890.1234567890123456789012345678901234567890}",
    "{\"a\":tru}",
    "{\"a\":truex}",
    "[1]",
    "1",
};

static json_t *reference(const char *line, size_t length)
{
    return json_loadb(line, length, JSON_REJECT_DUPLICATES, NULL);
}

static void a_simple_line_is_what_jansson_makes_of_it(void **state UNUSED)
{
    for (size_t i = 0; i < sizeof simple / sizeof simple[0]; i++) {
        json_t *flat = flat_parse(simple[i], strlen(simple[i]));
        json_t *whole = reference(simple[i], strlen(simple[i]));

        assert_non_null(flat);
        assert_true(json_equal(flat, whole));
        json_decref(flat);
        json_decref(whole);
    }
}

static void what_is_not_simple_is_left_to_jansson(void **state UNUSED)
{
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        assert_null(flat_parse(others[i], strlen(others[i])));
}

/* The smallest generator that is good enough: Numerical Recipes' LCG. */
static uint32_t next(uint32_t *seed)
{
    return *seed = *seed * 1664525 + 1013904223;
}

/* Changes, takes out or doubles a byte. */
static size_t mutate(char *line, size_t length, size_t room, uint32_t *seed)
{
    static const char bytes[] = "{}[]\",:\\-+.0123456789eEtfnu \t\x00\x7f\x80\xff";
    size_t at = next(seed) / 7 % length;
    switch (next(seed) / 7 % 3) {
    case 0:
        line[at] = bytes[next(seed) / 7 % (sizeof bytes - 1)];
        return length;
    case 1:
        memmove(line + at, line + at + 1, length - at - 1);
        return length - 1;
    default:
        if (length == room)
            return length;
        memmove(line + at + 1, line + at, length - at);
        return length + 1;
    }
}

static void whatever_it_takes_jansson_takes_in_the_same_way(void **state UNUSED)
{
    uint32_t seed = 1;
    size_t taken = 0;
    for (int round = 0; round < 60000; round++) {
        char line[256];
        const char *from = simple[next(&seed) / 7 % (sizeof simple / sizeof simple[0])];
        size_t length = strlen(from);
        memcpy(line, from, length);
        for (uint32_t n = next(&seed) / 7 % 3 + 1; n > 0; n--)
            length = mutate(line, length, sizeof line, &seed);
        json_t *flat = flat_parse(line, length);
        if (flat == NULL)
            continue;
        json_t *whole = reference(line, length);

        assert_non_null(whole);
        assert_true(json_equal(flat, whole));
        taken++;
        json_decref(flat);
        json_decref(whole);
    }
    assert_true(taken > 1000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_simple_line_is_what_jansson_makes_of_it),
        cmocka_unit_test(what_is_not_simple_is_left_to_jansson),
        cmocka_unit_test(whatever_it_takes_jansson_takes_in_the_same_way),
    };
    return cmocka_run_group_tests_name("wire/flat", tests, NULL, NULL);
}
