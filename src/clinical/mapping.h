/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLINICAL_MAPPING_H
#define CLINICAL_MAPPING_H

#include "clinical/text.h"
#include "record/event.h"

/*
 * From a coded concept to targets: its codes first; then, where no table has them or only a catch-all, the words of its
 * displays and text. Repeated displays are remembered.
 */
#define CLINICAL_MAPPED_MAX 32

typedef struct clinical_mapped {
    clinical_mention mentions[CLINICAL_MAPPED_MAX]; /* unique targets; NOT_SAID ones are left out */
    uint32_t count;
    bool covered; /* some target is no catch-all */
} clinical_mapped;

typedef struct clinical_mapper clinical_mapper;

int clinical_mapper_new(const base_hash_key *secret, clinical_mapper **ret_mapper, lethe_error *error);
void clinical_mapper_free(clinical_mapper *mapper);
clinical_words *clinical_mapper_words(clinical_mapper *mapper); /* scratch, for others of the same thread */

/* Bits of CLINICAL_DOMAIN_BIT. `accepted`: what may come of it at all. Whose keywords are tried on its words: those of
 * `words`, and where they find nothing, those of `fallback`. */
typedef struct clinical_wanted {
    uint32_t accepted, words, fallback;
} clinical_wanted;

int clinical_map_concept(clinical_mapper *mapper, const record_concept *concept, const clinical_wanted *wanted,
                         clinical_mapped *ret_mapped, lethe_error *error);

/* Adds to `ret_mapped` what a text says. */
int clinical_map_label(clinical_mapper *mapper, base_span text, const clinical_wanted *wanted,
                       clinical_mapped *ret_mapped, lethe_error *error);
int clinical_map_text(clinical_mapper *mapper, base_span text, clinical_text_kind kind, uint32_t domains,
                      uint32_t accepted, clinical_mapped *ret_mapped, lethe_error *error);

/* What tells one code from another: of its first coding, else of its text. */
base_hash128 clinical_concept_hash(const base_hash_key *secret, const record_concept *concept);

#endif
