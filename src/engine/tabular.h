/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ENGINE_TABULAR_H
#define ENGINE_TABULAR_H

#include "base/arena.h"
#include "table/coded.h"

#include <lethe/csv.h>

/* A table that came as CSV, with what was found out while it was read. */
typedef struct engine_tabular {
    table_coded *table;
    const char *encoding; /* constant */
    char separator;
} engine_tabular;

/* `names`: the columns wanted, in that order; NULL for all. LETHE_E_TABLE_COLUMN where one is not there. */
int engine_tabular_read(const lethe_csv *csv, const char *const *names, size_t name_count, engine_tabular *ret_tabular,
                        lethe_error *error);
void engine_tabular_done(engine_tabular *tabular);

/* The codes of a column in terms of another table's: what that one does not have is its value_count. Of `arena`. */
const uint32_t *engine_tabular_translate(const table_coded_column *to, const table_coded_column *from, size_t rows,
                                         base_arena *arena);

/* LETHE_E_PRIVACY_OPTION with the name of the option. */
int engine_tabular_refuse(const char *option, lethe_error *error);

#endif
