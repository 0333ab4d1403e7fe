/* SPDX-License-Identifier: Apache-2.0 */
#include "privacy/risk.h"

#include "privacy/metrics.h"

#include <stdlib.h>
#include <string.h>

const privacy_threshold PRIVACY_THRESHOLDS[PRIVACY_THRESHOLD_COUNT] = {
    {3, 0.33, "cell of 3: public health practice for data shared under contract (El Emam 2013)"},
    {5, 0.2, "cell of 5: many agencies' least cell (El Emam 2013)"},
    {11, 0.09, "cell of 11: CMS cell size suppression policy; EMA policy 0070"},
    {20, 0.05, "cell of 20: CIHI and El Emam for public data"},
};

/* A table in classes, with what each is worth to one attacker. */
typedef struct measuring {
    const privacy_risk_input *input;
    privacy_splitter splitter;
    privacy_persons persons;
    bool has_persons;
    uint32_t *of, *sizes, *matches, *population, *scratch;
    uint32_t class_count;
    uint64_t people;
} measuring;

privacy_rate privacy_rate_of(uint64_t hits, uint64_t trials)
{
    privacy_rate rate = {hits, trials, trials != 0 ? (double)hits / (double)trials : 0, 1};
    double low;
    privacy_wilson(hits, trials, &low, &rate.upper);
    return rate;
}

static int group(measuring *m, lethe_error *error)
{
    const privacy_risk_input *input = m->input;
    BASE_TRY(privacy_splitter_init(&m->splitter, input->row_count, error));
    memset(m->of, 0, input->row_count * sizeof(*m->of));
    m->class_count = input->row_count != 0;
    for (uint32_t c = 0; c < input->column_count; c++)
        m->class_count =
            privacy_split(&m->splitter, m->of, m->class_count, input->codes[c], input->value_counts[c], m->of);
    privacy_splitter_done(&m->splitter);
    if (m->has_persons)
        BASE_TRY(privacy_persons_init(&m->persons, input->person, input->person_count, input->row_count, error));
    privacy_class_sizes(m->of, input->row_count, m->class_count, m->has_persons ? &m->persons : NULL, m->scratch,
                        m->sizes);
    return 0;
}

static bool any_stars(const privacy_risk_input *input, uint64_t *ret_rows)
{
    *ret_rows = 0;
    for (uint32_t row = 0; input->stars != NULL && row < input->row_count; row++) {
        bool has = false;
        for (uint32_t c = 0; c < input->column_count && !has; c++)
            has = input->codes[c][row] == input->stars[c];
        *ret_rows += has;
    }
    return *ret_rows != 0;
}

/* The classes of the table in the population: both in one grouping, the table's rows first. */
static int count_population(measuring *m, lethe_error *error)
{
    const privacy_risk_input *input = m->input;
    const uint32_t n = input->row_count, all = n + input->population_rows;
    uint32_t *of = calloc((size_t)all + 1, sizeof(*of)), *codes = malloc(((size_t)all + 1) * sizeof(*codes));
    uint32_t *last = malloc(((size_t)all + 1) * sizeof(*last)), *sizes = malloc(((size_t)all + 1) * sizeof(*sizes));
    privacy_splitter splitter = {0};
    privacy_persons persons = {0};
    int status =
        of == NULL || codes == NULL || last == NULL || sizes == NULL ? base_fail(error, LETHE_E_BASE_MEMORY) : 0;
    if (status == 0)
        status = privacy_splitter_init(&splitter, all, error);
    uint32_t count = 1;
    for (uint32_t c = 0; status == 0 && c < input->column_count; c++) {
        memcpy(codes, input->codes[c], n * sizeof(*codes));
        memcpy(codes + n, input->population_codes[c], input->population_rows * sizeof(*codes));
        count = privacy_split(&splitter, of, count, codes, input->value_counts[c] + 1, of);
    }
    privacy_splitter_done(&splitter);
    const bool people = input->population_person != NULL;
    if (status == 0 && people)
        status = privacy_persons_init(&persons, input->population_person, input->population_person_count,
                                      input->population_rows, error);
    if (status == 0) {
        privacy_class_sizes(of + n, input->population_rows, count, people ? &persons : NULL, last, sizes);
        for (uint32_t row = 0; row < n; row++)
            m->population[m->of[row]] = sizes[of[row]];
    }
    privacy_persons_done(&persons);
    free(of);
    free(codes);
    free(last);
    free(sizes);
    return status;
}

static int compare_numbers(const void *a, const void *b)
{
    const uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return x < y ? -1 : x > y;
}

/* The smallest class that each person is in, by `sizes` of a class, ascending. */
static void weakest_sizes(measuring *m, const uint32_t *sizes, uint32_t *ret_sizes)
{
    const privacy_risk_input *input = m->input;
    uint64_t people = 0;
    for (uint32_t i = 0; i < input->row_count; i++) {
        const uint32_t row = m->has_persons ? m->persons.order[i] : i, size = sizes[m->of[row]];
        const bool same = m->has_persons && i != 0 && input->person[row] == input->person[m->persons.order[i - 1]];
        if (!same)
            ret_sizes[people++] = size;
        else if (size < ret_sizes[people - 1])
            ret_sizes[people - 1] = size;
    }
    m->people = people;
    qsort(ret_sizes, people, sizeof(*ret_sizes), compare_numbers);
}

/* Risk of a class of that size. */
typedef double (*risk_of)(const privacy_risk_input *input, uint32_t size);

static double risk_counted(const privacy_risk_input *input, uint32_t size)
{
    (void)input;
    return 1.0 / size;
}

static double risk_estimated(const privacy_risk_input *input, uint32_t size)
{
    const uint32_t people = input->person != NULL ? input->person_count : input->row_count;
    return privacy_journalist_risk(size, (double)people / (double)input->population_size);
}

static privacy_attacker attack(measuring *m, const uint32_t *sizes, risk_of risk)
{
    privacy_attacker result = {0};
    uint64_t at_risk[PRIVACY_THRESHOLD_COUNT] = {0};
    double sum = 0;
    weakest_sizes(m, sizes, m->scratch);
    for (uint64_t i = 0; i < m->people;) {
        uint64_t next = i;
        while (next < m->people && m->scratch[next] == m->scratch[i])
            next++;
        const double one = risk(m->input, m->scratch[i]);
        result.highest = one > result.highest ? one : result.highest;
        sum += one * (double)(next - i);
        for (size_t t = 0; t < PRIVACY_THRESHOLD_COUNT; t++)
            at_risk[t] += one > 1.0 / PRIVACY_THRESHOLDS[t].cell ? next - i : 0;
        i = next;
    }
    result.average = m->people != 0 ? sum / (double)m->people : 0;
    for (size_t t = 0; t < PRIVACY_THRESHOLD_COUNT; t++)
        result.at_risk[t] = privacy_rate_of(at_risk[t], m->people);
    return result;
}

static int estimate(measuring *m, privacy_risk *risk, lethe_error *error)
{
    privacy_size_count *counts = calloc((size_t)m->class_count + 1, sizeof(*counts));
    size_t count = 0;
    if (counts == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    memcpy(m->scratch, m->sizes, m->class_count * sizeof(*m->scratch));
    qsort(m->scratch, m->class_count, sizeof(*m->scratch), compare_numbers);
    for (uint32_t k = 0; k < m->class_count; k++) {
        if (count == 0 || counts[count - 1].size != m->scratch[k])
            counts[count++] = (privacy_size_count){m->scratch[k], 0};
        counts[count - 1].classes++;
    }
    privacy_estimate_uniqueness(counts, count, m->input->population_size, &risk->uniqueness);
    risk->uniqueness_known = true;
    free(counts);
    return 0;
}

static int bad_population(lethe_error *error)
{
    base_fail(error, LETHE_E_PRIVACY_OPTION);
    base_error_path(error, "population");
    return LETHE_E_PRIVACY_OPTION;
}

static int measure_journalist(measuring *m, privacy_risk *risk, lethe_error *error)
{
    const privacy_risk_input *input = m->input;
    if (input->population_codes != NULL) {
        BASE_TRY(count_population(m, error));
        for (uint32_t k = 0; k < m->class_count; k++) { /* who is in the table is in the population */
            risk->classes_not_in_population += m->population[k] < m->sizes[k];
            if (m->population[k] < m->matches[k])
                m->population[k] = m->matches[k];
        }
        risk->journalist = attack(m, m->population, risk_counted);
        risk->journalist_known = risk->journalist_counted = true;
    } else if (input->population_size != 0) {
        if (input->population_size < risk->people)
            return bad_population(error);
        risk->journalist = attack(m, m->matches, risk_estimated);
        risk->journalist_known = true;
        BASE_TRY(estimate(m, risk, error));
    }
    return 0;
}

static int measure(measuring *m, privacy_risk *risk, lethe_error *error)
{
    const privacy_risk_input *input = m->input;
    const size_t room = (size_t)input->row_count + 2;
    m->of = malloc(room * sizeof(*m->of));
    m->sizes = malloc(room * sizeof(*m->sizes));
    m->matches = malloc(room * sizeof(*m->matches));
    m->population = calloc(room, sizeof(*m->population));
    m->scratch = malloc(room * sizeof(*m->scratch));
    if (m->of == NULL || m->sizes == NULL || m->matches == NULL || m->population == NULL || m->scratch == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    BASE_TRY(group(m, error));
    memcpy(m->matches, m->sizes, m->class_count * sizeof(*m->matches));
    if (any_stars(input, &risk->rows_with_stars))
        BASE_TRY(privacy_wildcard_sizes(input, m->of, m->class_count, m->matches, error));
    risk->classes = m->class_count;
    risk->prosecutor = attack(m, m->matches, risk_counted);
    risk->people = m->people;
    risk->smallest = m->people != 0 ? m->scratch[0] : 0;
    uint64_t unique = 0;
    while (unique < m->people && m->scratch[unique] == 1)
        unique++;
    risk->uniques = privacy_rate_of(unique, m->people);
    BASE_TRY(measure_journalist(m, risk, error));
    risk->marketer = risk->journalist_known ? risk->journalist.average : risk->prosecutor.average;
    return 0;
}

int privacy_risk_measure(const privacy_risk_input *input, privacy_risk *ret_risk, lethe_error *error)
{
    measuring m = {.input = input, .has_persons = input->person != NULL};
    privacy_risk risk = {0};
    const int status = measure(&m, &risk, error);
    privacy_splitter_done(&m.splitter);
    privacy_persons_done(&m.persons);
    free(m.of);
    free(m.sizes);
    free(m.matches);
    free(m.population);
    free(m.scratch);
    if (status == 0)
        *ret_risk = risk;
    return status;
}
