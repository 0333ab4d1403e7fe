/* SPDX-License-Identifier: Apache-2.0 */
#include "net/profile.h"

#include "base/file.h"
#include "crypt/secret.h"

#include <stdlib.h>

#define FILE_MAX ((size_t)1 << 20)

static base_span trim(base_span text)
{
    while (text.size != 0 && strchr(" \t\r", text.data[0]) != NULL && text.data[0] != '\0')
        text = (base_span){text.data + 1, text.size - 1};
    while (text.size != 0 && strchr(" \t\r", text.data[text.size - 1]) != NULL && text.data[text.size - 1] != '\0')
        text.size--;
    return text;
}

static int bad_line(lethe_error *error, int64_t line)
{
    base_fail(error, LETHE_E_NET_CREDENTIALS_FILE);
    base_error_line(error, line);
    return LETHE_E_NET_CREDENTIALS_FILE;
}

/* "[name]", "[ name ]"; white space inside is that of the file: "[profile  x]" is another. */
static bool section_is(base_span line, const char *section)
{
    return base_span_is(trim((base_span){line.data + 1, line.size - 2}), section);
}

int net_ini_section(base_span text, const char *section, net_ini_visit visit, void *context, lethe_error *error)
{
    bool inside = false;
    int64_t number = 0;
    for (size_t at = 0; at < text.size;) {
        const char *end = memchr(text.data + at, '\n', text.size - at);
        const size_t size = end != NULL ? (size_t)(end - (text.data + at)) : text.size - at;
        const bool nested = text.data[at] == ' ' || text.data[at] == '\t'; /* "s3 =\n  addressing_style = path" */
        const base_span line = trim((base_span){text.data + at, size});
        at += size + 1;
        number++;
        if (line.size == 0 || line.data[0] == '#' || line.data[0] == ';' || nested)
            continue;
        if (line.data[0] == '[') {
            if (line.size < 3 || line.data[line.size - 1] != ']')
                return bad_line(error, number);
            inside = section_is(line, section);
            continue;
        }
        const char *equals = memchr(line.data, '=', line.size);
        if (equals == NULL || equals == line.data)
            return bad_line(error, number);
        const size_t before = (size_t)(equals - line.data);
        const base_span value = trim((base_span){equals + 1, line.size - before - 1});
        if (inside && visit(context, trim((base_span){line.data, before}), value) != 0)
            return bad_line(error, number);
    }
    return 0;
}

typedef struct wanted {
    const char *name;
    char *to;
    size_t capacity;
} wanted;

typedef struct wanted_list {
    wanted *items;
    size_t count;
} wanted_list;

static int take(void *context, base_span name, base_span value)
{
    const wanted_list *list = context;
    for (size_t i = 0; i < list->count; i++)
        if (base_span_is(name, list->items[i].name)) {
            if (value.size >= list->items[i].capacity || memchr(value.data, '\0', value.size) != NULL)
                return -1;
            memcpy(list->items[i].to, value.data, value.size);
            list->items[i].to[value.size] = '\0';
        }
    return 0;
}

/* The file that `variable` names, or ~/.aws/NAME; a default one that is not there is an empty one. */
static int read_section(const char *variable, const char *name, const char *section, wanted_list *list,
                        lethe_error *error)
{
    char path[BASE_PATH_MAX];
    const char *given = getenv(variable), *home = getenv("HOME");
    const bool named = given != NULL && given[0] != '\0';
    base_buf buf;
    if (!named && (home == NULL || home[0] == '\0'))
        return 0;
    if ((size_t)snprintf(path, sizeof(path), named ? "%s" : "%s/.aws/%s", named ? given : home, name) >= sizeof(path))
        return base_fail(error, LETHE_E_BASE_LIMIT);
    base_buf_init(&buf, FILE_MAX);
    int status = base_file_load(path, &buf, error);
    if (status == LETHE_E_BASE_NOT_FOUND && !named)
        status = 0;
    else if (status == 0)
        status = net_ini_section(base_buf_view(&buf), section, take, list, error);
    if (status != 0)
        base_error_file(error, path);
    if (buf.data != NULL)
        crypt_wipe(buf.data, buf.size);
    base_buf_done(&buf);
    return status;
}

static const char *profile(void)
{
    const char *name = getenv("AWS_PROFILE");
    return name != NULL && name[0] != '\0' ? name : "default";
}

/* In the configuration file every profile but the default is "profile NAME". */
static int config_section(char ret_section[256], lethe_error *error)
{
    const char *name = profile();
    const bool plain = strcmp(name, "default") == 0;
    return (size_t)snprintf(ret_section, 256, "%s%s", plain ? "" : "profile ", name) < 256
               ? 0
               : base_fail(error, LETHE_E_BASE_LIMIT);
}

int net_profile_credentials(net_credentials *c, bool *ret_found, lethe_error *error)
{
    char section[256];
    wanted items[] = {{"aws_access_key_id", c->key_id, sizeof(c->key_id)},
                      {"aws_secret_access_key", c->secret, sizeof(c->secret)},
                      {"aws_session_token", c->token, sizeof(c->token)}};
    wanted_list list = {items, sizeof(items) / sizeof(items[0])};
    BASE_TRY(config_section(section, error));
    BASE_TRY(read_section("AWS_SHARED_CREDENTIALS_FILE", "credentials", profile(), &list, error));
    if (c->key_id[0] == '\0' || c->secret[0] == '\0')
        BASE_TRY(read_section("AWS_CONFIG_FILE", "config", section, &list, error));
    *ret_found = c->key_id[0] != '\0' && c->secret[0] != '\0';
    return 0;
}

int net_profile_region(char ret_region[NET_REGION_MAX + 1], bool *ret_found, lethe_error *error)
{
    char section[256];
    wanted item = {"region", ret_region, NET_REGION_MAX + 1};
    wanted_list list = {&item, 1};
    ret_region[0] = '\0';
    BASE_TRY(config_section(section, error));
    BASE_TRY(read_section("AWS_CONFIG_FILE", "config", section, &list, error));
    if (ret_region[0] == '\0')
        BASE_TRY(read_section("AWS_SHARED_CREDENTIALS_FILE", "credentials", profile(), &list, error));
    *ret_found = ret_region[0] != '\0';
    return 0;
}
