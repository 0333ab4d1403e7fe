/* SPDX-License-Identifier: Apache-2.0 */
#include "vector/schema.h"

#include <stdio.h>
#include <stdlib.h>

static const char *const STAMP_FIELDS[5] = {"model", "schema", "vocabulary", "plan", "key"};

static void stamp_texts(const vector_stamp *stamp, const char *ret_texts[5])
{
    const char *const texts[5] = {stamp->model, stamp->schema, stamp->vocabulary, stamp->plan, stamp->key};
    for (size_t i = 0; i < 5; i++)
        ret_texts[i] = texts[i] != NULL ? texts[i] : "";
}

int vector_stamp_compare(const vector_stamp *a, const vector_stamp *b, lethe_error *error)
{
    const char *left[5], *right[5];
    stamp_texts(a, left);
    stamp_texts(b, right);
    for (size_t i = 0; i < 5; i++)
        if (strcmp(left[i], right[i]) != 0) {
            base_fail(error, LETHE_E_VECTOR_STAMP);
            base_error_path(error, STAMP_FIELDS[i]);
            return LETHE_E_VECTOR_STAMP;
        }
    return 0;
}

static bool blocks_fit(const vector_schema *schema)
{
    uint64_t at = 0;
    double sum = 0;
    if (schema->block_count == 0 || schema->block_count > VECTOR_BLOCKS_MAX)
        return false;
    for (uint32_t i = 0; i < schema->block_count; i++) {
        const vector_block *block = &schema->blocks[i];
        if (block->at != at || block->size == 0 || !(block->weight >= 0 && block->weight <= 1e6))
            return false;
        at += block->size;
        sum += block->weight;
    }
    return at == schema->dimensions && sum > 0;
}

static bool column_fits(const vector_column *column)
{
    const size_t size = column->name != NULL ? strlen(column->name) : 0;
    return size != 0 && size <= VECTOR_COLUMN_MAX &&
           strspn(column->name, "abcdefghijklmnopqrstuvwxyz0123456789_") == size;
}

static bool columns_fit(const vector_schema *schema)
{
    if (schema->column_count > VECTOR_COLUMNS_MAX)
        return false;
    for (uint32_t i = 0; i < schema->column_count; i++) {
        if (!column_fits(&schema->columns[i]))
            return false;
        for (uint32_t j = 0; j < i; j++)
            if (strcmp(schema->columns[i].name, schema->columns[j].name) == 0)
                return false;
    }
    return true;
}

int vector_schema_check(const vector_schema *schema, lethe_error *error)
{
    const char *texts[5];
    const uint32_t dimensions = schema->dimensions;
    bool fits = dimensions != 0 && dimensions <= VECTOR_DIMENSIONS_MAX && dimensions % VECTOR_DIMENSIONS_STEP == 0;
    fits = fits && blocks_fit(schema) && columns_fit(schema);
    stamp_texts(&schema->stamp, texts);
    for (size_t i = 0; i < 5; i++)
        fits = fits && strnlen(texts[i], VECTOR_STAMP_MAX + 1) <= VECTOR_STAMP_MAX;
    return fits ? 0 : base_fail(error, LETHE_E_VECTOR_INPUT);
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const vector_column *)a)->name, ((const vector_column *)b)->name);
}

int vector_schema_keep(const vector_schema *schema, vector_schema_store *ret_store, lethe_error *error)
{
    const char *texts[5];
    BASE_TRY(vector_schema_check(schema, error));
    vector_schema_store *store = ret_store;
    *store = (vector_schema_store){.schema = *schema};
    for (uint32_t i = 0; i < schema->block_count; i++)
        store->blocks[i] = schema->blocks[i];
    for (uint32_t i = 0; i < schema->column_count; i++) {
        (void)snprintf(store->names[i], sizeof(store->names[i]), "%s", schema->columns[i].name);
        store->columns[i] = (vector_column){store->names[i], schema->columns[i].list};
    }
    qsort(store->columns, schema->column_count, sizeof(store->columns[0]), by_name);
    stamp_texts(&schema->stamp, texts);
    for (size_t i = 0; i < 5; i++)
        (void)snprintf(store->stamp[i], sizeof(store->stamp[i]), "%s", texts[i]);
    store->schema.blocks = store->blocks;
    store->schema.columns = store->columns;
    store->schema.stamp =
        (vector_stamp){store->stamp[0], store->stamp[1], store->stamp[2], store->stamp[3], store->stamp[4]};
    return 0;
}

int vector_schema_column(const vector_schema *schema, base_span name)
{
    for (uint32_t i = 0; i < schema->column_count; i++)
        if (base_span_is(name, schema->columns[i].name))
            return (int)i;
    return -1;
}

bool vector_schema_has_term(const vector_schema *schema, base_span term)
{
    size_t at = 0;
    while (at < term.size && term.data[at] != '=' && term.data[at] != '~')
        at++;
    if (at + 1 >= term.size || term.size > VECTOR_TERM_MAX || memchr(term.data, '|', term.size) != NULL)
        return false;
    const int column = vector_schema_column(schema, (base_span){term.data, at});
    return column >= 0 && schema->columns[column].list == (term.data[at] == '~');
}
