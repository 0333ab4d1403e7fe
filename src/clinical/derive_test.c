/* SPDX-License-Identifier: Apache-2.0 */
#include "clinical/test_person.h"

static char names[4096];

static const char *list(const record_row *row, record_column column)
{
    return test_names(row, column, names, sizeof(names));
}

static void asthmatic(test_person *p)
{
    test_begin(p);
    test_patient(p, "female", "1990-06-15", "");
    test_visit(p, "v1", "2019-03-01T10:00:00Z", "2019-03-01T11:00:00Z");
    test_visit(p, "v2", "2020-07-15T09:00:00Z", "2020-07-15T09:30:00Z");
    test_coded(p, RECORD_CONDITION, "snomed|195967001", "2019-03-01T10:00:00Z", "", "2019-03-01T10:00:00Z", "v1");
    test_coded(p, RECORD_CONDITION, "icd|I10", "2019-09-01", "", "2019-09-01", "");
    test_coded(p, RECORD_MEDICATION, "atc|C09AA03", "", "", "2020-07-15T09:10:00Z", "v2");
}

static void test_two_visits(void **state)
{
    (void)state;
    test_person p;
    asthmatic(&p);
    test_derive(&p);
    assert_int_equal(p.row_count, 2);
    assert_string_equal(list(&p.rows[0], RECORD_HISTORY_CONCEPTS), "asthma");
    assert_true(test_has(&p.rows[0], RECORD_OUTCOMES, "hypertension"));
    assert_true(test_has(&p.rows[0], RECORD_OUTCOMES, "cardiac_history"));
    assert_false(test_has(&p.rows[0], RECORD_OUTCOMES, "asthma"));
    assert_int_equal(p.rows[0].qi.leaf[RECORD_QI_OBSERVED], RECORD_YES);
    assert_int_equal(p.rows[0].qi.leaf[RECORD_QI_AGE], clinical_age_leaf(28));
    assert_int_equal(p.rows[0].qi.leaf[RECORD_QI_SEASON], RECORD_SPRING);
    assert_int_equal(p.rows[0].qi.leaf[RECORD_QI_GAP], RECORD_GAP_FIRST);
    assert_int_equal(p.rows[1].qi.leaf[RECORD_QI_GAP], 16);
    assert_int_equal(p.rows[1].qi.leaf[RECORD_QI_AGE], clinical_age_leaf(30));
    assert_int_equal(p.rows[1].qi.leaf[RECORD_QI_SEASON], RECORD_SUMMER);
    assert_int_equal(p.rows[1].qi.leaf[RECORD_QI_PREGNANCY], RECORD_NOT_PREGNANT);
    assert_string_equal(list(&p.rows[1], RECORD_HISTORY_CONCEPTS), "asthma hypertension");
    assert_true(test_has(&p.rows[1], RECORD_MEDICATION_CATEGORIES, "ace_inhibitors"));
    assert_int_equal(test_count(&p.rows[0], RECORD_MEDICATION_CATEGORIES), 0);
    test_end(&p);
}

/* Without encounters each day on which something happened is a visit; one encounter is enough to trust encounters. */
static void test_days_stand_for_visits(void **state)
{
    (void)state;
    test_person p;
    test_begin(&p);
    test_patient(&p, "male", "1980-01-01", "");
    test_coded(&p, RECORD_CONDITION, "icd|I10", "2019-09-01", "", "2019-09-01", "");
    test_coded(&p, RECORD_IMMUNIZATION, "cvx|140", "2019-09-01", "", "2019-09-01", "");
    test_coded(&p, RECORD_CONDITION, "icd|J45.909", "2021-02-03", "", "2021-02-03", "");
    test_coded(&p, RECORD_CONDITION, "icd|E11.9", "2020", "", "2020", "");
    test_derive(&p);
    assert_int_equal(p.row_count, 2);
    assert_int_equal(p.rows[0].encounter_class, RECORD_CLASS_UNKNOWN);
    assert_string_equal(list(&p.rows[0], RECORD_HISTORY_CONCEPTS), "hypertension");
    test_visit(&p, "v", "2022-03-01T10:00:00Z", "2022-03-01T11:00:00Z");
    test_derive(&p);
    assert_int_equal(p.row_count, 1);
    test_end(&p);
}

/* What a code and its display contradict each other on is not known; what they share is. */
static void test_contradicted_vaccine(void **state)
{
    (void)state;
    test_person p;
    test_begin(&p);
    test_patient(&p, "male", "1980-01-01", "");
    test_visit(&p, "v", "2022-03-01T10:00:00Z", "2022-03-01T11:00:00Z");
    const record_coding wrong = {.system = BASE_SPAN("http://hl7.org/fhir/sid/cvx"),
                                 .code = BASE_SPAN("103"),
                                 .display = BASE_SPAN("Tetanus and diphtheria toxoids")};
    record_event event = {.kind = RECORD_IMMUNIZATION,
                          .start = test_time("2022-03-01"),
                          .code = {.codings = &wrong, .count = 1}};
    test_add_events(&p, &event, 1);
    test_derive(&p);
    assert_int_equal(test_count(&p.rows[0], RECORD_IMMUNIZATION_CATEGORIES), 0);
    const record_coding right = {.system = wrong.system,
                                 .code = wrong.code,
                                 .display = BASE_SPAN("meningococcal C conjugate vaccine")};
    event.code.codings = &right;
    test_add_events(&p, &event, 1);
    test_derive(&p);
    assert_int_equal(test_count(&p.rows[0], RECORD_IMMUNIZATION_CATEGORIES), 1);
    test_end(&p);
}

static void assert_same_row(const record_row *a, const record_row *b)
{
    assert_memory_equal(&a->qi, &b->qi, sizeof(a->qi));
    assert_int_equal(a->index_day, b->index_day);
    assert_int_equal(a->encounter_class, b->encounter_class);
    assert_int_equal(a->utilization, b->utilization);
    assert_memory_equal(a->encounter_digest, b->encounter_digest, 32);
}

/* Items but outcomes, which are of the future. */
static void assert_same_features(const record_row *a, const record_row *b)
{
    assert_same_row(a, b);
    for (record_column column = 0; column < RECORD_RISK_FACTORS; column++) {
        char first[4096], second[4096];
        assert_string_equal(test_names(a, column, first, sizeof(first)), test_names(b, column, second, sizeof(second)));
    }
}

/* Everything that is recorded after the first visit, of every kind: its row stays as it is, but for outcomes. */
static void test_nothing_of_the_future_leaks(void **state)
{
    (void)state;
    test_person a, b;
    asthmatic(&a);
    test_derive(&a);
    asthmatic(&b);
    test_coded(&b, RECORD_CONDITION, "icd|E11.9", "2010-01-01", "", "2019-03-01T11:00:01Z", "v1");
    test_coded(&b, RECORD_CONDITION, "icd|C50.911", "2010-01-01", "", "2019-04-01", "v1");
    test_coded(&b, RECORD_CONDITION, "icd|N18.3", "2019", "", "", "");
    test_coded(&b, RECORD_CONDITION, "icd|O09.02", "2019-03-02", "", "2019-03-02", "");
    test_coded(&b, RECORD_SYMPTOM, "cough", "", "", "2019-03-01T11:30:00Z", "v1");
    test_coded(&b, RECORD_MEDICATION, "atc|A10BA02", "2018-01-01", "2020-01-01", "2019-03-02", "v1");
    test_coded(&b, RECORD_ALLERGY, "penicillin", "2001-01-01", "", "2019-03-05", "");
    test_coded(&b, RECORD_PROCEDURE, "appendectomy", "2019-03-02", "", "", "");
    test_coded(&b, RECORD_IMMUNIZATION, "cvx|140", "2019-03-02", "", "", "");
    test_value(&b, "8480-6", 190, "mm[Hg]", "2019-03-01T11:00:01Z");
    test_answer(&b, "72166-2", "LA18976-3", "2019-03-02");
    test_date_value(&b, "11778-8", "2019-06-01", "2019-03-02");
    test_visit(&b, "v3", "2019-04-01", "");
    test_derive(&b);
    assert_int_equal(b.row_count, 3);
    assert_same_features(&a.rows[0], &b.rows[0]);
    /* The same things known at the visit would have changed it. */
    test_coded(&b, RECORD_ALLERGY, "penicillin", "2001-01-01", "", "2019-03-01", "");
    test_derive(&b);
    assert_true(test_has(&b.rows[0], RECORD_ALLERGY_CATEGORIES, "beta_lactam_allergy"));
    test_end(&a);
    test_end(&b);
}

static void make_many(test_person *p)
{
    static char ids[64][8], dates[64][32];
    asthmatic(p);
    for (int i = 0; i < 40; i++) {
        snprintf(ids[i], sizeof(ids[i]), "w%d", i);
        snprintf(dates[i], sizeof(dates[i]), "%04d-%02d-%02d", 2005 + i / 4, 1 + i % 12, 1 + i % 28);
        test_visit(p, ids[i], dates[i], "");
        test_value(p, "8480-6", 110 + i, "mm[Hg]", dates[i]);
        test_coded(p, RECORD_CONDITION,
                   i % 3 == 0   ? "icd|J18.9"
                   : i % 3 == 1 ? "icd|E11.9"
                                : "icd|R05",
                   dates[i], "", dates[i], ids[i]);
        test_coded(p, RECORD_REASON, "fever", "", "", "", ids[i]);
    }
}

static void test_order_does_not_matter(void **state)
{
    (void)state;
    test_person p;
    make_many(&p);
    test_derive(&p);
    const record_row *rows = p.rows;
    const size_t count = p.row_count;
    assert_int_equal(count, CLINICAL_VISITS_MAX_DEFAULT);
    static const size_t steps[] = {7, 11, 13, 101};
    for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
        assert_true(p.count % steps[i] != 0);
        test_derive_permuted(&p, steps[i]);
        assert_int_equal(p.row_count, count);
        for (size_t r = 0; r < count; r++) {
            assert_same_row(&rows[r], &p.rows[r]);
            assert_int_equal(rows[r].item_count, p.rows[r].item_count);
            assert_memory_equal(rows[r].items, p.rows[r].items, rows[r].item_count * sizeof(record_item));
        }
    }
    test_end(&p);
}

static void test_snapshot_modes(void **state)
{
    (void)state;
    test_person p;
    make_many(&p);
    p.options.snapshots = CLINICAL_SNAPSHOTS_LATEST;
    test_derive(&p);
    assert_int_equal(p.row_count, 1);
    assert_int_equal(p.rows[0].index_day, base_day_of(2020, 7, 15));
    const int32_t as_of = p.options.as_of_day;
    p.options.snapshots = CLINICAL_SNAPSHOTS_FOLLOWED;
    p.options.as_of_day = base_day_of(2020, 12, 31); /* too near for the latest */
    test_derive(&p);
    assert_int_equal(p.row_count, 1);
    assert_true(p.rows[0].index_day < base_day_of(2020, 7, 15));
    assert_int_equal(p.rows[0].qi.leaf[RECORD_QI_OBSERVED], 1);
    p.options.horizon_months = 1200; /* nobody is followed so long */
    test_derive(&p);
    assert_int_equal(p.rows[0].index_day, base_day_of(2020, 7, 15));
    p.options.horizon_months = 0;
    p.options.as_of_day = as_of;
    p.options.snapshots = CLINICAL_SNAPSHOTS_YEARLY;
    p.options.visits_max = 64;
    test_derive(&p);
    assert_int_equal(p.row_count, 12); /* 2005 to 2014, 2019, 2020 */
    for (size_t i = 1; i < p.row_count; i++)
        assert_true(base_civil_of(p.rows[i].index_day).year > base_civil_of(p.rows[i - 1].index_day).year);
    p.options.snapshots = CLINICAL_SNAPSHOTS_VISITS;
    test_derive(&p);
    assert_int_equal(p.row_count, 42);
    test_end(&p);
}

static void test_future_and_undated_things(void **state)
{
    (void)state;
    test_person p;
    test_begin(&p);
    test_patient(&p, "male", "1960", "");
    test_visit(&p, "v1", "2020-06-30", "");
    test_visit(&p, "later", "2031-01-01", "");
    test_visit(&p, "never", "", "");
    test_coded(&p, RECORD_CONDITION, "icd|I10", "", "", "", "");     /* nobody can date it */
    test_coded(&p, RECORD_CONDITION, "icd|E11.9", "", "", "", "v1"); /* known at its visit */
    test_coded(&p, RECORD_CONDITION, "icd|J45.909", "2030", "", "2030-01-01", "");
    test_derive(&p);
    assert_int_equal(p.row_count, 1);
    assert_string_equal(list(&p.rows[0], RECORD_HISTORY_CONCEPTS), "type_2_diabetes");
    assert_int_equal(p.rows[0].qi.leaf[RECORD_QI_AGE], clinical_age_leaf(59)); /* born in mid-1960, the day before */
    test_end(&p);
}

static void test_censoring(void **state)
{
    (void)state;
    static const struct {
        const char *death, *as_of;
        int observed, died, followup;
    } cases[] = {
        {"", "2021-03-01", RECORD_YES, RECORD_NO, 3},
        {"", "2021-02-28", RECORD_NO, RECORD_NOT_OBSERVED, 2},
        {"2020-06-01", "2024-01-01", RECORD_NO, RECORD_YES, 1},
        {"2021-03-01", "2024-01-01", RECORD_YES, RECORD_YES, 3},
        {"2022-06-01", "2024-01-01", RECORD_YES, RECORD_NO, 4},
        {"2022-06-01", "2020-12-31", RECORD_NO, RECORD_NOT_OBSERVED, 2}, /* a death that is still to come */
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        test_person p;
        test_begin(&p);
        test_patient(&p, "male", "1950-01-01", cases[i].death);
        test_visit(&p, "v1", "2020-03-01", "");
        test_coded(&p, RECORD_CONDITION, "icd|I10", "2020-03-01", "", "2020-03-01", "");
        p.options.as_of_day = test_time(cases[i].as_of).day;
        test_derive(&p);
        assert_int_equal(p.row_count, 1);
        assert_int_equal(p.rows[0].qi.leaf[RECORD_QI_OBSERVED], cases[i].observed);
        assert_int_equal(p.rows[0].followup, cases[i].followup);
        if (cases[i].died == RECORD_YES && strcmp(cases[i].death, "2021-03-01") == 0)
            assert_int_not_equal(p.rows[0].death_in_window, RECORD_NOT_OBSERVED);
        else
            assert_int_equal(p.rows[0].death_in_window, cases[i].died);
        test_end(&p);
    }
}

static void test_outcome_window(void **state)
{
    (void)state;
    static const struct {
        const char *onset;
        bool outcome;
    } cases[] = {{"2020-03-01", false}, {"2020-03-02", true}, {"2021-03-01", true}, {"2021-03-02", false}};
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        test_person p;
        test_begin(&p);
        test_patient(&p, "male", "1950-01-01", "");
        test_visit(&p, "v1", "2020-03-01", "");
        test_coded(&p, RECORD_CONDITION, "icd|J45.909", cases[i].onset, "", cases[i].onset, "");
        test_derive(&p);
        assert_int_equal(test_has(&p.rows[0], RECORD_OUTCOMES, "asthma"), cases[i].outcome);
        test_end(&p);
    }
    /* A second pneumonia is no new condition, and what began before but was recorded later is none either. */
    test_person p;
    test_begin(&p);
    test_patient(&p, "male", "1950-01-01", "");
    test_visit(&p, "v1", "2020-03-01", "");
    test_coded(&p, RECORD_CONDITION, "icd|J18.9", "2015-01-01", "2015-02-01", "2015-01-01", "");
    test_coded(&p, RECORD_CONDITION, "icd|J18.9", "2020-05-01", "", "2020-05-01", "");
    test_coded(&p, RECORD_CONDITION, "icd|I10", "2019-01-01", "", "2020-05-01", "");
    test_derive(&p);
    assert_int_equal(test_count(&p.rows[0], RECORD_OUTCOMES), 0);
    assert_string_equal(list(&p.rows[0], RECORD_HISTORY_CONCEPTS), "pneumonia");
    test_end(&p);
}

static void test_medications_by_time_and_reference(void **state)
{
    (void)state;
    test_person p;
    test_begin(&p);
    test_patient(&p, "male", "1950-01-01", "");
    test_visit(&p, "v1", "2020-03-01", "");
    test_coded(&p, RECORD_MEDICATION, "metformin", "", "", "2019-03-02", "");                    /* within a year */
    test_coded(&p, RECORD_MEDICATION, "atorvastatin", "", "", "2019-02-01", "");                 /* older */
    test_coded(&p, RECORD_MEDICATION, "warfarin", "2010-01-01", "2020-04-01", "2010-01-01", ""); /* still taken */
    test_coded(&p, RECORD_SUBSTANCE, "lisinopril", "", "", "", "");
    test_share(&p, "med");
    const record_event order = {
        .kind = RECORD_MEDICATION, .known = test_time("2020-02-01"), .reference = test_key("med")};
    test_add_events(&p, &order, 1);
    test_derive(&p);
    assert_string_equal(list(&p.rows[0], RECORD_MEDICATION_CONCEPTS), "lisinopril metformin vitamin_k_antagonists");
    test_end(&p);
}

static void test_symptoms_are_of_the_visit(void **state)
{
    (void)state;
    test_person p;
    test_begin(&p);
    test_patient(&p, "male", "1950-01-01", "");
    test_visit(&p, "v1", "2020-03-01", "");
    test_visit(&p, "v2", "2020-04-01", "");
    test_coded(&p, RECORD_REASON, "cough", "", "", "", "v1");
    test_coded(&p, RECORD_SYMPTOM, "no fever but chest pain", "", "", "2020-04-01", "v2");
    test_derive(&p);
    assert_string_equal(list(&p.rows[0], RECORD_SYMPTOM_CATEGORIES), "respiratory_symptoms");
    assert_string_equal(list(&p.rows[1], RECORD_SYMPTOM_CATEGORIES), "chest_symptoms");
    test_end(&p);
}

static void address(test_person *p, const char *city, const char *state, const char *country, const char *start,
                    const char *end)
{
    const record_event event = {
        .kind = RECORD_ADDRESS,
        .start = test_time(start),
        .end = test_time(end),
        .place = {.city = base_span_of(city), .state = base_span_of(state), .country = base_span_of(country)}};
    test_add_events(p, &event, 1);
}

static void test_where_someone_lived_then(void **state)
{
    (void)state;
    test_person p;
    test_begin(&p);
    test_patient(&p, "male", "1950-01-01", "");
    test_visit(&p, "v1", "2015-03-01", "");
    test_visit(&p, "v2", "2020-03-01", "");
    address(&p, "Boston", "MA", "US", "2010-01-01", "2018-01-01");
    address(&p, "Seattle", "WA", "US", "2018-01-02", "");
    test_derive(&p);
    assert_int_equal(p.rows[0].qi.leaf[RECORD_QI_REGION], RECORD_NORTHEAST);
    assert_int_equal(p.rows[1].qi.leaf[RECORD_QI_REGION], RECORD_WEST);
    assert_int_equal(p.rows[1].qi.leaf[RECORD_QI_DENSITY], RECORD_URBAN);
    test_end(&p);

    /* An address without a period is today's: where the visit took place says more about the visit. */
    test_begin(&p);
    test_patient(&p, "male", "1950-01-01", "");
    address(&p, "Seattle", "WA", "US", "", "");
    address(&p, "Boston", "MA", "US", "", "");
    test_share(&p, "clinic");
    const record_event visit = {.kind = RECORD_ENCOUNTER,
                                .id = BASE_SPAN("v1"),
                                .self = test_key("v1"),
                                .start = test_time("2015-03-01"),
                                .reference = test_key("clinic")};
    test_add_events(&p, &visit, 1);
    test_derive(&p);
    assert_int_equal(p.rows[0].qi.leaf[RECORD_QI_REGION], RECORD_NORTHEAST);
    test_end(&p);
}

/* A ward has no address, its hospital has; an old address is not where someone lives. */
static void test_place_of_the_hospital(void **state)
{
    (void)state;
    test_person p;
    test_begin(&p);
    test_patient(&p, "male", "1950-01-01", "");
    const record_event old = {.kind = RECORD_ADDRESS,
                              .flags = RECORD_FLAG_HISTORICAL,
                              .place = {.city = BASE_SPAN("Seattle"), .state = BASE_SPAN("WA")}};
    test_add_events(&p, &old, 1);
    const record_event ward = {.kind = RECORD_ADDRESS, .reference = test_key("hospital")};
    test_add_events(&p, &ward, 1);
    test_share(&p, "ward");
    address(&p, "Boston", "MA", "US", "", "");
    test_share(&p, "hospital");
    const record_event visit = {.kind = RECORD_ENCOUNTER,
                                .flags = RECORD_FLAG_DECEASED,
                                .id = BASE_SPAN("v1"),
                                .self = test_key("v1"),
                                .start = test_time("2020-03-01"),
                                .end = test_time("2020-03-05"),
                                .reference = test_key("ward")};
    test_add_events(&p, &visit, 1);
    test_visit(&p, "v2", "2020-02-01", "");
    test_visit(&p, "v3", "2020-04-01", "");
    test_derive(&p);
    assert_int_equal(p.row_count, 2); /* died in the hospital: the visit of April is none */
    assert_int_equal(p.rows[0].death_in_window, RECORD_YES);
    assert_int_equal(p.rows[0].qi.leaf[RECORD_QI_REGION], RECORD_REGION_UNKNOWN);
    assert_int_equal(p.rows[1].qi.leaf[RECORD_QI_REGION], RECORD_NORTHEAST);
    test_end(&p);
}

static void test_seasons(void **state)
{
    (void)state;
    static const uint8_t northern[] = {RECORD_WINTER, RECORD_WINTER, RECORD_SPRING, RECORD_SPRING,
                                       RECORD_SPRING, RECORD_SUMMER, RECORD_SUMMER, RECORD_SUMMER,
                                       RECORD_FALL,   RECORD_FALL,   RECORD_FALL,   RECORD_WINTER};
    for (int32_t month = 1; month <= 12; month++) {
        assert_int_equal(clinical_season_leaf(month, false), northern[month - 1]);
        assert_int_equal(clinical_season_leaf(month, true), northern[(month + 5) % 12]);
    }
    test_person p;
    test_begin(&p);
    test_patient(&p, "male", "1950-01-01", "");
    test_visit(&p, "v1", "2020-01-15", "");
    address(&p, "Sydney", "", "AU", "2000", "");
    test_derive(&p);
    assert_int_equal(p.rows[0].qi.leaf[RECORD_QI_SEASON], RECORD_SUMMER);
    assert_int_equal(p.rows[0].qi.leaf[RECORD_QI_REGION], RECORD_REGION_OTHER);
    test_end(&p);
}

static void test_utilization_and_exposure(void **state)
{
    (void)state;
    test_person p;
    test_begin(&p);
    test_patient(&p, "male", "1950-01-01", "");
    test_visit(&p, "old", "2019-02-28", ""); /* more than a year before */
    test_visit(&p, "a", "2019-04-01", "");
    test_visit(&p, "b", "2019-12-01", "");
    test_visit(&p, "v", "2020-03-01", "");
    test_answer(&p, "72166-2", "LA18976-3", "2019-04-01"); /* smokes */
    test_answer(&p, "72166-2", "LA15920-4", "2020-02-01"); /* has stopped */
    test_derive(&p);
    assert_string_equal(clinical_utilization_name(p.rows[3].utilization), "2-3");
    assert_string_equal(clinical_exposure_name(p.rows[0].qi.leaf[RECORD_QI_EXPOSURE]), "unknown");
    assert_string_equal(clinical_exposure_name(p.rows[2].qi.leaf[RECORD_QI_EXPOSURE]), "high_tobacco_smoke");
    assert_string_equal(clinical_exposure_name(p.rows[3].qi.leaf[RECORD_QI_EXPOSURE]), "low_former_smoker");
    test_end(&p);
}

static void test_age_leaves(void **state)
{
    (void)state;
    assert_int_equal(clinical_age_leaf(-1), RECORD_AGE_UNKNOWN);
    assert_int_equal(clinical_age_leaf(0), 0);
    assert_int_equal(clinical_age_leaf(4), 1);
    assert_int_equal(clinical_age_leaf(17), 4);
    assert_int_equal(clinical_age_leaf(18), 5);
    assert_int_equal(clinical_age_leaf(24), 6);
    assert_int_equal(clinical_age_leaf(25), 7);
    assert_int_equal(clinical_age_leaf(89), 19);
    assert_int_equal(clinical_age_leaf(90), 20);
    assert_int_equal(clinical_age_leaf(140), 20);
}

/* Any byte of a packed person may be changed: derive says so or goes on, and reads nothing that is not there. */
static void test_damage_is_survived(void **state)
{
    (void)state;
    test_person p;
    make_many(&p);
    test_derive(&p);
    const clinical_derive_hooks hooks = {&p, test_resolve, test_digest, NULL};
    uint64_t random = 88172645463325252ULL;
    for (int i = 0; i < 3000; i++) {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        const size_t at = (size_t)(random % p.packed.size);
        const char saved = p.packed.data[at];
        p.packed.data[at] = (char)(random >> 40);
        lethe_error error = {0};
        record_row *rows = NULL;
        size_t count = 0;
        base_arena_reset(&p.arena);
        const int status = clinical_derive(&p.options, p.own, p.count, &hooks, &p.arena, &rows, &count, &error);
        assert_true(status == 0 || status == LETHE_E_CLINICAL_DAMAGED);
        p.packed.data[at] = saved;
    }
    test_end(&p);
}

static int keep_identifier(void *context, base_span value)
{
    snprintf(context, 16, "%.*s", (int)value.size, value.data);
    return 0;
}

static void test_identifiers_that_were_asked_for(void **state)
{
    (void)state;
    test_person p;
    test_begin(&p);
    const record_event events[] = {
        {.kind = RECORD_IDENTIFIER, .place = {.state = BASE_SPAN("urn:ssn"), .city = BASE_SPAN("secret")}},
        {.kind = RECORD_IDENTIFIER, .place = {.state = BASE_SPAN("urn:mrn"), .city = BASE_SPAN("m-1")}},
    };
    test_add_events(&p, events, 2);
    char kept[16] = "";
    const clinical_identity_visitor visitor = {kept, NULL, keep_identifier};
    assert_int_equal(clinical_packed_identity(base_buf_view(&p.packed), &visitor, NULL), 0);
    assert_string_equal(kept, "m-1");
    assert_null(memmem(p.packed.data, p.packed.size, "secret", 6));
    test_end(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_two_visits),
        cmocka_unit_test(test_days_stand_for_visits),
        cmocka_unit_test(test_contradicted_vaccine),
        cmocka_unit_test(test_nothing_of_the_future_leaks),
        cmocka_unit_test(test_order_does_not_matter),
        cmocka_unit_test(test_snapshot_modes),
        cmocka_unit_test(test_future_and_undated_things),
        cmocka_unit_test(test_censoring),
        cmocka_unit_test(test_outcome_window),
        cmocka_unit_test(test_medications_by_time_and_reference),
        cmocka_unit_test(test_symptoms_are_of_the_visit),
        cmocka_unit_test(test_where_someone_lived_then),
        cmocka_unit_test(test_place_of_the_hospital),
        cmocka_unit_test(test_seasons),
        cmocka_unit_test(test_utilization_and_exposure),
        cmocka_unit_test(test_age_leaves),
        cmocka_unit_test(test_damage_is_survived),
        cmocka_unit_test(test_identifiers_that_were_asked_for),
    };
    return cmocka_run_group_tests_name("clinical/derive", tests, NULL, NULL);
}
