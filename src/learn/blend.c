/* SPDX-License-Identifier: Apache-2.0 */
#include "learn/blend.h"
#include "base/threads.h"
#include "learn/real.h"

#include <stdlib.h>

typedef struct cell { /* a candidate */
    double a, b;      /* logits */
    double weight;
    bool positive;
} cell;

typedef struct fit {
    cell *cells;
    size_t count;
    double losses[LEARN_BLEND_STEPS + 1];
} fit;

double learn_blended(double weight, double a, double b)
{
    return learn_sigmoid(weight * learn_logit(a) + (1 - weight) * learn_logit(b));
}

static int take_cells(const learn_data *data, const uint32_t *examples, size_t count, const double *a, const double *b,
                      fit *f, lethe_error *error)
{
    const size_t outcomes = data->outcome_count, room = count * outcomes + 1;
    uint32_t *rows_of = calloc((size_t)data->group_count + 1, sizeof(*rows_of));
    f->cells = malloc(room * sizeof(*f->cells));
    if (rows_of == NULL || f->cells == NULL) {
        free(rows_of);
        return base_fail(error, LETHE_E_BASE_MEMORY);
    }
    for (size_t i = 0; i < count; i++)
        rows_of[data->groups[examples[i]]] += data->observed[examples[i]];
    for (size_t i = 0; i < count; i++)
        for (uint32_t o = 0; o < outcomes; o++) {
            const learn_label label = learn_label_of(data, examples[i], o);
            if (label == LEARN_MISSING)
                continue;
            const size_t at = i * outcomes + o;
            f->cells[f->count++] = (cell){learn_logit(a[at]), learn_logit(b[at]),
                                          1.0 / rows_of[data->groups[examples[i]]], label == LEARN_POSITIVE};
        }
    free(rows_of);
    return 0;
}

static int take_loss(void *context, size_t step, size_t worker, lethe_error *error)
{
    (void)worker;
    (void)error;
    fit *f = context;
    const double weight = (double)step / LEARN_BLEND_STEPS;
    double sum = 0;
    for (size_t i = 0; i < f->count; i++) {
        const cell *c = &f->cells[i];
        const double miss = learn_sigmoid(weight * c->a + (1 - weight) * c->b) - (c->positive ? 1 : 0);
        sum += c->weight * miss * miss;
    }
    f->losses[step] = sum;
    return 0;
}

static size_t from_end(size_t step)
{
    return step < LEARN_BLEND_STEPS - step ? step : LEARN_BLEND_STEPS - step;
}

int learn_blend_fit(const learn_data *data, const uint32_t *examples, size_t count, const double *a, const double *b,
                    size_t threads, double *ret_weight, lethe_error *error)
{
    fit f = {0};
    int status = take_cells(data, examples, count, a, b, &f, error);
    if (status == 0)
        status =
            base_parallel(threads != 0 ? threads : base_threads_default(), LEARN_BLEND_STEPS + 1, take_loss, &f, error);
    size_t best = 0;
    for (size_t i = 1; status == 0 && i <= LEARN_BLEND_STEPS; i++)
        if (f.losses[i] < f.losses[best] || (f.losses[i] == f.losses[best] && from_end(i) < from_end(best)))
            best = i;
    free(f.cells);
    if (status == 0)
        *ret_weight = (double)best / LEARN_BLEND_STEPS;
    return status;
}

size_t learn_choose(const learn_judgement *const *judgements, size_t count)
{
    if (count == 0)
        return SIZE_MAX;
    double least = judgements[0]->brier.value;
    for (size_t i = 1; i < count; i++)
        if (judgements[i]->brier.value < least)
            least = judgements[i]->brier.value;
    size_t best = SIZE_MAX;
    for (size_t i = 0; i < count; i++)
        if (judgements[i]->brier.value <= least * (1 + LEARN_CHOICE_SLACK) &&
            (best == SIZE_MAX || judgements[i]->hit.value > judgements[best]->hit.value))
            best = i;
    return best;
}
