/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdio.h>
#include <string.h>

#include "ctl/ctl.h"

enum { NAME_WIDTH = 36 };

const struct ctl_command *help_find(const char *first, const char *second, int *ret_words)
{
    const struct ctl_command *found = NULL;
    char both[64];

    snprintf(both, sizeof both, "%s %s", first, second == NULL ? "" : second);
    for (const struct ctl_command *command = ctl_commands; command->name != NULL; command++) {
        bool is_two = strchr(command->name, ' ') != NULL;
        if (strcmp(command->name, is_two ? both : first) != 0)
            continue;
        found = command;
        *ret_words = is_two ? 2 : 1;
        // "sla judge" is not "sla" with an argument, wherever they stand in the table.
        if (is_two)
            break;
    }
    return found;
}

static void print_options(const struct ctl *c, const struct ctl_option *options)
{
    for (; options != NULL && options->name != NULL; options++) {
        char shown[64];
        snprintf(shown, sizeof shown, "--%s%s%s", options->name, options->value == NULL ? "" : " ",
            options->value == NULL ? "" : options->value);
        printf("  %-*s %s\n", NAME_WIDTH, shown, message_raw(options->help, c->language));
    }
}

void help_overview(const struct ctl *c)
{
    ctl_say(c, MESSAGE_HELP_USAGE, NULL, NULL, NULL);
    for (const struct ctl_command *command = ctl_commands; command->name != NULL; command++) {
        char shown[64];
        snprintf(shown, sizeof shown, "%s %s", command->name, command->args);
        printf("  %-*s %s\n", NAME_WIDTH, shown, message_raw(command->help, c->language));
    }
    ctl_say(c, MESSAGE_HELP_GLOBAL, NULL, NULL, NULL);
    print_options(c, ctl_global_options);
    ctl_say(c, MESSAGE_HELP_EXIT, NULL, NULL, NULL);
}

void help_command(const struct ctl *c, const struct ctl_command *command)
{
    printf("hashimori %s%s%s%s\n  %s\n", command->name, command->args[0] == '\0' ? "" : " ",
        command->args, command->options == NULL ? "" : " [--OPTION ..]",
        message_raw(command->help, c->language));
    print_options(c, command->options);
    ctl_say(c, MESSAGE_HELP_GLOBAL, NULL, NULL, NULL);
    print_options(c, ctl_global_options);
}

int run_help(struct ctl *c)
{
    int words = 0;
    const struct ctl_command *command =
        c->arg_count == 0 ? NULL : help_find(c->args[0], c->args[1], &words);

    if (c->arg_count == 0)
        help_overview(c);
    else if (command == NULL)
        return ctl_fail(
            c, CTL_USAGE, MESSAGE_CTL_NO_COMMAND, c->args[0], c->arg_count > 1 ? c->args[1] : "");
    else
        help_command(c, command);
    return CTL_DONE;
}

/* ---- completion -------------------------------------------------------------------------- */

static size_t first_length(const char *name)
{
    return strcspn(name, " ");
}

static bool is_new_first(const struct ctl_command *command)
{
    size_t n = first_length(command->name);

    for (const struct ctl_command *earlier = ctl_commands; earlier != command; earlier++)
        if (first_length(earlier->name) == n && strncmp(earlier->name, command->name, n) == 0)
            return false;
    return true;
}

static void print_first_words(void)
{
    for (const struct ctl_command *command = ctl_commands; command->name != NULL; command++)
        if (is_new_first(command))
            printf("%.*s ", (int)first_length(command->name), command->name);
}

/* A case of the shell: after these words, these may follow. */
static void print_second_words(const struct ctl_command *group)
{
    size_t n = first_length(group->name);

    if (group->name[n] == '\0')
        return;
    printf("        %.*s) words=\"", (int)n, group->name);
    for (const struct ctl_command *command = group; command->name != NULL; command++)
        if (strncmp(command->name, group->name, n + 1) == 0)
            printf("%s ", command->name + n + 1);
    puts("\" ;;");
}

static void print_option_words(const struct ctl_option *options)
{
    for (; options != NULL && options->name != NULL; options++)
        printf("--%s ", options->name);
}

int run_completion(struct ctl *c)
{
    if (strcmp(c->args[0], "bash") != 0)
        return ctl_fail(c, CTL_USAGE, MESSAGE_CTL_SHELL, c->args[0], NULL);
    fputs("# bash completion for hashimori; made by: hashimori completion bash\n"
          "_hashimori()\n{\n"
          "    local current=\"${COMP_WORDS[COMP_CWORD]}\" said=\"\" count=0 word words options\n"
          "    for word in \"${COMP_WORDS[@]:1:COMP_CWORD-1}\"; do\n"
          "        case $word in -*) ;; *) said=\"${said:+$said }$word\"; count=$((count + 1)) ;; "
          "esac\n"
          "    done\n"
          "    case $said in\n"
          "        '') words=\"",
        stdout);
    print_first_words();
    puts("\" ;;");
    for (const struct ctl_command *command = ctl_commands; command->name != NULL; command++)
        if (is_new_first(command))
            print_second_words(command);
    fputs("    esac\n    options=\"", stdout);
    print_option_words(ctl_global_options);
    fputs("\"\n    case $said in\n", stdout);
    for (const struct ctl_command *command = ctl_commands; command->name != NULL; command++) {
        if (command->options == NULL)
            continue;
        printf("        '%s'*) options=\"$options ", command->name);
        print_option_words(command->options);
        puts("\" ;;");
    }
    fputs("    esac\n"
          "    case $current in -*) words=$options ;; esac\n"
          "    mapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$current\")\n"
          "    [ ${#COMPREPLY[@]} -gt 0 ] || mapfile -t COMPREPLY < <(compgen -f -- \"$current\")\n"
          "}\n"
          "complete -F _hashimori hashimori\n",
        stdout);
    return CTL_DONE;
}
