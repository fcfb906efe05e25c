/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * holds EXPECTED ACTUAL: exit 0 when the JSON document ACTUAL holds what EXPECTED says: every
 * member of an object, every element of an array and as many, equal values. Members that are not
 * expected may be there: the output only ever grows. The first difference is printed by its path.
 */
#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

enum { PATH_BYTES = 256 };

static bool differs(const char *path, const json_t *expected, const json_t *actual)
{
    fprintf(stderr, "%s: expected ", path);
    json_dumpf(expected, stderr, JSON_ENCODE_ANY | JSON_COMPACT);
    fputs(", got ", stderr);
    if (actual == NULL)
        fputs("nothing", stderr);
    else
        json_dumpf(actual, stderr, JSON_ENCODE_ANY | JSON_COMPACT);
    fputc('\n', stderr);
    return false;
}

static bool holds(const char *path, json_t *expected, json_t *actual)
{
    char below[PATH_BYTES];
    const char *name;
    json_t *value;
    size_t i;

    if (actual == NULL || json_typeof(expected) != json_typeof(actual))
        return differs(path, expected, actual);
    if (json_is_object(expected)) {
        json_object_foreach (expected, name, value) {
            snprintf(below, sizeof below, "%s.%s", path, name);
            if (!holds(below, value, json_object_get(actual, name)))
                return false;
        }
        return true;
    }
    if (!json_is_array(expected))
        return json_equal(expected, actual) || differs(path, expected, actual);
    if (json_array_size(expected) != json_array_size(actual))
        return differs(path, expected, actual);
    json_array_foreach (expected, i, value) {
        snprintf(below, sizeof below, "%s[%zu]", path, i);
        if (!holds(below, value, json_array_get(actual, i)))
            return false;
    }
    return true;
}

static json_t *load(const char *path)
{
    json_error_t error;
    json_t *document = json_load_file(path, JSON_REJECT_DUPLICATES, &error);

    if (document == NULL)
        fprintf(stderr, "%s:%d: %s\n", path, error.line, error.text);
    return document;
}

int main(int argc, char **argv)
{
    json_t *expected = argc == 3 ? load(argv[1]) : NULL;
    json_t *actual = argc == 3 ? load(argv[2]) : NULL;
    bool good = expected != NULL && actual != NULL && holds("", expected, actual);

    json_decref(expected);
    json_decref(actual);
    return good ? 0 : 1;
}
