/* SPDX-License-Identifier: BSD-2-Clause */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "settings/option.h"
#include "settings/reader.h"
#include "settings/value.h"
#include "unit.h"

/* The manual page, one string; make check gives top_srcdir. */
static char *read_page(void)
{
    const char *top = getenv("top_srcdir");
    char path[4096], buffer[4096];
    struct text t = {0};
    snprintf(path, sizeof path, "%s/docs/man/hashimori.conf.5", top != NULL ? top : "..");
    FILE *f = fopen(path, "r");
    if (f == NULL)
        fail_msg("%s cannot be read; run by make check, or in build/", path);
    for (size_t n; (n = fread(buffer, 1, sizeof buffer, f)) > 0;)
        text_add_bytes(&t, buffer, n);
    fclose(f);
    return text_take(&t);
}

/* The part of @page from the line "@macro @title" to the next heading; the caller frees. */
static char *part_of(const char *page, const char *macro, const char *title)
{
    char heading[64];
    snprintf(heading, sizeof heading, "\n.%s %s\n", macro, title);
    const char *from = strstr(page, heading);
    if (from == NULL)
        fail_msg("the page has no heading \"%s\"", title);
    from += strlen(heading) - 1;
    const char *sh = strstr(from, "\n.Sh "), *ss = strstr(from, "\n.Ss ");
    const char *to = ss != NULL && (sh == NULL || ss < sh) ? ss : sh;
    return strndup(from, to != NULL ? (size_t)(to - from) : strlen(from));
}

static void check_table(const char *part, const char *title, const struct option *table)
{
    for (const struct option *o = table; o->name != NULL; o++) {
        char item[80];
        snprintf(item, sizeof item, "\n.It Ic %s\n", o->name);
        const char *entry = strstr(part, item);
        if (entry == NULL) {
            fail_msg("%s: %s is not in the page", title, o->name);
            return;
        }
        entry += strlen(item);
        const char *end = strstr(entry, "\n.It ");
        char *text = strndup(entry, end != NULL ? (size_t)(end - entry) : strlen(entry));
        if (o->required && strstr(text, "Required") == NULL)
            fail_msg("%s: the page does not say that %s is required", title, o->name);
        // Folders depend on how it was built.
        if (o->preset != NULL && o->type != OPTION_PATH && strstr(text, o->preset) == NULL)
            fail_msg("%s: the page does not give the default of %s", title, o->name);
        for (const char *const *w = o->words; w != NULL && *w != NULL; w++)
            if (strstr(text, *w) == NULL)
                fail_msg("%s: the page does not give the word %s of %s", title, *w, o->name);
        free(text);
    }
}

/* Counts the items, so that the page has none that is not in the table. */
static size_t count_items(const char *part)
{
    size_t count = 0;
    for (const char *at = part; (at = strstr(at, "\n.It Ic ")) != NULL; at++)
        count++;
    return count;
}

static size_t count_options(const struct option *table)
{
    size_t count = 0;
    while (table[count].name != NULL)
        count++;
    return count;
}

static void check_part(
    const char *page, const char *macro, const char *title, const struct option *table)
{
    char *part = part_of(page, macro, title);
    check_table(part, title, table);
    assert_int_equal(count_items(part), count_options(table));
    free(part);
}

static void the_page_has_every_option_its_default_and_its_words(void **state UNUSED)
{
    char *page = read_page();

    check_part(page, "Sh", "AGENT", option_agent);
    check_part(page, "Ss", "Redaction", option_redact);
    check_part(page, "Sh", "CALENDARS", option_calendar);
    check_part(page, "Sh", "SERVICES", option_service);
    check_part(page, "Ss", "SLA", option_sla);
    check_part(page, "Sh", "WATCH", option_watch);
    check_part(page, "Ss", "Rules", option_rule);
    check_part(page, "Sh", "LINKAGES", option_linkage);
    check_part(page, "Sh", "DESTINATIONS", option_destination);
    check_part(page, "Sh", "STATUS FACES", option_face);

    char *routes = part_of(page, "Sh", "ROUTES");
    const struct option *when = option_find(option_route, "when")->group;
    check_table(routes, "ROUTES", option_route);
    check_table(routes, "ROUTES", when);
    assert_int_equal(count_items(routes), count_options(option_route) + count_options(when));
    check_part(page, "Ss", "Escalation", option_find(option_route, "escalate")->group);
    free(routes);
    free(page);
}

static void check_helps(const struct option *table)
{
    for (const struct option *o = table; o->name != NULL; o++) {
        struct value_set set = {0};
        if (o->help[LANGUAGE_EN] == NULL || o->help[LANGUAGE_JA] == NULL)
            fail_msg("%s has no help", o->name);
        assert_true(isascii((unsigned char)o->help[LANGUAGE_EN][0]));
        if (o->preset != NULL && !reader_preset(o, &set))
            fail_msg("the default of %s is not one of its values", o->name);
        value_set_deinit(&set);
        if (o->group != NULL)
            check_helps(o->group);
    }
}

static void every_option_has_help_in_both_languages_and_a_default_that_fits(void **state UNUSED)
{
    size_t sections = 0;
    for (; option_sections[sections].name != NULL; sections++)
        check_helps(option_sections[sections].options);

    assert_int_equal(sections, 8);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_page_has_every_option_its_default_and_its_words),
        cmocka_unit_test(every_option_has_help_in_both_languages_and_a_default_that_fits),
    };
    return cmocka_run_group_tests_name("settings/manual", tests, NULL, NULL);
}
