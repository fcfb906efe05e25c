/* SPDX-License-Identifier: BSD-2-Clause */
/* `hashimori plugin new`: a folder that builds, tests and installs a watch as it stands. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/fdio.h"
#include "base/text.h"
#include "ctl/ctl.h"

enum { NAME_BYTES_MAX = 32 };

/* "@" stands for the plugin's name. */
static const char source_template[] =
    "/* watch_@: a number read from a file. Change what @_check looks at; keep the rest. */\n"
    "#include <errno.h>\n"
    "#include <hashimori/plugin.h>\n"
    "#include <stdio.h>\n"
    "\n"
    "static const struct hm_option @_options[] = {\n"
    "    {.name = \"path\",\n"
    "        .type = HM_PATH,\n"
    "        .required = true,\n"
    "        .help = \"file that holds the number\",\n"
    "        .help_ja = \"数値を書いたファイル\"},\n"
    "    {0},\n"
    "};\n"
    "\n"
    "/* Used for a metric unless the configuration has a rule for it. */\n"
    "static const struct hm_rule @_rules[] = {\n"
    "    {.metric = \"value\", .warning = \">= 80\", .critical = \">= 95\", .clear = \"< 75\"},\n"
    "    {0},\n"
    "};\n"
    "\n"
    "static int @_open(const struct hm_host *host, void **ret_self)\n"
    "{\n"
    "    *ret_self = (void *)(uintptr_t)host; // all that this plugin must remember\n"
    "    return 0;\n"
    "}\n"
    "\n"
    "/* Looks once. It may take as long as the subject's deadline. */\n"
    "static int @_check(void *self)\n"
    "{\n"
    "    const struct hm_host *host = self;\n"
    "    struct hm_reading reading = {.metric = \"value\", .kind = HM_NUMBER};\n"
    "    FILE *file = fopen(host->text(host, \"path\"), \"re\");\n"
    "    if (file == NULL)\n"
    "        return -errno; // could not look: the subject is blind, with this reason\n"
    "\n"
    "    if (fscanf(file, \"%lf\", &reading.number) != 1) {\n"
    "        reading.kind = HM_BLIND;\n"
    "        reading.text = \"no number\";\n"
    "    }\n"
    "    fclose(file);\n"
    "    host->report(host, &reading);\n"
    "    return 0;\n"
    "}\n"
    "\n"
    "static void @_close(void *self)\n"
    "{\n"
    "    (void)self;\n"
    "}\n"
    "\n"
    "HM_PLUGIN(.kind = HM_WATCH, .name = \"@\", .version = \"0.1\", .summary = \"a number in a "
    "file\",\n"
    "    .summary_ja = \"ファイルに書かれた数値\", .options = @_options, .rules = @_rules,\n"
    "    .open = @_open, .check = @_check, .close = @_close);\n";

static const char makefile_template[] =
    "# make, make check, make install\n"
    "CFLAGS ?= -O2 -g -Wall -Wextra\n"
    "HEADER = $(shell pkg-config --cflags hashimori)\n"
    "PLUGINDIR = $(shell pkg-config --variable=plugindir hashimori)\n"
    "\n"
    "watch_@.so: watch_@.c\n"
    "\t$(CC) $(CFLAGS) -fPIC -fvisibility=hidden $(HEADER) -shared -o $@ watch_@.c\n"
    "\n"
    "check: watch_@.so\n"
    "\tsh test.sh\n"
    "\n"
    "install: watch_@.so\n"
    "\tinstall -D -m 644 watch_@.so $(DESTDIR)$(PLUGINDIR)/watch_@.so\n"
    "\n"
    "clean:\n"
    "\trm -f watch_@.so\n"
    "\n"
    ".PHONY: check install clean\n";

static const char test_template[] =
    "#!/bin/sh\n"
    "# The plugin is loaded as hashimori does it, runs once, and must report the number.\n"
    "set -eu\n"
    "here=$(cd \"$(dirname \"$0\")\" && pwd)\n"
    "hashimori=${HASHIMORI:-hashimori}\n"
    "work=$(mktemp -d)\n"
    "trap 'rm -rf \"$work\"' EXIT\n"
    "echo 42 >\"$work/number\"\n"
    "cat >\"$work/test.conf\" <<CONF\n"
    "agent = { host = \"test\"; plugin_dir = \"$here\"; };\n"
    "watch = ( { subject = \"it\"; plugin = \"@\"; path = \"$work/number\"; } );\n"
    "CONF\n"
    "\"$hashimori\" plugin check \"$here/watch_@.so\"\n"
    "\"$hashimori\" plugin run it --once --config \"$work/test.conf\" | tee \"$work/out\"\n"
    "grep -q '\"metric\":\"value\".*42' \"$work/out\"\n"
    "echo \"1 passed, 0 failed\"\n";

static const char page_template[] =
    "# watch_@\n"
    "\n"
    "## 日本語\n"
    "\n"
    "ファイルに書かれた数値を監視します。\n"
    "\n"
    "    watch = ( { subject = \"@\"; plugin = \"@\"; path = \"/run/@.number\"; interval = "
    "\"60s\"; } );\n"
    "\n"
    "| メトリック | 意味 | 既定のルール |\n"
    "|---|---|---|\n"
    "| `value` | ファイルの数値 | 80 以上で warning、95 以上で critical、75 未満で復旧 |\n"
    "\n"
    "## English\n"
    "\n"
    "Watches a number that stands in a file; see the table above. `make check` tests it, `make "
    "install` installs it.\n";

static bool is_name(const char *name)
{
    size_t length = strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_");
    return name[0] >= 'a' && name[0] <= 'z' && name[length] == '\0' && length <= NAME_BYTES_MAX;
}

/* "$@" is make's own and stays. */
static void fill(struct text *t, const char *template, const char *name)
{
    for (const char *at = template; *at != '\0'; at++) {
        if (*at == '@' && (at == template || at[-1] != '$'))
            text_add(t, name);
        else
            text_add_char(t, *at);
    }
}

static int write_file(const char *folder, const char *name, const char *suffix,
    const char *template, const char *plugin)
{
    struct text path = {0}, content = {0};
    text_addf(&path, "%s/%s%s", folder, name, suffix);
    fill(&content, template, plugin);
    int fd = open(text_get(&path), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    int r = fd < 0 ? -errno : fdio_write_all(fd, content.bytes, content.length);
    fdio_close(fd);
    text_deinit(&path);
    text_deinit(&content);
    return r;
}

int run_plugin_new(struct ctl *c)
{
    const char *name = c->args[0];
    struct text folder = {0};
    if (!is_name(name))
        return ctl_fail(c, CTL_USAGE, MESSAGE_CTL_PLUGIN_NAME, name, NULL);

    text_addf(&folder, "watch_%s", name);
    const char *base = text_get(&folder);
    int r = mkdir(base, 0755) < 0 ? -errno : 0;
    if (r == 0)
        r = write_file(base, base, ".c", source_template, name);
    if (r == 0)
        r = write_file(base, "Makefile", "", makefile_template, name);
    if (r == 0)
        r = write_file(base, "test", ".sh", test_template, name);
    if (r == 0)
        r = write_file(base, base, ".md", page_template, name);
    int code = CTL_DONE;
    if (r < 0)
        code = ctl_fail(c, CTL_NO, MESSAGE_CTL_FILE, base, strerror(-r));
    else
        ctl_say(c, MESSAGE_CTL_PLUGIN_MADE, base, NULL, NULL);
    text_deinit(&folder);
    return code;
}
