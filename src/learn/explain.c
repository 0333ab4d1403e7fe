/* SPDX-License-Identifier: Apache-2.0 */
#include "learn/explain.h"
#include "learn/design.h"

#include <stdlib.h>

static int by_group(const void *a, const void *b)
{
    const uint64_t p = *(const uint64_t *)a, q = *(const uint64_t *)b;
    return p < q ? -1 : p > q;
}

/* Rows in order of patient; `last` remembers for whom a feature was counted last. */
static void count_rows(const learn_data *data, const uint64_t *rows, size_t count, uint32_t *last, learn_shares *s)
{
    uint32_t before = LEARN_NONE;
    for (size_t i = 0; i < count; i++) {
        const uint32_t group = (uint32_t)(rows[i] >> 32), example = (uint32_t)rows[i];
        const learn_set set = learn_sets_at(data->features, example);
        s->patients += group != before;
        before = group;
        for (size_t j = 0; j < set.count; j++) {
            s->shares[set.items[j]] += last[set.items[j]] != group + 1;
            last[set.items[j]] = group + 1;
        }
    }
    for (uint32_t f = 0; f < s->feature_count && s->patients != 0; f++)
        s->shares[f] /= s->patients;
}

int learn_shares_fit(const learn_data *data, learn_shares *ret_shares, lethe_error *error)
{
    learn_shares s = {.feature_count = data->feature_count,
                      .shares = calloc((size_t)data->feature_count + 1, sizeof(double))};
    uint64_t *rows = malloc(((size_t)data->count + 1) * sizeof(*rows));
    uint32_t *last = calloc((size_t)data->feature_count + 1, sizeof(*last));
    size_t count = 0;
    const bool holds = s.shares != NULL && rows != NULL && last != NULL;
    for (uint32_t i = 0; holds && i < data->count; i++)
        if (data->splits[i] == LEARN_TRAIN)
            rows[count++] = (uint64_t)data->groups[i] << 32 | i;
    if (holds) {
        qsort(rows, count, sizeof(*rows), by_group);
        count_rows(data, rows, count, last, &s);
    }
    free(rows);
    free(last);
    if (!holds) {
        learn_shares_done(&s);
        return base_fail(error, LETHE_E_BASE_MEMORY);
    }
    *ret_shares = s;
    return 0;
}

void learn_shares_done(learn_shares *shares)
{
    if (shares == NULL)
        return;
    free(shares->shares);
    *shares = (learn_shares){0};
}

static double strength(const learn_reason *r)
{
    const double difference = r->share - r->usual;
    return difference < 0 ? -difference : difference;
}

/* Features come by number, so that a tie stays with the lower. */
static size_t insert(learn_reason *reasons, size_t count, size_t max, learn_reason one)
{
    size_t place = count;
    while (place > 0 && strength(&one) > strength(&reasons[place - 1]))
        place--;
    if (place >= max)
        return count;
    const size_t kept = count < max ? count + 1 : max;
    for (size_t i = kept - 1; i > place; i--)
        reasons[i] = reasons[i - 1];
    reasons[place] = one;
    return kept;
}

size_t learn_explain_neighbours(const learn_data *data, const learn_shares *shares, learn_set features,
                                const learn_neighbour *neighbours, size_t count, uint32_t release_k, size_t max,
                                learn_reason *ret_reasons)
{
    const uint32_t least = release_k > LEARN_SUPPORT_MIN ? release_k : LEARN_SUPPORT_MIN;
    size_t kept = 0;
    for (size_t j = 0; j < features.count; j++) {
        learn_reason one = {.feature = features.items[j]};
        for (size_t i = 0; i < count; i++)
            one.neighbours += learn_set_has(learn_sets_at(data->features, neighbours[i].example), one.feature);
        if (one.neighbours < least || one.feature >= shares->feature_count)
            continue;
        one.share = (double)one.neighbours / (double)count;
        one.usual = shares->shares[one.feature];
        if (one.share > one.usual)
            kept = insert(ret_reasons, kept, max, one);
    }
    return kept;
}

size_t learn_explain_logistic(const learn_logistic *model, learn_set features, uint32_t outcome, size_t max,
                              learn_reason *ret_reasons)
{
    const double *weights = model->weights + (size_t)outcome * (model->kept_count + 1);
    size_t kept = 0;
    for (size_t j = 0; j < features.count; j++) {
        const uint32_t place = learn_design_place(model->kept, model->kept_count, features.items[j]);
        if (place != 0 && weights[place] != 0)
            kept = insert(ret_reasons, kept, max, (learn_reason){features.items[j], weights[place], 0, 0});
    }
    return kept;
}
