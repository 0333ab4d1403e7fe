/* SPDX-License-Identifier: Apache-2.0 */
#include "clinical/location.h"

#include "clinical/tables.h"

#define NO_STATE        (-1)
#define ABROAD          (-2)
#define PLACE_WORDS_MAX 5

typedef struct finding {
    clinical_location location;
    int state; /* index into clinical_states, NO_STATE or ABROAD */
} finding;

static base_span pooled(uint32_t offset)
{
    return base_span_of(clinical_pooled(offset));
}

static int state_by_code(base_span code)
{
    if (code.size != 2)
        return NO_STATE;
    const char upper[2] = {(char)(code.data[0] & ~0x20), (char)(code.data[1] & ~0x20)};
    for (uint32_t i = 0; i < clinical_states_count; i++)
        if (memcmp(clinical_pooled(clinical_states[i].code), upper, 2) == 0)
            return (int)i;
    return NO_STATE;
}

static int state_by_name(base_span name)
{
    for (uint32_t i = 0; i < clinical_states_count; i++)
        if (base_span_equal(pooled(clinical_states[i].name), name))
            return (int)i;
    return NO_STATE;
}

static const clinical_zip_row *find_zip(const clinical_zip_row *rows, uint32_t count, uint32_t zip)
{
    uint32_t low = 0, high = count;
    while (low < high) {
        const uint32_t middle = low + (high - low) / 2;
        if (rows[middle].zip == zip)
            return &rows[middle];
        if (rows[middle].zip < zip)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

/* The digits of a ZIP ("02118", "02118-1234", "021"): true for 3, 5 or 9 of them. */
static bool zip_digits(base_span text, uint32_t *ret_zip, bool *ret_full)
{
    uint32_t digits = 0, zip = 0;
    for (size_t i = 0; i < text.size; i++) {
        const char c = text.data[i];
        if (c == '-' || c == ' ')
            continue;
        if (c < '0' || c > '9')
            return false;
        if (digits++ < 5)
            zip = zip * 10 + (uint32_t)(c - '0');
    }
    if (digits != 3 && digits != 5 && digits != 9)
        return false;
    *ret_full = digits != 3;
    *ret_zip = zip;
    return true;
}

static void set_state(finding *found, int state)
{
    found->state = state;
    found->location.region = clinical_states[state].region;
    found->location.hemisphere_known = true;
}

static bool apply_zip(finding *found, base_span text)
{
    uint32_t zip = 0;
    bool full = false;
    if (!zip_digits(text, &zip, &full))
        return false;
    const clinical_zip_row *row = full ? find_zip(clinical_zips, clinical_zips_count, zip) : NULL;
    if (row == NULL)
        row = find_zip(clinical_zips3, clinical_zips3_count, full ? zip / 100 : zip);
    if (row == NULL || (found->state >= 0 && found->state != row->state))
        return false; /* a ZIP of another state than the one written: believe neither about the density */
    set_state(found, row->state);
    found->location.density = row->density;
    return true;
}

/* First row of a city's name; its namesakes follow it, sorted by state. */
static const clinical_city_row *find_city(const clinical_city_row *rows, uint32_t count, base_span name)
{
    uint32_t low = 0, high = count;
    while (low < high) {
        const uint32_t middle = low + (high - low) / 2;
        if (base_span_compare((base_span){clinical_pooled(rows[middle].name), rows[middle].size}, name) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low < count && base_span_equal(pooled(rows[low].name), name) ? &rows[low] : NULL;
}

static bool same_city(const clinical_city_row *row, base_span name)
{
    return row < clinical_cities + clinical_cities_count && base_span_equal(pooled(row->name), name);
}

/* A city without a state: the one that its bare name means, else the only one of that name. */
static bool apply_city_alone(finding *found, base_span name)
{
    const clinical_city_row *row = find_city(clinical_known_cities, clinical_known_cities_count, name);
    if (row == NULL) {
        row = find_city(clinical_cities, clinical_cities_count, name);
        if (row == NULL || same_city(row + 1, name))
            return false;
    }
    set_state(found, row->state);
    found->location.density = row->density;
    return true;
}

static bool apply_city(finding *found, base_span name)
{
    if (found->state == ABROAD)
        return false;
    if (found->state == NO_STATE)
        return apply_city_alone(found, name);
    for (const clinical_city_row *row = find_city(clinical_cities, clinical_cities_count, name);
         row != NULL && same_city(row, name); row++)
        if (row->state == found->state) {
            found->location.density = row->density;
            return true;
        }
    return false;
}

/* Country by code or name, normalised; false where no table has it. */
static bool apply_country(finding *found, base_span name)
{
    for (uint32_t i = 0; i < clinical_countries_count; i++) {
        const clinical_country_row *row = &clinical_countries[i];
        if (!base_span_equal(pooled(row->name), name))
            continue;
        found->location.southern = row->hemisphere == 1;
        found->location.hemisphere_known = true;
        if (row->hemisphere != 2) {
            found->state = ABROAD;
            found->location.region = RECORD_REGION_OTHER;
        }
        return true;
    }
    return false;
}

#define COUNTRY_NAME_MIN 3

/* In a free string "in" is a word and no country: names, and codes of three letters, only. */
static bool apply_country_name(finding *found, base_span name)
{
    return (name.size >= COUNTRY_NAME_MIN || base_span_is(name, "uk")) && apply_country(found, name);
}

static const clinical_place_word_row *find_place_word(base_span phrase)
{
    for (uint32_t i = 0; i < clinical_place_words_count; i++)
        if (base_span_equal(pooled(clinical_place_words[i].phrase), phrase))
            return &clinical_place_words[i];
    return NULL;
}

static bool apply_state_name(finding *found, base_span name)
{
    const int state = state_by_name(name);
    if (state == NO_STATE)
        return false;
    set_state(found, state);
    return true;
}

/* A state by its name, or a place that everyone knows by another: "socal", "nyc", "new york city". */
static bool apply_state_or_alias(finding *found, base_span phrase)
{
    const clinical_place_word_row *row = find_place_word(phrase);
    if (row != NULL && (row->kind == CLINICAL_PLACE_STATE || row->kind == CLINICAL_PLACE_CITY)) {
        set_state(found, row->value);
        if (row->kind == CLINICAL_PLACE_CITY)
            (void)apply_city(found, pooled(row->city));
        return true;
    }
    return apply_state_name(found, phrase);
}

/* "rural", "new england": only what nothing before has said. */
static bool apply_word(finding *found, base_span phrase)
{
    const clinical_place_word_row *row = find_place_word(phrase);
    if (row == NULL)
        return false;
    if (row->kind == CLINICAL_PLACE_DENSITY && found->location.density == RECORD_DENSITY_UNKNOWN)
        found->location.density = row->value;
    if (row->kind == CLINICAL_PLACE_REGION && found->location.region == RECORD_REGION_UNKNOWN) {
        found->location.region = row->value;
        found->location.hemisphere_known = true;
    }
    return true;
}

typedef bool (*phrase_function)(finding *, base_span);

/* Calls `apply` for each run of at most `longest` words that are not used yet, longest first, and uses up those that it
 * knows: one run, or all. */
static bool apply_runs(const clinical_words *words, uint32_t longest, bool all, uint64_t *used, finding *found,
                       phrase_function apply)
{
    bool any = false;
    for (uint32_t count = longest; count != 0; count--)
        for (uint32_t at = 0; at + count <= words->count && at + count <= 64; at++) {
            const uint64_t run = (((uint64_t)1 << count) - 1) << at;
            if ((*used & run) != 0 || !apply(found, clinical_words_phrase(words, at, count)))
                continue;
            *used |= run;
            any = true;
            if (!all)
                return true;
        }
    return any;
}

/* Two letters are a state only where they are capitals ("Boston, MA", not "hi" or "in") or stand alone behind a comma.
 */
static bool find_state_code(const clinical_words *words, base_span text, finding *found)
{
    for (size_t at = 0; at + 2 <= text.size; at++) {
        const char a = text.data[at], b = text.data[at + 1];
        const bool begins = at == 0 || text.data[at - 1] == ' ' || text.data[at - 1] == ',' || text.data[at - 1] == '(';
        const bool ends = at + 2 == text.size || memchr(" ,.)0123456789-", text.data[at + 2], 15) != NULL;
        if (!begins || !ends || a < 'A' || a > 'Z' || b < 'A' || b > 'Z')
            continue;
        const int state = state_by_code((base_span){text.data + at, 2});
        if (state != NO_STATE) {
            set_state(found, state);
            return true;
        }
    }
    const clinical_word *last = words->count > 1 ? &words->words[words->count - 1] : NULL;
    const int state = last != NULL && last->gap == CLINICAL_GAP_SOFT
                          ? state_by_code(clinical_words_phrase(words, words->count - 1, 1))
                          : NO_STATE;
    if (state != NO_STATE)
        set_state(found, state);
    return state != NO_STATE;
}

/* "Farm Ridge, MA": where all the words before the state are a city of it, none of them says rural. */
static bool apply_whole_city(const clinical_words *words, finding *found)
{
    return words->count > 1 && words->count <= PLACE_WORDS_MAX + 1 &&
           apply_city(found, clinical_words_phrase(words, 0, words->count - 1));
}

/* A city brings its region along where its state was not known. */
static void set_region(finding *found, const finding *city)
{
    if (found->location.region == RECORD_REGION_UNKNOWN)
        found->location.region = city->location.region;
    found->state = city->state;
    found->location.hemisphere_known = found->location.hemisphere_known || city->location.hemisphere_known;
}

static int free_string(clinical_words *words, base_span text, finding *found, lethe_error *error)
{
    BASE_TRY(clinical_words_split(words, text, error));
    for (uint32_t i = 0; i < words->count; i++)
        if (words->words[i].size == 5 && apply_zip(found, clinical_words_phrase(words, i, 1)))
            return 0;
    uint64_t used = 0;
    if (find_state_code(words, text, found)) {
        if (apply_whole_city(words, found))
            return 0;
    } else if (!apply_runs(words, PLACE_WORDS_MAX, false, &used, found, apply_state_or_alias)) {
        (void)apply_runs(words, PLACE_WORDS_MAX, false, &used, found, apply_country_name);
    }
    const uint8_t density = found->location.density;
    found->location.density = RECORD_DENSITY_UNKNOWN;
    /* "suburban Boston" is suburban: words that say it outright come before the class of the city. */
    uint64_t city_used = used;
    finding city = *found;
    const bool has_city = apply_runs(words, PLACE_WORDS_MAX, false, &city_used, &city, apply_city);
    if (has_city)
        set_region(found, &city);
    (void)apply_runs(words, PLACE_WORDS_MAX, true, has_city ? &city_used : &used, found, apply_word);
    if (found->location.density == RECORD_DENSITY_UNKNOWN)
        found->location.density = has_city ? city.location.density : density;
    return 0;
}

int clinical_location_of(clinical_words *scratch, const record_place *place, clinical_location *ret_location,
                         lethe_error *error)
{
    finding found = {.location = {RECORD_DENSITY_UNKNOWN, RECORD_REGION_UNKNOWN, false, false}, .state = NO_STATE};
    if (place->country.size != 0) {
        BASE_TRY(clinical_words_split(scratch, place->country, error));
        if (scratch->count != 0)
            (void)apply_country(&found, clinical_words_phrase(scratch, 0, scratch->count));
    }
    if (found.state == NO_STATE && place->state.size != 0) {
        int state = state_by_code(place->state);
        if (state == NO_STATE) {
            BASE_TRY(clinical_words_split(scratch, place->state, error));
            state = scratch->count != 0 ? state_by_name(clinical_words_phrase(scratch, 0, scratch->count)) : NO_STATE;
        }
        if (state != NO_STATE)
            set_state(&found, state);
    }
    const bool by_zip = found.state != ABROAD && apply_zip(&found, place->postal_code);
    if (!by_zip && found.state != ABROAD && place->city.size != 0) {
        BASE_TRY(clinical_words_split(scratch, place->city, error));
        if (scratch->count != 0)
            (void)apply_city(&found, clinical_words_phrase(scratch, 0, scratch->count));
    }
    const bool structured = place->state.size + place->city.size + place->postal_code.size + place->country.size != 0;
    if (!structured && place->text.size != 0)
        BASE_TRY(free_string(scratch, place->text, &found, error));
    *ret_location = found.location;
    return 0;
}
