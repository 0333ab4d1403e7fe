/* SPDX-License-Identifier: Apache-2.0 */
#include "privacy/lists.h"

#include "base/test.h"
#include "privacy/test_lists.h"

static const record_item implies_first[] = {0};

/* A vocabulary where the last concept says again what category 0 says, and one item would tell the sex. */
static void make_vocabulary(test_vocabulary *v, uint32_t categories, uint32_t concepts, uint32_t outcomes)
{
    test_vocabulary_init(v, categories, concepts, outcomes);
    v->items[categories - 1].implies = implies_first;
    v->items[categories - 1].implies_count = 1;
    v->items[1].implies_sex = PRIVACY_IMPLIES_FEMALE;
    if (outcomes >= 3) /* outcomes have two levels too */
        v->items[v->count - 1].parent = (record_item)(v->count - outcomes);
}

/* Outcome concepts come with their category, as in any row. */
static void close_lists(const test_vocabulary *v, test_lists *l)
{
    record_item *const list = malloc((l->offset[l->count] + l->count + 1) * sizeof(*list));
    size_t used = 0;
    for (size_t p = 0; p < l->count; p++) {
        const size_t begin = l->offset[p], end = l->offset[p + 1];
        const record_item parent = v->items[v->count - 1].parent;
        const bool owes = parent != RECORD_ITEM_NONE && begin < end && l->list[end - 1] == v->count - 1;
        bool paid = false;
        l->offset[p] = used;
        for (size_t i = begin; i < end; i++) {
            paid |= l->list[i] == parent;
            if (owes && !paid && l->list[i] > parent) {
                list[used++] = parent;
                paid = true;
            }
            list[used++] = l->list[i];
        }
    }
    l->offset[l->count] = used;
    free(l->list);
    l->list = list;
}

static bool holds(const record_item *list, size_t count, record_item item)
{
    for (size_t i = 0; i < count; i++)
        if (list[i] == item)
            return true;
    return false;
}

/* The lists as released. */
static void subtract(const test_lists *l, const privacy_list_result *result, test_lists *ret_left)
{
    ret_left->list = malloc((l->offset[l->count] + 1) * sizeof(record_item));
    ret_left->offset = malloc((l->count + 1) * sizeof(size_t));
    ret_left->count = l->count;
    size_t used = 0;
    for (size_t p = 0; p < l->count; p++) {
        ret_left->offset[p] = used;
        for (size_t i = l->offset[p]; i < l->offset[p + 1]; i++)
            if (!holds(&result->removed[result->offset[p]], result->offset[p + 1] - result->offset[p], l->list[i]))
                ret_left->list[used++] = l->list[i];
    }
    ret_left->offset[l->count] = used;
}

static uint32_t people_with(const test_lists *l, record_item x, record_item y)
{
    uint32_t people = 0;
    for (size_t p = 0; p < l->count; p++) {
        const size_t count = l->offset[p + 1] - l->offset[p];
        people += holds(&l->list[l->offset[p]], count, x) && holds(&l->list[l->offset[p]], count, y);
    }
    return people;
}

/* Items and pairs that break the rule, counted from the lists alone. */
static size_t breaches(const test_lists *l, uint32_t item_count, uint32_t k, uint32_t m)
{
    size_t found = 0;
    for (uint32_t x = 0; x < item_count; x++)
        for (uint32_t y = x; y < (m == 1 ? x + 1 : item_count); y++) {
            const uint32_t people = people_with(l, (record_item)x, (record_item)y);
            found += people != 0 && people < k;
        }
    return found;
}

static void check_families(const test_vocabulary *v, const test_lists *before, const test_lists *after)
{
    for (size_t p = 0; p < before->count; p++) {
        const record_item *const had = &before->list[before->offset[p]], *const has = &after->list[after->offset[p]];
        const size_t had_count = before->offset[p + 1] - before->offset[p];
        const size_t has_count = after->offset[p + 1] - after->offset[p];
        for (size_t i = 0; i < has_count; i++) {
            const privacy_item *const item = &v->items[has[i]];
            if (item->parent != RECORD_ITEM_NONE)
                assert_true(holds(has, has_count, item->parent)); /* a concept never outlives its category */
            for (uint32_t j = 0; j < item->implies_count; j++)
                if (holds(had, had_count, item->implies[j]))
                    assert_true(holds(has, has_count, item->implies[j]));
        }
    }
}

static void check_global(const test_vocabulary *v, const test_lists *before, const test_lists *after)
{
    for (uint32_t x = 0; x < v->count; x++) {
        const uint32_t had = people_with(before, (record_item)x, (record_item)x);
        const uint32_t has = people_with(after, (record_item)x, (record_item)x);
        if (v->items[x].global)
            assert_true(has == 0 || has == had);
    }
}

static void test_guarantee(void **state)
{
    (void)state;
    static test_vocabulary v;
    size_t broken = 0, kept_outcomes = 0;
    for (uint64_t seed = 1; seed <= 24; seed++) {
        test_lists l, left;
        privacy_list_result result;
        const privacy_list_options options = {
            .k = 2 + (uint32_t)(seed % 4), .attacker_items = 1 + (uint32_t)(seed % 2), .sex_withheld = seed % 3 == 0};
        make_vocabulary(&v, 14, 3, (uint32_t)(seed % 3) * 3);
        test_lists_make(&l, &v, 40 + 20 * (size_t)seed, 1, seed);
        close_lists(&v, &l);
        const privacy_lists view = {v.items, v.count, l.list, l.offset, l.count};
        assert_int_equal(privacy_lists_decide(&view, &options, &result, NULL), 0);
        subtract(&l, &result, &left);
        assert_int_equal(breaches(&left, v.count, options.k, options.attacker_items), 0);
        broken += breaches(&l, v.count, options.k, options.attacker_items) != 0; /* the check can fail */
        check_families(&v, &l, &left);
        check_global(&v, &l, &left);
        kept_outcomes += result.after[RECORD_OUTCOMES] != 0;
        if (options.sex_withheld)
            assert_int_equal(people_with(&left, 1, 1), 0);
        for (uint32_t x = 0; x < v.count; x++) { /* the counts that are handed on are the counts */
            assert_int_equal(result.people[x * v.count + x], people_with(&left, (record_item)x, (record_item)x));
            assert_int_equal(result.people[x * v.count], people_with(&left, (record_item)x, 0));
        }
        privacy_list_result_done(&result);
        test_lists_done(&l);
        test_lists_done(&left);
    }
    assert_int_equal(broken, 24);
    assert_true(kept_outcomes > 8);
}

/* Nobody's list depends on where the patient stands. */
static void test_order_does_not_matter(void **state)
{
    (void)state;
    static test_vocabulary v;
    test_lists l, other = {NULL, NULL, 0};
    privacy_list_result a, b;
    const privacy_list_options options = {.k = 5, .attacker_items = 2};
    make_vocabulary(&v, 20, 3, 6);
    test_lists_make(&l, &v, 300, 1, 17);
    close_lists(&v, &l);
    other.list = malloc((l.offset[300] + 1) * sizeof(record_item));
    other.offset = calloc(301, sizeof(size_t));
    for (size_t p = 0; p < 300; p++) {
        const size_t from = p * 77 % 300, count = l.offset[from + 1] - l.offset[from];
        memcpy(&other.list[other.offset[p]], &l.list[l.offset[from]], count * sizeof(record_item));
        other.offset[p + 1] = other.offset[p] + count;
    }
    const privacy_lists first = {v.items, v.count, l.list, l.offset, 300};
    const privacy_lists second = {v.items, v.count, other.list, other.offset, 300};
    assert_int_equal(privacy_lists_decide(&first, &options, &a, NULL), 0);
    assert_int_equal(privacy_lists_decide(&second, &options, &b, NULL), 0);
    for (size_t p = 0; p < 300; p++) {
        const size_t from = p * 77 % 300, count = a.offset[from + 1] - a.offset[from];
        assert_int_equal(b.offset[p + 1] - b.offset[p], count);
        assert_memory_equal(&b.removed[b.offset[p]], &a.removed[a.offset[from]], count * sizeof(record_item));
    }
    privacy_list_result_done(&a);
    privacy_list_result_done(&b);
    test_lists_done(&l);
    free(other.list);
    free(other.offset);
}

/* The second call: what was decided stays, and only the new column gives way. */
static void test_frozen(void **state)
{
    (void)state;
    static test_vocabulary v;
    test_lists l, left, again;
    privacy_list_result result;
    lethe_error error;
    const privacy_list_options options = {.k = 5, .attacker_items = 2};
    make_vocabulary(&v, 16, 2, 0);
    test_lists_make(&l, &v, 400, 1, 3);
    const privacy_lists view = {v.items, v.count, l.list, l.offset, l.count};
    assert_int_equal(privacy_lists_decide(&view, &options, &result, NULL), 0);
    subtract(&l, &result, &left);
    privacy_list_result_done(&result);

    /* Ten derived items after the others, random over the people. */
    test_random random = {5};
    const uint32_t old_count = v.count;
    again.list = malloc((left.offset[400] + 400 * 10) * sizeof(record_item));
    again.offset = calloc(401, sizeof(size_t));
    again.count = 400;
    for (uint32_t x = 0; x < old_count; x++)
        v.items[x].frozen = true;
    for (uint32_t x = old_count; x < old_count + 10; x++)
        v.items[x] = (privacy_item){.parent = RECORD_ITEM_NONE, .column = RECORD_RISK_FACTORS, .weight = 1};
    v.count += 10;
    for (size_t p = 0, used = 0; p < 400; p++) {
        for (size_t i = left.offset[p]; i < left.offset[p + 1]; i++)
            again.list[used++] = left.list[i];
        for (uint32_t x = 0; x < 10; x++)
            if (test_below(&random, 4 + x * 3) == 0)
                again.list[used++] = (record_item)(old_count + x);
        again.offset[p + 1] = used;
    }
    const privacy_lists second = {v.items, v.count, again.list, again.offset, 400};
    assert_int_equal(privacy_lists_decide(&second, &options, &result, NULL), 0);
    for (size_t i = 0; i < result.offset[400]; i++)
        assert_true(result.removed[i] >= old_count);
    assert_true(result.after[RECORD_RISK_FACTORS] > 0);
    test_lists final;
    subtract(&again, &result, &final);
    assert_int_equal(breaches(&final, v.count, 5, 2), 0);
    privacy_list_result_done(&result);

    /* Frozen items that break the rule among themselves are refused, not released. */
    const privacy_lists never = {v.items, v.count, l.list, l.offset, l.count};
    assert_int_equal(privacy_lists_decide(&never, &options, &result, &error), LETHE_E_PRIVACY_OPTION);
    assert_string_equal(error.path, "frozen");
    test_lists_done(&l);
    test_lists_done(&left);
    test_lists_done(&again);
    test_lists_done(&final);
}

static void test_concept_falls_before_category(void **state)
{
    (void)state;
    /* Category 0 with concept 1 (six people), category 2 (six others have it with 0); one person has both 1 and 2. */
    const privacy_item items[] = {
        {.parent = RECORD_ITEM_NONE}, {.parent = 0, .column = 1}, {.parent = RECORD_ITEM_NONE}};
    record_item list[64];
    size_t offset[14] = {0}, used = 0;
    for (size_t p = 0; p < 13; p++) {
        list[used++] = 0;
        if (p < 7)
            list[used++] = 1;
        if (p >= 6)
            list[used++] = 2;
        offset[p + 1] = used;
    }
    const privacy_lists lists = {items, 3, list, offset, 13};
    const privacy_list_options options = {.k = 5, .attacker_items = 2};
    privacy_list_result result;
    assert_int_equal(privacy_lists_decide(&lists, &options, &result, NULL), 0);
    assert_int_equal(result.offset[13], 1);
    assert_int_equal(result.removed[0], 1);
    assert_int_equal(result.offset[6], 0);
    assert_int_equal(result.offset[7], 1);
    privacy_list_result_done(&result);
}

static void test_refusals(void **state)
{
    (void)state;
    const privacy_item items[] = {{.parent = RECORD_ITEM_NONE}, {.parent = 7}};
    const record_item unsorted[] = {0, 0};
    const size_t offset[] = {0, 2};
    privacy_list_options options = {.k = 5, .attacker_items = 3};
    privacy_list_result result;
    lethe_error error;
    privacy_lists lists = {items, 1, unsorted, offset, 1};
    assert_int_equal(privacy_lists_decide(&lists, &options, &result, &error), LETHE_E_PRIVACY_OPTION);
    assert_string_equal(error.path, "attacker_items");
    options.attacker_items = 2;
    assert_int_equal(privacy_lists_decide(&lists, &options, &result, &error), LETHE_E_PRIVACY_OPTION);
    assert_string_equal(error.path, "lists");
    lists.item_count = 2;
    assert_int_equal(privacy_lists_decide(&lists, &options, &result, &error), LETHE_E_PRIVACY_OPTION);
    assert_string_equal(error.path, "items");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_guarantee), cmocka_unit_test(test_order_does_not_matter),
        cmocka_unit_test(test_frozen),    cmocka_unit_test(test_concept_falls_before_category),
        cmocka_unit_test(test_refusals),
    };
    return cmocka_run_group_tests_name("privacy/lists", tests, NULL, NULL);
}
