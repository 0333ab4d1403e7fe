/* SPDX-License-Identifier: Apache-2.0 */
#include "base/test.h"
#include "learn/baseline.h"
#include "learn/jaccard.h"
#include "learn/random.h"
#include "learn/test_world.h"

#include <math.h>
#include <stdlib.h>

#define OUTCOMES 4

/* Oracle: one pass over the patients of a stratum. In this world a patient has one stratum. */
static double share_by_hand(const learn_data *data, uint32_t stratum, uint32_t outcome, double *ret_patients)
{
    double patients = 0, positive = 0;
    for (uint32_t i = 0; i < data->count;) {
        double rows = 0, labelled = 0, yes = 0; /* rows: followed ones, with a label or not */
        const uint32_t group = data->groups[i], first = i;
        for (; i < data->count && data->groups[i] == group; i++) {
            const learn_label label = learn_label_of(data, i, outcome);
            rows += data->observed[i] != 0;
            labelled += label != LEARN_MISSING;
            yes += label == LEARN_POSITIVE;
        }
        if (rows > 0 && data->splits[first] == LEARN_TRAIN &&
            (stratum == LEARN_NONE || data->strata[first] == stratum)) {
            patients += labelled / rows;
            positive += yes / rows;
        }
    }
    *ret_patients = patients;
    return positive;
}

static void test_shares(void **state)
{
    (void)state;
    test_world *w = test_world_new(21, 500, 10, OUTCOMES, -1);
    learn_baseline b, back;
    assert_int_equal(learn_baseline_fit(&w->data, 0, &b, NULL), 0);
    for (uint32_t o = 0; o < OUTCOMES; o++) {
        double n, yes = share_by_hand(&w->data, LEARN_NONE, o, &n);
        const double all = (yes + 1) / (n + 2);
        assert_true(fabs(learn_baseline_of(&b, 1000)[o] - all) < 1e-12);
        for (uint32_t s = 0; s < w->data.stratum_count; s++) {
            yes = share_by_hand(&w->data, s, o, &n);
            assert_true(fabs(learn_baseline_of(&b, s)[o] - (yes + 20 * all) / (n + 20)) < 1e-12);
        }
    }
    base_buf out;
    base_buf_init(&out, 1 << 16);
    learn_baseline_write(&b, &out);
    base_cursor in = base_cursor_of(base_buf_view(&out));
    assert_int_equal(learn_baseline_read(&in, &back, NULL), 0);
    assert_memory_equal(b.shares, back.shares, sizeof(double) * 9 * OUTCOMES);
    learn_baseline_done(&back);
    for (size_t cut = 0; cut < out.size; cut++) {
        in = base_cursor_of((base_span){out.data, cut});
        assert_int_equal(learn_baseline_read(&in, &back, NULL), LETHE_E_LEARN_MODEL);
    }
    base_buf_done(&out);
    learn_baseline_done(&b);
    test_world_free(w);
}

static int by_distance(const void *a, const void *b)
{
    const learn_neighbour p = *(const learn_neighbour *)a, q = *(const learn_neighbour *)b;
    if (p.similarity != q.similarity)
        return p.similarity > q.similarity ? -1 : 1;
    return p.example < q.example ? -1 : 1;
}

/* Oracle: every patient's best row, sorted. */
static void test_the_nearest_are_the_nearest(void **state)
{
    (void)state;
    test_world *w = test_world_new(22, 300, 15, 2, -1);
    learn_postings *postings;
    learn_postings_scratch *scratch;
    assert_int_equal(learn_postings_new(&w->data, &postings, NULL), 0);
    assert_int_equal(learn_postings_scratch_new(postings, &scratch, NULL), 0);
    learn_neighbour got[300], all[300];
    for (uint32_t q = 0; q < w->data.count; q += 5) {
        const learn_set set = learn_sets_at(w->data.features, q);
        size_t count = 0;
        for (uint32_t i = 0; i < w->data.count; i++) {
            if (w->data.splits[i] != LEARN_TRAIN || w->data.groups[i] == w->data.groups[q])
                continue;
            const learn_neighbour one = {i, learn_jaccard(set, learn_sets_at(w->data.features, i))};
            if (count > 0 && w->data.groups[all[count - 1].example] == w->data.groups[i]) {
                if (one.similarity > all[count - 1].similarity)
                    all[count - 1] = one;
            } else {
                all[count++] = one;
            }
        }
        qsort(all, count, sizeof(*all), by_distance);
        for (size_t k = 1; k <= 256; k *= 4) {
            const size_t n = learn_postings_nearest(postings, scratch, set, w->data.groups[q], k, got);
            assert_int_equal(n, k < count ? k : count);
            for (size_t i = 0; i < n; i++)
                assert_true(got[i].example == all[i].example && got[i].similarity == all[i].similarity);
        }
    }
    learn_postings_scratch_free(scratch);
    learn_postings_free(postings);
    test_world_free(w);
}

static void test_jaccard(void **state)
{
    (void)state;
    static const uint32_t a[] = {1, 4, 9}, b[] = {2, 4, 9, 11};
    assert_true(learn_jaccard((learn_set){a, 3}, (learn_set){b, 4}) == 0.4);
    assert_true(learn_jaccard((learn_set){a, 3}, (learn_set){a, 3}) == 1);
    assert_true(learn_jaccard((learn_set){a, 3}, (learn_set){NULL, 0}) == 0);
    assert_true(learn_jaccard((learn_set){NULL, 0}, (learn_set){NULL, 0}) == 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_shares),
        cmocka_unit_test(test_the_nearest_are_the_nearest),
        cmocka_unit_test(test_jaccard),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
