/* SPDX-License-Identifier: Apache-2.0 */
#include "privacy/plan.h"

#include <stdlib.h>

void privacy_plan_done(privacy_plan *plan)
{
    if (plan == NULL)
        return;
    free(plan->gone);
    *plan = (privacy_plan){.gone = NULL};
}

size_t privacy_plan_apply(const privacy_plan *plan, const privacy_hierarchies *hierarchies, size_t index,
                          const record_tuple *tuples, size_t row_count, privacy_groups *ret_groups, uint8_t *ret_row)
{
    size_t released = 0;
    uint8_t months = RECORD_GAP_FIRST;
    for (size_t row = 0; row < row_count; row++) {
        if (months != RECORD_GAP_FIRST)
            months = privacy_gap_add(months, tuples[row].leaf[RECORD_QI_GAP]);
        if (plan->gone[index] >> row & 1)
            continue;
        for (int qi = 0; qi < RECORD_QI_COUNT; qi++) {
            const uint8_t leaf = qi == RECORD_QI_GAP ? months : tuples[row].leaf[qi];
            ret_groups[released].group[qi] = privacy_group_of(hierarchies, (record_qi)qi, plan->node.level[qi], leaf);
        }
        ret_row[released++] = (uint8_t)row;
        months = 0;
    }
    return released;
}

static const char magic[8] = "LPLN\0\0\0\1";

/* Losses travel as their bits: APPLY repeats DECIDE's numbers, it does not compute them again. */
static void append_double(base_buf *bytes, double value)
{
    uint64_t bits;
    memcpy(&bits, &value, sizeof(bits));
    base_buf_u64(bytes, bits);
}

static double take_double(base_cursor *cursor)
{
    const uint64_t bits = base_cursor_u64(cursor);
    double value;
    memcpy(&value, &bits, sizeof(value));
    return value;
}

void privacy_plan_encode(const privacy_plan *plan, base_buf *ret_bytes)
{
    base_buf_append(ret_bytes, magic, sizeof(magic));
    base_buf_varint(ret_bytes, plan->k);
    base_buf_varint(ret_bytes, plan->visits);
    base_buf_append(ret_bytes, plan->node.level, sizeof(plan->node.level));
    for (int qi = 0; qi < RECORD_QI_COUNT; qi++)
        append_double(ret_bytes, plan->column_loss[qi]);
    append_double(ret_bytes, plan->loss);
    base_buf_varint(ret_bytes, plan->people);
    base_buf_varint(ret_bytes, plan->people_gone);
    base_buf_varint(ret_bytes, plan->rows);
    base_buf_varint(ret_bytes, plan->rows_gone);
    base_buf_varint(ret_bytes, plan->signature_count);
    for (size_t i = 0; i < plan->signature_count; i++)
        base_buf_varint(ret_bytes, plan->gone[i]);
}

static void take_head(base_cursor *cursor, privacy_plan *plan)
{
    plan->k = (uint32_t)base_cursor_varint(cursor);
    plan->visits = (uint32_t)base_cursor_varint(cursor);
    for (int qi = 0; qi < RECORD_QI_COUNT; qi++)
        plan->node.level[qi] = base_cursor_u8(cursor);
    for (int qi = 0; qi < RECORD_QI_COUNT; qi++)
        plan->column_loss[qi] = take_double(cursor);
    plan->loss = take_double(cursor);
    plan->people = base_cursor_varint(cursor);
    plan->people_gone = base_cursor_varint(cursor);
    plan->rows = base_cursor_varint(cursor);
    plan->rows_gone = base_cursor_varint(cursor);
    plan->signature_count = (size_t)base_cursor_varint(cursor);
}

static bool valid_levels(const privacy_plan *plan)
{
    /* As hierarchy.c makes them; a plan of another version must not index past its arrays. */
    static const uint8_t level_counts[RECORD_QI_COUNT] = {4, 2, 4, 2, 3, 2, 2, 2, 3, 1};
    for (int qi = 0; qi < RECORD_QI_COUNT; qi++)
        if (plan->node.level[qi] >= level_counts[qi])
            return false;
    return true;
}

int privacy_plan_decode(base_span bytes, const privacy_signatures *set, privacy_plan *ret_plan, lethe_error *error)
{
    base_cursor cursor = base_cursor_of(bytes);
    privacy_plan plan = {.gone = NULL};
    const base_span head = base_cursor_take(&cursor, sizeof(magic));
    if (cursor.failed || memcmp(head.data, magic, sizeof(magic)) != 0)
        return base_fail_at(error, LETHE_E_PRIVACY_OPTION, 0);
    take_head(&cursor, &plan);
    if (cursor.failed || plan.signature_count != set->count || !valid_levels(&plan))
        return base_fail_at(error, LETHE_E_PRIVACY_OPTION, cursor.at);
    plan.gone = malloc((set->count + 1) * sizeof(*plan.gone));
    if (plan.gone == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    bool valid = true;
    for (size_t i = 0; i < set->count && valid; i++) {
        const uint32_t rows = set->offset[i + 1] - set->offset[i];
        plan.gone[i] = base_cursor_varint(&cursor);
        valid = rows == 64 || plan.gone[i] >> rows == 0;
    }
    if (!valid || cursor.failed || cursor.at != cursor.size) {
        free(plan.gone);
        return base_fail_at(error, LETHE_E_PRIVACY_OPTION, cursor.at);
    }
    *ret_plan = plan;
    return 0;
}
