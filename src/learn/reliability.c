/* SPDX-License-Identifier: Apache-2.0 */
#include "learn/reliability.h"
#include "learn/bytes.h"

#include <stdlib.h>

typedef struct told {
    double p, weight, positive;
    uint32_t group;
} told;

static int by_number(double a, double b)
{
    return a < b ? -1 : a > b;
}

/* Full orders: sums do not depend on the order of the column. */
static int by_probability(const void *a, const void *b)
{
    const told *s = a, *t = b;
    const int order = by_number(s->p, t->p);
    return order != 0 ? order : s->group < t->group ? -1 : s->group > t->group;
}

static int by_patient(const void *a, const void *b)
{
    const told *s = a, *t = b;
    if (s->group != t->group)
        return s->group < t->group ? -1 : 1;
    const int order = by_number(s->p, t->p);
    return order != 0 ? order : by_number(s->positive, t->positive);
}

/* `list` in order of probability; it is sorted by patient here. */
static learn_reliability_bin bin_of(told *list, size_t count)
{
    learn_reliability_bin bin = {.least = list[0].p};
    double weight = 0, squares = 0, own = 0;
    qsort(list, count, sizeof(*list), by_patient);
    for (size_t i = 0; i < count; i++) {
        own += list[i].weight;
        weight += list[i].weight;
        bin.predicted += list[i].weight * list[i].p;
        bin.share += list[i].weight * list[i].positive;
        if (i + 1 == count || list[i + 1].group != list[i].group) {
            squares += own * own;
            own = 0;
        }
    }
    bin.predicted /= weight;
    bin.share /= weight;
    bin.patients = weight * weight / squares;
    return bin;
}

int learn_reliability_fit(const learn_column *column, const double *probabilities, learn_reliability *ret_reliability,
                          lethe_error *error)
{
    learn_reliability r = {0};
    const size_t count = column->count, possible = column->patients / LEARN_RELIABILITY_PATIENTS;
    const size_t bins = possible < 1 ? 1 : possible < LEARN_RELIABILITY_BINS ? possible : LEARN_RELIABILITY_BINS;
    told *list = malloc((count + 1) * sizeof(*list));
    if (list == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    for (size_t i = 0; i < count; i++)
        list[i] = (told){probabilities[i], column->weights[i], column->positive[i], column->groups[i]};
    qsort(list, count, sizeof(*list), by_probability);
    for (size_t start = 0, b = 1; start < count; b++) {
        size_t end = b < bins ? b * count / bins : count;
        while (end > start && end < count && list[end].p == list[end - 1].p)
            end++; /* equal probabilities are told the same */
        if (end <= start)
            continue;
        r.bin[r.bins++] = bin_of(list + start, end - start);
        start = end;
    }
    free(list);
    *ret_reliability = r;
    return 0;
}

static double held(double x)
{
    return x < 0 ? 0 : x > 1 ? 1 : x;
}

learn_interval learn_reliability_interval(const learn_reliability *reliability, double probability)
{
    if (reliability->bins == 0)
        return (learn_interval){0, 1};
    uint32_t at = 0;
    while (at + 1 < reliability->bins && probability >= reliability->bin[at + 1].least)
        at++;
    const learn_reliability_bin *bin = &reliability->bin[at];
    const learn_interval of_bin = learn_wilson(bin->share, bin->patients, LEARN_Z95);
    const double off = probability - bin->predicted;
    return (learn_interval){held(of_bin.low + off), held(of_bin.high + off)};
}

void learn_reliability_write(const learn_reliability *reliability, base_buf *out)
{
    base_buf_byte(out, (char)reliability->bins);
    for (uint32_t i = 0; i < reliability->bins; i++) {
        learn_put_double(out, reliability->bin[i].least);
        learn_put_double(out, reliability->bin[i].predicted);
        learn_put_double(out, reliability->bin[i].share);
        learn_put_double(out, reliability->bin[i].patients);
    }
}

int learn_reliability_read(base_cursor *in, learn_reliability *ret_reliability, lethe_error *error)
{
    learn_reliability r = {.bins = base_cursor_u8(in)};
    bool holds = r.bins <= LEARN_RELIABILITY_BINS;
    for (uint32_t i = 0; holds && i < r.bins; i++) {
        learn_reliability_bin *bin = &r.bin[i];
        bin->least = learn_take_double(in);
        bin->predicted = learn_take_double(in);
        bin->share = learn_take_double(in);
        bin->patients = learn_take_double(in);
        holds = bin->share >= 0 && bin->share <= 1 && bin->predicted >= 0 && bin->predicted <= 1 && bin->patients > 0 &&
                (i == 0 || bin->least > r.bin[i - 1].least);
    }
    if (in->failed || !holds)
        return base_fail(error, LETHE_E_LEARN_MODEL);
    *ret_reliability = r;
    return 0;
}
