/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ENGINE_ANONYMIZE_H
#define ENGINE_ANONYMIZE_H

#include "base/arena.h"
#include "base/file.h"
#include "json/json_writer.h"
#include "privacy/levels.h"
#include "privacy/tab_search.h"

#include <lethe/anonymize.h>

/* -- the specification
 * -------------------------------------------------------------------------------------------------
 */

typedef enum anonymize_role {
    ANONYMIZE_IDENTIFYING, /* removed; also what the specification does not name */
    ANONYMIZE_QUASI,
    ANONYMIZE_SENSITIVE,
    ANONYMIZE_INSENSITIVE,
    ANONYMIZE_PERSON, /* removed; rows of one person count once */
    ANONYMIZE_SUBSET, /* removed; rows where it is `value` are released, the others are the population around them */
} anonymize_role;

typedef struct anonymize_column {
    const char *name;
    anonymize_role role;
    const char *hierarchy, *kind, *steps, *value; /* NULL where not said */
    bool has_range;
    int64_t from, to;
    double weight;
    int64_t least, most; /* -1 where not said */
    int64_t line;
} anonymize_column;

typedef struct anonymize_model {
    const char *name, *column, *distance, *classes;
    double k, l, c, t, beta, delta, threshold, min, max, population; /* -1 where not said */
    int64_t line;
} anonymize_model;

#define ANONYMIZE_SPEC_COLUMNS_MAX 1024
#define ANONYMIZE_MISSING_MAX      16

typedef struct anonymize_spec {
    base_arena arena;
    anonymize_column *columns;
    uint32_t column_count, model_count;
    anonymize_model models[PRIVACY_TAB_MODELS_MAX];
    const char *missing[ANONYMIZE_MISSING_MAX];
    uint32_t missing_count;
    double suppression, gs_factor, seconds;
    privacy_tab_metric_kind metric;
    privacy_tab_aggregate aggregate;
    const char *encoding;
    char separator;
    bool no_header;
} anonymize_spec;

/* LETHE_E_JSON_CONFIG, LETHE_E_ENGINE_OPTION: line and the name of the key. */
int anonymize_spec_parse(base_span text, anonymize_spec *ret_spec, lethe_error *error);
void anonymize_spec_done(anonymize_spec *spec);

const char *anonymize_metric_name(privacy_tab_metric_kind metric);
const char *anonymize_aggregate_name(privacy_tab_aggregate aggregate);

/* -- the table
 * ---------------------------------------------------------------------------------------------------------
 */

typedef struct anonymize_table {
    table_coded *coded;
    privacy_tab tab;
    anonymize_role *roles;                                                         /* of each column of `coded` */
    uint32_t quasi[PRIVACY_TAB_COLUMNS_MAX], sensitive[PRIVACY_TAB_SENSITIVE_MAX]; /* columns of `coded` */
    const anonymize_column *said[PRIVACY_TAB_COLUMNS_MAX];                         /* of each quasi-identifier */
    table_levels *levels[PRIVACY_TAB_COLUMNS_MAX + PRIVACY_TAB_SENSITIVE_MAX];
    table_bound *bound[PRIVACY_TAB_COLUMNS_MAX + PRIVACY_TAB_SENSITIVE_MAX];
    uint8_t *chosen;
    privacy_tab_model models[PRIVACY_TAB_MODELS_MAX];
    double weights[PRIVACY_TAB_COLUMNS_MAX];
    uint8_t least[PRIVACY_TAB_COLUMNS_MAX], most[PRIVACY_TAB_COLUMNS_MAX];
    privacy_tab_limits limits;
} anonymize_table;

int anonymize_table_load(const anonymize_spec *spec, const lethe_anonymize_options *options, anonymize_table *ret_table,
                         lethe_error *error);
void anonymize_table_done(anonymize_table *table);

/* -- the release
 * -------------------------------------------------------------------------------------------------------
 */

/* What the chosen node does to each row. */
typedef struct anonymize_rows {
    uint8_t *kept; /* of each row */
    uint32_t kept_count, withheld_count, class_count, smallest, people;
} anonymize_rows;

int anonymize_rows_of(tab_engine *engine, const uint8_t *levels, anonymize_rows *ret_rows, lethe_error *error);
void anonymize_rows_done(anonymize_rows *rows);

int anonymize_write(const anonymize_spec *spec, const anonymize_table *table, const tab_engine *engine,
                    const tab_found *found, const anonymize_rows *rows, const char *output, base_span report,
                    lethe_error *error);

#endif
