/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLINICAL_WORDS_H
#define CLINICAL_WORDS_H

#include "base/error.h"
#include "base/span.h"

#include <stdint.h>

/*
 * Text as words that the keyword tables know: lower case, accents dropped, plurals and British spellings folded, joined
 * by single spaces. So "Beta-blockers", "beta_blocker" and "beta blocker" are one phrase. `normalize` of
 * tools/vocabulary/compile.py does the same to the tables.
 *
 *   "No chest pains, but: Cough"  ─►  no chest pain but cough
 *                                     gap: 0  0     0   soft  hard
 */
#define CLINICAL_TEXT_MAX         ((size_t)1 << 20) /* bytes of one text that are read; the rest is not looked at */
#define CLINICAL_WORD_MAX         48                /* bytes of a word; longer ones match nothing */
#define CLINICAL_PHRASE_WORDS_MAX 16

enum {
    CLINICAL_GAP_NONE,
    CLINICAL_GAP_SOFT,
    CLINICAL_GAP_HARD
}; /* space or hyphen; comma; end of a sentence or line */

typedef struct clinical_word {
    uint32_t at;
    uint8_t size;
    uint8_t gap; /* before this word */
} clinical_word;

/* Scratch that keeps its memory; zero it before the first use, clinical_words_done at the end. */
typedef struct clinical_words {
    char *text;
    clinical_word *words;
    uint32_t count;
    size_t text_capacity, word_capacity;
} clinical_words;

int clinical_words_split(clinical_words *words, base_span text, lethe_error *error);
void clinical_words_done(clinical_words *words);

/* "Corneal edema of left eye" is read as "corneal edema of eye": takes out the sides that follow a preposition. */
void clinical_words_drop_sides(clinical_words *words);

bool clinical_words_have(const clinical_words *words, base_span word);

static inline base_span clinical_words_phrase(const clinical_words *words, uint32_t first, uint32_t count)
{
    const clinical_word *last = &words->words[first + count - 1];
    return (base_span){words->text + words->words[first].at, last->at + last->size - words->words[first].at};
}

struct clinical_phrase_row;

/* One phrase of the tables at one place of a text. `mask`: its words, by index, of the first 64. */
typedef struct clinical_match {
    const struct clinical_phrase_row *row;
    uint64_t mask;
    uint32_t at, words; /* contiguous ones */
    uint32_t size;      /* bytes that it covers: longer matches are tried first */
} clinical_match;

#define CLINICAL_MATCHES_MAX 256 /* of one text, or of one phrase in several domains */

/* Prose: rows of the longest phrase at word `at` that applies in one of `domains` (bits); scattered words and last
 * resorts are for labels only, weak phrases are phrases here. Returns how many rows. */
uint32_t clinical_words_match(const clinical_words *words, uint32_t at, uint32_t domains,
                              clinical_match ret_matches[CLINICAL_MATCHES_MAX]);

/* Labels of at most 64 words: every phrase of one domain that stands anywhere. Returns how many, unordered. */
uint32_t clinical_words_match_all(const clinical_words *words, uint32_t domain,
                                  clinical_match ret_matches[CLINICAL_MATCHES_MAX]);

/* The longest suffix of the word at `at` that is a line of `domains`, else the longest prefix: drug-name stems. */
uint32_t clinical_words_match_affix(const clinical_words *words, uint32_t at, uint32_t domains,
                                    clinical_match ret_matches[CLINICAL_MATCHES_MAX]);

#endif
