/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/attack_tables.h"

#include "privacy/cover.h"

#include <stdlib.h>

#define SIDES 3 /* released, original, control */

/* A value of one of the tables on its way to the common codes. */
typedef struct value {
    base_span text;
    int64_t number;
} value;

/* One column of all tables. */
typedef struct joined {
    const table_coded_column *side[SIDES]; /* NULL: no control group */
    base_span *said[SIDES];                /* of a code: what the release would say of it */
    value *values;                         /* of all tables, sorted, each once */
    uint32_t count;
    bool number, missing;
} joined;

static const table_coded_column *column_of(const engine_tabular *tabular, const char *name)
{
    const uint32_t at = table_coded_find(tabular->table, base_span_of(name));
    return &tabular->table->columns[at];
}

/* --- what the release says of a value --- */

/* Covers of a column's values; values that cover nothing have length SIZE_MAX. */
static privacy_cover *read_covers(const table_coded_column *column, base_arena *arena, bool *ret_any)
{
    privacy_cover *covers = base_arena_take_array(arena, (size_t)column->value_count + 1, sizeof(*covers));
    *ret_any = false;
    for (uint32_t i = 0; covers != NULL && i < column->value_count; i++) {
        int64_t number;
        const bool plain = privacy_number(column->values[i], &number);
        if (!plain && privacy_cover_read(column->values[i], &covers[i]))
            *ret_any = true;
        else
            covers[i] = (privacy_cover){.length = SIZE_MAX};
    }
    return covers;
}

/* Itself where the release has it, else the narrowest released value that covers it, else itself. */
static base_span said_of(base_span text, const table_coded_column *released, const privacy_cover *covers)
{
    const privacy_cover *best = NULL;
    if (table_coded_code(released, text) < released->value_count)
        return text;
    for (uint32_t i = 0; i < released->value_count; i++)
        if (covers[i].length != SIZE_MAX && privacy_cover_holds(&covers[i], text) &&
            (best == NULL || privacy_cover_narrower(&covers[i], best)))
            best = &covers[i];
    return best != NULL ? released->values[best - covers] : text;
}

static int translate(joined *all, base_arena *arena, lethe_error *error)
{
    bool any = false;
    const privacy_cover *covers = read_covers(all->side[0], arena, &any);
    if (covers == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    for (size_t side = 0; side < SIDES; side++) {
        const table_coded_column *column = all->side[side];
        if (column == NULL)
            continue;
        all->said[side] = base_arena_take_array(arena, (size_t)column->value_count + 1, sizeof(base_span));
        if (all->said[side] == NULL)
            return base_fail(error, LETHE_E_BASE_MEMORY);
        for (uint32_t i = 0; i < column->value_count; i++)
            all->said[side][i] =
                any && side != 0 ? said_of(column->values[i], all->side[0], covers) : column->values[i];
    }
    return 0;
}

/* --- common codes --- */

/* A code of numbers written as numbers: 007 is none. */
static bool reads_as_number(base_span text, int64_t *ret_number)
{
    const bool padded = text.size > 1 && text.data[0] == '0' && text.data[1] != '.';
    return !padded && privacy_number(text, ret_number);
}

static int compare_text(const void *a, const void *b)
{
    return base_span_compare(((const value *)a)->text, ((const value *)b)->text);
}

static int compare_number(const void *a, const void *b)
{
    const value *x = a, *y = b;
    if ((x->text.size == 0) != (y->text.size == 0))
        return x->text.size == 0 ? 1 : -1; /* the missing value last */
    return x->number < y->number ? -1 : x->number > y->number;
}

static int gather(joined *all, base_arena *arena, lethe_error *error)
{
    size_t most = 0, count = 0;
    for (size_t side = 0; side < SIDES; side++)
        most += all->side[side] != NULL ? all->side[side]->value_count : 0;
    all->values = base_arena_take_array(arena, most + 1, sizeof(*all->values));
    if (all->values == NULL || most >= UINT32_MAX)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    all->number = true;
    for (size_t side = 0; side < SIDES; side++)
        for (uint32_t i = 0; all->side[side] != NULL && i < all->side[side]->value_count; i++) {
            value *one = &all->values[count++];
            *one = (value){all->said[side][i], 0};
            all->missing = all->missing || one->text.size == 0;
            all->number = all->number && (one->text.size == 0 || reads_as_number(one->text, &one->number));
        }
    int (*compare)(const void *, const void *) = all->number ? compare_number : compare_text;
    qsort(all->values, count, sizeof(*all->values), compare);
    for (size_t i = 0; i < count; i++)
        if (i == 0 || compare(&all->values[i], &all->values[all->count - 1]) != 0)
            all->values[all->count++] = all->values[i];
    return 0;
}

/* UINT32_MAX where no table has it. */
static uint32_t find_code(const joined *all, base_span text)
{
    value key = {text, 0};
    if (all->number && text.size != 0)
        (void)reads_as_number(text, &key.number);
    const value *found =
        bsearch(&key, all->values, all->count, sizeof(*all->values), all->number ? compare_number : compare_text);
    return found != NULL ? (uint32_t)(found - all->values) : UINT32_MAX;
}

static const uint32_t *encode(const joined *all, size_t side, size_t rows, base_arena *arena)
{
    const table_coded_column *column = all->side[side];
    uint32_t *map = base_arena_take_array(arena, (size_t)column->value_count + 1, sizeof(*map));
    uint32_t *codes = base_arena_take_array(arena, rows + 1, sizeof(*codes));
    if (map == NULL || codes == NULL)
        return NULL;
    for (uint32_t i = 0; i < column->value_count; i++)
        map[i] = find_code(all, all->said[side][i]);
    for (size_t row = 0; row < rows; row++)
        codes[row] = map[column->codes[row]];
    return codes;
}

static int make_field(const joined *all, base_arena *arena, privacy_field *ret_field, lethe_error *error)
{
    double *numbers = NULL;
    uint32_t missing = UINT32_MAX;
    if (all->number) {
        numbers = base_arena_take_array(arena, (size_t)all->count + 1, sizeof(*numbers));
        if (numbers == NULL)
            return base_fail(error, LETHE_E_BASE_MEMORY);
        for (uint32_t i = 0; i < all->count; i++)
            numbers[i] = (double)all->values[i].number / 1e6;
    }
    if (all->missing)
        missing = all->number ? all->count - 1 : 0; /* text sorts it first */
    *ret_field =
        (privacy_field){all->count, missing, all->number ? UINT32_MAX : find_code(all, BASE_SPAN("*")), numbers};
    return 0;
}

static int join_column(engine_attack_tables *tables, uint32_t at, privacy_field *field, const uint32_t **codes[SIDES],
                       lethe_error *error)
{
    const engine_tabular *sides[SIDES] = {&tables->released, &tables->original, &tables->control};
    joined all = {0};
    for (size_t side = 0; side < SIDES; side++)
        if (sides[side]->table != NULL)
            all.side[side] = column_of(sides[side], tables->names[at]);
    BASE_TRY(translate(&all, &tables->arena, error));
    BASE_TRY(gather(&all, &tables->arena, error));
    BASE_TRY(make_field(&all, &tables->arena, field, error));
    for (size_t side = 0; side < SIDES; side++) {
        if (all.side[side] == NULL)
            continue;
        codes[side][at] = encode(&all, side, sides[side]->table->row_count, &tables->arena);
        if (codes[side][at] == NULL)
            return base_fail(error, LETHE_E_BASE_MEMORY);
    }
    return 0;
}

static int share_columns(engine_attack_tables *tables, lethe_error *error)
{
    const table_coded *released = tables->released.table, *original = tables->original.table;
    tables->names = base_arena_take_array(&tables->arena, released->column_count + 1UL, sizeof(*tables->names));
    if (tables->names == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    for (uint32_t i = 0; i < released->column_count; i++) {
        uint32_t at;
        if (table_coded_find(original, released->columns[i].name) == original->column_count)
            continue;
        tables->names[tables->count++] = released->columns[i].name.data;
        if (tables->control.table != NULL)
            BASE_TRY(table_coded_need(tables->control.table, released->columns[i].name, &at, error));
    }
    return tables->count == 0 || tables->count > 255 ? engine_tabular_refuse("released", error) : 0;
}

static int set_stage(engine_attack_tables *tables, lethe_error *error)
{
    const engine_tabular *sides[SIDES] = {&tables->released, &tables->original, &tables->control};
    privacy_cast *casts[SIDES] = {&tables->stage.released, &tables->stage.original, &tables->stage.control};
    privacy_field *fields = base_arena_take_array(&tables->arena, tables->count, sizeof(*fields));
    const uint32_t **codes[SIDES];
    for (size_t side = 0; side < SIDES; side++) {
        codes[side] = base_arena_take_array(&tables->arena, tables->count, sizeof(*codes[side]));
        if (codes[side] == NULL || fields == NULL)
            return base_fail(error, LETHE_E_BASE_MEMORY);
        if (sides[side]->table == NULL)
            continue;
        if (sides[side]->table->row_count >= UINT32_MAX / 2)
            return base_fail(error, LETHE_E_BASE_LIMIT);
        *casts[side] = (privacy_cast){(uint32_t)sides[side]->table->row_count, codes[side]};
    }
    for (uint32_t i = 0; i < tables->count; i++)
        BASE_TRY(join_column(tables, i, &fields[i], codes, error));
    tables->stage.fields = fields;
    tables->stage.field_count = tables->count;
    return 0;
}

int engine_attack_tables_read(const lethe_csv *original, const lethe_csv *released, const lethe_csv *control,
                              engine_attack_tables *tables, lethe_error *error)
{
    BASE_TRY(engine_tabular_read(released, NULL, 0, &tables->released, error));
    BASE_TRY(engine_tabular_read(original, NULL, 0, &tables->original, error));
    if (control != NULL)
        BASE_TRY(engine_tabular_read(control, NULL, 0, &tables->control, error));
    BASE_TRY(share_columns(tables, error));
    if (tables->released.table->row_count == 0)
        return engine_tabular_refuse("released", error);
    if (tables->original.table->row_count == 0)
        return engine_tabular_refuse("original", error);
    return set_stage(tables, error);
}

void engine_attack_tables_done(engine_attack_tables *tables)
{
    engine_tabular_done(&tables->released);
    engine_tabular_done(&tables->original);
    engine_tabular_done(&tables->control);
    base_arena_done(&tables->arena);
}
