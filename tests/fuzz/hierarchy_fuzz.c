/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as a hierarchy: one that is taken nests, counts its leaves, and comes back when it is written. The same
 * bytes are then values of a column, of which every kind of hierarchy is built. */
#include "privacy/levels.h"

#include <assert.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define TEXT_MAX ((size_t)1 << 26)

static void check(const table_levels *levels)
{
    for (uint32_t l = 0; l < levels->level_count; l++) {
        const table_level *level = &levels->level[l];
        uint64_t leaves = 0;
        for (uint32_t g = 0; g < level->group_count; g++)
            leaves += level->leaves[g];
        assert(leaves == levels->leaf_count);
        for (uint32_t leaf = 0; leaf < levels->leaf_count; leaf++)
            assert(level->group[leaf] < level->group_count);
        for (uint32_t leaf = 1; leaf < levels->leaf_count && l + 1 < levels->level_count; leaf++)
            if (level->group[leaf] == level->group[leaf - 1])
                assert(level[1].group[leaf] == level[1].group[leaf - 1]);
    }
}

static int read(base_span text, char separator, table_levels **ret_levels)
{
    table_csv *csv = NULL;
    lethe_error error = {0};
    const table_csv_options options = {.separator = separator, .no_header = true};
    int status = table_csv_open_memory(text, "f", &options, &csv, &error);
    if (status == 0)
        status = table_levels_read(csv, ret_levels, &error);
    table_csv_close(csv);
    assert(status == 0 || error.path[0] != '\0');
    return status;
}

static void check_file(base_span text)
{
    table_levels *levels = NULL, *again = NULL;
    base_buf out;
    if (read(text, ';', &levels) != 0)
        return;
    check(levels);
    base_buf_init(&out, TEXT_MAX);
    table_levels_write(levels, ';', &out);
    const bool blank = levels->level_count == 1; /* an empty value alone in its line may be no row */
    if (!blank && base_buf_check(&out, NULL) == 0) {
        assert(read(base_buf_view(&out), ';', &again) == 0);
        assert(again->leaf_count == levels->leaf_count && again->level_count == levels->level_count);
        table_levels_free(again);
    }
    base_buf_done(&out);
    table_levels_free(levels);
}

static base_span lookup(void *context, base_span value)
{
    (void)context;
    return value.data[0] == '!' ? (base_span){NULL, 0} : BASE_SPAN("known");
}

static void check_kinds(base_span text, const char *steps)
{
    table_csv *csv = NULL;
    table_coded *table = NULL;
    const table_csv_options options = {.separator = ';', .no_header = true};
    if (table_csv_open_memory(text, "f", &options, &csv, NULL) != 0)
        return;
    if (table_coded_read(csv, NULL, &table, NULL) == 0) {
        for (int kind = 0; kind < PRIVACY_LEVELS_KIND_COUNT; kind++) {
            table_levels *levels = NULL;
            const privacy_levels_spec spec = {.kind = (privacy_levels_kind)kind, .steps = steps, .lookup = lookup};
            if (privacy_levels_build(&spec, table, 0, &levels, NULL) == 0)
                check(levels);
            table_levels_free(levels);
        }
        table_coded_free(table);
    }
    table_csv_close(csv);
}

/* The first line is the steps. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char steps[64];
    const char *end = memchr(data, '\n', size);
    const size_t first = end != NULL ? (size_t)(end - (const char *)data) : size;
    if (first >= sizeof(steps) || memchr(data, '\0', first) != NULL)
        return 0;
    memcpy(steps, data, first);
    steps[first] = '\0';
    const size_t behind = first < size ? first + 1 : size;
    const base_span text = {(const char *)data + behind, size - behind};
    check_file(text);
    check_kinds(text, steps);
    return 0;
}
