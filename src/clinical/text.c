/* SPDX-License-Identifier: Apache-2.0 */
#include "clinical/text.h"

#include "clinical/tables.h"
#include "clinical/vocabulary.h"

#include <stdlib.h>

#define REACH_BACK_WORDS    6 /* of a cue behind, where its line says nothing: the window of NegEx */
#define CUE_BIT             CLINICAL_DOMAIN_BIT(CLINICAL_DOMAIN_CUE)
#define NO_LIMIT            UINT32_MAX
#define GESTATION_WEEKS_MAX 44
#define ACRONYM_MAX         8
#define LABEL_WORDS_MAX     64 /* longer ones are read as prose; one bit a word */

typedef struct scan {
    const clinical_words *words;
    uint32_t domains;
    uint32_t reach[CLINICAL_CUE_COUNT]; /* word up to which a cue before reaches; 0: not active */
    uint32_t sentence;                  /* index of the first mention since the last end of scope */
    clinical_mention *mentions;
    uint32_t from[CLINICAL_MENTIONS_MAX], to[CLINICAL_MENTIONS_MAX]; /* words of each mention */
    uint32_t count;
    clinical_match matches[CLINICAL_MATCHES_MAX];
    clinical_match cues[LABEL_WORDS_MAX]; /* of a label */
    uint32_t cue_count;
} scan;

/* -- how far cues reach ----------------------------------------------------------------------------------------------
 */

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
    for (uint32_t i = s->sentence; i < s->count; i++)
        if (s->to[i] <= word && s->to[i] + words >= word && s->mentions[i].certainty != CLINICAL_NOT_SAID)
            s->mentions[i].certainty = certainty_of_cue(cue->kind);
}

static const clinical_cue_row *cue_of(const clinical_match *match)
{
    return &clinical_cues[clinical_targets[match->row->target_at] - CLINICAL_TARGET_CUE];
}

static void take_cue(scan *s, const clinical_match *match)
{
    const clinical_cue_row *cue = cue_of(match);
    if (cue->kind == CLINICAL_CUE_PSEUDO)
        return;
    if (cue->kind == CLINICAL_CUE_STOP) {
        end_scope(s);
        return;
    }
    if (cue->direction == CLINICAL_CUE_AFTER || cue->direction == CLINICAL_CUE_BOTH)
        apply_back(s, cue, match->at);
    if (cue->direction == CLINICAL_CUE_BEFORE || cue->direction == CLINICAL_CUE_BOTH)
        s->reach[cue->kind] =
            cue->words != 0 && cue->direction == CLINICAL_CUE_BEFORE ? match->at + match->words + cue->words : NO_LIMIT;
}

/* -- mentions --------------------------------------------------------------------------------------------------------
 */

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

/* Weeks of gestation at a word, or 0. */
static int16_t weeks_at(const clinical_words *words, uint32_t word)
{
    int16_t weeks = 0;
    const base_span text = word < words->count ? clinical_words_phrase(words, word, 1) : (base_span){NULL, 0};
    for (size_t i = 0; i < text.size; i++) {
        if (text.data[i] < '0' || text.data[i] > '9' || i > 1)
            return 0;
        weeks = (int16_t)(weeks * 10 + (text.data[i] - '0'));
    }
    return weeks <= GESTATION_WEEKS_MAX ? weeks : 0;
}

static bool needs_weeks(uint16_t target)
{
    return target >= CLINICAL_TARGET_PREGNANCY && target < CLINICAL_TARGET_CUE &&
           clinical_pregnancy_values[target - CLINICAL_TARGET_PREGNANCY].meaning == CLINICAL_MEANS_WEEKS &&
           clinical_pregnancy_values[target - CLINICAL_TARGET_PREGNANCY].value < 0;
}

/* The number stands before the phrase ("20 weeks pregnant") or behind it ("gestation period, 20 weeks"). */
static int16_t weeks_of(const clinical_words *words, const clinical_match *match, uint16_t target)
{
    const bool behind = clinical_pregnancy_values[target - CLINICAL_TARGET_PREGNANCY].value == CLINICAL_WEEKS_BEHIND;
    if (behind)
        return weeks_at(words, match->at + match->words);
    return match->at != 0 ? weeks_at(words, match->at - 1) : 0;
}

static uint32_t first_word(const clinical_match *match)
{
    return match->row->place == CLINICAL_SCATTERED ? (uint32_t)__builtin_ctzll(match->mask) : match->at;
}

static uint32_t end_word(const clinical_match *match)
{
    return match->row->place == CLINICAL_SCATTERED ? 64 - (uint32_t)__builtin_clzll(match->mask)
                                                   : match->at + match->words;
}

static void take_row(scan *s, const clinical_match *match, uint8_t certainty)
{
    const clinical_phrase_row *row = match->row;
    const int16_t year = year_at(s->words, match->at + match->words);
    for (uint32_t t = 0; t < row->target_count && s->count < CLINICAL_MENTIONS_MAX; t++) {
        const uint16_t target = clinical_targets[row->target_at + t];
        const int16_t weeks = needs_weeks(target) ? weeks_of(s->words, match, target) : 0;
        if (target == CLINICAL_TARGET_NONE || (needs_weeks(target) && weeks == 0))
            continue;
        s->from[s->count] = first_word(match);
        s->to[s->count] = end_word(match);
        s->mentions[s->count++] = (clinical_mention){target, row->domain, certainty, year, weeks};
    }
}

/* -- prose: from left to right ---------------------------------------------------------------------------------------
 */

/* "penicillin" is a drug unless the text speaks of an allergy; and then it is no drug that is taken. */
static bool counts_in_prose(const scan *s, const clinical_match *match)
{
    const bool in_allergy = reaches(s, CLINICAL_CUE_ALLERGY, match->at);
    if (match->row->domain == CLINICAL_ALLERGY)
        return in_allergy || strstr(clinical_pooled(match->row->text), "allerg") != NULL;
    return !in_allergy || match->row->domain != CLINICAL_MEDICATION;
}

/* Longest match at one word; returns how many words it covers. A cue of the same words is one as well. */
static uint32_t take_match(scan *s, uint32_t word)
{
    uint32_t found = clinical_words_match(s->words, word, s->domains | CUE_BIT, s->matches);
    if (found == 0)
        found = clinical_words_match_affix(s->words, word, s->domains, s->matches);
    bool symptom = false;
    for (uint32_t i = 0; i < found; i++)
        symptom = symptom || s->matches[i].row->domain == CLINICAL_SYMPTOM;
    for (uint32_t i = 0; i < found; i++) {
        const clinical_match *match = &s->matches[i];
        if (match->row->domain == CLINICAL_DOMAIN_CUE)
            take_cue(s, match);
        else if (counts_in_prose(s, match) && !(symptom && match->row->domain == CLINICAL_HISTORY))
            take_row(s, match, certainty_at(s, word)); /* what is a symptom in a note is no diagnosis as well */
    }
    return found != 0 ? s->matches[0].words : 1;
}

static void scan_sentences(scan *s)
{
    end_scope(s);
    for (uint32_t word = 0; word < s->words->count && s->count < CLINICAL_MENTIONS_MAX;) {
        if (s->words->words[word].gap == CLINICAL_GAP_HARD)
            end_scope(s);
        word += take_match(s, word);
    }
}

/* Allergens have a pass of their own: "allergic to penicillin" may be a phrase of the history as well. */
static void scan_prose(scan *s)
{
    const uint32_t domains = s->domains;
    s->domains = domains & ~CLINICAL_DOMAIN_BIT(CLINICAL_ALLERGY);
    scan_sentences(s);
    s->domains = domains & CLINICAL_DOMAIN_BIT(CLINICAL_ALLERGY);
    if (s->domains != 0)
        scan_sentences(s);
}

/* -- labels: the longest phrases first -------------------------------------------------------------------------------
 */

static int longer_first(const void *a, const void *b)
{
    const clinical_match *x = a, *y = b;
    if (x->size != y->size)
        return x->size > y->size ? -1 : 1;
    const bool scattered_x = x->row->place == CLINICAL_SCATTERED, scattered_y = y->row->place == CLINICAL_SCATTERED;
    if (scattered_x != scattered_y)
        return scattered_x ? 1 : -1;
    if (x->at != y->at)
        return x->at < y->at ? -1 : 1;
    return x->row < y->row ? -1 : x->row > y->row;
}

/* Labels are read in three passes, and a pass counts only where those before it found nothing: what is known by its
 * words, last resorts (sites), and weak phrases ("edema", "excision"). */
typedef enum label_pass { PASS_PHRASES, PASS_LAST_RESORTS, PASS_WEAK } label_pass;

static label_pass pass_of(const clinical_phrase_row *row)
{
    if (row->place == CLINICAL_WEAK)
        return PASS_WEAK;
    return row->place == CLINICAL_LAST_RESORT ? PASS_LAST_RESORTS : PASS_PHRASES;
}

/* Rows of the same words at the same place, from match `i` on; returns whether one of them says something. */
static bool take_place(scan *s, uint32_t found, uint32_t i, label_pass pass)
{
    const clinical_match *match = &s->matches[i];
    const uint32_t before = s->count;
    for (uint32_t j = i; j < found && s->matches[j].mask == match->mask; j++)
        if (pass_of(s->matches[j].row) == pass && s->matches[j].row->text == match->row->text &&
            s->matches[j].row->qualifier == match->row->qualifier)
            take_row(s, &s->matches[j], CLINICAL_AFFIRMED);
    return s->count != before;
}

/* Takes the matches of one pass, longest first, each with words that no longer one has used; returns whether any said
 * something: words that mean nothing are used up for the passes that follow, too. */
static bool take_unused(scan *s, uint32_t found, label_pass pass, uint64_t *used)
{
    bool any = false;
    for (uint32_t i = 0; i < found; i++) {
        const clinical_match *match = &s->matches[i];
        if (match->row->place == CLINICAL_AT_START || pass_of(match->row) != pass || (match->mask & *used) != 0)
            continue;
        any = take_place(s, found, i, pass) || any;
        *used |= match->mask;
    }
    return any;
}

/* "no …" at the beginning of a label: the cue says better how far it reaches ("no chest pain but has cough"). */
static bool is_cue(const scan *s, const clinical_match *match)
{
    clinical_match cues[CLINICAL_MATCHES_MAX];
    return clinical_targets[match->row->target_at] == CLINICAL_TARGET_NONE &&
           clinical_words_match(s->words, match->at, CUE_BIT, cues) != 0;
}

/* A phrase that is the whole label, or its beginning, is all that counts. */
static bool take_exclusive(scan *s, uint32_t found, uint8_t place)
{
    for (uint32_t i = 0; i < found; i++)
        if (s->matches[i].row->place == place && (place != CLINICAL_AT_START || !is_cue(s, &s->matches[i]))) {
            take_row(s, &s->matches[i], CLINICAL_AFFIRMED);
            return true;
        }
    return false;
}

/* "non" takes back the word behind it, were it written "non-traumatic" or "nontraumatic"; so does "anti". */
static bool is_cut_by_non(const scan *s, const clinical_match *match)
{
    for (uint32_t word = first_word(match); word < end_word(match) && word < 64; word++)
        if (word != 0 && (match->mask >> word & 1) != 0 && (match->mask >> (word - 1) & 1) == 0 &&
            (base_span_is(clinical_words_phrase(s->words, word - 1, 1), "non") ||
             base_span_is(clinical_words_phrase(s->words, word - 1, 1), "anti")))
            return true;
    return false;
}

/* "diabetes without complications" is no diabetes with complications: a "no" between its words cuts a scattered match.
 */
static bool is_cut(const scan *s, const clinical_match *match)
{
    if (is_cut_by_non(s, match))
        return true;
    for (uint32_t c = 0; c < s->cue_count && match->row->place == CLINICAL_SCATTERED; c++) {
        const uint32_t at = s->cues[c].at;
        const bool apart = (match->mask >> at & 1) == 0 && first_word(match) < at && at < end_word(match);
        if (apart && cue_of(&s->cues[c])->kind == CLINICAL_CUE_NEGATED &&
            cue_of(&s->cues[c])->direction != CLINICAL_CUE_AFTER)
            return true;
    }
    return false;
}

static uint32_t without_cut(scan *s, uint32_t found)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < found; i++)
        if (!is_cut(s, &s->matches[i]))
            s->matches[kept++] = s->matches[i];
    return kept;
}

/* Stems are a guess: "ureteroneocystostomy" says a site, but less surely than a phrase that is known. */
static bool take_stems(scan *s, uint32_t domain, uint64_t used)
{
    const uint32_t before = s->count;
    for (uint32_t word = 0; word < s->words->count; word++) {
        if (word < 64 && (used >> word & 1) != 0)
            continue;
        clinical_match stems[CLINICAL_MATCHES_MAX];
        const uint32_t found = clinical_words_match_affix(s->words, word, CLINICAL_DOMAIN_BIT(domain), stems);
        for (uint32_t i = 0; i < found; i++)
            take_row(s, &stems[i], CLINICAL_AFFIRMED);
    }
    return s->count != before;
}

static void scan_domain(scan *s, uint32_t domain)
{
    uint32_t found = without_cut(s, clinical_words_match_all(s->words, domain, s->matches));
    qsort(s->matches, found, sizeof(s->matches[0]), longer_first);
    if (take_exclusive(s, found, CLINICAL_WHOLE_TEXT) || take_exclusive(s, found, CLINICAL_AT_START))
        return;
    uint64_t used = 0;
    (void)(take_unused(s, found, PASS_PHRASES, &used) || take_unused(s, found, PASS_LAST_RESORTS, &used) ||
           take_stems(s, domain, used) || take_unused(s, found, PASS_WEAK, &used));
}

/* "Screening for …", "Vaccination against …" name what was done, and a drug that is named was ordered: of what is in
 * doubt or planned only conditions and symptoms are left out. */
static bool cue_matters(const clinical_match *match, uint8_t domain)
{
    const uint8_t kind = cue_of(match)->kind;
    const bool doubt = kind == CLINICAL_CUE_PLANNED || kind == CLINICAL_CUE_POSSIBLE;
    const bool act = domain == CLINICAL_PROCEDURE || domain == CLINICAL_MEDICATION || domain == CLINICAL_IMMUNIZATION ||
                     domain == CLINICAL_ALLERGY;
    return !(doubt && act);
}

static bool overlaps(const clinical_match *match, uint32_t from, uint32_t to)
{
    return match->at < to && from < match->at + match->words;
}

/* What the cues around a mention make of it. A cue that is part of the mention ("non-small cell", "family history of")
 * has been read with it. */
static void apply_cues(scan *s, uint32_t i)
{
    const uint32_t from = s->from[i], to = s->to[i];
    clinical_mention *mention = &s->mentions[i];
    uint8_t certainty = CLINICAL_AFFIRMED;
    memset(s->reach, 0, sizeof(s->reach));
    uint32_t hard = 0;
    for (uint32_t word = 1; word <= from; word++)
        hard = s->words->words[word].gap == CLINICAL_GAP_HARD ? word : hard;
    s->count = i + 1;
    s->sentence = i;
    for (uint32_t c = 0; c < s->cue_count; c++) {
        const clinical_match *cue = &s->cues[c];
        if (overlaps(cue, from, to) || cue->at < hard || !cue_matters(cue, mention->domain))
            continue;
        if (cue->at < from) {
            take_cue(s, cue);
            s->sentence = i;
            certainty = certainty_at(s, from);
            continue;
        }
        const clinical_cue_row *row = cue_of(cue);
        bool ended = row->kind == CLINICAL_CUE_STOP;
        for (uint32_t word = to; word <= cue->at; word++)
            ended = ended || s->words->words[word].gap == CLINICAL_GAP_HARD;
        if (ended)
            break;
        mention->certainty = certainty;
        if (row->direction == CLINICAL_CUE_AFTER || row->direction == CLINICAL_CUE_BOTH)
            apply_back(s, row, cue->at);
        certainty = mention->certainty;
    }
    mention->certainty = certainty;
}

/* In the label of a condition, an allergen counts only where the label speaks of allergy. */
static bool speaks_of_allergy(const clinical_words *words)
{
    static const char *const stems[] = {"allerg", "anaphyla", "hypersensi", "intoleran"};
    for (uint32_t i = 0; i < words->count; i++)
        for (size_t t = 0; t < sizeof(stems) / sizeof(stems[0]); t++)
            if (base_span_starts(clinical_words_phrase(words, i, 1), base_span_of(stems[t])))
                return true;
    return false;
}

static void find_cues(scan *s)
{
    for (uint32_t word = 0; word < s->words->count;) {
        const uint32_t found = clinical_words_match(s->words, word, CUE_BIT, s->matches);
        if (found != 0)
            s->cues[s->cue_count++] = s->matches[0];
        word += found != 0 ? s->matches[0].words : 1;
    }
}

static bool has_one_of(const clinical_words *words, const char *list)
{
    for (const char *at = list; *at != '\0';) {
        const size_t size = strcspn(at, " ");
        if (clinical_words_have(words, (base_span){at, size}))
            return true;
        at += size + (at[size] == ' ');
    }
    return false;
}

static bool is_said(const scan *s, uint16_t target)
{
    for (uint32_t i = 0; i < s->count; i++)
        if (s->mentions[i].target == target && s->mentions[i].certainty != CLINICAL_NOT_SAID)
            return true;
    return false;
}

static bool overrides(const scan *s, const clinical_override_row *row, uint16_t target)
{
    if (row->loser != target || (row->winner != CLINICAL_TARGET_NONE && !is_said(s, row->winner)))
        return false;
    const char *word = clinical_pooled(row->word);
    return (word[0] == '\0' || clinical_words_have(s->words, base_span_of(word))) &&
           !has_one_of(s->words, clinical_pooled(row->unless));
}

/* "Benign chondroblastoma" is no cancer, and what "salmonella enteritis" names is not noninfectious: a rule looks at
 * all mentions as they were read, so that the order of the rules is nothing. */
static void apply_overrides(scan *s)
{
    bool lost[CLINICAL_MENTIONS_MAX] = {false};
    for (uint32_t i = 0; i < s->count; i++)
        for (uint32_t r = 0; r < clinical_overrides_count && !lost[i]; r++)
            lost[i] = overrides(s, &clinical_overrides[r], s->mentions[i].target);
    for (uint32_t i = 0; i < s->count; i++)
        if (lost[i])
            s->mentions[i].certainty = CLINICAL_NOT_SAID;
}

static void scan_label(scan *s)
{
    const bool mixed = (s->domains & ~CLINICAL_DOMAIN_BIT(CLINICAL_ALLERGY)) != 0;
    find_cues(s);
    for (uint32_t domain = 0; domain < CLINICAL_DOMAIN_CUE; domain++)
        if ((s->domains >> domain & 1) != 0 && (domain != CLINICAL_ALLERGY || !mixed || speaks_of_allergy(s->words)))
            scan_domain(s, domain);
    const uint32_t count = s->count;
    for (uint32_t i = 0; i < count && s->cue_count != 0; i++)
        apply_cues(s, i);
    s->count = count;
    apply_overrides(s);
}

/* SNOMED CT writes the kind of a concept behind its name: "Asthma (disorder)" (semantic tags, SNOMED CT Editorial
 * Guide). */
static base_span without_tag(base_span text)
{
    static const char *const tags[] = {
        "(disorder)",
        "(finding)",
        "(situation)",
        "(procedure)",
        "(regime/therapy)",
        "(event)",
        "(substance)",
        "(product)",
        "(morphologic abnormality)",
        "(observable entity)",
        "(physical object)",
        "(qualifier value)",
        "(context-dependent category)",
        "(medicinal product)",
        "(clinical drug)",
        "(organism)",
        "(environment)",
        "(person)",
        "(record artifact)",
    };
    while (text.size != 0 && text.data[text.size - 1] == ' ')
        text.size--;
    for (size_t i = 0; i < sizeof(tags) / sizeof(tags[0]); i++) {
        const size_t size = strlen(tags[i]);
        if (text.size > size && memcmp(text.data + text.size - size, tags[i], size) == 0)
            return (base_span){text.data, text.size - size};
    }
    return text;
}

/* Whether the letters of an acronym stand in this order in a text, the first at the beginning of a word. */
static bool spells(base_span acronym, base_span text)
{
    size_t letter = 0;
    for (size_t i = 0; i < text.size && letter < acronym.size; i++) {
        const bool same = (acronym.data[letter] | 0x20) == (text.data[i] | 0x20);
        letter += same && (letter != 0 || i == 0 || text.data[i - 1] == ' ');
    }
    return letter == acronym.size;
}

/* SNOMED CT's synonyms tell what they stand for: "RTA - Renal tubular acidosis" is no road traffic accident. What
 * stands behind "COPD - " otherwise says more about it. */
static base_span without_acronym(base_span text)
{
    size_t size = 0;
    while (size < text.size &&
           ((text.data[size] >= 'A' && text.data[size] <= 'Z') || (text.data[size] >= '0' && text.data[size] <= '9')))
        size++;
    if (size < 2 || size > ACRONYM_MAX || text.size < size + 5 || memcmp(text.data + size, " - ", 3) != 0)
        return text;
    const base_span rest = {text.data + size + 3, text.size - size - 3};
    return spells((base_span){text.data, size}, rest) ? rest : text;
}

int clinical_text_scan(clinical_words *scratch, base_span text, clinical_text_kind kind, uint32_t domains,
                       clinical_mention *ret_mentions, uint32_t *ret_count, lethe_error *error)
{
    if (kind == CLINICAL_TEXT_LABEL)
        text = without_acronym(without_tag(text));
    BASE_TRY(clinical_words_split(scratch, text, error));
    if (kind == CLINICAL_TEXT_LABEL)
        clinical_words_drop_sides(scratch);
    scan s;
    s.words = scratch;
    s.domains = domains;
    s.mentions = ret_mentions;
    s.count = 0;
    s.cue_count = 0;
    end_scope(&s);
    if (kind == CLINICAL_TEXT_LABEL && scratch->count <= LABEL_WORDS_MAX)
        scan_label(&s);
    else
        scan_prose(&s);
    *ret_count = s.count;
    return 0;
}
