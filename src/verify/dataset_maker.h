/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VERIFY_DATASET_MAKER_H
#define VERIFY_DATASET_MAKER_H

#include "verify/contract.h"
#include "verify/verify.h"

/*
 * For tests: a small valid release, spoilt by the test, written and signed. Counts for support.bin and the vocabulary
 * are taken here by plain nested loops.
 */
#define MAKER_ROWS_MAX   256
#define MAKER_LIST_MAX   6
#define MAKER_VALUES_MAX 32

typedef struct maker_row {
    char id[40], row_id[40];
    int split;
    int32_t snapshot;
    const char *text[VERIFY_COLUMN_COUNT];
    const char *lists[RECORD_COLUMN_COUNT][MAKER_LIST_MAX];
    bool observed, ready;
    int death;
    const float *vector; /* NULL: maker_encode */
} maker_row;

typedef struct maker_value {
    record_column column;
    const char *name, *parent, *implies;
    bool sensitive;
} maker_value;

typedef struct maker {
    maker_row rows[MAKER_ROWS_MAX];
    size_t row_count;
    maker_value values[MAKER_VALUES_MAX];
    size_t value_count;
    const char *level;
    uint32_t k, visits, items;
    uint8_t seed[32];
    const char *levels;                    /* JSON of plan.json's levels; NULL: those of the rows */
    int64_t extra_profiles;                /* added to the manifest's total_profiles */
    int64_t extra_support;                 /* added to the support of the first value */
    int64_t support_byte;                  /* of support.bin to be flipped before it is listed; -1: none */
    size_t dropped_column;                 /* not written; VERIFY_COLUMN_COUNT: none */
    double beta;                           /* said by the manifest; 0: not */
    bool after_erasure;                    /* said by the manifest */
    const char *schema_version, *unlisted; /* the manifest's; a file that the manifest leaves out */
} maker;

void maker_init(maker *m); /* 24 patients with three rows each */
int maker_write(const maker *m, const char *folder, lethe_error *error);
void maker_public_key(const maker *m, uint8_t key[32]);

/* Signs the manifest.json that stands in the folder. */
int maker_sign(const uint8_t seed[32], const char *folder, lethe_error *error);

/* A vector that is a function of the row: one axis, chosen by a hash of its values. */
int maker_encode(void *context, const verify_row *row, float ret_vector[VERIFY_VECTOR_SIZE]);

#endif
