/* SPDX-License-Identifier: Apache-2.0 */
#include "embed/model_internal.h"

/*
 * The demographic and temporal values. A value that is withheld (`*`) or unknown adds nothing: it says nothing about
 * likeness. A value that was made coarser adds the middle of what it may be: the mean of its leaves.
 *
 * Percent of a unit that each value weighs inside its block; the block is scaled to its weight afterwards.
 */
enum { AGE = 100, SEX = 70, PREGNANCY = 80, TRIMESTER = 40, DENSITY = 50, REGION = 50, AGE_RISK = 30, EXPOSURE = 50 };
enum { SEASON = 100, CLASS = 70, UTILIZATION = 70, COMORBIDITY = 60 };

#define PART(percent) (EMBED_UNIT * (percent) / 100)

bool embed_is_open(const char *value)
{
    return value == NULL || strcmp(value, "*") == 0 || strcmp(value, "unknown") == 0;
}

static int find_name(const char *value, const char *const *names, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(value, names[i]) == 0)
            return (int)i;
    return -1;
}

static int unknown_value(lethe_error *error, const char *column)
{
    const int status = base_fail(error, LETHE_E_EMBED_INPUT);
    base_error_path(error, column);
    return status;
}

/* One axis a name, from `at`. */
static int add_name(int32_t *axes, int at, const char *value, const char *const *names, size_t count, int amplitude,
                    const char *column, lethe_error *error)
{
    if (embed_is_open(value))
        return 0;
    const int found = find_name(value, names, count);
    if (found < 0)
        return unknown_value(error, column);
    axes[at + found] += amplitude;
    return 0;
}

/* "25-30": 25 and 30; "90+": 90 and `open_end`; "4": 4 and 5. False for anything else. */
static bool parse_band(const char *text, int open_end, int *ret_low, int *ret_high)
{
    int bounds[2] = {0, 0};
    for (int i = 0; i < 2; i++) {
        int digits = 0;
        for (; *text >= '0' && *text <= '9'; text++, digits++)
            bounds[i] = bounds[i] * 10 + (*text - '0');
        if (digits == 0 || digits > 4)
            return false;
        if (i == 0 && *text == '-') {
            text++;
            continue;
        }
        if (i == 0 && (*text == '\0' || (*text == '+' && text[1] == '\0')))
            bounds[1] = *text == '+' ? open_end : bounds[0] + 1;
        else if (*text != '\0')
            return false;
        break;
    }
    *ret_low = bounds[0];
    *ret_high = bounds[1];
    return bounds[0] < bounds[1];
}

static const int age_lows[RECORD_AGE_LEAVES + 1] = {0,  1,  5,  10, 15, 18, 20, 25, 30, 35, 40,
                                                    45, 50, 55, 60, 65, 70, 75, 80, 85, 90, 200};

static int age_leaf(int years)
{
    for (int i = 0; i <= RECORD_AGE_LEAVES; i++)
        if (age_lows[i] == years)
            return i;
    return -1;
}

/* Five axes a leaf, 1:2:3:2:1, so that neighbouring bands meet: likeness .84, .53, .21, .05 at one to four steps. */
static int add_age(int32_t *axes, const char *age_group, lethe_error *error)
{
    static const int kernel[5] = {2294, 4588, 6882, 4588, 2294}; /* (1 2 3 2 1) / √19 */
    if (embed_is_open(age_group))
        return 0;
    int low, high;
    if (!parse_band(age_group, age_lows[RECORD_AGE_LEAVES], &low, &high))
        return unknown_value(error, "age_group");
    const int first = age_leaf(low), end = age_leaf(high);
    if (first < 0 || end <= first)
        return unknown_value(error, "age_group");
    for (int leaf = first; leaf < end; leaf++)
        for (int i = 0; i < 5; i++)
            axes[EMBED_AGE_AT + leaf + i] += kernel[i] * AGE / 100 / (end - first);
    return 0;
}

/* Three axes a step, 1:2:1. */
static void add_step(int32_t *axes, int at, int step, int percent)
{
    static const int kernel[3] = {4082, 8165, 4082}; /* (1 2 1) / √6 */
    for (int i = 0; i < 3; i++)
        axes[at + step + i] += kernel[i] * percent / 100;
}

static int add_pregnancy(int32_t *axes, const char *status, lethe_error *error)
{
    enum { ANY, FIRST, SECOND, THIRD, AFTER, NOT };
    static const char *const names[] = {
        "pregnant",   "pregnant_trimester_1", "pregnant_trimester_2", "pregnant_trimester_3",
        "postpartum", "not_pregnant"};
    if (embed_is_open(status) || strcmp(status, "not_applicable") == 0)
        return 0; /* sex and age have said it */
    const int found = find_name(status, names, sizeof(names) / sizeof(names[0]));
    if (found < 0)
        return unknown_value(error, "pregnancy_status");
    int32_t *at = &axes[EMBED_PREGNANCY_AT];
    at[found >= FIRST && found <= THIRD ? ANY : found] += PART(PREGNANCY);
    if (found >= FIRST && found <= THIRD)
        at[found] += PART(TRIMESTER);
    if (found == AFTER)
        at[ANY] += PART(TRIMESTER); /* twelve weeks after birth are nearer to pregnancy than not */
    return 0;
}

static void add_words(int32_t *axes, const char *value, uint16_t at, uint16_t size)
{
    base_span rest = base_span_of(value), word;
    while (embed_next_word(&rest, &word)) {
        embed_probe probes[2];
        embed_probe_hash("word", word, at, size, PART(EMBED_WORD_PERCENT), probes);
        axes[probes[0].axis] += probes[0].amplitude;
        axes[probes[1].axis] += probes[1].amplitude;
    }
}

/* "high_daycare_contact": its level has an axis, the whole a pair; "high" alone is what all high ones share. */
static int add_exposure(int32_t *axes, const char *value, lethe_error *error)
{
    if (embed_is_open(value))
        return 0;
    const base_span name = base_span_of(value);
    const bool high = base_span_starts(name, BASE_SPAN("high"));
    if (name.size > EMBED_NAME_MAX)
        return unknown_value(error, "exposure_risk");
    if (high || base_span_starts(name, BASE_SPAN("low")))
        axes[EMBED_EXPOSURE_LEVEL_AT + (high ? 0 : 1)] += PART(EXPOSURE);
    if (strcmp(value, "high") == 0 || strcmp(value, "low") == 0)
        return 0;
    embed_probe probes[2];
    embed_probe_hash("exposure_risk", name, EMBED_DEMOGRAPHIC_HASH_AT, EMBED_DEMOGRAPHIC_HASH_SIZE, PART(EXPOSURE),
                     probes);
    axes[probes[0].axis] += probes[0].amplitude;
    axes[probes[1].axis] += probes[1].amplitude;
    return 0;
}

int embed_add_demographic(const record_released *row, int32_t axes[EMBED_DIMENSIONS], lethe_error *error)
{
    static const char *const sexes[] = {"female", "male", "other"};
    static const char *const densities[] = {"urban", "suburban", "rural"};
    static const char *const regions[] = {"northeast", "midwest", "south", "west", "other"};
    static const char *const risks[] = {"pediatric",  "young_adult", "reproductive_age",
                                        "middle_age", "older_adult", "elderly"};
    BASE_TRY(add_age(axes, row->age_group, error));
    BASE_TRY(add_name(axes, EMBED_SEX_AT, row->sex, sexes, 3, PART(SEX), "sex", error));
    BASE_TRY(add_pregnancy(axes, row->pregnancy_status, error));
    BASE_TRY(add_name(axes, EMBED_DENSITY_AT, row->density, densities, 3, PART(DENSITY), "location_category", error));
    BASE_TRY(add_name(axes, EMBED_REGION_AT, row->region, regions, 5, PART(REGION), "location_category", error));
    BASE_TRY(add_name(axes, EMBED_AGE_RISK_AT, row->age_risk_group, risks, 6, PART(AGE_RISK), "age_risk_group", error));
    BASE_TRY(add_exposure(axes, row->exposure_risk, error));

    /* the demographic words of the enhanced text */
    const bool pregnant = !embed_is_open(row->pregnancy_status) && strncmp(row->pregnancy_status, "pregnant", 8) == 0;
    const char *const words[] = {pregnant ? "pregnant_patient" : NULL, row->age_group, row->density, row->region};
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        if (!embed_is_open(words[i]))
            add_words(axes, words[i], EMBED_DEMOGRAPHIC_HASH_AT, EMBED_DEMOGRAPHIC_HASH_SIZE);
    return 0;
}

static int add_season(int32_t *axes, const char *season, lethe_error *error)
{
    static const char *const names[] = {"winter", "spring", "summer", "fall"};
    static const int kernel[3] = {4082, 8165, 4082}; /* on a circle of eight: next seasons meet, opposite ones do not */
    if (embed_is_open(season))
        return 0;
    const int found = find_name(season, names, 4);
    if (found < 0)
        return unknown_value(error, "season_category");
    for (int i = 0; i < 3; i++)
        axes[EMBED_SEASON_AT + (2 * found + i) % EMBED_SEASON_SIZE] += kernel[i] * SEASON / 100;
    add_words(axes, season, EMBED_TEMPORAL_HASH_AT, EMBED_TEMPORAL_HASH_SIZE);
    return 0;
}

int embed_add_temporal(const record_released *row, int32_t axes[EMBED_DIMENSIONS], lethe_error *error)
{
    static const char *const classes[] = {"ambulatory", "emergency", "inpatient", "virtual", "other"};
    static const int lows[RECORD_UTILIZATION_COUNT] = {0, 1, 2, 4, 7, 13};
    BASE_TRY(add_season(axes, row->season_category, error));
    BASE_TRY(add_name(axes, EMBED_CLASS_AT, row->encounter_class, classes, 5, PART(CLASS), "encounter_class", error));
    if (embed_is_open(row->utilization))
        return 0;
    int low, high;
    if (!parse_band(row->utilization, 9999, &low, &high))
        return unknown_value(error, "utilization");
    int step = 0;
    while (step + 1 < RECORD_UTILIZATION_COUNT && low >= lows[step + 1])
        step++;
    add_step(axes, EMBED_UTILIZATION_AT, step, UTILIZATION);
    return 0;
}

/* An index of 0 adds nothing: it is no condition that two people share. */
int embed_add_comorbidity(const record_released *row, int32_t axes[EMBED_DIMENSIONS], lethe_error *error)
{
    if (embed_is_open(row->comorbidity))
        return 0;
    int low, high;
    if (!parse_band(row->comorbidity, 9999, &low, &high))
        return unknown_value(error, "comorbidity");
    if (low > 0)
        add_step(axes, EMBED_COMORBIDITY_AT, low < EMBED_COMORBIDITY_STEPS ? low : EMBED_COMORBIDITY_STEPS - 1,
                 COMORBIDITY);
    return 0;
}
