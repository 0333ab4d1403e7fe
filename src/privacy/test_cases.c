/* SPDX-License-Identifier: Apache-2.0 */
#include "privacy/test_cases.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

uint32_t test_split(char *line, char **fields, uint32_t most)
{
    uint32_t count = 0;
    line[strcspn(line, "\r\n")] = '\0';
    for (char *at = line; at != NULL && count < most; count++) {
        fields[count] = at;
        at = strchr(at, '\t');
        if (at != NULL)
            *at++ = '\0';
    }
    return count;
}

/* java.util.Random: a linear congruential generator of 48 bits (Knuth), nextInt(bound) as its documentation says. */
static int32_t next_below(uint64_t *seed, int32_t bound)
{
    for (;;) {
        *seed = (*seed * 0x5deece66dU + 0xb) & 0xffffffffffffU;
        const int32_t bits = (int32_t)(*seed >> 17);
        if ((bound & -bound) == bound)
            return (int32_t)(((int64_t)bound * bits) >> 31);
        const int32_t value = bits % bound;
        if ((int64_t)bits - value + (bound - 1) <= INT32_MAX)
            return value;
    }
}

void test_draw(uint32_t size, uint8_t *chosen, uint32_t rows)
{
    uint64_t seed = ((uint64_t)(int64_t)(int32_t)0xdeadbeefU ^ 0x5deece66dU) & 0xffffffffffffU;
    memset(chosen, 0, rows);
    for (uint32_t i = 0; i < size; i++)
        chosen[next_below(&seed, (int32_t)size)] = 1;
}

static void add(test_case *c, privacy_tab_model model)
{
    c->models[c->limits.model_count++] = model;
    c->limits.models = c->models;
}

static bool starts(const char *text, const char *word)
{
    return strncmp(text, word, strlen(word)) == 0;
}

/* The n-th argument as a number. */
static double argument(const char *text, int n)
{
    const char *at = strchr(text, '(');
    for (at = at != NULL ? at + 1 : ""; n > 0 && at != NULL; n--) {
        at = strchr(at, ',');
        at = at != NULL ? at + 1 : NULL;
    }
    return at != NULL ? strtod(at, NULL) : 0;
}

static void parse_model(const char *m, test_case *c)
{
    const bool sized = c->limits.model_count != 0; /* in ARX presence then asks nothing of classes without a member */
    c->subset = c->subset || strstr(m, "adult_subset") != NULL;
    if (starts(m, "KAnonymity"))
        add(c, (privacy_tab_model){.kind = PRIVACY_TAB_K, .k = (uint32_t)argument(m, 0)});
    else if (starts(m, "KMap") && strstr(m, "Population") == NULL)
        add(c, (privacy_tab_model){.kind = PRIVACY_TAB_K_MAP, .k = (uint32_t)argument(m, 0)});
    else if (starts(m, "DPresence"))
        add(c, (privacy_tab_model){.kind = PRIVACY_TAB_PRESENCE,
                                   .a = argument(m, 0),
                                   .b = argument(m, 1),
                                   .k = sized && (c->models[0].kind == PRIVACY_TAB_K ||
                                                  c->models[0].kind == PRIVACY_TAB_RECURSIVE_CL)});
    else if (starts(m, "EntropyLDiversity"))
        add(c, (privacy_tab_model){.kind = strstr(m, "GRASSBERGER") ? PRIVACY_TAB_GRASSBERGER_L : PRIVACY_TAB_ENTROPY_L,
                                   .k = (uint32_t)argument(m, 1)});
    else if (starts(m, "RecursiveCLDiversity"))
        add(c,
            (privacy_tab_model){.kind = PRIVACY_TAB_RECURSIVE_CL, .a = argument(m, 1), .k = (uint32_t)argument(m, 2)});
    else if (starts(m, "HierarchicalDistanceTCloseness"))
        add(c, (privacy_tab_model){.kind = PRIVACY_TAB_T_TREE, .a = argument(m, 1)});
    else if (starts(m, "EqualDistanceTCloseness"))
        add(c, (privacy_tab_model){.kind = PRIVACY_TAB_T_EQUAL, .a = argument(m, 1)});
    else if (starts(m, "OrderedDistanceTCloseness"))
        add(c, (privacy_tab_model){.kind = PRIVACY_TAB_T_ORDERED, .a = argument(m, 1)});
    else if (starts(m, "BasicBLikeness"))
        add(c, (privacy_tab_model){.kind = PRIVACY_TAB_BETA_BASIC, .a = argument(m, 1)});
    else if (starts(m, "EnhancedBLikeness"))
        add(c, (privacy_tab_model){.kind = PRIVACY_TAB_BETA_ENHANCED, .a = argument(m, 1)});
    else if (starts(m, "AverageReidentificationRisk"))
        add(c, (privacy_tab_model){.kind = PRIVACY_TAB_AVERAGE_RISK, .a = argument(m, 0)});
    else if (starts(m, "SampleUniqueness"))
        add(c, (privacy_tab_model){.kind = PRIVACY_TAB_SAMPLE_UNIQUE, .a = argument(m, 0)});
    else if (starts(m, "Inclusion(getSubset"))
        c->draw = (uint32_t)strtoul(m + strlen("Inclusion(getSubset("), NULL, 10);
    else
        c->left_out = "a model that is not ours";
}

static void parse_models(char *text, test_case *c)
{
    if (text[0] == '\0')
        c->left_out = "the line does not say the model";
    while (text[0] != '\0') {
        char *end = strstr(text, ")+");
        parse_model(text, c);
        text = end != NULL ? end + 2 : text + strlen(text);
    }
}

static void parse_metric(const char *metric, const char *arguments, test_case *c)
{
    c->limits.gs_factor = 0.5;
    if (starts(metric, "LossMetric")) {
        c->limits.metric = PRIVACY_TAB_LOSS;
        if (arguments[0] >= '0' && arguments[0] <= '9')
            c->limits.gs_factor = strtod(arguments, NULL);
        if (strstr(arguments, "RANK") != NULL)
            c->limits.aggregate = PRIVACY_TAB_RANK;
    } else if (starts(metric, "PrecomputedLoss")) {
        c->limits.metric = PRIVACY_TAB_LOSS;
    } else if (starts(metric, "EntropyMetric") || starts(metric, "PrecomputedEntropy")) {
        c->limits.metric = strstr(arguments, "true") != NULL ? PRIVACY_TAB_ENTROPY_LEVELS : PRIVACY_TAB_ENTROPY;
    } else if (starts(metric, "DiscernabilityMetric")) {
        c->limits.metric =
            strstr(arguments, "true") != NULL ? PRIVACY_TAB_DISCERNIBILITY_LEVELS : PRIVACY_TAB_DISCERNIBILITY;
    } else if (starts(metric, "PrecisionMetric")) {
        c->limits.metric = strstr(arguments, "true") != NULL ? PRIVACY_TAB_PRECISION_LEVELS : PRIVACY_TAB_PRECISION;
    } else if (starts(metric, "AECSMetric")) {
        c->limits.metric = PRIVACY_TAB_CLASS_SIZE;
    } else if (starts(metric, "HeightMetric")) {
        c->limits.metric = PRIVACY_TAB_HEIGHT;
    } else {
        c->left_out = "a metric that is not ours";
    }
}

static uint32_t parse_list(const char *text, double *values)
{
    uint32_t count = 0;
    if (text[0] != '[')
        return 0;
    for (const char *at = text + 1; *at != '\0' && *at != ']' && count < PRIVACY_TAB_COLUMNS_MAX;) {
        char *end;
        values[count++] = strtod(at, &end);
        at = end + strspn(end, ", ");
    }
    return count;
}

void test_case_parse(char *const fields[6], const char *sensitive, test_case *ret_case)
{
    double levels[PRIVACY_TAB_COLUMNS_MAX];
    test_case *c = ret_case;
    *c = (test_case){.occupation = sensitive[0] != '\0'};
    (void)snprintf(c->text, sizeof(c->text), "%s | %s %s | %.90s", fields[0], fields[1], fields[2], fields[3]);
    c->limits.suppression = strtod(fields[0], NULL);
    parse_metric(fields[1], fields[2], c);
    parse_models(fields[3], c);
    if (starts(fields[4], "hash") || (fields[0][0] == '\0' && c->left_out == NULL))
        c->left_out = "no loss stands there";
    c->rank_count = parse_list(fields[4], c->ranks);
    c->loss = strtod(fields[4], NULL);
    c->level_count = parse_list(fields[5], levels);
    c->none = c->level_count == 0;
    for (uint32_t i = 0; i < c->level_count; i++)
        c->levels[i] = (uint8_t)levels[i];
    if (c->level_count == 1)
        c->left_out = "a hierarchy that the line does not say";
    if (fields[1][0] == '\0')
        c->left_out = "the line does not say the metric";
    if (c->limits.model_count == 0 && c->left_out == NULL)
        c->left_out = "no model";
}
