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

/* Drops a plural's ending and folds ae, oe and a final our, in place; returns the new size. Twin of `stem` in
 * compile_source.py. */
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
    if (size > 5 && memcmp(word + size - 3, "our", 3) == 0) {
        word[size - 2] = 'r'; /* tumour, labour, behaviour */
        size -= 1;
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

static bool is_one_of(base_span word, const char *const *list, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (base_span_is(word, list[i]))
            return true;
    return false;
}

void clinical_words_drop_sides(clinical_words *words)
{
    static const char *const sides[] = {"right", "left", "bilateral", "both"};
    static const char *const before[] = {"of", "in", "to", "on", "from", "at", "into", "and", "or"};
    static const char *const hearts[] = {"ventricle", "ventricular", "atrium", "atrial", "heart", "bundle", "coronary"};
    uint32_t kept = 0, used = 0;
    for (uint32_t i = 0; i < words->count; i++) {
        const clinical_word word = words->words[i];
        /* the left ventricle is no side of a ventricle */
        const bool heart = i + 1 < words->count && is_one_of(clinical_words_phrase(words, i + 1, 1), hearts,
                                                             sizeof(hearts) / sizeof(hearts[0]));
        const bool side =
            !heart && kept != 0 && i + 1 < words->count &&
            is_one_of(clinical_words_phrase(words, i, 1), sides, sizeof(sides) / sizeof(sides[0])) &&
            is_one_of(clinical_words_phrase(words, kept - 1, 1), before, sizeof(before) / sizeof(before[0]));
        if (side)
            continue;
        memmove(words->text + used, words->text + word.at, word.size + 1u);
        words->words[kept++] = (clinical_word){used, word.size, word.gap};
        used += word.size + 1u;
    }
    words->count = kept;
}

bool clinical_words_have(const clinical_words *words, base_span word)
{
    for (uint32_t i = 0; i < words->count; i++)
        if (base_span_equal(clinical_words_phrase(words, i, 1), word))
            return true;
    return false;
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

/* Index of the first place of `phrase` whose words are not among `taken`, and how many they are; false: it has none. */
static bool find_elsewhere(const clinical_words *words, uint64_t taken, base_span phrase, uint32_t *ret_at,
                           uint32_t *ret_count)
{
    uint32_t count = 1;
    for (size_t i = 0; i < phrase.size; i++)
        count += phrase.data[i] == ' ';
    for (uint32_t at = 0; at + count <= words->count; at++) {
        const uint64_t here = at + count <= 64 ? ((count == 64 ? 0 : (uint64_t)1 << count) - 1) << at : 0;
        if ((here & taken) == 0 && base_span_equal(clinical_words_phrase(words, at, count), phrase)) {
            *ret_at = at;
            *ret_count = count;
            return true;
        }
    }
    return false;
}

static uint64_t mask_of(uint32_t at, uint32_t count)
{
    uint64_t mask = 0;
    for (uint32_t i = at; i < at + count && i < 64; i++)
        mask |= (uint64_t)1 << i;
    return mask;
}

/* Whether all parts of a row's qualifier stand outside `mask`; adds their words to it. */
static bool qualified(const clinical_words *words, const clinical_phrase_row *row, uint64_t *mask)
{
    const char *at = clinical_pooled(row->qualifier);
    const char *end = at + row->qualifier_size;
    while (at < end) {
        const char *stop = memchr(at, '&', (size_t)(end - at));
        stop = stop != NULL ? stop : end;
        uint32_t found = 0, count = 0;
        if (!find_elsewhere(words, *mask, (base_span){at, (size_t)(stop - at)}, &found, &count))
            return false;
        *mask |= mask_of(found, count);
        at = stop + 1;
    }
    return true;
}

static bool in_place(const clinical_words *words, const clinical_phrase_row *row, uint32_t at, uint32_t count)
{
    if (row->place == CLINICAL_AT_START)
        return at == 0;
    return row->place != CLINICAL_WHOLE_TEXT || (at == 0 && count == words->count);
}

/* A row at one place of the text, if it stands there with what it needs. */
static bool stands(const clinical_words *words, const clinical_phrase_row *row, uint32_t at, uint32_t count,
                   clinical_match *ret_match)
{
    uint64_t mask = mask_of(at, count), all = mask;
    if (!in_place(words, row, at, count) || !qualified(words, row, &all))
        return false;
    const bool scattered = row->place == CLINICAL_SCATTERED;
    *ret_match = (clinical_match){
        .row = row,
        .mask = scattered ? all : mask,
        .at = at,
        .words = count,
        .size = row->size + (scattered && row->qualifier_size != 0 ? row->qualifier_size + 1u : 0),
    };
    return true;
}

/* Adds the rows of one text in `domains` that stand at this place. Of a phrase with several qualifiers ("lidocaine"
 * with "topical patch", with "topical", with none) the longest that stands counts. */
static uint32_t add_rows(const clinical_words *words, const clinical_phrase_row *first, const clinical_phrase_row *end,
                         uint32_t domains, bool label, uint32_t at, uint32_t count, clinical_match *matches,
                         uint32_t found)
{
    const uint32_t before = found;
    for (const clinical_phrase_row *row = first; row < end && row->text == first->text; row++) {
        const bool for_labels =
            row->place == CLINICAL_AT_START || row->place == CLINICAL_SCATTERED || row->place == CLINICAL_LAST_RESORT;
        if ((domains >> row->domain & 1) != 0 && (label || !for_labels) && found < CLINICAL_MATCHES_MAX &&
            stands(words, row, at, count, &matches[found]))
            found++;
    }
    uint32_t kept = before;
    for (uint32_t i = before; i < found; i++) {
        bool beaten = false;
        for (uint32_t j = before; j < found; j++)
            beaten =
                beaten || (matches[j].row->domain == matches[i].row->domain &&
                           matches[i].row->place == CLINICAL_ANYWHERE && matches[j].row->place == CLINICAL_ANYWHERE &&
                           matches[j].row->qualifier_size > matches[i].row->qualifier_size);
        if (!beaten)
            matches[kept++] = matches[i];
    }
    return kept;
}

/* Rows of every phrase that begins at a word, or of the longest that has one in `domains`. */
static uint32_t match_at(const clinical_words *words, uint32_t at, uint32_t domains, bool label,
                         clinical_match *matches, uint32_t found)
{
    uint32_t longest = longest_from(clinical_words_phrase(words, at, 1));
    if (longest > CLINICAL_PHRASE_WORDS_MAX)
        longest = CLINICAL_PHRASE_WORDS_MAX;
    uint32_t hashes[CLINICAL_PHRASE_WORDS_MAX], count = 0;
    uint32_t hash = FNV_BASIS;
    for (; count < longest && at + count < words->count; count++) {
        /* A phrase does not run over the end of a sentence; over a comma it may ("diabetes mellitus, type 2"). */
        if (count != 0 && !label && words->words[at + count].gap == CLINICAL_GAP_HARD)
            break;
        if (count != 0)
            hash = fnv(hash, BASE_SPAN(" "));
        hash = fnv(hash, clinical_words_phrase(words, at + count, 1));
        hashes[count] = hash;
    }
    const uint32_t before = found;
    for (; count != 0 && (label || found == before); count--) {
        const clinical_phrase_row *row = find_phrase(clinical_words_phrase(words, at, count), hashes[count - 1]);
        if (row != NULL)
            found = add_rows(words, row, clinical_phrases + clinical_phrases_count, domains, label, at, count, matches,
                             found);
    }
    return found;
}

uint32_t clinical_words_match(const clinical_words *words, uint32_t at, uint32_t domains,
                              clinical_match ret_matches[CLINICAL_MATCHES_MAX])
{
    return match_at(words, at, domains, false, ret_matches, 0);
}

uint32_t clinical_words_match_all(const clinical_words *words, uint32_t domain,
                                  clinical_match ret_matches[CLINICAL_MATCHES_MAX])
{
    uint32_t found = 0;
    for (uint32_t at = 0; at < words->count; at++)
        found = match_at(words, at, 1u << domain, true, ret_matches, found);
    return found;
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
    const bool found =
        low < count && base_span_equal((base_span){clinical_pooled(rows[low].text), rows[low].size}, affix);
    return found ? &rows[low] : NULL;
}

#define AFFIX_SIZE_MIN 3
#define AFFIX_REST_MIN 3 /* what must be left of a word before its ending */

/* The rows of `affix` in a list of suffixes or prefixes. */
static uint32_t affix_rows(const clinical_words *words, const clinical_phrase_row *rows, uint32_t count,
                           base_span affix, uint32_t at, uint32_t domains, clinical_match *matches)
{
    const clinical_phrase_row *row = find_affix(rows, count, affix);
    return row != NULL ? add_rows(words, row, rows + count, domains, true, at, 1, matches, 0) : 0;
}

uint32_t clinical_words_match_affix(const clinical_words *words, uint32_t at, uint32_t domains,
                                    clinical_match ret_matches[CLINICAL_MATCHES_MAX])
{
    const base_span word = clinical_words_phrase(words, at, 1);
    uint32_t found = 0;
    for (size_t size = word.size > AFFIX_REST_MIN ? word.size - AFFIX_REST_MIN : 0;
         found == 0 && size >= AFFIX_SIZE_MIN; size--)
        found = affix_rows(words, clinical_suffixes, clinical_suffixes_count,
                           (base_span){word.data + word.size - size, size}, at, domains, ret_matches);
    for (size_t size = word.size; found == 0 && size >= AFFIX_SIZE_MIN; size--)
        found = affix_rows(words, clinical_prefixes, clinical_prefixes_count, (base_span){word.data, size}, at, domains,
                           ret_matches);
    return found;
}
