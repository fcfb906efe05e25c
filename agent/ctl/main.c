/* SPDX-License-Identifier: BSD-2-Clause */
#include <getopt.h>
#include <langinfo.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/text.h"
#include "config.h"
#include "ctl/client.h"
#include "ctl/ctl.h"
#include "ctl/print.h"

enum { LONG_OPTIONS_MAX = 32 };

const char *ctl_value(const struct ctl *c, const char *name)
{
    for (size_t i = 0; i < c->value_count; i++)
        if (strcmp(c->values[i].name, name) == 0)
            return c->values[i].value;
    return NULL;
}

void ctl_say(const struct ctl *c, enum message id, const char *a, const char *b, const char *d)
{
    struct text t = {0};

    message_add(&t, c->language, id, a, b, d);
    puts(text_get(&t));
    text_deinit(&t);
}

/* What the arguments hold may come from a log or from a person: it is made visible. */
int ctl_fail(const struct ctl *c, int code, enum message id, const char *a, const char *b)
{
    struct text t = {0};
    struct text shown = {0};

    message_add(&t, c->language, id, a, b);
    for (char *line = strtok(t.bytes, "\n"); line != NULL; line = strtok(NULL, "\n")) {
        text_add_visible(&shown, line, strlen(line));
        text_add_char(&shown, '\n');
    }
    fprintf(stderr, "hashimori: %s", text_get(&shown));
    text_deinit(&t);
    text_deinit(&shown);
    return code;
}

/* ---- asking ------------------------------------------------------------------------------ */

static bool is_global(const char *name)
{
    for (const struct ctl_option *o = ctl_global_options; o->name != NULL; o++)
        if (strcmp(o->name, name) == 0)
            return true;
    return false;
}

static json_t *arguments(const struct ctl *c)
{
    json_t *args = json_object();

    for (size_t i = 0; i < c->arg_count; i++)
        json_object_set_new(args, c->command->arg_names[i], json_string(c->args[i]));
    for (size_t i = 0; i < c->value_count; i++) {
        char name[32];
        if (is_global(c->values[i].name))
            continue;
        snprintf(name, sizeof name, "%s", c->values[i].name);
        for (char *dash = strchr(name, '-'); dash != NULL; dash = strchr(dash, '-'))
            *dash = '_';
        json_object_set_new(args, name, json_string(c->values[i].value));
    }
    return args;
}

static int code_of_refusal(const char *code)
{
    return strcmp(code, "bad_request") == 0 ? CTL_USAGE : CTL_NO;
}

int ctl_ask(struct ctl *c)
{
    struct client_answer answer;
    json_t *args = arguments(c);
    int r = client_ask(c->socket_path, c->command->verb, args, c->language, &answer);

    if (r == CLIENT_E_AWAY)
        r = ctl_fail(c, CTL_UNREACHABLE, MESSAGE_CTL_AWAY, c->socket_path, text_get(&answer.why));
    else if (r == CLIENT_E_REFUSED)
        r = ctl_fail(
            c, code_of_refusal(answer.code), MESSAGE_CTL_REFUSED, text_get(&answer.why), NULL);
    else if (c->json)
        print_json(answer.result);
    else
        r = c->command->print(c, answer.result);
    json_decref(args);
    client_answer_deinit(&answer);
    return r;
}

/* ---- parsing ----------------------------------------------------------------------------- */

static size_t add_options(struct option *ret, size_t n, const struct ctl_option *options)
{
    for (; options != NULL && options->name != NULL; options++)
        ret[n++] = (struct option){.name = options->name,
            .has_arg = options->value == NULL ? no_argument : required_argument,
            .val = 0};
    return n;
}

static int usage(const struct ctl *c)
{
    if (c->command != NULL)
        return ctl_fail(c, CTL_USAGE, MESSAGE_CTL_USAGE, c->command->name, NULL);
    return ctl_fail(c, CTL_USAGE, MESSAGE_CTL_USAGE_GENERAL, NULL, NULL);
}

/* Reads options up to the end, or with "+" up to the first word. False: wrong usage. */
static bool parse(struct ctl *c, int argc, char **argv, const char *manner)
{
    struct option options[LONG_OPTIONS_MAX] = {{0}};
    size_t n = add_options(options, 0, ctl_global_options);
    int index = 0;
    int got;

    if (c->command != NULL)
        add_options(options, n, c->command->options);
    optind = 0;
    opterr = 0;
    while ((got = getopt_long(argc, argv, manner, options, &index)) != -1) {
        const char *value = optarg == NULL ? "true" : optarg;
        const char *name = got == 'h' ? "help" : options[index].name;
        if (got == '?' || c->value_count == CTL_VALUES_MAX)
            return false;
        c->values[c->value_count].name = name;
        c->values[c->value_count++].value = value;
    }
    return true;
}

static void use_global_options(struct ctl *c)
{
    const char *language = ctl_value(c, "lang");

    if (language != NULL)
        c->language = message_language(language);
    c->json = ctl_value(c, "json") != NULL;
    if (ctl_value(c, "socket") != NULL)
        c->socket_path = ctl_value(c, "socket");
    if (ctl_value(c, "config") != NULL)
        c->config = ctl_value(c, "config");
}

/* libsmartcols escapes what the locale's character set does not have; ours is always UTF-8. */
static void use_utf8(void)
{
    setlocale(LC_ALL, "");
    if (strcmp(nl_langinfo(CODESET), "UTF-8") != 0)
        setlocale(LC_ALL, "C.UTF-8");
    setlocale(LC_NUMERIC, "C");
}

static int run(struct ctl *c, int argc, char **argv)
{
    if (!parse(c, argc, argv, "h") || argc - optind > CTL_ARGS_MAX)
        return usage(c);
    use_global_options(c);
    if (ctl_value(c, "help") != NULL) {
        help_command(c, c->command);
        return CTL_DONE;
    }
    for (int i = optind; i < argc; i++)
        c->args[c->arg_count++] = argv[i];
    if (c->arg_count < c->command->least || c->arg_count > c->command->most)
        return usage(c);
    return c->command->run(c);
}

int main(int argc, char **argv)
{
    struct ctl c = {.language = message_language_of_environment(),
        .socket_path = HM_RUNTIMEDIR "/control.sock",
        .config = HM_SYSCONFDIR "/hashimori.conf"};
    int words = 0;

    use_utf8();
    log_set_level(LOG_LEVEL_WARN);
    bool parsed = parse(&c, argc, argv, "+h");
    use_global_options(&c);
    if (!parsed)
        return usage(&c);
    if (ctl_value(&c, "version") != NULL) {
        printf("hashimori %s\n", PACKAGE_VERSION);
        return CTL_DONE;
    }
    if (ctl_value(&c, "help") != NULL || optind == argc) {
        help_overview(&c);
        return ctl_value(&c, "help") != NULL ? CTL_DONE : CTL_USAGE;
    }
    int at = optind;
    c.command = help_find(argv[at], at + 1 < argc ? argv[at + 1] : NULL, &words);
    if (c.command == NULL)
        return ctl_fail(
            &c, CTL_USAGE, MESSAGE_CTL_NO_COMMAND, argv[at], at + 1 < argc ? argv[at + 1] : "");
    // getopt takes what stands before the first word for the program's name.
    return run(&c, argc - at - words + 1, argv + at + words - 1);
}
