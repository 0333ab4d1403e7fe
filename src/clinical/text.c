/* SPDX-License-Identifier: Apache-2.0 */
#include "clinical/text.h"

#include "clinical/tables.h"
#include "clinical/vocabulary.h"

#define REACH_BACK_WORDS 6 /* of a cue behind, where its line says nothing: the window of NegEx */
#define ALLERGY_BIT CLINICAL_DOMAIN_BIT(CLINICAL_ALLERGY)
#define NO_LIMIT UINT32_MAX

typedef struct scan {
    const clinical_words *words;
    clinical_text_kind kind;
    uint32_t domains;
    bool affixes; /* look at the ends of words too */
    bool known;   /* some phrase has matched, were it one that means nothing */
    uint32_t reach[CLINICAL_CUE_COUNT]; /* word up to which a cue before reaches; 0: not active */
    uint32_t sentence;                  /* index of the first mention since the last end of scope */
    clinical_mention *mentions;
    uint32_t at[CLINICAL_MENTIONS_MAX]; /* word behind each mention */
    uint32_t count;
} scan;

static void end_scope(scan *s)
{
    memset(s->reach, 0, sizeof(s->reach));
    s->sentence = s->count;
}

static bool reaches(const scan *s, unsigned cue_kind, uint32_t word)
{
    return s->reach[cue_kind] > word;
}

static uint8_t certainty_at(const scan *s, uint32_t word)
{
    if (reaches(s, CLINICAL_CUE_NEGATED, word) || reaches(s, CLINICAL_CUE_POSSIBLE, word) ||
        reaches(s, CLINICAL_CUE_FAMILY, word) || reaches(s, CLINICAL_CUE_PLANNED, word))
        return CLINICAL_NOT_SAID;
    return reaches(s, CLINICAL_CUE_HISTORICAL, word) ? CLINICAL_HISTORICAL : CLINICAL_AFFIRMED;
}

static uint8_t certainty_of_cue(unsigned kind)
{
    return kind == CLINICAL_CUE_HISTORICAL ? CLINICAL_HISTORICAL : CLINICAL_NOT_SAID;
}

/* "ruled out" behind a mention: it reaches back over what this sentence has said. */
static void apply_back(scan *s, const clinical_cue_row *cue, uint32_t word)
{
    if (cue->kind == CLINICAL_CUE_ALLERGY || cue->kind >= CLINICAL_CUE_STOP)
        return;
    const uint32_t words = cue->words != 0 ? cue->words : REACH_BACK_WORDS;
    for (uint32_t i = s->sentence; i < s->count; i++) {
        const bool near = s->at[i] + words >= word;
        if (near && s->mentions[i].certainty != CLINICAL_NOT_SAID)
            s->mentions[i].certainty = certainty_of_cue(cue->kind);
    }
}

static void take_cue(scan *s, const clinical_cue_row *cue, uint32_t word, uint32_t words)
{
    if (cue->kind == CLINICAL_CUE_PSEUDO)
        return;
    if (cue->kind == CLINICAL_CUE_STOP) {
        end_scope(s);
        return;
    }
    if (cue->direction == CLINICAL_CUE_AFTER || cue->direction == CLINICAL_CUE_BOTH)
        apply_back(s, cue, word);
    if (cue->direction == CLINICAL_CUE_BEFORE || cue->direction == CLINICAL_CUE_BOTH)
        s->reach[cue->kind] = cue->words != 0 ? word + words + cue->words : NO_LIMIT;
}

/* In prose, "penicillin" is a drug unless the text speaks of an allergy; and then it is no drug that is taken. */
static bool row_counts(const scan *s, const clinical_phrase_row *row, uint32_t word)
{
    if ((s->domains >> row->domain & 1) == 0)
        return false;
    if (s->kind != CLINICAL_TEXT_PROSE)
        return true;
    const bool in_allergy = reaches(s, CLINICAL_CUE_ALLERGY, word);
    if (row->domain == CLINICAL_ALLERGY)
        return in_allergy || strstr(clinical_pooled(row->text), "allerg") != NULL;
    return !in_allergy || row->domain != CLINICAL_MEDICATION;
}

static bool is_year(base_span word, int16_t *ret_year)
{
    if (word.size != 4 || (memcmp(word.data, "19", 2) != 0 && memcmp(word.data, "20", 2) != 0))
        return false;
    int year = 0;
    for (size_t i = 0; i < 4; i++) {
        if (word.data[i] < '0' || word.data[i] > '9')
            return false;
        year = year * 10 + (word.data[i] - '0');
    }
    *ret_year = (int16_t)year;
    return true;
}

/* The year of "pneumonia 2022" and "pneumonia in 2022", or 0. */
static int16_t year_at(const clinical_words *words, uint32_t word)
{
    int16_t year = 0;
    if (word < words->count && words->words[word].gap != CLINICAL_GAP_HARD) {
        if (base_span_is(clinical_words_phrase(words, word, 1), "in") && word + 1 < words->count)
            word++;
        (void)is_year(clinical_words_phrase(words, word, 1), &year);
    }
    return year;
}

static void take_row(scan *s, const clinical_phrase_row *row, uint32_t word, uint32_t words)
{
    const uint8_t certainty = certainty_at(s, word);
    const int16_t year = year_at(s->words, word + words);
    for (uint32_t t = 0; t < row->target_count && s->count < CLINICAL_MENTIONS_MAX; t++) {
        const uint16_t target = clinical_targets[row->target_at + t];
        if (target == CLINICAL_TARGET_NONE)
            continue;
        s->at[s->count] = word + words;
        s->mentions[s->count++] = (clinical_mention){target, row->domain, certainty, year};
    }
}

/* Longest match at one word; returns how many words it covers. A cue of the same words is one as well. */
static uint32_t take_match(scan *s, uint32_t word)
{
    clinical_match match = clinical_words_match(s->words, word, s->domains | CLINICAL_DOMAIN_BIT(CLINICAL_DOMAIN_CUE));
    if (match.words == 0 && s->affixes)
        match = clinical_words_match_affix(s->words, word, s->domains);
    for (uint32_t i = 0; i < match.row_count; i++) {
        const clinical_phrase_row *row = &match.rows[i];
        if (!clinical_words_applies(s->words, &match, row))
            continue;
        if (row->domain == CLINICAL_DOMAIN_CUE) {
            take_cue(s, &clinical_cues[clinical_targets[row->target_at] - CLINICAL_TARGET_CUE], word, match.words);
        } else if (row_counts(s, row, word)) {
            s->known = true;
            take_row(s, row, word, match.words);
        }
    }
    return match.words != 0 ? match.words : 1;
}

static void scan_words(scan *s)
{
    s->count = 0;
    end_scope(s);
    for (uint32_t word = 0; word < s->words->count && s->count < CLINICAL_MENTIONS_MAX;) {
        if (s->words->words[word].gap == CLINICAL_GAP_HARD)
            end_scope(s);
        word += take_match(s, word);
    }
}

int clinical_text_scan(clinical_words *scratch, base_span text, clinical_text_kind kind, uint32_t domains,
                       clinical_mention *ret_mentions, uint32_t *ret_count, lethe_error *error)
{
    BASE_TRY(clinical_words_split(scratch, text, error));
    scan s = {.words = scratch, .kind = kind, .domains = domains, .mentions = ret_mentions,
              .affixes = kind == CLINICAL_TEXT_PROSE};
    scan_words(&s);
    if (kind == CLINICAL_TEXT_LABEL && !s.known) {
        /* Stems are a guess: only where a label has no phrase that is known. */
        s.affixes = true;
        scan_words(&s);
    }
    *ret_count = s.count;
    return 0;
}
