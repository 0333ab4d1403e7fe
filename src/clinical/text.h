/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLINICAL_TEXT_H
#define CLINICAL_TEXT_H

#include "clinical/words.h"

/*
 * What a free text says about the patient: mentions of the vocabulary with their certainty. Cues ("no", "denies",
 * "ruled out", "mother had") and how far each reaches are lines of data/negation.tsv; the algorithm is that of NegEx
 * and ConText (Chapman 2001; Harkema 2009): a cue before reaches to the end of the sentence or to a word that ends it
 * ("but", "has"); a cue behind reaches back a few words. Nothing of the text itself survives.
 */
typedef enum clinical_certainty {
    CLINICAL_AFFIRMED,
    CLINICAL_HISTORICAL, /* true of the past: history, but no symptom of this visit */
    CLINICAL_NOT_SAID,   /* negated, possible, planned, or of a relative */
} clinical_certainty;

typedef struct clinical_mention {
    uint16_t target; /* tables.h */
    uint8_t domain;  /* clinical_domain, or one of the two below */
    uint8_t certainty;
    int16_t year;  /* of "pneumonia_2022" or "pneumonia in 2022"; 0 where none stands */
    int16_t weeks; /* of "20 weeks pregnant"; 0 where none stands */
} clinical_mention;

#define CLINICAL_DOMAIN_EXPOSURE  7
#define CLINICAL_DOMAIN_PREGNANCY 8
#define CLINICAL_DOMAIN_CUE       9

#define CLINICAL_DOMAIN_BIT(domain) (1u << (domain))
#define CLINICAL_MENTIONS_MAX       512 /* of one text; the rest is not looked at */

/* What kind of text it is. */
typedef enum clinical_text_kind {
    CLINICAL_TEXT_LABEL, /* the display of a code, an entry of a list: a whole term */
    CLINICAL_TEXT_PROSE, /* sentences: what someone is allergic to counts only where the text says so */
} clinical_text_kind;

/* Finds mentions of `domains` (bits of CLINICAL_DOMAIN_BIT) and writes at most CLINICAL_MENTIONS_MAX of them. */
int clinical_text_scan(clinical_words *scratch, base_span text, clinical_text_kind kind, uint32_t domains,
                       clinical_mention *ret_mentions, uint32_t *ret_count, lethe_error *error);

#endif
