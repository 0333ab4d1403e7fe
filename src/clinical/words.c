/* SPDX-License-Identifier: Apache-2.0 */
#include "clinical/words.h"

#include "clinical/tables.h"

#include <stdlib.h>

void clinical_words_done(clinical_words *words)
{
    if (words == NULL)
        return;
    free(words->text);
    free(words->words);
    *words = (clinical_words){0};
}

/* A text of n bytes has at most n/2+1 words, and its words with one space each take at most n+1 bytes. */
static int reserve(clinical_words *words, size_t text_size, lethe_error *error)
{
    const size_t text_needed = text_size + 2, words_needed = text_size / 2 + 2;
    if (text_needed > words->text_capacity) {
        char *text = realloc(words->text, text_needed);
        if (text == NULL)
            return base_fail(error, LETHE_E_BASE_MEMORY);
        words->text = text;
        words->text_capacity = text_needed;
    }
    if (words_needed > words->word_capacity) {
        clinical_word *list = realloc(words->words, words_needed * sizeof(*list));
        if (list == NULL)
            return base_fail(error, LETHE_E_BASE_MEMORY);
        words->words = list;
        words->word_capacity = words_needed;
    }
    return 0;
}

/* Base letters of U+00C0..U+00FF, which UTF-8 writes as C3 80..BF; a dot where there is none. */
static const char LATIN[] = "aaaaaa.ceeeeiiii.nooooo..uuuuy..aaaaaa.ceeeeiiii.nooooo..uuuuy.y";

/* The letter or digit at *at as the tables write it, or 0; moves over the character. */
static char take_letter(base_span text, size_t *at)
{
    const unsigned char c = (unsigned char)text.data[(*at)++];
    if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'))
        return (char)c;
    if (c >= 'A' && c <= 'Z')
        return (char)(c - 'A' + 'a');
    if (c == 0xC3 && *at < text.size) {
        const unsigned char low = (unsigned char)text.data[*at];
        if (low >= 0x80 && low <= 0xBF && LATIN[low - 0x80] != '.') {
            (*at)++;
            return LATIN[low - 0x80];
        }
    }
    return 0;
}

static bool is_letter_at(base_span text, size_t at)
{
    return at < text.size && take_letter(text, &at) != 0;
}

static bool is_digit_at(base_span text, size_t at)
{
    return at < text.size && text.data[at] >= '0' && text.data[at] <= '9';
}

/* The size of "'s" at `at` (also with U+2019) where it ends a word, else 0. */
static size_t possessive_at(base_span text, size_t at)
{
    size_t quote = 0;
    if (at < text.size && text.data[at] == '\'')
        quote = 1;
    else if (text.size - at >= 3 && memcmp(text.data + at, "\xE2\x80\x99", 3) == 0)
        quote = 3;
    const bool s = quote != 0 && at + quote < text.size && (text.data[at + quote] | 0x20) == 's';
    return s && !is_letter_at(text, at + quote + 1) ? quote + 1 : 0;
}

static uint8_t gap_of(base_span text, size_t at)
{
    switch (text.data[at]) {
    case '.':
        return at != 0 && is_digit_at(text, at - 1) && is_digit_at(text, at + 1) ? CLINICAL_GAP_NONE
                                                                                 : CLINICAL_GAP_HARD;
    case ';':
    case '\n':
    case '\r':
    case '?':
    case '!':
    case '|':
        return CLINICAL_GAP_HARD;
    case ',':
        return CLINICAL_GAP_SOFT;
    default:
        return CLINICAL_GAP_NONE;
    }
}

/* Drops a plural's ending and folds ae and oe, in place; returns the new size. Twin of `stem` in compile.py. */
static size_t stem(char *word, size_t size)
{
    if (size > 3 && word[size - 1] == 's' && word[size - 2] != 's' && word[size - 2] != 'u' && word[size - 2] != 'i') {
        if (size > 4 && memcmp(word + size - 3, "ies", 3) == 0) {
            word[size - 3] = 'y';
            size -= 2;
        } else if (size > 4 && memcmp(word + size - 4, "sses", 4) == 0) {
            size -= 2;
        } else {
            size -= 1;
        }
    }
    size_t to = 0;
    for (size_t i = 0; i < size; i++) {
        const bool folded = i + 1 < size && (word[i] == 'a' || word[i] == 'o') && word[i + 1] == 'e';
        if (!folded)
            word[to++] = word[i];
    }
    return to;
}

/* Takes one word at *at into `to`; returns its stemmed size. */
static size_t take_word(base_span text, size_t *at, char *to)
{
    size_t size = 0;
    while (*at < text.size) {
        size_t next = *at;
        const char letter = take_letter(text, &next);
        if (letter == 0)
            break;
        to[size++] = letter;
        *at = next;
    }
    *at += possessive_at(text, *at);
    return stem(to, size);
}

int clinical_words_split(clinical_words *words, base_span text, lethe_error *error)
{
    if (text.size > CLINICAL_TEXT_MAX)
        text.size = CLINICAL_TEXT_MAX;
    BASE_TRY(reserve(words, text.size, error));
    words->count = 0;
    size_t used = 0;
    uint8_t gap = CLINICAL_GAP_NONE;
    for (size_t at = 0; at < text.size;) {
        if (!is_letter_at(text, at)) {
            const uint8_t here = gap_of(text, at);
            gap = here > gap ? here : gap;
            at++;
            continue;
        }
        char *to = words->text + used;
        size_t size = take_word(text, &at, to);
        if (size == 0)
            continue;
        if (size > CLINICAL_WORD_MAX)
            size = 1; /* no phrase is that long; keep a place holder so that neighbours do not meet */
        words->words[words->count++] = (clinical_word){(uint32_t)used, (uint8_t)size, gap};
        to[size] = ' ';
        used += size + 1;
        gap = CLINICAL_GAP_NONE;
    }
    return 0;
}

#define FNV_BASIS 2166136261u

static uint32_t fnv(uint32_t hash, base_span bytes)
{
    for (size_t i = 0; i < bytes.size; i++)
        hash = (hash ^ (uint8_t)bytes.data[i]) * 16777619u;
    return hash;
}

/* Words in the longest phrase that begins with this word; 0: none does. */
static uint32_t longest_from(base_span word)
{
    const uint32_t mask = clinical_first_word_slots_count - 1;
    for (uint32_t slot = fnv(FNV_BASIS, word) & mask; clinical_first_word_slots[slot] != 0; slot = (slot + 1) & mask) {
        const clinical_word_row *row = &clinical_first_words[clinical_first_word_slots[slot] - 1];
        if (base_span_equal((base_span){clinical_pooled(row->text), row->size}, word))
            return row->longest;
    }
    return 0;
}

static const clinical_phrase_row *find_phrase(base_span phrase, uint32_t hash)
{
    const uint32_t mask = clinical_phrase_slots_count - 1;
    for (uint32_t slot = hash & mask; clinical_phrase_slots[slot] != 0; slot = (slot + 1) & mask) {
        const clinical_phrase_row *row = &clinical_phrases[clinical_phrase_slots[slot] - 1];
        if (base_span_equal((base_span){clinical_pooled(row->text), row->size}, phrase))
            return row;
    }
    return NULL;
}

/* Whether `phrase` stands in the text outside the words of the match. */
static bool stands_elsewhere(const clinical_words *words, const clinical_match *match, base_span phrase)
{
    uint32_t count = 1;
    for (size_t i = 0; i < phrase.size; i++)
        count += phrase.data[i] == ' ';
    for (uint32_t at = 0; at + count <= words->count; at++) {
        const bool overlaps = at < match->at + match->words && match->at < at + count;
        if (!overlaps && base_span_equal(clinical_words_phrase(words, at, count), phrase))
            return true;
    }
    return false;
}

static bool qualified(const clinical_words *words, const clinical_match *match, const clinical_phrase_row *row)
{
    const char *at = clinical_pooled(row->qualifier);
    const char *end = at + row->qualifier_size;
    while (at < end) {
        const char *stop = memchr(at, '&', (size_t)(end - at));
        if (stop == NULL)
            stop = end;
        if (!stands_elsewhere(words, match, (base_span){at, (size_t)(stop - at)}))
            return false;
        at = stop + 1;
    }
    return true;
}

static bool in_place(const clinical_words *words, const clinical_match *match, const clinical_phrase_row *row)
{
    if (row->place == CLINICAL_ANYWHERE)
        return true;
    return match->at == 0 && (row->place == CLINICAL_AT_START || match->words == words->count);
}

bool clinical_words_applies(const clinical_words *words, const clinical_match *match, const clinical_phrase_row *row)
{
    if (!in_place(words, match, row) || !qualified(words, match, row))
        return false;
    for (uint32_t i = 0; i < match->row_count; i++) {
        const clinical_phrase_row *other = &match->rows[i];
        if (other->domain == row->domain && other->qualifier_size > row->qualifier_size &&
            in_place(words, match, other) && qualified(words, match, other))
            return false;
    }
    return true;
}

/* The rows of one text, as far as they stand together; words 0 where none applies in `domains`. */
static clinical_match rows_of(const clinical_words *words, const clinical_phrase_row *row,
                              const clinical_phrase_row *end, uint32_t domains, uint32_t at, uint32_t count)
{
    clinical_match match = {row, 0, at, count};
    while (row + match.row_count < end && row[match.row_count].text == row->text)
        match.row_count++;
    for (uint32_t i = 0; i < match.row_count; i++)
        if ((domains >> row[i].domain & 1) != 0 && clinical_words_applies(words, &match, &row[i]))
            return match;
    return (clinical_match){0};
}

clinical_match clinical_words_match(const clinical_words *words, uint32_t at, uint32_t domains)
{
    uint32_t longest = longest_from(clinical_words_phrase(words, at, 1));
    if (longest > CLINICAL_PHRASE_WORDS_MAX)
        longest = CLINICAL_PHRASE_WORDS_MAX;
    uint32_t hashes[CLINICAL_PHRASE_WORDS_MAX], count = 0;
    uint32_t hash = FNV_BASIS;
    for (; count < longest && at + count < words->count; count++) {
        /* A phrase does not run over the end of a sentence; over a comma it may ("diabetes mellitus, type 2"). */
        if (count != 0 && words->words[at + count].gap == CLINICAL_GAP_HARD)
            break;
        if (count != 0)
            hash = fnv(hash, BASE_SPAN(" "));
        hash = fnv(hash, clinical_words_phrase(words, at + count, 1));
        hashes[count] = hash;
    }
    for (; count != 0; count--) {
        const clinical_phrase_row *row = find_phrase(clinical_words_phrase(words, at, count), hashes[count - 1]);
        if (row == NULL)
            continue;
        const clinical_match match =
            rows_of(words, row, clinical_phrases + clinical_phrases_count, domains, at, count);
        if (match.words != 0)
            return match;
    }
    return (clinical_match){0};
}

static const clinical_phrase_row *find_affix(const clinical_phrase_row *rows, uint32_t count, base_span affix)
{
    uint32_t low = 0, high = count;
    while (low < high) {
        const uint32_t middle = low + (high - low) / 2;
        const base_span key = {clinical_pooled(rows[middle].text), rows[middle].size};
        if (base_span_compare(key, affix) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    const bool found = low < count && base_span_equal((base_span){clinical_pooled(rows[low].text), rows[low].size}, affix);
    return found ? &rows[low] : NULL;
}

#define AFFIX_SIZE_MIN 3

/* The row of `affix` in a list of suffixes or prefixes, as a match of one word. */
static clinical_match affix_match(const clinical_words *words, const clinical_phrase_row *rows, uint32_t count,
                                  base_span affix, uint32_t at, uint32_t domains)
{
    const clinical_phrase_row *row = find_affix(rows, count, affix);
    return row != NULL ? rows_of(words, row, rows + count, domains, at, 1) : (clinical_match){0};
}

clinical_match clinical_words_match_affix(const clinical_words *words, uint32_t at, uint32_t domains)
{
    const base_span word = clinical_words_phrase(words, at, 1);
    clinical_match match = {0};
    /* Something must be left of a word before its ending. */
    for (size_t size = word.size > AFFIX_SIZE_MIN ? word.size - 1 : 0; match.words == 0 && size >= AFFIX_SIZE_MIN; size--)
        match = affix_match(words, clinical_suffixes, clinical_suffixes_count,
                            (base_span){word.data + word.size - size, size}, at, domains);
    for (size_t size = word.size; match.words == 0 && size >= AFFIX_SIZE_MIN; size--)
        match = affix_match(words, clinical_prefixes, clinical_prefixes_count, (base_span){word.data, size}, at, domains);
    return match;
}
