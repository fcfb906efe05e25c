/* SPDX-License-Identifier: BSD-2-Clause */
#include <string.h>

#include "record/chain.h"
#include "unit.h"

/* Expected values come from Python's hashlib and base64, by the description in chain.h. */
static const char host_id[] = "00112233445566778899aabbccddeeff";

static struct chain_row row(uint64_t seq, struct moment at, const char *kind, const char *body)
{
    return (struct chain_row){seq, at, kind, strlen(kind), body, strlen(body)};
}

static void the_hash_is_what_the_header_says(void **state UNUSED)
{
    uint8_t hash[CHAIN_BYTES] = {0};
    char hex[CHAIN_HEX_BYTES];
    struct chain_row first = row(1, (struct moment){1776000001000, 1000}, "start", "{}");
    struct chain_row second = row(2, (struct moment){-5, 7}, "stop", "{\"who\":\"橋守\"}");

    chain_hash(hash, hash, &first);
    chain_hex(hex, hash, CHAIN_BYTES);
    assert_string_equal(hex, "067b6d2ddbdf51090157171b2b0782b06e56e35c571c6b823a966bb341566ae9");

    chain_hash(hash, hash, &second);
    chain_hex(hex, hash, CHAIN_BYTES);
    assert_string_equal(hex, "3825570b926d3a4d054bea935bb25528d88f0ce16d38fdc04657bd8ccf0b5d8d");
}

static void the_delivery_key_is_base32_of_128_bits(void **state UNUSED)
{
    char key[CHAIN_KEY_BYTES], other[CHAIN_KEY_BYTES];

    chain_key(key, host_id, 3, "12", "1", "raised");
    assert_string_equal(key, "UXR5LEENUZBFUYLMGBG23KTQM4");

    // 12 and 1 against 1 and 21: the parts are kept apart.
    chain_key(other, host_id, 3, "1", "21", "raised");
    assert_string_not_equal(other, key);
    chain_key(other, host_id, 4, "12", "1", "raised");
    assert_string_not_equal(other, key);
}

static void the_engine_id_is_one_of_rfc_3411(void **state UNUSED)
{
    char id[CHAIN_ENGINE_BYTES];

    chain_engine(id, host_id, 3, "face_snmp");

    assert_string_equal(id, "80001f880559028691576ad970ab1196bfddc3b65a");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_hash_is_what_the_header_says),
        cmocka_unit_test(the_delivery_key_is_base32_of_128_bits),
        cmocka_unit_test(the_engine_id_is_one_of_rfc_3411),
    };
    return cmocka_run_group_tests_name("record/chain", tests, NULL, NULL);
}
