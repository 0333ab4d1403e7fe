/* SPDX-License-Identifier: Apache-2.0 */
#include "clinical/location.h"

#include "clinical/tables.h"

#define NO_STATE (-1)
#define ABROAD (-2)
#define STATE_WORDS_MAX 4
#define CITY_WORDS_MAX 5

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
static const clinical_city_row *find_city(base_span name)
{
    uint32_t low = 0, high = clinical_cities_count;
    while (low < high) {
        const uint32_t middle = low + (high - low) / 2;
        if (base_span_compare((base_span){clinical_pooled(clinical_cities[middle].name), clinical_cities[middle].size},
                              name) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    const bool found = low < clinical_cities_count && base_span_equal(pooled(clinical_cities[low].name), name);
    return found ? &clinical_cities[low] : NULL;
}

static bool same_city(const clinical_city_row *row, base_span name)
{
    return row < clinical_cities + clinical_cities_count && base_span_equal(pooled(row->name), name);
}

/* A city without a state: the only urban one of that name, else what all of that name share. */
static bool apply_city_alone(finding *found, base_span name)
{
    const clinical_city_row *first = find_city(name), *urban = NULL;
    if (first == NULL)
        return false;
    uint32_t urban_count = 0;
    bool one_density = true, one_region = true;
    for (const clinical_city_row *row = first; same_city(row, name); row++) {
        urban_count += row->density == RECORD_URBAN;
        urban = row->density == RECORD_URBAN ? row : urban;
        one_density = one_density && row->density == first->density;
        one_region = one_region && clinical_states[row->state].region == clinical_states[first->state].region;
    }
    if (urban_count == 1)
        first = urban;
    if (urban_count == 1 || one_density)
        found->location.density = first->density;
    if (urban_count == 1 || one_region)
        found->location.region = clinical_states[first->state].region;
    found->location.hemisphere_known = true;
    return true;
}

static bool apply_city(finding *found, base_span name)
{
    if (found->state == ABROAD)
        return false;
    if (found->state == NO_STATE)
        return apply_city_alone(found, name);
    for (const clinical_city_row *row = find_city(name); row != NULL && same_city(row, name); row++)
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

static void apply_place_word(finding *found, base_span phrase)
{
    for (uint32_t i = 0; i < clinical_place_words_count; i++) {
        const clinical_place_word_row *row = &clinical_place_words[i];
        if (!base_span_equal(pooled(row->phrase), phrase))
            continue;
        if (row->density != RECORD_DENSITY_UNKNOWN && found->location.density == RECORD_DENSITY_UNKNOWN)
            found->location.density = row->density;
        if (row->region != RECORD_REGION_UNKNOWN && found->location.region == RECORD_REGION_UNKNOWN) {
            found->location.region = row->region;
            found->location.hemisphere_known = true;
        }
    }
}

typedef bool (*phrase_function)(finding *, base_span);

/* Calls `apply` for each run of at most `longest` words, longest first, until one is known. */
static bool first_known(const clinical_words *words, uint32_t longest, finding *found, phrase_function apply)
{
    for (uint32_t count = longest; count != 0; count--)
        for (uint32_t at = 0; at + count <= words->count; at++)
            if (apply(found, clinical_words_phrase(words, at, count)))
                return true;
    return false;
}

static bool apply_state_name(finding *found, base_span name)
{
    const int state = state_by_name(name);
    if (state == NO_STATE)
        return false;
    set_state(found, state);
    return true;
}

/* Two letters are a state only where they are capitals ("Boston, MA", not "hi" or "in") or stand alone behind a comma. */
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

static int free_string(clinical_words *words, base_span text, finding *found, lethe_error *error)
{
    BASE_TRY(clinical_words_split(words, text, error));
    for (uint32_t i = 0; i < words->count; i++)
        if (words->words[i].size == 5 && apply_zip(found, clinical_words_phrase(words, i, 1)))
            return 0;
    /* "New York, NY" names a city first; "New York City" is longer than the state. */
    if (!find_state_code(words, text, found))
        (void)first_known(words, STATE_WORDS_MAX, found, apply_state_name);
    if (found->state == NO_STATE)
        (void)first_known(words, STATE_WORDS_MAX, found, apply_country);
    for (uint32_t n = 3; n != 0; n--) /* "rural", "farm", "new england" */
        for (uint32_t i = 0; i + n <= words->count; i++)
            apply_place_word(found, clinical_words_phrase(words, i, n));
    if (found->location.density == RECORD_DENSITY_UNKNOWN || found->location.region == RECORD_REGION_UNKNOWN) {
        const clinical_location before = found->location;
        (void)first_known(words, CITY_WORDS_MAX, found, apply_city);
        if (before.density != RECORD_DENSITY_UNKNOWN)
            found->location.density = before.density;
        if (before.region != RECORD_REGION_UNKNOWN)
            found->location.region = before.region;
    }
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
