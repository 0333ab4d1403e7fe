/* SPDX-License-Identifier: Apache-2.0 */
#include "verify/run.h"

/* Whether what was counted keeps the manifest's word. A place is the first row where the thing was met. */
#define TUPLE_PLACE "quasi-identifiers"

/* A node of depth 1 is a class of visits, a deeper one a sequence of them. */
static void check_sequences(verify_run *run)
{
    const verify_trie *trie = &run->counts.sequences;
    for (uint32_t i = 1; i < trie->count; i++) {
        const verify_node *node = &trie->nodes[i];
        const verify_check check = node->depth == 1 ? VERIFY_CHECK_CLASSES : VERIFY_CHECK_SEQUENCES;
        verify_counted(run, check, 1);
        if (node->patients < run->counts.k)
            verify_note_ordinal(run, check, node->depth == 1 ? LETHE_E_VERIFY_CLASS : LETHE_E_VERIFY_SEQUENCE,
                                node->first_row, TUPLE_PLACE);
    }
}

static const char *item_column(const verify_run *run, size_t item)
{
    return verify_fields[verify_list_columns[run->vocabulary.items[item].column]].name;
}

/* Whether an item says what the plan withholds from everyone. */
static bool tells_withheld(const verify_run *run, size_t item)
{
    const bool sex = run->levels[RECORD_QI_SEX] + 1 == verify_level_count(RECORD_QI_SEX);
    const bool pregnancy = run->levels[RECORD_QI_PREGNANCY] + 1 == verify_level_count(RECORD_QI_PREGNANCY);
    return (sex && run->vocabulary.items[item].tells_sex) || (pregnancy && run->vocabulary.items[item].tells_pregnancy);
}

static void check_items(verify_run *run)
{
    const verify_counts *counts = &run->counts;
    for (size_t i = 0; i < counts->item_count; i++) {
        if (counts->item_patients[i] == 0)
            continue;
        verify_counted(run, VERIFY_CHECK_ITEMS, 1);
        if (counts->item_patients[i] < counts->k || tells_withheld(run, i))
            verify_note_ordinal(run, VERIFY_CHECK_ITEMS, LETHE_E_VERIFY_LIST, counts->item_first[i],
                                item_column(run, i));
    }
}

static void check_pairs(verify_run *run)
{
    const verify_counts *counts = &run->counts;
    for (size_t high = 1; high < counts->item_count; high++)
        for (size_t low = 0; low < high; low++) {
            const size_t pair = verify_pair_at(low, high);
            if (counts->pair_patients[pair] == 0)
                continue;
            verify_counted(run, VERIFY_CHECK_ITEMS, 1);
            if (counts->pair_patients[pair] < counts->k)
                verify_note_ordinal(run, VERIFY_CHECK_ITEMS, LETHE_E_VERIFY_LIST, counts->pair_first[pair],
                                    item_column(run, high));
        }
}

static void check_sets(verify_run *run)
{
    const verify_trie *trie = &run->counts.sets;
    for (uint32_t i = 1; i < trie->count; i++) {
        const verify_node *node = &trie->nodes[i];
        if (node->depth < 3)
            continue; /* items and pairs were checked */
        verify_counted(run, VERIFY_CHECK_ITEMS, 1);
        if (node->patients < run->counts.k)
            verify_note_ordinal(run, VERIFY_CHECK_ITEMS, LETHE_E_VERIFY_LIST, node->first_row,
                                item_column(run, (uint32_t)node->edge));
    }
}

static void check_stated(verify_run *run, uint64_t stated, uint64_t counted, const char *file, const char *field)
{
    verify_counted(run, VERIFY_CHECK_COUNTS, 1);
    if (stated != counted)
        verify_note(run, VERIFY_CHECK_COUNTS, LETHE_E_VERIFY_COUNT, file, 0, field);
}

int verify_check_counts(verify_run *run, lethe_error *error)
{
    const verify_counts *counts = &run->counts;
    const verify_manifest *manifest = &run->manifest;
    check_sequences(run);
    verify_settle(run, VERIFY_CHECK_CLASSES);
    verify_settle(run, VERIFY_CHECK_SEQUENCES);

    check_items(run);
    if (counts->items >= 2)
        check_pairs(run);
    if (counts->items > 2)
        check_sets(run);
    if (run->manifest.external)
        BASE_TRY(verify_check_within(run, error));
    verify_settle(run, VERIFY_CHECK_ITEMS);

    check_stated(run, manifest->profiles, counts->profiles, "manifest.json", "total_profiles");
    check_stated(run, manifest->patients, counts->patient_count, "manifest.json", "total_patients");
    for (int i = 0; i < VERIFY_SPLITS; i++) {
        check_stated(run, manifest->split_profiles[i], counts->split_profiles[i], "manifest.json", "splits");
        check_stated(run, manifest->split_patients[i], counts->split_patients[i], "manifest.json", "splits");
    }
    for (size_t i = 0; i < run->vocabulary.count; i++)
        if (run->vocabulary.items[i].support != VERIFY_COUNT_UNSTATED)
            check_stated(run, run->vocabulary.items[i].support, counts->item_patients[i], "vocabulary.json", "support");
    verify_settle(run, VERIFY_CHECK_COUNTS);
    return 0;
}
