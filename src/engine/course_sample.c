/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/course_internal.h"
#include "learn/random.h"

#define SEED_FOLDS  0x6c657468650001
#define SEED_SAMPLE 0x6c657468650004
#define ROWS_MOST   1024u /* of one patient: more than a dataset has */

static bool is_judged(const learn_data *data, uint32_t example)
{
    return data->splits[example] != LEARN_TRAIN && data->observed[example] != 0;
}

/* Rows that validation and test would give with so many of each patient at most. */
static uint64_t count_rows(const learn_data *data, uint32_t most)
{
    uint64_t count = 0;
    uint32_t own = 0;
    for (uint32_t i = 0; i < data->count; i++) {
        own = i > 0 && data->groups[i] == data->groups[i - 1] ? own : 0;
        if (is_judged(data, i) && own < most) {
            own++;
            count++;
        }
    }
    return count;
}

int course_sample_settle(const learn_data *data, uint64_t comparisons, uint64_t rows_min, course_sample *ret_sample,
                         lethe_error *error)
{
    uint64_t training = 0;
    course_sample sample = {.rows = ROWS_MOST, .patients = COURSE_SHARES};
    for (uint32_t i = 0; i < data->count; i++) {
        training += data->splits[i] == LEARN_TRAIN;
        if (i > 0 && data->groups[i] < data->groups[i - 1])
            return base_fail(error, LETHE_E_LEARN_DATA); /* rows of a patient do not stand together */
    }
    uint64_t most = training != 0 ? comparisons / training : UINT64_MAX;
    most = most > rows_min ? most : rows_min;
    if (count_rows(data, ROWS_MOST) > most)
        for (sample.rows = 16; sample.rows > 1 && count_rows(data, sample.rows) > most;)
            sample.rows--;
    const uint64_t rows = count_rows(data, sample.rows);
    if (rows > most)
        sample.patients = (uint32_t)(most * COURSE_SHARES / rows);
    *ret_sample = sample;
    return 0;
}

/* Rows [0, count) of one patient, `most` of them evenly spaced: neither early nor late visits are preferred. */
static size_t thin(uint32_t *examples, size_t count, uint32_t most)
{
    if (count <= most)
        return count;
    for (size_t i = 0; i < most; i++)
        examples[i] = examples[(2 * i + 1) * count / (2 * (size_t)most)];
    return most;
}

static bool takes(const course_sample *sample, int fold, uint32_t group)
{
    return (fold < 0 || learn_fold(SEED_FOLDS, group, 2) == (uint32_t)fold) &&
           learn_fold(SEED_SAMPLE, group, COURSE_SHARES) < sample->patients;
}

size_t course_sample_take(const learn_data *data, const course_sample *sample, learn_split split, int fold,
                          uint32_t *ret_examples)
{
    size_t count = 0;
    for (uint32_t i = 0; i < data->count;) {
        const uint32_t group = data->groups[i];
        const size_t first = count;
        for (; i < data->count && data->groups[i] == group; i++)
            if (data->splits[i] == (uint8_t)split && data->observed[i] != 0)
                ret_examples[count++] = i;
        count = first + (takes(sample, fold, group) ? thin(ret_examples + first, count - first, sample->rows) : 0);
    }
    return count;
}
