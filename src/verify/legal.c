/* SPDX-License-Identifier: Apache-2.0 */
#include "verify/contract.h"

#include <stdlib.h>

#define IN(value, list) in_list(value, list, sizeof(list) / sizeof((list)[0]))

const char *const verify_qi_names[RECORD_QI_COUNT] = {
    [RECORD_QI_PERIOD] = "index_period",
    [RECORD_QI_GAP] = "months_since_previous",
    [RECORD_QI_AGE] = "age_group",
    [RECORD_QI_SEX] = "sex",
    [RECORD_QI_PREGNANCY] = "pregnancy_status",
    [RECORD_QI_DENSITY] = "density",
    [RECORD_QI_REGION] = "region",
    [RECORD_QI_SEASON] = "season_category",
    [RECORD_QI_EXPOSURE] = "exposure_risk",
    [RECORD_QI_OBSERVED] = "outcome_observed",
};

static bool in_list(const char *value, const char *const *list, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(value, list[i]) == 0)
            return true;
    return false;
}

uint32_t verify_level_count(record_qi qi)
{
    switch (qi) {
    case RECORD_QI_PERIOD:
    case RECORD_QI_AGE:
        return 4;
    case RECORD_QI_PREGNANCY:
    case RECORD_QI_EXPOSURE:
        return 3;
    case RECORD_QI_OBSERVED:
        return 1;
    default:
        return 2;
    }
}

/* Four digits, or -1. */
static int year_of(const char *text)
{
    int year = 0;
    for (int i = 0; i < 4; i++) {
        if (text[i] < '0' || text[i] > '9')
            return -1;
        year = year * 10 + (text[i] - '0');
    }
    return year;
}

/* "2014", "2014-2015" from even years, "2011-2015": first and last year. */
static bool legal_period(uint32_t level, const char *value)
{
    const size_t size = strlen(value);
    if (level == 0)
        return size == 4 && year_of(value) > 0;
    if (size != 9 || value[4] != '-')
        return false;
    const int from = year_of(value), to = year_of(value + 5);
    if (from < 0 || to < 0)
        return false;
    return level == 1 ? from % 2 == 0 && to == from + 1 : from % 5 == 1 && to == from + 4;
}

static bool legal_age(uint32_t level, const char *value)
{
    static const char *const leaves[] = {"0-1",   "1-5",   "5-10",  "10-15", "15-18", "18-20",  "20-25", "25-30",
                                         "30-35", "35-40", "40-45", "45-50", "50-55", "55-60",  "60-65", "65-70",
                                         "70-75", "75-80", "80-85", "85-90", "90+",   "unknown"};
    static const char *const eight[] = {"0-5", "5-18", "18-25", "25-35", "35-50", "50-65", "65-80", "80+", "unknown"};
    static const char *const four[] = {"0-18", "18-35", "35-65", "65+", "unknown"};
    return level == 0 ? IN(value, leaves) : level == 1 ? IN(value, eight) : IN(value, four);
}

static bool legal_pregnancy(uint32_t level, const char *value)
{
    static const char *const leaves[] = {
        "pregnant_trimester_1", "pregnant_trimester_2", "pregnant_trimester_3", "pregnant",
        "postpartum",           "not_pregnant",         "not_applicable",       "unknown"};
    static const char *const halves[] = {"pregnant", "not_pregnant", "unknown"};
    return level == 0 ? IN(value, leaves) : IN(value, halves);
}

static bool legal_exposure(uint32_t level, const char *value, const verify_exposures *exposures)
{
    static const char *const halves[] = {"high", "low", "unknown"};
    return level == 0 ? in_list(value, exposures->names, exposures->count) : IN(value, halves);
}

static bool legal_leaf(record_qi qi, const char *value)
{
    static const char *const gaps[] = {"first", "0-1", "1-3", "3-12", "12-36", "36+"};
    static const char *const sexes[] = {"female", "male", "other", "unknown"};
    static const char *const densities[] = {"urban", "suburban", "rural", "unknown"};
    static const char *const regions[] = {"northeast", "midwest", "south", "west", "other", "unknown"};
    static const char *const seasons[] = {"winter", "spring", "summer", "fall", "unknown"};
    static const char *const booleans[] = {"false", "true"};
    switch (qi) {
    case RECORD_QI_GAP:
        return IN(value, gaps);
    case RECORD_QI_SEX:
        return IN(value, sexes);
    case RECORD_QI_DENSITY:
        return IN(value, densities);
    case RECORD_QI_REGION:
        return IN(value, regions);
    case RECORD_QI_SEASON:
        return IN(value, seasons);
    case RECORD_QI_OBSERVED:
        return IN(value, booleans);
    default:
        return false;
    }
}

bool verify_legal(record_qi qi, uint32_t level, const char *value, const verify_exposures *exposures)
{
    if (qi != RECORD_QI_OBSERVED && level + 1 >= verify_level_count(qi))
        return strcmp(value, "*") == 0;
    switch (qi) {
    case RECORD_QI_PERIOD:
        return legal_period(level, value);
    case RECORD_QI_AGE:
        return legal_age(level, value);
    case RECORD_QI_PREGNANCY:
        return legal_pregnancy(level, value);
    case RECORD_QI_EXPOSURE:
        return legal_exposure(level, value, exposures);
    default:
        return legal_leaf(qi, value);
    }
}

/* `urban_northeast`, `urban_*`, `*_northeast`, `unknown_west`; where both halves say nothing alike, once: `*`,
 * `unknown`. */
bool verify_split_location(const char *value, verify_location *ret_location)
{
    verify_location location = {"", ""};
    const char *cut = strchr(value, '_');
    const size_t first = cut != NULL ? (size_t)(cut - value) : strlen(value);
    const char *second = cut != NULL ? cut + 1 : value;
    if (first == 0 || first >= sizeof(location.density) || strlen(second) >= sizeof(location.region))
        return false;
    if (cut == NULL && strcmp(value, "*") != 0 && strcmp(value, "unknown") != 0)
        return false;
    memcpy(location.density, value, first);
    memcpy(location.region, second, strlen(second));
    if (cut != NULL && strcmp(location.density, location.region) == 0)
        return false; /* `*_*` has the name `*` */
    *ret_location = location;
    return true;
}

const char *verify_age_risk(const char *age_group)
{
    static const struct {
        long below;
        const char *name;
    } groups[] = {{18, "pediatric"},  {25, "young_adult"}, {35, "reproductive_age"},
                  {50, "middle_age"}, {65, "older_adult"}, {1000, "elderly"}};
    if (strcmp(age_group, "unknown") == 0)
        return "unknown";
    char *end;
    const long low = strtol(age_group, &end, 10);
    if (end == age_group)
        return "*";
    const long high = *end == '-' ? strtol(end + 1, NULL, 10) : 1000;
    long from = 0;
    for (size_t i = 0; i < sizeof(groups) / sizeof(groups[0]); from = groups[i++].below)
        if (low >= from && high <= groups[i].below)
            return groups[i].name;
    return "*";
}

const char *verify_trimester(const char *pregnancy_status)
{
    if (strcmp(pregnancy_status, "pregnant_trimester_1") == 0)
        return "first";
    if (strcmp(pregnancy_status, "pregnant_trimester_2") == 0)
        return "second";
    return strcmp(pregnancy_status, "pregnant_trimester_3") == 0 ? "third" : NULL;
}

bool verify_legal_class(const char *value)
{
    static const char *const classes[] = {"ambulatory", "emergency", "inpatient", "virtual", "other", "unknown", "*"};
    return IN(value, classes);
}

bool verify_legal_utilization(const char *value)
{
    static const char *const buckets[] = {"0", "1", "2-3", "4-6", "7-12", "13+", "unknown", "*"};
    return IN(value, buckets);
}

/* Buckets of the Charlson index: digits, with '-' or '+'. Which buckets there are is the vocabulary's affair. */
bool verify_legal_comorbidity(const char *value)
{
    if (strcmp(value, "*") == 0 || strcmp(value, "unknown") == 0)
        return true;
    const size_t size = strlen(value);
    return size > 0 && size <= 5 && strspn(value, "0123456789-+") == size && value[0] >= '0' && value[0] <= '9';
}

bool verify_followup_bounds(const char *value, int32_t *ret_low, int32_t *ret_high)
{
    static const struct {
        const char *name;
        int32_t low, high;
    } buckets[] = {{"0-3", 0, 3},     {"3-6", 3, 6},          {"6-12", 6, 12},    {"12-24", 12, 24},
                   {"24-60", 24, 60}, {"60+", 60, INT32_MAX}, {"*", 0, INT32_MAX}};
    for (size_t i = 0; i < sizeof(buckets) / sizeof(buckets[0]); i++)
        if (strcmp(value, buckets[i].name) == 0) {
            *ret_low = buckets[i].low;
            *ret_high = buckets[i].high;
            return true;
        }
    return false;
}
