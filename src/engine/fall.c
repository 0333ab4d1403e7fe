/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/fall.h"

#include <string.h>

/* Each distinct tuple becomes a leaf tuple of its own, at the finest level and with the gap out of the way. */
static record_tuple spell(uint32_t number, size_t row)
{
    static const struct {
        record_qi qi;
        uint32_t leaves;
    } digits[] = {
        {RECORD_QI_PERIOD, RECORD_PERIOD_COUNT},
        {RECORD_QI_AGE, RECORD_AGE_COUNT},
        {RECORD_QI_PREGNANCY, RECORD_PREGNANCY_COUNT},
        {RECORD_QI_REGION, RECORD_REGION_COUNT},
        {RECORD_QI_SEASON, RECORD_SEASON_COUNT},
        {RECORD_QI_DENSITY, RECORD_DENSITY_COUNT},
        {RECORD_QI_SEX, RECORD_SEX_COUNT},
    };
    record_tuple tuple = {{0}};
    for (size_t i = 0; i < sizeof(digits) / sizeof(digits[0]); i++) {
        tuple.leaf[digits[i].qi] = (uint8_t)(number % digits[i].leaves);
        number /= digits[i].leaves;
    }
    tuple.leaf[RECORD_QI_GAP] = row == 0 ? RECORD_GAP_FIRST : 0;
    return tuple;
}

typedef struct person_rows {
    size_t first, count;
    record_tuple tuples[PRIVACY_PATIENT_ROWS_MAX];
} person_rows;

/* false: the person is erased. */
static bool spell_person(const engine_fall *fall, const uint8_t *states, size_t person, person_rows *rows)
{
    rows->first = fall->starts[person];
    rows->count = fall->starts[person + 1] - rows->first;
    if (rows->count == 0 || states[rows->first] == ENGINE_ROW_ERASED)
        return false;
    for (size_t i = 0; i < rows->count && i < PRIVACY_PATIENT_ROWS_MAX; i++)
        rows->tuples[i] = spell(fall->tuples[rows->first + i], i);
    return true;
}

static int collect_signatures(const engine_fall *fall, const uint8_t *states, privacy_signatures *set,
                              lethe_error *error)
{
    person_rows rows;
    for (size_t person = 0; person < fall->people; person++) {
        if (!spell_person(fall, states, person, &rows))
            continue;
        if (rows.count > PRIVACY_PATIENT_ROWS_MAX)
            return base_fail(error, LETHE_E_BASE_LIMIT);
        BASE_TRY(privacy_signatures_add(set, rows.tuples, rows.count, 1, error));
    }
    return privacy_signatures_seal(set, error);
}

static int mark_withheld(const engine_fall *fall, const privacy_signatures *set, const uint64_t *gone, uint8_t *states,
                         engine_fallen *fallen, lethe_error *error)
{
    person_rows rows;
    for (size_t person = 0; person < fall->people; person++) {
        size_t withheld = 0;
        if (!spell_person(fall, states, person, &rows))
            continue;
        const size_t index = privacy_signatures_find(set, rows.tuples, rows.count);
        if (index == SIZE_MAX)
            return base_fail(error, LETHE_E_BASE_INTERNAL);
        for (size_t i = 0; i < rows.count; i++)
            if ((gone[index] >> i & 1) != 0) {
                states[rows.first + i] = ENGINE_ROW_WITHHELD;
                withheld++;
            }
        fallen->visits += withheld;
        fallen->people += withheld == rows.count;
    }
    return 0;
}

static int suppress(const engine_fall *fall, const privacy_signatures *set, uint8_t *states, engine_fallen *fallen,
                    lethe_error *error)
{
    const privacy_node node = {.level[RECORD_QI_GAP] = 1};
    const privacy_rule rule = {.k = fall->k, .visits = fall->visits};
    privacy_suppressor *suppressor = NULL;
    privacy_outcome outcome;
    privacy_frame frame;
    BASE_TRY(privacy_frame_init(&frame, set, fall->hierarchies, error));
    int status = privacy_suppressor_new(&frame, &rule, &suppressor, error);
    if (status == 0)
        status = privacy_suppress(suppressor, &node, NULL, &outcome, error);
    if (status == 0)
        status = mark_withheld(fall, set, privacy_suppressor_gone(suppressor), states, fallen, error);
    privacy_suppressor_free(suppressor);
    privacy_frame_done(&frame);
    return status;
}

int engine_fall_visits(const engine_fall *fall, uint8_t *rows, engine_fallen *ret_fallen, lethe_error *error)
{
    privacy_signatures set;
    engine_fallen fallen = {0};
    privacy_signatures_init(&set);
    int status = collect_signatures(fall, rows, &set, error);
    if (status == 0 && set.count != 0)
        status = suppress(fall, &set, rows, &fallen, error);
    privacy_signatures_done(&set);
    if (status == 0)
        *ret_fallen = fallen;
    return status;
}
