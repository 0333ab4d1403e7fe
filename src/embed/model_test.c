/* SPDX-License-Identifier: Apache-2.0 */
#include "base/hash.h"
#include "base/test.h"
#include "embed/model.h"

#include <math.h>
#include <stdio.h>

#define GOLDEN_HIGH 0xa0bf5efdb4b95819ULL
#define GOLDEN_LOW  0x380d874afb80c331ULL

/* A small vocabulary: two history categories with concepts, medication, the one-level columns, labels. */
enum {
    ALLERGIC_HISTORY,
    RESPIRATORY_HISTORY,
    CARDIAC_HISTORY,
    ALLERGIC_RHINITIS,
    PNEUMONIA,
    ASTHMA,
    HEART_FAILURE,
    ANTIHISTAMINES,
    LORATADINE,
    FATIGUE,
    DYSPNEA,
    FLAG,
    RISK,
    OUTCOME,
    ITEMS,
};

static const embed_item items[ITEMS] = {
    [ALLERGIC_HISTORY] = {"allergic_history", RECORD_HISTORY_CATEGORIES, RECORD_ITEM_NONE, 2, 0},
    [RESPIRATORY_HISTORY] = {"respiratory_history", RECORD_HISTORY_CATEGORIES, RECORD_ITEM_NONE, 2, 0},
    [CARDIAC_HISTORY] = {"cardiac_history", RECORD_HISTORY_CATEGORIES, RECORD_ITEM_NONE, 2, 0},
    [ALLERGIC_RHINITIS] = {"allergic_rhinitis", RECORD_HISTORY_CONCEPTS, ALLERGIC_HISTORY, 2, 0},
    [PNEUMONIA] = {"pneumonia", RECORD_HISTORY_CONCEPTS, RESPIRATORY_HISTORY, 2, 0},
    [ASTHMA] = {"asthma", RECORD_HISTORY_CONCEPTS, RESPIRATORY_HISTORY, 2, 0},
    [HEART_FAILURE] = {"heart_failure", RECORD_HISTORY_CONCEPTS, CARDIAC_HISTORY, 3, 0},
    [ANTIHISTAMINES] = {"antihistamines", RECORD_MEDICATION_CATEGORIES, RECORD_ITEM_NONE, 2, 0},
    [LORATADINE] = {"loratadine", RECORD_MEDICATION_CONCEPTS, ANTIHISTAMINES, 3, 0},
    [FATIGUE] = {"fatigue", RECORD_SYMPTOM_CATEGORIES, RECORD_ITEM_NONE, 1, 0},
    [DYSPNEA] = {"shortness_of_breath", RECORD_SYMPTOM_CATEGORIES, RECORD_ITEM_NONE, 2, 0},
    [FLAG] = {"blood_pressure_stage_2", RECORD_VITAL_FLAGS, RECORD_ITEM_NONE, 2, 0},
    [RISK] = {"respiratory_allergies", RECORD_RISK_FACTORS, RECORD_ITEM_NONE, 1, 0},
    [OUTCOME] = {"asthma", RECORD_OUTCOMES, RECORD_ITEM_NONE, 1, 0},
};

static embed_model *make_model(void)
{
    embed_model *model = NULL;
    assert_int_equal(embed_model_new(items, ITEMS, "test-1", &model, NULL), 0);
    return model;
}

/* The first of the platform's scenarios: 27 years, third trimester, Boston, winter. */
static const record_item scenario_items[] = {
    ALLERGIC_HISTORY, RESPIRATORY_HISTORY, ALLERGIC_RHINITIS, PNEUMONIA, FATIGUE, DYSPNEA};
static const record_released scenario = {
    .index_period = "2020-2025",
    .months_since_previous = "first",
    .age_group = "25-30",
    .age_risk_group = "reproductive_age",
    .sex = "female",
    .pregnancy_status = "pregnant_trimester_3",
    .pregnancy_trimester = "third",
    .density = "urban",
    .region = "northeast",
    .location_category = "urban_northeast",
    .season_category = "winter",
    .exposure_risk = "unknown",
    .encounter_class = "ambulatory",
    .utilization = "2-3",
    .comorbidity = "0",
    .items = scenario_items,
    .item_count = 6,
};

static const record_released nothing = {
    .index_period = "*",
    .months_since_previous = "*",
    .age_group = "*",
    .age_risk_group = "*",
    .sex = "*",
    .pregnancy_status = "*",
    .density = "*",
    .region = "*",
    .location_category = "*",
    .season_category = "*",
    .exposure_risk = "*",
    .encounter_class = "unknown",
    .utilization = "*",
    .comorbidity = "*",
};

static double dot(const float *a, const float *b, int at, int size)
{
    double sum = 0;
    for (int i = at; i < at + size; i++)
        sum += (double)a[i] * (double)b[i];
    return sum;
}

static double whole_dot(const float *a, const float *b)
{
    return dot(a, b, 0, EMBED_DIMENSIONS);
}

static double medical_cosine(const float *a, const float *b)
{
    return dot(a, b, EMBED_MEDICAL_AT, EMBED_MEDICAL_SIZE) / 0.5; /* .8 of 1.6 */
}

static void encode(const embed_model *model, const record_released *row, float *vector)
{
    lethe_error error;
    assert_int_equal(embed_encode(model, row, vector, &error), 0);
}

static record_released with_items(record_released row, const record_item *list, size_t count)
{
    row.items = list;
    row.item_count = count;
    return row;
}

static void test_preparing_changes_nothing(void **state)
{
    (void)state;
    embed_model *model = make_model();
    float before[EMBED_DIMENSIONS], after[EMBED_DIMENSIONS];
    encode(model, &scenario, before);
    assert_int_equal(embed_model_prepare(model, NULL), 0);
    encode(model, &scenario, after);
    assert_memory_equal(before, after, sizeof(before));
    embed_model_free(model);
}

static void test_every_block_has_its_length(void **state)
{
    (void)state;
    embed_model *model = make_model();
    const record_released *rows[] = {&scenario, &nothing};
    for (size_t i = 0; i < 2; i++) {
        float v[EMBED_DIMENSIONS];
        encode(model, rows[i], v);
        assert_true(fabs(whole_dot(v, v) - 1) < 1e-6);
        assert_true(fabs(dot(v, v, EMBED_MEDICAL_AT, EMBED_MEDICAL_SIZE) - 0.5) < 1e-6);
        assert_true(fabs(dot(v, v, EMBED_DEMOGRAPHIC_AT, EMBED_DEMOGRAPHIC_SIZE) - 0.1875) < 1e-6);
        assert_true(fabs(dot(v, v, EMBED_TEMPORAL_AT, EMBED_TEMPORAL_SIZE) - 0.3125) < 1e-6);
    }
    embed_model_free(model);
}

/* The bits themselves: a change of any of them is a change of the model and needs a new name. */
static void test_the_bits_are_these(void **state)
{
    (void)state;
    embed_model *model = make_model();
    float v[EMBED_DIMENSIONS];
    encode(model, &scenario, v);
    const base_hash_key key = {0, 0};
    const base_hash128 hash = base_hash(&key, (base_span){(const char *)v, sizeof(v)});
    if (hash.high != GOLDEN_HIGH || hash.low != GOLDEN_LOW)
        print_message("now 0x%016llx 0x%016llx\n", (unsigned long long)hash.high, (unsigned long long)hash.low);
    assert_true(hash.high == GOLDEN_HIGH && hash.low == GOLDEN_LOW);
    assert_string_equal(embed_model_id(model), "lethe-lexical-1.0.0+test-1");
    embed_model_free(model);
}

static void test_only_the_named_columns_count(void **state)
{
    (void)state;
    embed_model *model = make_model();
    float before[EMBED_DIMENSIONS], after[EMBED_DIMENSIONS];
    encode(model, &scenario, before);
    const record_item with_label[] = {
        ALLERGIC_HISTORY, RESPIRATORY_HISTORY, ALLERGIC_RHINITIS, PNEUMONIA, FATIGUE, DYSPNEA, OUTCOME};
    record_released row = with_items(scenario, with_label, 7);
    row.index_period = "2019";
    row.months_since_previous = "36+";
    encode(model, &row, after);
    assert_memory_equal(before, after, sizeof(before));

    const record_item permuted[] = {DYSPNEA,   ALLERGIC_RHINITIS, FATIGUE, RESPIRATORY_HISTORY,
                                    PNEUMONIA, ALLERGIC_HISTORY};
    row = with_items(scenario, permuted, 6);
    encode(model, &row, after);
    assert_memory_equal(before, after, sizeof(before));
    embed_model_free(model);
}

static void test_each_named_column_counts(void **state)
{
    (void)state;
    embed_model *model = make_model();
    record_released rows[10];
    for (size_t i = 0; i < 10; i++)
        rows[i] = scenario;
    rows[0].age_group = "30-35";
    rows[1].age_risk_group = "*";
    rows[2].sex = "*";
    rows[3].pregnancy_status = "pregnant";
    rows[4].density = "rural";
    rows[5].region = "*";
    rows[6].season_category = "fall";
    rows[7].exposure_risk = "high_daycare_contact";
    rows[8].encounter_class = "emergency";
    rows[9].comorbidity = "3-4";
    float before[EMBED_DIMENSIONS], after[EMBED_DIMENSIONS];
    encode(model, &scenario, before);
    for (size_t i = 0; i < 10; i++) {
        encode(model, &rows[i], after);
        assert_true(whole_dot(before, after) < 1 - 1e-5);
    }
    embed_model_free(model);
}

/* The order of the vocabulary's table is no part of the model. */
static void test_item_order_does_not_matter(void **state)
{
    (void)state;
    embed_item turned[ITEMS];
    for (int i = 0; i < ITEMS; i++) {
        turned[ITEMS - 1 - i] = items[i];
        if (items[i].parent != RECORD_ITEM_NONE)
            turned[ITEMS - 1 - i].parent = (record_item)(ITEMS - 1 - items[i].parent);
    }
    embed_model *model = make_model(), *other = NULL;
    assert_int_equal(embed_model_new(turned, ITEMS, "test-1", &other, NULL), 0);
    record_item list[6];
    for (int i = 0; i < 6; i++)
        list[i] = (record_item)(ITEMS - 1 - scenario_items[i]);
    const record_released row = with_items(scenario, list, 6);
    float a[EMBED_DIMENSIONS], b[EMBED_DIMENSIONS];
    encode(model, &scenario, a);
    encode(other, &row, b);
    assert_memory_equal(a, b, sizeof(a));
    embed_model_free(model);
    embed_model_free(other);
}

static void test_other_weights_are_exact(void **state)
{
    (void)state;
    embed_model *model = make_model();
    record_released other = nothing;
    other.age_group = "30-35";
    other.season_category = "spring";
    float a[EMBED_DIMENSIONS], b[EMBED_DIMENSIONS], wa[EMBED_DIMENSIONS], wb[EMBED_DIMENSIONS];
    encode(model, &scenario, a);
    encode(model, &other, b);
    static const double weights[][3] = {{1, 0, 0}, {0, 1, 0}, {.2, .7, .4}, {0, 0, 5}};
    for (size_t i = 0; i < sizeof(weights) / sizeof(weights[0]); i++) {
        const double *w = weights[i];
        assert_int_equal(embed_reweight(a, w[0], w[1], w[2], wa, NULL), 0);
        assert_int_equal(embed_reweight(b, w[0], w[1], w[2], wb, NULL), 0);
        const double expected =
            (w[0] * dot(a, b, 0, 640) / 0.5 + w[1] * dot(a, b, 640, 64) / 0.1875 + w[2] * dot(a, b, 704, 64) / 0.3125) /
            (w[0] + w[1] + w[2]);
        assert_true(fabs(whole_dot(wa, wb) - expected) < 1e-6);
        assert_true(fabs(whole_dot(wa, wa) - 1) < 1e-6);
    }
    assert_int_equal(embed_reweight(a, .8, .3, .5, wa, NULL), 0);
    assert_true(fabs(whole_dot(a, wa) - 1) < 1e-6);
    assert_int_equal(embed_reweight(a, 0, 0, 0, wa, NULL), LETHE_E_EMBED_INPUT);
    assert_int_equal(embed_reweight(a, -1, 1, 1, wa, NULL), LETHE_E_EMBED_INPUT);
    embed_model_free(model);
}

static void test_relatives_are_nearer_than_strangers(void **state)
{
    (void)state;
    embed_model *model = make_model();
    static const record_item lists[][2] = {
        {RESPIRATORY_HISTORY, PNEUMONIA}, {RESPIRATORY_HISTORY, ASTHMA}, {CARDIAC_HISTORY, HEART_FAILURE}};
    static const record_item category[] = {RESPIRATORY_HISTORY};
    float v[4][EMBED_DIMENSIONS];
    for (size_t i = 0; i < 3; i++) {
        const record_released row = with_items(nothing, lists[i], 2);
        encode(model, &row, v[i]);
    }
    const record_released row = with_items(nothing, category, 1);
    encode(model, &row, v[3]);
    const double sibling = medical_cosine(v[0], v[1]), parent = medical_cosine(v[0], v[3]);
    const double stranger = medical_cosine(v[0], v[2]);
    assert_true(fabs(stranger) < 0.05);
    assert_true(sibling > stranger + 0.1);
    assert_true(parent > sibling + 0.1);
    assert_true(parent < 0.9);
    embed_model_free(model);
}

static double demographic_cosine(const embed_model *model, const char *first, const char *second)
{
    record_released a = nothing, b = nothing;
    a.age_group = first;
    b.age_group = second;
    float va[EMBED_DIMENSIONS], vb[EMBED_DIMENSIONS];
    encode(model, &a, va);
    encode(model, &b, vb);
    return dot(va, vb, EMBED_DEMOGRAPHIC_AT, EMBED_DEMOGRAPHIC_SIZE) / 0.1875;
}

static void test_ages_are_ordered(void **state)
{
    (void)state;
    embed_model *model = make_model();
    const double near = demographic_cosine(model, "40-45", "45-50");
    const double next = demographic_cosine(model, "40-45", "50-55");
    const double far = demographic_cosine(model, "40-45", "75-80");
    assert_true(near > 0.75 && near > next && next > far + 0.2 && far < 0.05);
    assert_true(demographic_cosine(model, "35-50", "40-45") > demographic_cosine(model, "35-50", "50-55"));
    assert_true(demographic_cosine(model, "90+", "80+") > 0.6);
    embed_model_free(model);
}

static void test_what_cannot_be_is_refused(void **state)
{
    (void)state;
    embed_model *model = make_model();
    float v[EMBED_DIMENSIONS];
    record_released rows[8];
    for (size_t i = 0; i < 8; i++)
        rows[i] = scenario;
    rows[0].age_group = "27";
    rows[1].sex = "f";
    rows[2].pregnancy_status = "yes";
    rows[3].region = "north";
    rows[4].season_category = "autumn";
    rows[5].encounter_class = "AMB";
    rows[6].utilization = "many";
    rows[7].age_group = "25-300";
    for (size_t i = 0; i < 8; i++) {
        lethe_error error = {0};
        assert_int_equal(embed_encode(model, &rows[i], v, &error), LETHE_E_EMBED_INPUT);
        assert_true(error.path[0] != '\0');
    }
    static const record_item beyond[] = {ITEMS};
    const record_released row = with_items(scenario, beyond, 1);
    assert_int_equal(embed_encode(model, &row, v, NULL), LETHE_E_EMBED_INPUT);
    embed_model_free(model);

    embed_item broken[2] = {items[0], items[3]};
    broken[1].parent = 1; /* its own parent */
    assert_int_equal(embed_model_new(broken, 2, "x", &model, NULL), LETHE_E_EMBED_INPUT);
    broken[1].parent = 0;
    broken[1].weight = 5;
    assert_int_equal(embed_model_new(broken, 2, "x", &model, NULL), LETHE_E_EMBED_INPUT);
}

/* More items than axes: the ubiquitous keep one each, the rare share, and a shared item keeps its length. */
static void test_the_tail_shares(void **state)
{
    (void)state;
    enum { MANY = 1500 };
    static embed_item many[MANY];
    static char names[MANY][16];
    for (int i = 0; i < MANY; i++) {
        snprintf(names[i], sizeof(names[i]), "c%04d", i);
        many[i] = (embed_item){names[i], RECORD_HISTORY_CONCEPTS, 0, (uint8_t)(1 + i % 4), 0};
    }
    many[0].column = RECORD_HISTORY_CATEGORIES;
    many[0].parent = RECORD_ITEM_NONE;
    many[1499].rank = 1; /* weight 4, but told to come first */
    embed_model *model = NULL;
    assert_int_equal(embed_model_new(many, MANY, "tail", &model, NULL), 0);
    assert_int_equal(embed_model_axis(model, 1499), 0);
    assert_int_equal(embed_model_axis(model, 0),
                     -1); /* the category comes after 374 ubiquitous and 375 common concepts */
    size_t own = 0;
    for (record_item i = 0; i < MANY; i++) {
        own += embed_model_axis(model, i) >= 0;
        if (i != 1499 && many[i].weight >= 3)
            assert_int_equal(embed_model_axis(model, i), -1);
    }
    assert_int_equal(own, EMBED_OWN_SIZE);
    static const record_item pairs[][1] = {{1403}, {1399}};
    float a[EMBED_DIMENSIONS], b[EMBED_DIMENSIONS];
    const record_released first = with_items(nothing, pairs[0], 1), second = with_items(nothing, pairs[1], 1);
    encode(model, &first, a);
    encode(model, &second, b);
    assert_true(medical_cosine(a, b) < 0.7);
    embed_model_free(model);
}

static void check_text(const record_released *row, const char *expected)
{
    embed_model *model = make_model();
    base_buf text;
    base_buf_init(&text, EMBED_TEXT_MAX);
    assert_int_equal(embed_enhanced_text(model, row, &text, NULL), 0);
    base_buf_byte(&text, '\0');
    assert_string_equal(text.data, expected);
    base_buf_done(&text);
    embed_model_free(model);
}

static void test_the_enhanced_text(void **state)
{
    (void)state;
    check_text(&scenario, "history: allergic rhinitis, pneumonia; symptoms: fatigue, shortness of breath. "
                          "Patient characteristics: pregnant patient, age group 25-30, during winter season, in "
                          "urban_northeast environment.");
    record_released row = scenario;
    row.item_count = 0;
    row.pregnancy_status = "not_pregnant";
    row.season_category = "*";
    row.density = "unknown";
    check_text(&row, "Patient characteristics: age group 25-30, in northeast environment.");
    row.pregnancy_status = "pregnant";
    row.age_group = "*";
    row.region = "*";
    check_text(&row, "Patient characteristics: pregnant patient.");
    row.pregnancy_status = "postpartum";
    check_text(&row, "");
    static const record_item category[] = {CARDIAC_HISTORY, FLAG};
    row = with_items(nothing, category, 2);
    check_text(&row, "history: cardiac history; findings: blood pressure stage 2.");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_preparing_changes_nothing),
        cmocka_unit_test(test_every_block_has_its_length),
        cmocka_unit_test(test_the_bits_are_these),
        cmocka_unit_test(test_only_the_named_columns_count),
        cmocka_unit_test(test_each_named_column_counts),
        cmocka_unit_test(test_item_order_does_not_matter),
        cmocka_unit_test(test_other_weights_are_exact),
        cmocka_unit_test(test_relatives_are_nearer_than_strangers),
        cmocka_unit_test(test_ages_are_ordered),
        cmocka_unit_test(test_what_cannot_be_is_refused),
        cmocka_unit_test(test_the_tail_shares),
        cmocka_unit_test(test_the_enhanced_text),
    };
    return cmocka_run_group_tests_name("embed/model", tests, NULL, NULL);
}
