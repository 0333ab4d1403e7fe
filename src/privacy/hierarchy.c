/* SPDX-License-Identifier: Apache-2.0 */
#include "privacy/hierarchy.h"

#include <stdio.h>
#include <string.h>

static const char *const qi_names[RECORD_QI_COUNT] = {
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

const char *privacy_qi_name(record_qi qi)
{
    return qi_names[qi];
}

/* One level of a small hierarchy: the name of each leaf's group, leaves of a group standing together or apart. */
static void add_level(privacy_hierarchy *h, const char *const *group_of_leaf)
{
    const uint32_t level = h->level_count++;
    for (uint32_t leaf = 0; leaf < h->leaf_count; leaf++) {
        uint32_t group = 0;
        while (group < h->group_count[level] && strcmp(h->name[level][group], group_of_leaf[leaf]) != 0)
            group++;
        if (group == h->group_count[level]) {
            snprintf(h->name[level][group], PRIVACY_NAME_MAX, "%s", group_of_leaf[leaf]);
            h->group_count[level]++;
        }
        h->group[level][leaf] = (uint8_t)group;
        h->leaves[level][group]++;
    }
}

/* The last level: one group, which says nothing. */
static void add_star(privacy_hierarchy *h)
{
    const uint32_t level = h->level_count++;
    memset(h->group[level], 0, sizeof(h->group[level]));
    snprintf(h->name[level][0], PRIVACY_NAME_MAX, "*");
    h->group_count[level] = 1;
    h->leaves[level][0] = h->domain;
}

static void init_small(privacy_hierarchy *h, const char *const *leaves, uint32_t count)
{
    h->leaf_count = h->domain = count;
    add_level(h, leaves);
}

static void add_period_level(privacy_hierarchy *h, uint32_t width, uint32_t shift)
{
    const uint32_t level = h->level_count++;
    for (uint32_t leaf = 0; leaf < RECORD_PERIOD_COUNT; leaf++) {
        const uint32_t group = (leaf + shift) / width;
        const uint32_t from = RECORD_PERIOD_BASE + group * width - shift;
        h->group[level][leaf] = (uint8_t)group;
        h->group_count[level] = group + 1;
        h->leaves[level][group] = width;
        if (width == 1)
            snprintf(h->name[level][group], PRIVACY_NAME_MAX, "%u", from);
        else
            snprintf(h->name[level][group], PRIVACY_NAME_MAX, "%u-%u", from, from + width - 1);
    }
}

static void init_period(privacy_hierarchy *h)
{
    h->leaf_count = RECORD_PERIOD_COUNT;
    h->domain = PRIVACY_PERIOD_SPAN_YEARS;
    add_period_level(h, 1, 0);
    add_period_level(h, 2, 0);
    add_period_level(h, 5, 4); /* 1900 is the last year of 1896-1900 */
    add_star(h);
}

/* The exact months never leave: the buckets are the finest level and the rows of the hierarchy. */
static void init_gap(privacy_hierarchy *h)
{
    static const char *const names[] = {"first", "0-1", "1-3", "3-12", "12-36", "36+"};
    h->leaf_count = RECORD_GAP_COUNT;
    h->domain = h->group_count[0] = sizeof(names) / sizeof(names[0]);
    for (uint32_t leaf = 0; leaf < RECORD_GAP_COUNT; leaf++)
        h->group[0][leaf] = leaf == RECORD_GAP_FIRST       ? 0
                            : leaf < 1                     ? 1
                            : leaf < 3                     ? 2
                            : leaf < 12                    ? 3
                            : leaf < RECORD_GAP_MONTHS_MAX ? 4
                                                           : 5;
    for (uint32_t group = 0; group < h->group_count[0]; group++) {
        snprintf(h->name[0][group], PRIVACY_NAME_MAX, "%s", names[group]);
        h->leaves[0][group] = 1;
    }
    h->level_count = 1;
    add_star(h);
}

static void init_age(privacy_hierarchy *h)
{
    static const char *const leaves[RECORD_AGE_COUNT] = {
        "0-1",   "1-5",   "5-10",  "10-15", "15-18", "18-20", "20-25", "25-30", "30-35", "35-40", "40-45",
        "45-50", "50-55", "55-60", "60-65", "65-70", "70-75", "75-80", "80-85", "85-90", "90+",   "unknown",
    };
    static const char *const eight[RECORD_AGE_COUNT] = {
        "0-5",   "0-5",   "5-18",  "5-18",  "5-18",  "18-25", "18-25", "25-35", "25-35", "35-50", "35-50",
        "35-50", "50-65", "50-65", "50-65", "65-80", "65-80", "65-80", "80+",   "80+",   "80+",   "unknown",
    };
    static const char *const four[RECORD_AGE_COUNT] = {
        "0-18",  "0-18",  "0-18",  "0-18",  "0-18", "18-35", "18-35", "18-35", "18-35", "35-65", "35-65",
        "35-65", "35-65", "35-65", "35-65", "65+",  "65+",   "65+",   "65+",   "65+",   "65+",   "unknown",
    };
    init_small(h, leaves, RECORD_AGE_COUNT);
    add_level(h, eight);
    add_level(h, four);
    add_star(h);
}

static void init_pregnancy(privacy_hierarchy *h)
{
    static const char *const leaves[RECORD_PREGNANCY_COUNT] = {
        "pregnant_trimester_1", "pregnant_trimester_2", "pregnant_trimester_3", "pregnant",
        "postpartum",           "not_pregnant",         "not_applicable",       "unknown",
    };
    static const char *const middle[RECORD_PREGNANCY_COUNT] = {
        "pregnant", "pregnant", "pregnant", "pregnant", "not_pregnant", "not_pregnant", "not_pregnant", "unknown",
    };
    init_small(h, leaves, RECORD_PREGNANCY_COUNT);
    add_level(h, middle);
    add_star(h);
}

static int exposure_group(const char *name, bool last, const char **ret_group, lethe_error *error)
{
    if (last && strcmp(name, "unknown") == 0)
        *ret_group = "unknown";
    else if (!last && strlen(name) < PRIVACY_NAME_MAX && (strcmp(name, "high") == 0 || strncmp(name, "high_", 5) == 0))
        *ret_group = "high";
    else if (!last && strlen(name) < PRIVACY_NAME_MAX && (strcmp(name, "low") == 0 || strncmp(name, "low_", 4) == 0))
        *ret_group = "low";
    else
        return base_fail(error, LETHE_E_PRIVACY_OPTION);
    return 0;
}

static int init_exposure(privacy_hierarchy *h, const char *const *names, uint32_t count, lethe_error *error)
{
    const char *groups[RECORD_EXPOSURE_MAX] = {NULL};
    if (count == 0 || count > RECORD_EXPOSURE_MAX)
        return base_fail(error, LETHE_E_PRIVACY_OPTION);
    for (uint32_t leaf = 0; leaf < count; leaf++)
        BASE_TRY(exposure_group(names[leaf], leaf + 1 == count, &groups[leaf], error));
    init_small(h, names, count);
    if (h->group_count[0] != count)
        return base_fail(error, LETHE_E_PRIVACY_OPTION); /* two leaves of one name */
    add_level(h, groups);
    add_star(h);
    return 0;
}

static void init_two_levels(privacy_hierarchy *h, const char *const *leaves, uint32_t count)
{
    init_small(h, leaves, count);
    add_star(h);
}

int privacy_hierarchies_init(privacy_hierarchies *h, const char *const *exposure_names, uint32_t exposure_count,
                             lethe_error *error)
{
    static const char *const sex[RECORD_SEX_COUNT] = {"female", "male", "other", "unknown"};
    static const char *const density[RECORD_DENSITY_COUNT] = {"urban", "suburban", "rural", "unknown"};
    static const char *const region[RECORD_REGION_COUNT] = {"northeast", "midwest", "south",
                                                            "west",      "other",   "unknown"};
    static const char *const season[RECORD_SEASON_COUNT] = {"winter", "spring", "summer", "fall", "unknown"};
    static const char *const observed[] = {"false", "true"};

    init_period(&h->qi[RECORD_QI_PERIOD]);
    init_gap(&h->qi[RECORD_QI_GAP]);
    init_age(&h->qi[RECORD_QI_AGE]);
    init_two_levels(&h->qi[RECORD_QI_SEX], sex, RECORD_SEX_COUNT);
    init_pregnancy(&h->qi[RECORD_QI_PREGNANCY]);
    init_two_levels(&h->qi[RECORD_QI_DENSITY], density, RECORD_DENSITY_COUNT);
    init_two_levels(&h->qi[RECORD_QI_REGION], region, RECORD_REGION_COUNT);
    init_two_levels(&h->qi[RECORD_QI_SEASON], season, RECORD_SEASON_COUNT);
    init_small(&h->qi[RECORD_QI_OBSERVED], observed, 2);
    return init_exposure(&h->qi[RECORD_QI_EXPOSURE], exposure_names, exposure_count, error);
}

void privacy_location_name(const char *density, const char *region, char *ret_name)
{
    const bool once = strcmp(density, region) == 0; /* the only names that both halves know: `*` and `unknown` */
    if (once)
        snprintf(ret_name, PRIVACY_LOCATION_MAX, "%s", density);
    else
        snprintf(ret_name, PRIVACY_LOCATION_MAX, "%s_%s", density, region);
}

bool privacy_level_nested(const privacy_hierarchy *h, uint32_t fine, uint32_t coarse)
{
    int target[PRIVACY_LEAVES_MAX];
    memset(target, -1, sizeof(target));
    for (uint32_t leaf = 0; leaf < h->leaf_count; leaf++) {
        int *const seen = &target[h->group[fine][leaf]];
        if (*seen >= 0 && *seen != h->group[coarse][leaf])
            return false;
        *seen = h->group[coarse][leaf];
    }
    return true;
}
