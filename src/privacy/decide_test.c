/* SPDX-License-Identifier: Apache-2.0 */
#include "privacy/decide.h"

#include "base/test.h"
#include "privacy/metrics.h"
#include "privacy/test_people.h"

#include <time.h>

/*
 * The oracle: every node of the lattice, nothing pruned, people walked one by one and subsequences matched as the
 * definition says. It shares the hierarchies and the Loss formula with the code under test, and no counting.
 */
#define PEOPLE_MAX 64
#define ROWS_MAX   6

typedef struct people {
    record_tuple tuples[PEOPLE_MAX][ROWS_MAX];
    size_t rows[PEOPLE_MAX];
    size_t count;
} people;

typedef struct released {
    uint8_t groups[PEOPLE_MAX][ROWS_MAX][RECORD_QI_COUNT];
    size_t place[PEOPLE_MAX][ROWS_MAX]; /* of the released row among the patient's */
    size_t rows[PEOPLE_MAX];
} released;

static privacy_hierarchies *hierarchies;

static void make_people(people *p, uint64_t seed, size_t count, uint32_t variety)
{
    test_random random = {seed};
    p->count = count;
    for (size_t i = 0; i < count; i++) {
        p->rows[i] = test_patient(&random, variety, ROWS_MAX, p->tuples[i]);
        if (i > 0 && test_below(&random, 3) == 0) { /* some share a signature */
            memcpy(p->tuples[i], p->tuples[i - 1], sizeof(p->tuples[i]));
            p->rows[i] = p->rows[i - 1];
        }
    }
}

static void release(const people *p, const privacy_node *node, const uint64_t *gone, released *r)
{
    for (size_t i = 0; i < p->count; i++) {
        int since = -1; /* months since the last released row */
        r->rows[i] = 0;
        for (size_t row = 0; row < p->rows[i]; row++) {
            if (since >= 0)
                since += p->tuples[i][row].leaf[RECORD_QI_GAP];
            if (gone[i] >> row & 1)
                continue;
            const int gap = since < 0                       ? RECORD_GAP_FIRST
                            : since > RECORD_GAP_MONTHS_MAX ? RECORD_GAP_MONTHS_MAX
                                                            : since;
            for (int qi = 0; qi < RECORD_QI_COUNT; qi++) {
                const uint8_t leaf = qi == RECORD_QI_GAP ? (uint8_t)gap : p->tuples[i][row].leaf[qi];
                r->groups[i][r->rows[i]][qi] = hierarchies->qi[qi].group[node->level[qi]][leaf];
            }
            r->place[i][r->rows[i]++] = row;
            since = 0;
        }
    }
}

/* Places of the earliest embedding of a sequence in a patient's rows, or false. */
static bool embeds(const released *r, size_t i, uint8_t sequence[][RECORD_QI_COUNT], size_t length, size_t *ret_places)
{
    size_t at = 0;
    for (size_t row = 0; row < r->rows[i] && at < length; row++)
        if (memcmp(r->groups[i][row], sequence[at], RECORD_QI_COUNT) == 0)
            ret_places[at++] = row;
    return at == length;
}

static uint32_t holders(const people *p, const released *r, uint8_t sequence[][RECORD_QI_COUNT], size_t length)
{
    uint32_t count = 0;
    size_t places[4];
    for (size_t i = 0; i < p->count; i++)
        count += embeds(r, i, sequence, length, places);
    return count;
}

/* The next combination of `length` rows out of `rows`. */
static bool next_rows(size_t *chosen, size_t length, size_t rows)
{
    for (size_t j = length; j-- > 0;) {
        if (chosen[j] + (length - j) < rows) {
            chosen[j]++;
            for (size_t l = j + 1; l < length; l++)
                chosen[l] = chosen[l - 1] + 1;
            return true;
        }
    }
    return false;
}

/* Calls of patient i for each combination of rows: is it short, and is it the earliest embedding of its values? */
typedef void (*combination)(void *context, const size_t *chosen, bool is_short, bool earliest);

static void each_combination(const people *p, const released *r, size_t i, size_t length, uint32_t k, combination call,
                             void *context)
{
    size_t chosen[4] = {0, 1, 2, 3}, places[4];
    if (r->rows[i] < length)
        return;
    do {
        uint8_t sequence[4][RECORD_QI_COUNT];
        for (size_t j = 0; j < length; j++)
            memcpy(sequence[j], r->groups[i][chosen[j]], RECORD_QI_COUNT);
        const bool is_short = holders(p, r, sequence, length) < k;
        embeds(r, i, sequence, length, places);
        call(context, chosen, is_short, memcmp(places, chosen, length * sizeof(*places)) == 0);
    } while (next_rows(chosen, length, r->rows[i]));
}

typedef struct tally {
    size_t length, degree[ROWS_MAX];
    bool any, with[ROWS_MAX][ROWS_MAX];
} tally;

static void tally_one(void *context, const size_t *chosen, bool is_short, bool earliest)
{
    tally *const t = context;
    t->any |= is_short;
    if (!is_short)
        return;
    if (t->length == 2)
        t->with[chosen[0]][chosen[1]] = t->with[chosen[1]][chosen[0]] = true;
    if (t->length == 1 || (t->length > 2 && earliest))
        for (size_t j = 0; j < t->length; j++)
            t->degree[chosen[j]]++;
}

static size_t oracle_worst(const people *p, const released *r, size_t i, const size_t *degree)
{
    size_t worst = 0;
    for (size_t row = 1; row < r->rows[i]; row++) {
        uint8_t a[1][RECORD_QI_COUNT], b[1][RECORD_QI_COUNT];
        memcpy(a[0], r->groups[i][row], RECORD_QI_COUNT);
        memcpy(b[0], r->groups[i][worst], RECORD_QI_COUNT);
        if (degree[row] > degree[worst] || (degree[row] == degree[worst] && holders(p, r, a, 1) < holders(p, r, b, 1)))
            worst = row;
    }
    return worst;
}

/* One pass of a step over all patients, on the counts at its beginning. */
static bool oracle_pass(const people *p, const privacy_node *node, size_t length, uint32_t k, uint64_t *gone)
{
    released r;
    uint64_t more[PEOPLE_MAX] = {0};
    bool changed = false;
    release(p, node, gone, &r);
    for (size_t i = 0; i < p->count; i++) {
        tally t = {.length = length};
        each_combination(p, &r, i, length, k, tally_one, &t);
        changed |= t.any;
        if (length == 1) {
            for (size_t row = 0; row < r.rows[i]; row++)
                if (t.degree[row] != 0)
                    more[i] |= UINT64_C(1) << r.place[i][row];
            continue;
        }
        while (t.any) {
            if (length == 2)
                for (size_t a = 0; a < ROWS_MAX; a++) {
                    t.degree[a] = 0;
                    for (size_t b = 0; b < ROWS_MAX; b++)
                        t.degree[a] += t.with[a][b];
                }
            const size_t worst = oracle_worst(p, &r, i, t.degree);
            if (t.degree[worst] == 0)
                break;
            more[i] |= UINT64_C(1) << r.place[i][worst];
            for (size_t b = 0; b < ROWS_MAX; b++)
                t.with[worst][b] = t.with[b][worst] = false;
            t.any = length == 2;
        }
    }
    for (size_t i = 0; i < p->count; i++)
        gone[i] |= more[i];
    return changed;
}

static void oracle_suppress(const people *p, const privacy_node *node, uint32_t k, uint32_t visits, uint64_t *gone)
{
    memset(gone, 0, PEOPLE_MAX * sizeof(*gone));
    for (bool changed = true; changed;) {
        while (oracle_pass(p, node, 1, k, gone)) {
        }
        changed = false;
        for (size_t length = 2; length <= visits && !changed; length++)
            changed = oracle_pass(p, node, length, k, gone);
    }
}

static double oracle_loss(const people *p, const privacy_node *node, const uint64_t *gone, const double *weights,
                          uint64_t *ret_gone)
{
    double columns[RECORD_QI_COUNT];
    uint64_t rows = 0;
    for (size_t i = 0; i < p->count; i++)
        rows += p->rows[i];
    for (int qi = 0; qi < RECORD_QI_COUNT; qi++) {
        const privacy_hierarchy *const h = &hierarchies->qi[qi];
        uint64_t leaves = 0;
        *ret_gone = 0;
        for (size_t i = 0; i < p->count; i++)
            for (size_t row = 0; row < p->rows[i]; row++)
                if (gone[i] >> row & 1)
                    ++*ret_gone;
                else
                    leaves += h->leaves[node->level[qi]][h->group[node->level[qi]][p->tuples[i][row].leaf[qi]]];
        columns[qi] = privacy_loss_column(leaves, *ret_gone, rows, h->domain);
    }
    return privacy_loss_product(columns, weights, RECORD_QI_COUNT);
}

static bool oracle_next(privacy_node *node, const privacy_decide_options *o)
{
    for (int qi = RECORD_QI_COUNT - 1; qi >= 0; qi--) {
        const uint32_t last = hierarchies->qi[qi].level_count - 1;
        if (node->level[qi] < last && node->level[qi] < o->maximum.level[qi]) {
            node->level[qi]++;
            return true;
        }
        node->level[qi] = o->minimum.level[qi];
    }
    return false;
}

static bool oracle_decide(const people *p, const privacy_decide_options *o, privacy_node *ret_node, uint64_t *ret_gone)
{
    bool found = false;
    double best = 0;
    uint64_t rows = 0;
    privacy_node node = o->minimum;
    for (size_t i = 0; i < p->count; i++)
        rows += p->rows[i];
    do {
        uint64_t gone[PEOPLE_MAX], gone_rows;
        oracle_suppress(p, &node, o->k, o->visits, gone);
        const double product = oracle_loss(p, &node, gone, o->weight, &gone_rows);
        if (gone_rows > (uint64_t)(o->suppression_limit * (double)rows) || gone_rows == rows ||
            (found && product >= best))
            continue;
        found = true;
        best = product;
        *ret_node = node;
        memcpy(ret_gone, gone, sizeof(gone));
    } while (oracle_next(&node, o));
    return found;
}

static void collect(const people *p, privacy_signatures *ret_set)
{
    privacy_signatures_init(ret_set);
    for (size_t i = 0; i < p->count; i++)
        assert_int_equal(privacy_signatures_add(ret_set, p->tuples[i], p->rows[i], 1, NULL), 0);
    assert_int_equal(privacy_signatures_seal(ret_set, NULL), 0);
}

static void bytes_of(const privacy_plan *plan, base_buf *ret_bytes)
{
    base_buf_init(ret_bytes, 1 << 24);
    privacy_plan_encode(plan, ret_bytes);
    assert_int_equal(base_buf_check(ret_bytes, NULL), 0);
}

static void narrow(privacy_decide_options *o, test_random *random)
{
    for (int qi = 0; qi < RECORD_QI_COUNT; qi++) {
        const uint32_t levels = hierarchies->qi[qi].level_count;
        if (test_below(random, 3) == 0)
            o->weight[qi] = test_below(random, 9) / 2.0;
        if (test_below(random, 2) == 0)
            o->minimum.level[qi] = (uint8_t)test_below(random, levels);
        if (test_below(random, 3) == 0)
            o->maximum.level[qi] = (uint8_t)(o->minimum.level[qi] + test_below(random, levels - o->minimum.level[qi]));
    }
}

/* The decision is the oracle's, patient by patient, with any number of threads. */
static void test_against_the_oracle(void **state)
{
    (void)state;
    test_random random = {99};
    size_t plans = 0, suppressing = 0, with_gap = 0;
    for (uint64_t seed = 1; seed <= 60; seed++) {
        people p;
        privacy_signatures set;
        privacy_decide_options o;
        privacy_node node = {{0}};
        uint64_t gone[PEOPLE_MAX] = {0};
        make_people(&p, seed, 8 + seed % 14, 1 + (uint32_t)(seed % 4));
        privacy_decide_options_init(&o);
        o.k = 2 + (uint32_t)(seed % 3);
        o.visits = 1 + (uint32_t)(seed % 3);
        o.suppression_limit = seed % 5 == 0 ? 1 : 0.25;
        narrow(&o, &random);
        if (seed % 4 == 0)
            o.maximum.level[RECORD_QI_GAP] = o.minimum.level[RECORD_QI_GAP] = 0;
        collect(&p, &set);
        const bool found = oracle_decide(&p, &o, &node, gone);
        for (size_t turn = 0; turn < 3; turn++) {
            privacy_plan plan = {.gone = NULL};
            lethe_error error;
            o.threads = (const uint32_t[]){1, 2, 7}[turn];
            const int status = privacy_decide(&set, hierarchies, &o, &plan, NULL, &error);
            assert_int_equal(status, found ? 0 : LETHE_E_PRIVACY_NO_PLAN);
            if (!found)
                continue;
            assert_memory_equal(&plan.node, &node, sizeof(node));
            assert_true(plan.loss >= 0 && plan.loss <= 1); /* whatever the weights that decided */
            for (size_t i = 0; i < p.count; i++)
                assert_int_equal(plan.gone[privacy_signatures_find(&set, p.tuples[i], p.rows[i])], gone[i]);
            plans++;
            suppressing += plan.rows_gone != 0;
            with_gap += plan.node.level[RECORD_QI_GAP] == 0;
            privacy_plan_done(&plan);
        }
        privacy_signatures_done(&set);
    }
    assert_true(plans > 60 && suppressing > 30 && with_gap > 10); /* the cases are not trivial */
}

/* Short sequences in what is released, counted as the attacker would. */
static size_t short_sequences(const people *p, const released *r, uint32_t k, size_t visits)
{
    size_t found = 0;
    for (size_t length = 1; length <= visits; length++)
        for (size_t i = 0; i < p->count; i++) {
            tally t = {.length = length};
            each_combination(p, r, i, length, k, tally_one, &t);
            found += t.any;
        }
    return found;
}

static void test_guarantee(void **state)
{
    (void)state;
    size_t broken_found = 0;
    for (uint64_t seed = 1; seed <= 24; seed++) {
        people p;
        privacy_signatures set;
        privacy_decide_options o;
        privacy_plan plan;
        released r, direct;
        uint64_t gone[PEOPLE_MAX];
        make_people(&p, seed * 77, 40 + seed, 2 + (uint32_t)(seed % 3));
        privacy_decide_options_init(&o);
        o.visits = 1 + (uint32_t)(seed % 4);
        o.k = 3 + (uint32_t)(seed % 3);
        o.suppression_limit = 0.6;
        collect(&p, &set);
        assert_int_equal(privacy_decide(&set, hierarchies, &o, &plan, NULL, NULL), 0);
        for (size_t i = 0; i < p.count; i++)
            gone[i] = plan.gone[privacy_signatures_find(&set, p.tuples[i], p.rows[i])];
        release(&p, &plan.node, gone, &r);
        assert_int_equal(short_sequences(&p, &r, o.k, o.visits), 0);
        /* What APPLY makes is what was proved. */
        for (size_t i = 0; i < p.count; i++) {
            privacy_groups groups[ROWS_MAX];
            uint8_t row[ROWS_MAX];
            assert_int_equal(privacy_plan_apply(&plan, hierarchies,
                                                privacy_signatures_find(&set, p.tuples[i], p.rows[i]), p.tuples[i],
                                                p.rows[i], groups, row),
                             r.rows[i]);
            for (size_t j = 0; j < r.rows[i]; j++) {
                assert_memory_equal(groups[j].group, r.groups[i][j], RECORD_QI_COUNT);
                assert_int_equal(row[j], r.place[i][j]);
            }
        }
        /* A mechanism that forgets to suppress, or releases one level finer, must be caught by this very check. */
        uint64_t none[PEOPLE_MAX] = {0};
        privacy_node finest = {{0}};
        release(&p, plan.rows_gone != 0 ? &plan.node : &finest, none, &direct);
        broken_found += short_sequences(&p, &direct, o.k, o.visits) != 0;
        privacy_plan_done(&plan);
        privacy_signatures_done(&set);
    }
    assert_int_equal(broken_found, 24);
}

/* Any order of people and any split into partitions: the same bytes of signatures and of the plan. */
static void test_order_does_not_matter(void **state)
{
    (void)state;
    people p;
    privacy_signatures sets[2], part;
    base_buf bytes[2], plans[2];
    make_people(&p, 5, 60, 4);
    for (int turn = 0; turn < 2; turn++) {
        privacy_signatures_init(&sets[turn]);
        privacy_signatures_init(&part);
        for (size_t i = 0; i < p.count; i++) {
            const size_t at = turn == 0 ? i : (i * 37 + 11) % p.count;
            privacy_signatures *const into = turn == 1 && at % 3 == 0 ? &part : &sets[turn];
            assert_int_equal(privacy_signatures_add(into, p.tuples[at], p.rows[at], 1, NULL), 0);
        }
        assert_int_equal(privacy_signatures_merge(&sets[turn], &part, NULL), 0);
        assert_int_equal(privacy_signatures_seal(&sets[turn], NULL), 0);
        privacy_signatures_done(&part);
        base_buf_init(&bytes[turn], 1 << 24);
        privacy_signatures_encode(&sets[turn], &bytes[turn]);
        privacy_decide_options o;
        privacy_plan plan;
        privacy_decide_options_init(&o);
        o.threads = turn == 0 ? 1 : 7;
        assert_int_equal(privacy_decide(&sets[turn], hierarchies, &o, &plan, NULL, NULL), 0);
        bytes_of(&plan, &plans[turn]);
        privacy_plan_done(&plan);
    }
    assert_true(base_span_equal(base_buf_view(&bytes[0]), base_buf_view(&bytes[1])));
    assert_true(base_span_equal(base_buf_view(&plans[0]), base_buf_view(&plans[1])));

    /* There and back; and damage is found or harmless, never a crash. */
    privacy_signatures again;
    privacy_plan plan;
    assert_int_equal(privacy_signatures_decode(base_buf_view(&bytes[0]), &again, NULL), 0);
    assert_int_equal(privacy_signatures_people(&again), 60);
    assert_int_equal(privacy_plan_decode(base_buf_view(&plans[0]), &again, &plan, NULL), 0);
    privacy_plan_done(&plan);
    privacy_signatures_done(&again);
    for (size_t cut = 0; cut < bytes[0].size; cut++)
        assert_int_not_equal(privacy_signatures_decode((base_span){bytes[0].data, cut}, &again, NULL), 0);
    for (size_t cut = 0; cut < plans[0].size; cut++)
        assert_int_not_equal(privacy_plan_decode((base_span){plans[0].data, cut}, &sets[0], &plan, NULL), 0);
    for (int turn = 0; turn < 2; turn++) {
        privacy_signatures_done(&sets[turn]);
        base_buf_done(&bytes[turn]);
        base_buf_done(&plans[turn]);
    }
}

static void test_refusals(void **state)
{
    (void)state;
    people p;
    privacy_signatures set;
    privacy_decide_options o;
    privacy_plan plan;
    lethe_error error;
    make_people(&p, 3, 4, 4);
    collect(&p, &set);
    privacy_decide_options_init(&o);
    assert_int_equal(privacy_decide(&set, hierarchies, &o, &plan, NULL, &error), LETHE_E_PRIVACY_TOO_FEW);
    privacy_signatures_done(&set);
    make_people(&p, 3, 40, 4);
    collect(&p, &set);
    o.suppression_limit = 0;
    o.maximum = o.minimum; /* leaves only, nobody may be withheld */
    assert_int_equal(privacy_decide(&set, hierarchies, &o, &plan, NULL, &error), LETHE_E_PRIVACY_NO_PLAN);
    assert_string_equal(error.path, "suppression_limit");
    o.visits = 5;
    assert_int_equal(privacy_decide(&set, hierarchies, &o, &plan, NULL, &error), LETHE_E_PRIVACY_OPTION);
    assert_string_equal(error.path, "attacker_visits");
    record_tuple wrong[2] = {p.tuples[0][0], p.tuples[0][0]}; /* two firsts */
    assert_int_equal(privacy_signatures_add(&set, wrong, 2, 1, NULL), LETHE_E_PRIVACY_OPTION);
    assert_int_equal(privacy_signatures_add(&set, wrong, 0, 1, NULL), LETHE_E_PRIVACY_OPTION);
    privacy_signatures_done(&set);
}

/* Longer than plan_seconds at the first question. */
static int dawdle(void *context, uint64_t done, uint64_t total)
{
    bool *const asked = context;
    (void)done, (void)total;
    if (!*asked)
        (void)nanosleep(&(struct timespec){.tv_sec = 1, .tv_nsec = 100000000}, NULL);
    *asked = true;
    return 0;
}

static int refuse(void *context, uint64_t done, uint64_t total)
{
    (void)context, (void)done, (void)total;
    return 1;
}

static void test_giving_up(void **state)
{
    (void)state;
    people p;
    privacy_signatures set;
    privacy_decide_options o;
    privacy_plan plan;
    lethe_error error;
    bool asked = false;
    make_people(&p, 3, 60, 4);
    collect(&p, &set);
    privacy_decide_options_init(&o);
    o.plan_seconds = 1;
    o.progress = dawdle;
    o.progress_context = &asked;
    assert_int_equal(privacy_decide(&set, hierarchies, &o, &plan, NULL, &error), LETHE_E_PRIVACY_LATE);
    o.progress = refuse;
    assert_int_equal(privacy_decide(&set, hierarchies, &o, &plan, NULL, &error), LETHE_E_BASE_CANCELLED);
    privacy_signatures_done(&set);
}

int main(void)
{
    hierarchies = calloc(1, sizeof(*hierarchies));
    if (hierarchies == NULL || privacy_hierarchies_init(hierarchies, test_exposures, TEST_EXPOSURES, NULL) != 0)
        return 1;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_against_the_oracle),
        cmocka_unit_test(test_guarantee),
        cmocka_unit_test(test_order_does_not_matter),
        cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_giving_up),
    };
    const int failed = cmocka_run_group_tests_name("privacy/decide", tests, NULL, NULL);
    free(hierarchies);
    return failed;
}
