/* SPDX-License-Identifier: Apache-2.0 */
#include "verify/run.h"

/* What one row must keep to by itself. */

void verify_note_view(verify_run *run, const verify_view *view, verify_check check, int code, verify_column column)
{
    verify_note(run, check, code, view->place.file->path, view->place.row, verify_fields[column].name);
}

static void note_value(verify_run *run, const verify_view *view, verify_column column)
{
    verify_note_view(run, view, VERIFY_CHECK_VALUES, LETHE_E_VERIFY_ROW, column);
}

static bool same_text(const char *a, const char *b)
{
    return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

/* Each quasi-identifier has a value of exactly the level that plan.json states. */
static void check_levels(verify_run *run, const verify_view *view)
{
    static const struct {
        record_qi qi;
        verify_column column;
    } plain[] = {{RECORD_QI_PERIOD, VERIFY_INDEX_PERIOD},
                 {RECORD_QI_GAP, VERIFY_MONTHS_SINCE_PREVIOUS},
                 {RECORD_QI_AGE, VERIFY_AGE_GROUP},
                 {RECORD_QI_SEX, VERIFY_SEX},
                 {RECORD_QI_PREGNANCY, VERIFY_PREGNANCY_STATUS},
                 {RECORD_QI_SEASON, VERIFY_SEASON},
                 {RECORD_QI_EXPOSURE, VERIFY_EXPOSURE}};
    const verify_exposures *exposures = &run->vocabulary.exposures;
    for (size_t i = 0; i < sizeof(plain) / sizeof(plain[0]); i++)
        if (!verify_legal(plain[i].qi, run->levels[plain[i].qi], view->text[plain[i].column], exposures))
            note_value(run, view, plain[i].column);
    if (!verify_legal(RECORD_QI_DENSITY, run->levels[RECORD_QI_DENSITY], view->location.density, exposures) ||
        !verify_legal(RECORD_QI_REGION, run->levels[RECORD_QI_REGION], view->location.region, exposures))
        note_value(run, view, VERIFY_LOCATION);
}

/* The columns without a hierarchy. */
static void check_withheld(verify_run *run, const verify_view *view)
{
    static const verify_column withheld[] = {VERIFY_ENCOUNTER_CLASS, VERIFY_UTILIZATION, VERIFY_FOLLOWUP};
    for (size_t i = 0; i < sizeof(withheld) / sizeof(withheld[0]); i++)
        if (strcmp(view->text[withheld[i]], "*") != 0)
            note_value(run, view, withheld[i]);
    if (view->death != -1)
        note_value(run, view, VERIFY_DEATH);
}

static void check_derived(verify_run *run, const verify_view *view)
{
    int32_t low, high;
    if (strcmp(view->text[VERIFY_AGE_RISK_GROUP], verify_age_risk(view->text[VERIFY_AGE_GROUP])) != 0)
        note_value(run, view, VERIFY_AGE_RISK_GROUP);
    if (!same_text(view->text[VERIFY_PREGNANCY_TRIMESTER], verify_trimester(view->text[VERIFY_PREGNANCY_STATUS])))
        note_value(run, view, VERIFY_PREGNANCY_TRIMESTER);
    if (!verify_legal_class(view->text[VERIFY_ENCOUNTER_CLASS]))
        note_value(run, view, VERIFY_ENCOUNTER_CLASS);
    if (!verify_legal_utilization(view->text[VERIFY_UTILIZATION]))
        note_value(run, view, VERIFY_UTILIZATION);
    if (!verify_legal_comorbidity(view->text[VERIFY_COMORBIDITY]))
        note_value(run, view, VERIFY_COMORBIDITY);
    if (!verify_followup_bounds(view->text[VERIFY_FOLLOWUP], &low, &high))
        note_value(run, view, VERIFY_FOLLOWUP);
    if (run->manifest.external)
        check_withheld(run, view);
    for (int i = 0; i < 3; i++)
        if (view->weights[i] != run->manifest.weights[i])
            note_value(run, view, (verify_column)(VERIFY_WEIGHT_MEDICAL + i));
    if (view->ready == (view->text[VERIFY_NOT_READY_REASON] != NULL))
        note_value(run, view, VERIFY_NOT_READY_REASON);
    if (run->options.hooks.derived != NULL && !run->options.hooks.derived(run->options.hooks.context, &view->row))
        note_value(run, view, VERIFY_RISK_FACTORS);
}

/* Sorted, unique, out of the vocabulary. */
static void check_list(verify_run *run, const verify_view *view, record_column column)
{
    const char *const *values = view->row.values[column];
    for (size_t i = 0; i < view->row.value_counts[column]; i++)
        if ((i != 0 && strcmp(values[i - 1], values[i]) >= 0) ||
            view->row.numbers[column][i] == VERIFY_NONE) {
            note_value(run, view, verify_list_columns[column]);
            return;
        }
}

static bool row_has(const verify_view *view, uint32_t item)
{
    for (size_t i = 0; i < view->item_count; i++)
        if (view->items[i] == item)
            return true;
    return false;
}

/* A concept never stands without its category. */
static void check_parents(verify_run *run, const verify_view *view)
{
    for (size_t i = 0; i < view->item_count; i++) {
        const verify_item *item = &run->vocabulary.items[view->items[i]];
        if (item->parent != RECORD_ITEM_NONE && !row_has(view, item->parent))
            note_value(run, view, verify_list_columns[verify_parent_list(item->column)]);
    }
}

void verify_check_values(verify_run *run, const verify_view *view)
{
    check_levels(run, view);
    check_derived(run, view);
    for (int c = 0; c < RECORD_COLUMN_COUNT; c++)
        check_list(run, view, (record_column)c);
    check_parents(run, view);
    verify_counted(run, VERIFY_CHECK_VALUES, 1);
}

/*
 * A label begins after the visit: it stands in no history of the same row. It was observed where follow-up reaches the
 * horizon, and only there; a death inside the window ends follow-up early and may count as either.
 */
void verify_check_outcomes(verify_run *run, const verify_view *view)
{
    int32_t low, high;
    verify_counted(run, VERIFY_CHECK_OUTCOMES, 1);
    for (size_t i = 0; i < view->row.value_counts[RECORD_OUTCOMES]; i++) {
        const base_span name = base_span_of(view->row.values[RECORD_OUTCOMES][i]);
        const uint32_t concept = verify_find_item(&run->vocabulary, RECORD_HISTORY_CONCEPTS, name);
        const uint32_t category = verify_find_item(&run->vocabulary, RECORD_HISTORY_CATEGORIES, name);
        if ((concept != VERIFY_NONE && row_has(view, concept)) || (category != VERIFY_NONE && row_has(view, category)))
            verify_note_view(run, view, VERIFY_CHECK_OUTCOMES, LETHE_E_VERIFY_OUTCOME, VERIFY_OUTCOMES);
    }
    if (view->death == 1 || !verify_followup_bounds(view->text[VERIFY_FOLLOWUP], &low, &high))
        return;
    const int32_t horizon = run->manifest.horizon_months;
    if (view->outcome_observed ? high <= horizon : low >= horizon)
        verify_note_view(run, view, VERIFY_CHECK_OUTCOMES, LETHE_E_VERIFY_OUTCOME, VERIFY_OUTCOME_OBSERVED);
}

static bool unit_length(const float *vector)
{
    double squares = 0;
    for (size_t i = 0; i < VERIFY_VECTOR_SIZE; i++)
        squares += (double)vector[i] * (double)vector[i];
    return squares > 1 - 1e-5 && squares < 1 + 1e-5; /* false for NaN */
}

void verify_check_vector(verify_run *run, const verify_view *view)
{
    const verify_hooks *hooks = &run->options.hooks;
    float expected[VERIFY_VECTOR_SIZE];
    if (strcmp(view->text[VERIFY_EMBEDDING_MODEL], run->manifest.embedding_model) != 0)
        verify_note_view(run, view, VERIFY_CHECK_VECTORS, LETHE_E_VERIFY_VECTOR, VERIFY_EMBEDDING_MODEL);
    if (view->vector_size != VERIFY_VECTOR_SIZE || !unit_length(view->vector)) {
        verify_note_view(run, view, VERIFY_CHECK_VECTORS, LETHE_E_VERIFY_VECTOR, VERIFY_EMBEDDING);
        return;
    }
    verify_counted(run, VERIFY_CHECK_VECTORS, 1);
    if (hooks->encode != NULL && (hooks->encode(hooks->context, &view->row, expected) != 0 ||
                                  memcmp(expected, view->vector, sizeof(expected)) != 0))
        verify_note_view(run, view, VERIFY_CHECK_VECTORS, LETHE_E_VERIFY_VECTOR, VERIFY_EMBEDDING);
}
