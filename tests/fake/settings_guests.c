/* SPDX-License-Identifier: BSD-2-Clause */
#include "settings_guests.h"

#include <assert.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/fdio.h"

static const char *const described[] = {
    "{\"describe\":1,\"abi\":\"1.0\",\"kind\":\"watch\",\"name\":\"process\",\"version\":\"0.1.0\","
    "\"summary\":\"processes\",\"validates\":true,\"options\":["
    "{\"name\":\"name\",\"type\":\"text\",\"help\":\"name of the process\",\"required\":true},"
    "{\"name\":\"user\",\"type\":\"text\",\"help\":\"its user\"}],"
    "\"rules\":[{\"metric\":\"running\",\"critical\":\"< 1\"}]}",

    "{\"describe\":1,\"abi\":\"1.0\",\"kind\":\"watch\",\"name\":\"disk\",\"version\":\"0.1.0\","
    "\"summary\":\"file systems\",\"options\":["
    "{\"name\":\"path\",\"type\":\"path\",\"help\":\"mount point\",\"preset\":\"/\"},"
    "{\"name\":\"reserve\",\"type\":\"size\",\"help\":\"bytes\",\"preset\":\"1G\",\"least\":1,"
    "\"most\":1099511627776},"
    "{\"name\":\"share\",\"type\":\"number\",\"help\":\"0 to 1\",\"preset\":\"0.5\",\"least\":0,"
    "\"most\":1},"
    "{\"name\":\"skip\",\"type\":\"list\",\"help\":\"types\",\"preset\":\"(\\\"proc\\\", "
    "\\\"sysfs\\\")\"},"
    "{\"name\":\"mode\",\"type\":\"text\",\"help\":\"how\",\"words\":[\"fast\",\"slow\"],"
    "\"preset\":\"fast\"},"
    "{\"name\":\"deep\",\"type\":\"flag\",\"help\":\"sub-mounts\",\"preset\":\"true\"},"
    "{\"name\":\"window\",\"type\":\"span\",\"help\":\"for the slope\",\"preset\":\"1h\","
    "\"least\":60000,\"most\":86400000},"
    "{\"name\":\"part\",\"type\":\"groups\",\"help\":\"parts\",\"group\":["
    "{\"name\":\"path\",\"type\":\"path\",\"help\":\"folder\",\"required\":true},"
    "{\"name\":\"limit\",\"type\":\"integer\",\"help\":\"files\",\"preset\":\"10\",\"least\":1,"
    "\"most\":100}]}],"
    "\"rules\":[{\"metric\":\"used_percent\",\"warning\":\">= 80\",\"critical\":\">= 90\","
    "\"clear\":\"< 75\",\"runs\":3},{\"metric\":\"inodes_percent\",\"critical\":\">= 95\"}]}",

    "{\"describe\":1,\"abi\":\"1.0\",\"kind\":\"watch\",\"name\":\"log\",\"version\":\"0.1.0\","
    "\"options\":[{\"name\":\"path\",\"type\":\"path\",\"help\":\"file\",\"required\":true}],"
    "\"rules\":[{\"metric\":\"failure\",\"event\":\"critical\",\"key\":\"job, code\","
    "\"cleared_by\":\"recovery\",\"clear_after\":\"1h\"}]}",

    "{\"describe\":1,\"abi\":\"1.0\",\"kind\":\"channel\",\"name\":\"snmp\",\"version\":\"0.1.0\","
    "\"options\":[{\"name\":\"host\",\"type\":\"text\",\"help\":\"receiver\",\"required\":true},"
    "{\"name\":\"version\",\"type\":\"text\",\"help\":\"version\",\"words\":[\"1\",\"2c\",\"3\"],"
    "\"preset\":\"2c\"},"
    "{\"name\":\"inform\",\"type\":\"flag\",\"help\":\"inform\",\"preset\":\"true\"},"
    "{\"name\":\"community_file\",\"type\":\"secret\",\"help\":\"community\"}],\"rules\":[]}",

    "{\"describe\":1,\"abi\":\"1.0\",\"kind\":\"channel\",\"name\":\"any\",\"version\":\"0.1.0\","
    "\"options\":[],\"rules\":[]}",

    "{\"describe\":1,\"abi\":\"1.0\",\"kind\":\"face\",\"name\":\"snmp\",\"version\":\"0.1.0\","
    "\"options\":[{\"name\":\"mode\",\"type\":\"text\",\"help\":\"how\","
    "\"words\":[\"agentx\",\"standalone\"],\"preset\":\"agentx\"}],\"rules\":[]}",
};
enum { DESCRIBED = sizeof described / sizeof described[0] };

struct settings_guests {
    struct guest_table *tables[DESCRIBED];
};

struct settings_guests *settings_guests_new(void)
{
    struct settings_guests *g = alloc(sizeof *g);
    for (size_t i = 0; i < DESCRIBED; i++) {
        struct text why = {0};
        int r = guest_table_decode(described[i], strlen(described[i]), &g->tables[i], &why);
        if (r != 0)
            fprintf(stderr, "%s\n", text_get(&why));
        assert(r == 0);
        text_deinit(&why);
    }
    return g;
}

struct settings_guests *settings_guests_free(struct settings_guests *g)
{
    for (size_t i = 0; i < DESCRIBED; i++)
        guest_table_free(g->tables[i]);
    free(g);
    return NULL;
}

static int find(void *ctx, const char *plugin_dir, const char *kind, const char *name,
    const struct guest_table **ret_table, struct text *ret_why)
{
    const struct settings_guests *g = ctx;
    for (size_t i = 0; i < DESCRIBED; i++)
        if (strcmp(g->tables[i]->kind, kind) == 0 && strcmp(g->tables[i]->name, name) == 0) {
            *ret_table = g->tables[i];
            return 0;
        }
    text_addf(ret_why, "%s/%s_%s.so", plugin_dir, kind, name);
    return GUEST_E_ABSENT;
}

static int validate(void *ctx, const char *plugin_dir, const char *kind, const char *name,
    const struct value_set *values, void (*complain)(void *arg, const char *key, const char *text),
    void *arg)
{
    (void)ctx, (void)plugin_dir;
    if (strcmp(kind, "watch") == 0 && strcmp(name, "process") == 0)
        for (size_t i = 0; i < values->count; i++)
            if (values->values[i].text != NULL && strcmp(values->values[i].text, "bad-name") == 0)
                complain(arg, values->values[i].name, "no such name");
    return 0;
}

struct guest_source settings_guests_source(struct settings_guests *g)
{
    return (struct guest_source){g, find, validate};
}

int settings_guests_load(const char *text, struct settings **ret, struct complaints *complaints)
{
    char folder[] = "/tmp/hashimori-test-XXXXXX";
    assert(mkdtemp(folder) != NULL);
    char path[64];
    snprintf(path, sizeof path, "%s/hashimori.conf", folder);
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    assert(fd >= 0 && fdio_write_all(fd, text, strlen(text)) == 0);
    fdio_close(fd);

    struct settings_guests *g = settings_guests_new();
    struct guest_source source = settings_guests_source(g);
    int r = settings_load(path, &source, ret, complaints);

    settings_guests_free(g);
    unlink(path);
    rmdir(folder);
    return r;
}
