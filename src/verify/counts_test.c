/* SPDX-License-Identifier: Apache-2.0 */
#include "base/test.h"
#include "verify/verify.h"
#include "verify/counts.h"

#include <string.h>

/*
 * The trie against plain enumeration: random patients over few values, every ordered choice of up to three counted by
 * asking each patient whether it is a subsequence.
 */
#define PATIENTS 40
#define VISITS   7
#define VALUES   4

static uint32_t visits[PATIENTS][VISITS];
static size_t lengths[PATIENTS];

static bool has_sequence(size_t patient, const uint32_t *wanted, size_t count)
{
    size_t found = 0;
    for (size_t i = 0; i < lengths[patient] && found < count; i++)
        found += visits[patient][i] == wanted[found];
    return found == count;
}

static uint32_t plain_count(const uint32_t *wanted, size_t count)
{
    uint32_t people = 0;
    for (size_t p = 0; p < PATIENTS; p++)
        people += has_sequence(p, wanted, count);
    return people;
}

static size_t path_of(const verify_trie *trie, uint32_t node, uint32_t *path)
{
    const size_t depth = trie->nodes[node].depth;
    for (size_t i = depth; i > 0; i--) {
        path[i - 1] = (uint32_t)trie->nodes[node].edge;
        node = (uint32_t)(trie->nodes[node].edge >> 32);
    }
    return depth;
}

static void test_sequences_against_enumeration(void **state)
{
    (void)state;
    uint64_t chance = 5;
    verify_trie trie;
    static const uint32_t rows[VISITS] = {0};
    assert_int_equal(verify_trie_init(&trie, NULL), 0);
    for (uint32_t p = 0; p < PATIENTS; p++) {
        chance = chance * 6364136223846793005ULL + 1442695040888963407ULL;
        lengths[p] = 1 + (chance >> 33) % VISITS;
        for (size_t v = 0; v < lengths[p]; v++) {
            chance = chance * 6364136223846793005ULL + 1442695040888963407ULL;
            visits[p][v] = (uint32_t)(chance >> 33) % VALUES;
        }
        assert_int_equal(verify_trie_add(&trie, visits[p], rows, lengths[p], 3, p, NULL), 0);
    }
    size_t expected_nodes = 1, matched = 0;
    for (uint32_t i = 1; i < trie.count; i++) {
        uint32_t path[3];
        const size_t depth = path_of(&trie, i, path);
        assert_int_equal(trie.nodes[i].patients, plain_count(path, depth));
        matched++;
    }
    for (uint32_t code = 0; code < VALUES + VALUES * VALUES + VALUES * VALUES * VALUES; code++) {
        uint32_t wanted[3], rest = code;
        size_t depth = 1;
        for (size_t step = VALUES; rest >= step; step *= VALUES, depth++)
            rest -= (uint32_t)step;
        for (size_t i = 0; i < depth; i++, rest /= VALUES)
            wanted[i] = rest % VALUES;
        expected_nodes += plain_count(wanted, depth) != 0;
    }
    assert_int_equal(trie.count, expected_nodes);
    assert_int_equal(matched, expected_nodes - 1);
    verify_trie_done(&trie);
}

static void test_strings(void **state)
{
    (void)state;
    verify_strings strings;
    assert_int_equal(verify_strings_init(&strings, NULL), 0);
    for (int round = 0; round < 2; round++)
        for (uint32_t i = 0; i < 5000; i++) {
            uint32_t number;
            assert_int_equal(verify_strings_add(&strings, (base_span){(const char *)&i, sizeof(i)}, &number, NULL), 0);
            assert_int_equal(number, i);
        }
    assert_int_equal(strings.count, 5000);
    assert_int_equal(verify_strings_find(&strings, BASE_SPAN("nobody")), VERIFY_NONE);
    verify_strings_done(&strings);
}

static void test_seen(void **state)
{
    (void)state;
    verify_seen seen = {0};
    uint32_t found;
    for (uint64_t i = 0; i < 10000; i++) {
        assert_int_equal(verify_seen_add(&seen, (base_hash128){i, i * 31}, (uint32_t)(i % 3), &found, NULL), 0);
        assert_int_equal(found, VERIFY_NONE);
    }
    assert_int_equal(verify_seen_add(&seen, (base_hash128){5000, 5000 * 31}, 0, &found, NULL), 0);
    assert_int_equal(found, 5000 % 3);
    verify_seen_done(&seen);
}

/* A patient counts once for an item and for a pair, in however many rows it stands. */
static void test_people_and_not_rows(void **state)
{
    (void)state;
    verify_counts counts;
    assert_int_equal(verify_counts_init(&counts, 4, 2, 2, 2, NULL), 0);
    for (uint32_t p = 0; p < 3; p++) {
        for (uint32_t row = 0; row < 4; row++) {
            assert_int_equal(verify_counts_row(&counts, BASE_SPAN("same"), 4 * p + row, NULL), 0);
            verify_counts_item(&counts, 1, 4 * p + row);
            verify_counts_item(&counts, row == 2 && p == 1 ? 3 : 0, 4 * p + row);
        }
        assert_int_equal(verify_counts_patient(&counts, NULL), 0);
    }
    assert_int_equal(counts.item_patients[1], 3);
    assert_int_equal(counts.item_patients[3], 1);
    assert_int_equal(counts.item_first[3], 6);
    assert_int_equal(counts.pair_patients[verify_pair_at(0, 1)], 3);
    assert_int_equal(counts.pair_patients[verify_pair_at(1, 3)], 1);
    assert_int_equal(counts.sequences.count, 3); /* root, "same", "same" twice */
    assert_int_equal(counts.sequences.nodes[2].patients, 3);
    for (uint32_t row = 0; row < VERIFY_PATIENT_ROWS_MAX; row++)
        assert_int_equal(verify_counts_row(&counts, BASE_SPAN("same"), row, NULL), 0);
    assert_int_equal(verify_counts_row(&counts, BASE_SPAN("same"), 0, NULL), LETHE_E_BASE_LIMIT);
    verify_counts_done(&counts);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sequences_against_enumeration),
        cmocka_unit_test(test_strings),
        cmocka_unit_test(test_seen),
        cmocka_unit_test(test_people_and_not_rows),
    };
    return cmocka_run_group_tests_name("verify/counts", tests, NULL, NULL);
}
