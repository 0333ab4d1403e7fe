/* SPDX-License-Identifier: Apache-2.0 */
#include "learn/baseline.h"
#include "learn/bytes.h"

#include <stdlib.h>

static int baseline_init(uint32_t strata, uint32_t outcomes, learn_baseline *ret_baseline, lethe_error *error)
{
    learn_baseline b = {strata, outcomes, calloc(((size_t)strata + 1) * outcomes + 1, sizeof(double))};
    if (b.shares == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    *ret_baseline = b;
    return 0;
}

void learn_baseline_done(learn_baseline *baseline)
{
    if (baseline == NULL)
        return;
    free(baseline->shares);
    *baseline = (learn_baseline){0};
}

/* `sums`: weight and positive weight of each stratum. */
static void take_outcome(const learn_data *data, const uint32_t *examples, const learn_column *column, double weight,
                         uint32_t outcome, double *sums, learn_baseline *b)
{
    const double all = (column->positive_weight + 1) / (column->weight + 2);
    memset(sums, 0, 2 * (size_t)b->stratum_count * sizeof(*sums));
    for (size_t i = 0; i < column->count; i++) {
        double *of_stratum = sums + 2 * (size_t)data->strata[examples[column->at[i]]];
        of_stratum[0] += column->weights[i];
        of_stratum[1] += column->positive[i] ? column->weights[i] : 0;
    }
    for (size_t s = 0; s < b->stratum_count; s++)
        b->shares[s * b->outcome_count + outcome] = (sums[2 * s + 1] + weight * all) / (sums[2 * s] + weight);
    b->shares[(size_t)b->stratum_count * b->outcome_count + outcome] = all;
}

int learn_baseline_fit(const learn_data *data, double weight, learn_baseline *ret_baseline, lethe_error *error)
{
    if (!(weight >= 0 && weight <= 1e9))
        return base_fail(error, LETHE_E_LEARN_OPTION);
    learn_baseline b = {0};
    learn_column column = {0};
    uint32_t *examples = malloc(((size_t)data->count + 1) * sizeof(*examples));
    double *sums = malloc((2 * (size_t)data->stratum_count + 1) * sizeof(*sums));
    int status = examples == NULL || sums == NULL ? base_fail(error, LETHE_E_BASE_MEMORY) : 0;
    const size_t count = status == 0 ? learn_examples_of(data, LEARN_TRAIN, examples) : 0;
    if (status == 0 && count == 0)
        status = base_fail(error, LETHE_E_LEARN_TOO_FEW);
    if (status == 0)
        status = baseline_init(data->stratum_count, data->outcome_count, &b, error);
    if (status == 0)
        status = learn_column_init(data, count, &column, error);
    for (uint32_t o = 0; status == 0 && o < data->outcome_count; o++) {
        learn_column_take(data, examples, count, o, &column);
        take_outcome(data, examples, &column, weight > 0 ? weight : LEARN_BASELINE_WEIGHT, o, sums, &b);
    }
    learn_column_done(&column);
    free(examples);
    free(sums);
    if (status != 0) {
        learn_baseline_done(&b);
        return status;
    }
    *ret_baseline = b;
    return 0;
}

const double *learn_baseline_of(const learn_baseline *baseline, uint32_t stratum)
{
    const size_t line = stratum < baseline->stratum_count ? stratum : baseline->stratum_count;
    return baseline->shares + line * baseline->outcome_count;
}

void learn_baseline_write(const learn_baseline *baseline, base_buf *out)
{
    base_buf_u32(out, baseline->stratum_count);
    base_buf_u32(out, baseline->outcome_count);
    for (size_t i = 0; i < ((size_t)baseline->stratum_count + 1) * baseline->outcome_count; i++)
        learn_put_double(out, baseline->shares[i]);
}

int learn_baseline_read(base_cursor *in, learn_baseline *ret_baseline, lethe_error *error)
{
    const uint32_t strata = base_cursor_u32(in), outcomes = base_cursor_u32(in);
    const size_t count = ((size_t)strata + 1) * outcomes;
    if (strata > LEARN_STRATA_MAX || outcomes > LEARN_OUTCOMES_MAX || !learn_bytes_hold(in, count, 8))
        return base_fail(error, LETHE_E_LEARN_MODEL);
    learn_baseline b;
    BASE_TRY(baseline_init(strata, outcomes, &b, error));
    bool holds = true;
    for (size_t i = 0; i < count; i++) {
        b.shares[i] = learn_take_double(in);
        holds = holds && b.shares[i] >= 0 && b.shares[i] <= 1;
    }
    if (in->failed || !holds) {
        learn_baseline_done(&b);
        return base_fail(error, LETHE_E_LEARN_MODEL);
    }
    *ret_baseline = b;
    return 0;
}
