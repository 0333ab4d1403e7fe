/* SPDX-License-Identifier: Apache-2.0 */
#include "table/levels.h"

#include "crypt/aead.h"
#include "table/coder.h"

#include <stdio.h>
#include <stdlib.h>

#define LEVELS_BYTES_MAX ((size_t)4 << 30)

/* A hierarchy with what it is made of. */
typedef struct owner {
    table_levels levels; /* first */
    base_arena arena;    /* of the words */
    uint32_t level_count;
    table_level level[TABLE_LEVELS_MAX];
    coder_words words[TABLE_LEVELS_MAX]; /* names of groups, by number */
    uint32_t *group[TABLE_LEVELS_MAX];   /* of a leaf */
    uint32_t *leaves[TABLE_LEVELS_MAX];
    uint32_t *parent[TABLE_LEVELS_MAX]; /* of a group: its group of the next level */
    uint32_t leaf_count, leaf_capacity;
} owner;

void table_levels_free(table_levels *levels)
{
    owner *all = (owner *)levels; /* its first member */
    if (all == NULL)
        return;
    for (uint32_t l = 0; l < all->level_count; l++) {
        coder_words_done(&all->words[l]);
        free(all->group[l]);
        free(all->leaves[l]);
        free(all->parent[l]);
    }
    base_arena_done(&all->arena);
    free(all);
}

static int new_owner(uint32_t level_count, owner **ret_owner, lethe_error *error)
{
    base_hash_key key;
    BASE_TRY(crypt_random(&key, sizeof(key), error));
    owner *all = calloc(1, sizeof(*all));
    if (all == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    base_arena_init(&all->arena, LEVELS_BYTES_MAX);
    all->level_count = level_count;
    for (uint32_t l = 0; l < level_count; l++)
        coder_words_init(&all->words[l], key, &all->arena);
    *ret_owner = all;
    return 0;
}

static int grow_leaves(owner *all, lethe_error *error)
{
    const uint32_t capacity = all->leaf_capacity != 0 ? all->leaf_capacity * 2 : 64;
    if (all->leaf_count >= TABLE_LEAVES_MAX)
        return base_fail(error, LETHE_E_BASE_LIMIT);
    for (uint32_t l = 0; l < all->level_count; l++) {
        uint32_t **arrays[] = {&all->group[l], &all->leaves[l], &all->parent[l]};
        for (size_t i = 0; i < 3; i++) {
            uint32_t *larger = realloc(*arrays[i], capacity * sizeof(uint32_t));
            if (larger == NULL)
                return base_fail(error, LETHE_E_BASE_MEMORY);
            *arrays[i] = larger;
        }
    }
    all->leaf_capacity = capacity;
    return 0;
}

/* Adds the leaf `names[0]` with what it generalizes to. *ret_column is the column at fault. */
static int add_leaf(owner *all, const base_span *names, uint32_t *ret_column, lethe_error *error)
{
    uint32_t below = 0;
    *ret_column = 0;
    if (all->leaf_count == all->leaf_capacity)
        BASE_TRY(grow_leaves(all, error));
    for (uint32_t l = 0; l < all->level_count; l++) {
        uint32_t group = 0;
        const uint32_t known = all->words[l].count;
        *ret_column = l;
        if (l > 0 && names[l].size == 0)
            return base_fail(error, LETHE_E_TABLE_LEVELS_EMPTY);
        BASE_TRY(coder_words_number(&all->words[l], names[l], &group, error));
        if (l == 0 && group != known)
            return base_fail(error, LETHE_E_TABLE_LEVELS_LEAF);
        if (group == known) {
            all->leaves[l][group] = 0;
            all->parent[l][group] = UINT32_MAX;
        }
        if (l > 0 && all->parent[l - 1][below] == UINT32_MAX)
            all->parent[l - 1][below] = group;
        if (l > 0 && all->parent[l - 1][below] != group)
            return base_fail(error, LETHE_E_TABLE_LEVELS_NESTING);
        all->group[l][all->leaf_count] = group;
        all->leaves[l][group]++;
        below = group;
    }
    all->leaf_count++;
    return 0;
}

static void seal(owner *all)
{
    for (uint32_t l = 0; l < all->level_count; l++)
        all->level[l] = (table_level){all->words[l].count, all->group[l], all->words[l].values, all->leaves[l]};
    all->levels = (table_levels){all->leaf_count, all->level_count, all->level};
}

static int read_leaves(table_csv *csv, owner *all, lethe_error *error)
{
    for (;;) {
        const base_span *fields = NULL;
        uint32_t column = 0;
        BASE_TRY(table_csv_next(csv, &fields, error));
        if (fields == NULL)
            return 0;
        const int status = add_leaf(all, fields, &column, error);
        if (status != 0)
            return table_csv_fail(csv, status, column, error);
    }
}

int table_levels_read(table_csv *csv, table_levels **ret_levels, lethe_error *error)
{
    owner *all = NULL;
    const uint32_t level_count = table_csv_column_count(csv);
    if (level_count > TABLE_LEVELS_MAX)
        return table_csv_fail(csv, LETHE_E_BASE_LIMIT, TABLE_LEVELS_MAX, error);
    BASE_TRY(new_owner(level_count, &all, error));
    const int status = read_leaves(csv, all, error);
    if (status != 0) {
        table_levels_free(&all->levels);
        return status;
    }
    seal(all);
    *ret_levels = &all->levels;
    return 0;
}

int table_levels_load(const char *path, table_levels **ret_levels, lethe_error *error)
{
    table_csv *csv = NULL;
    int status = table_csv_open(path, &(table_csv_options){.no_header = true}, &csv, error);
    if (status == LETHE_E_TABLE_CSV_HEADER) { /* nothing in it */
        status = base_fail(error, LETHE_E_TABLE_LEVELS_EMPTY);
        base_error_file(error, path);
    }
    BASE_TRY(status);
    status = table_levels_read(csv, ret_levels, error);
    table_csv_close(csv);
    return status;
}

static void blame_leaf(uint32_t leaf, uint32_t column, lethe_error *error)
{
    char place[LETHE_PLACE_PATH_MAX];
    (void)snprintf(place, sizeof(place), "row %u, column %u", leaf + 1, column + 1);
    base_error_path(error, place);
}

int table_levels_make(const base_span *names, uint32_t leaf_count, uint32_t level_count, table_levels **ret_levels,
                      lethe_error *error)
{
    owner *all = NULL;
    int status = 0;
    if (level_count == 0 || level_count > TABLE_LEVELS_MAX)
        return base_fail(error, LETHE_E_BASE_LIMIT);
    BASE_TRY(new_owner(level_count, &all, error));
    for (uint32_t leaf = 0; leaf < leaf_count && status == 0; leaf++) {
        uint32_t column = 0;
        status = add_leaf(all, names + (size_t)leaf * level_count, &column, error);
        if (status != 0)
            blame_leaf(leaf, column, error);
    }
    if (status != 0) {
        table_levels_free(&all->levels);
        return status;
    }
    seal(all);
    *ret_levels = &all->levels;
    return 0;
}

int table_levels_plain(const table_coded_column *column, table_levels **ret_levels, lethe_error *error)
{
    return table_levels_make(column->values, column->value_count, 1, ret_levels, error);
}

void table_levels_write(const table_levels *levels, char separator, base_buf *buf)
{
    for (uint32_t leaf = 0; leaf < levels->leaf_count; leaf++)
        for (uint32_t l = 0; l < levels->level_count; l++) {
            table_csv_put(buf, levels->level[l].names[levels->level[l].group[leaf]], separator);
            base_buf_byte(buf, l + 1 < levels->level_count ? separator : '\n');
        }
}

static int blame_row(const table_coded *table, uint32_t column, size_t row, lethe_error *error)
{
    char place[LETHE_PLACE_PATH_MAX];
    base_fail(error, LETHE_E_TABLE_LEVELS_VALUE);
    (void)snprintf(place, sizeof(place), "row %llu, column %u", (unsigned long long)(table->first_row + row),
                   table->columns[column].file_column + 1);
    if (table->file != NULL)
        base_error_file(error, table->file);
    base_error_path(error, place);
    return LETHE_E_TABLE_LEVELS_VALUE;
}

/* The first row whose value is no leaf: for a value that the column has only because of rows that others left out,
 * there is none. */
static int check_rows(const table_coded *table, uint32_t column, const uint32_t *leaf, lethe_error *error)
{
    const uint32_t *codes = table->columns[column].codes;
    for (size_t row = 0; row < table->row_count; row++)
        if (leaf[codes[row]] == UINT32_MAX)
            return blame_row(table, column, row, error);
    return 0;
}

/* One block: the struct, its pointers, then leaf[] and group[level][]. */
static table_bound *new_bound(size_t values, uint32_t levels, uint32_t ***ret_groups, uint32_t **ret_leaf)
{
    const size_t head = sizeof(table_bound) + levels * sizeof(uint32_t *);
    char *memory = calloc(1, head + (levels + 1) * (values + 1) * sizeof(uint32_t));
    if (memory == NULL)
        return NULL;
    *ret_groups = (uint32_t **)(void *)(memory + sizeof(table_bound));
    *ret_leaf = (uint32_t *)(void *)(memory + head);
    for (uint32_t l = 0; l < levels; l++)
        (*ret_groups)[l] = *ret_leaf + (l + 1) * (values + 1);
    return (table_bound *)(void *)memory;
}

int table_levels_bind(const table_levels *levels, const table_coded *table, uint32_t column, table_bound **ret_bound,
                      lethe_error *error)
{
    const owner *all = (const owner *)levels; /* its first member */
    const table_coded_column *values = &table->columns[column];
    uint32_t **groups = NULL, *leaf = NULL;
    table_bound *bound = new_bound(values->value_count, levels->level_count, &groups, &leaf);
    if (bound == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    for (uint32_t code = 0; code < values->value_count; code++) {
        leaf[code] = coder_words_find(&all->words[0], values->values[code]);
        for (uint32_t l = 0; l < levels->level_count && leaf[code] != UINT32_MAX; l++)
            groups[l][code] = levels->level[l].group[leaf[code]];
    }
    const int status = check_rows(table, column, leaf, error);
    if (status != 0) {
        free(bound);
        return status;
    }
    *bound = (table_bound){values->value_count, levels->level_count, leaf, (const uint32_t *const *)groups};
    *ret_bound = bound;
    return 0;
}

void table_bound_free(table_bound *bound)
{
    free(bound);
}
