/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VERIFY_COUNTS_H
#define VERIFY_COUNTS_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/hash.h"
#include "record/row.h"

/*
 * Who holds what, counted in people. A patient's rows come together, so "the last patient who was counted here" is all
 * that keeps a patient from counting twice. Tuples, sequences and sets are told apart exactly, never by a hash: nobody
 * can make two of them meet.
 *
 * A sequence is a path in a trie: node 0 is the empty one, a node's child by a tuple (or item) is found through the
 * map.
 */
#define VERIFY_NODES_MAX        ((uint32_t)1 << 26)
#define VERIFY_STRINGS_MAX      ((uint32_t)1 << 24)
#define VERIFY_STRING_BYTES_MAX ((size_t)1 << 30)
#define VERIFY_NONE             UINT32_MAX

/* Numbers strings densely by first appearance. */
typedef struct verify_strings {
    base_arena arena;
    base_hash_key key;
    base_span *strings;
    uint32_t *slots; /* power of two; VERIFY_NONE: free */
    uint32_t count, capacity, slot_count;
} verify_strings;

int verify_strings_init(verify_strings *strings, lethe_error *error);
void verify_strings_done(verify_strings *strings);
int verify_strings_add(verify_strings *strings, base_span string, uint32_t *ret_number, lethe_error *error);
uint32_t verify_strings_find(const verify_strings *strings, base_span string); /* VERIFY_NONE where it is not there */

typedef struct verify_node {
    uint64_t edge;      /* parent node in the high half, tuple or item in the low */
    uint32_t patients;  /* who hold it */
    uint32_t last;      /* the last of them */
    uint32_t first_row; /* ordinal of a row where it was first met */
    uint32_t depth;
} verify_node;

typedef struct verify_trie {
    verify_node *nodes; /* node 0 is the root */
    uint32_t *slots;
    uint32_t count, capacity, slot_count;
} verify_trie;

int verify_trie_init(verify_trie *trie, lethe_error *error);
void verify_trie_done(verify_trie *trie);

/* Counts `patient` once for every ordered choice of at most `depth` of the values: subsequences, in their order. */
int verify_trie_add(verify_trie *trie, const uint32_t *values, const uint32_t *rows, size_t count, uint32_t depth,
                    uint32_t patient, lethe_error *error);

/* Set of 128-bit names: a forged collision can only raise an alarm. */
typedef struct verify_seen {
    base_hash128 *slots;
    uint32_t *values;
    size_t count, slot_count;
} verify_seen;

/* Adds a name with its value; where it is there already, *ret_found is what it was added with, else VERIFY_NONE. */
int verify_seen_add(verify_seen *seen, base_hash128 name, uint32_t value, uint32_t *ret_found, lethe_error *error);
void verify_seen_done(verify_seen *seen);

typedef struct verify_counts {
    base_hash_key key;
    verify_strings tuples;
    verify_trie sequences, sets; /* sets: only where the attacker knows more than 2 items */
    uint32_t k, visits, items;   /* the attacker */
    size_t item_count;
    uint32_t *item_patients, *item_last, *item_first; /* of each item */
    uint32_t *pair_patients, *pair_first;             /* of i < j at j (j - 1) / 2 + i */
    verify_seen patients, rows;
    uint32_t patient_count;
    bool within;      /* also remember who holds what, for verify_check_within */
    base_buf members; /* class, number of items, items …: four bytes each, a patient after the other */
    uint64_t split_profiles[3], split_patients[3], profiles;

    /* the patient whose rows are being read */
    uint32_t *row_tuples, *row_ordinals, *pooled;
    size_t row_count, pooled_count;
} verify_counts;

int verify_counts_init(verify_counts *counts, size_t item_count, uint32_t k, uint32_t visits, uint32_t items,
                       lethe_error *error);
void verify_counts_done(verify_counts *counts);

/* A row of the current patient. LETHE_E_BASE_LIMIT above VERIFY_PATIENT_ROWS_MAX rows. */
int verify_counts_row(verify_counts *counts, base_span tuple, uint32_t ordinal, lethe_error *error);
/* An item of the current row; repeats do not matter. */
void verify_counts_item(verify_counts *counts, uint32_t item, uint32_t ordinal);
/* Ends the current patient. */
int verify_counts_patient(verify_counts *counts, lethe_error *error);

static inline size_t verify_pair_at(size_t low, size_t high)
{
    return high * (high - 1) / 2 + low;
}

#endif
