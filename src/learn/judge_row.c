/* SPDX-License-Identifier: Apache-2.0 */
#include "learn/judge_internal.h"

static void fold(judge_item *item, learn_label label, double p, double confidence, double baseline, bool silent)
{
    if (!item->present)
        *item = (judge_item){.said = -1, .label = label, .present = true};
    else if (label == LEARN_MISSING || (label == LEARN_POSITIVE && item->label == LEARN_NEGATIVE))
        item->label = label; /* prior wins over positive wins over negative */
    if (p > item->probability)
        item->probability = p;
    if (baseline > item->baseline)
        item->baseline = baseline;
    if (!silent && p > item->said) {
        item->said = p;
        item->confidence = confidence;
    }
}

void judge_row_fill(const learn_judged *judged, size_t at, judge_item *items)
{
    const learn_data *data = judged->data;
    const size_t line = at * data->outcome_count;
    for (uint32_t i = 0; i < judged->level.count; i++)
        items[i] = (judge_item){.said = -1, .label = LEARN_MISSING};
    for (uint32_t o = 0; o < data->outcome_count; o++) {
        const uint32_t item = judged->level.map[o];
        if (item == LEARN_NONE)
            continue;
        fold(&items[item], learn_label_of(data, judged->examples[at], o), judged->probabilities[line + o],
             judged->confidences != NULL ? judged->confidences[line + o] : 1, judged->baseline[line + o],
             judged->silent != NULL && judged->silent[line + o] != 0);
    }
}

/* Keeps the three highest in order; items come by number, so that a tie stays with the lower. */
static uint32_t insert(uint32_t *names, double *values, uint32_t count, uint32_t item, double value)
{
    uint32_t place = count < LEARN_TOP ? count : LEARN_TOP;
    while (place > 0 && value > values[place - 1])
        place--;
    if (place == LEARN_TOP)
        return count;
    for (uint32_t i = count < LEARN_TOP ? count : LEARN_TOP - 1; i > place; i--) {
        names[i] = names[i - 1];
        values[i] = values[i - 1];
    }
    names[place] = item;
    values[place] = value;
    return count < LEARN_TOP ? count + 1 : count;
}

void judge_row_name(const judge_item *items, uint32_t count, judge_row *row)
{
    uint32_t others[LEARN_TOP];
    double values[LEARN_TOP], other_values[LEARN_TOP];
    for (uint32_t i = 0; i < count; i++) {
        if (items[i].label == LEARN_MISSING)
            continue;
        row->candidates++;
        row->positives += items[i].label == LEARN_POSITIVE;
        if (items[i].said >= 0)
            row->named = insert(row->names, values, row->named, i, items[i].said);
        row->baseline_named = insert(others, other_values, row->baseline_named, i, items[i].baseline);
    }
    for (uint32_t i = 0; i < row->named; i++) {
        row->right += items[row->names[i]].label == LEARN_POSITIVE;
        row->confidence += values[i] * items[row->names[i]].confidence / row->named;
    }
    for (uint32_t i = 0; i < row->baseline_named; i++)
        row->baseline_right += items[others[i]].label == LEARN_POSITIVE;
}
