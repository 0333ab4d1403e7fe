/* SPDX-License-Identifier: Apache-2.0 */
#include "base/test.h"

#include "clinical/tables.h"
#include "clinical/text.h"
#include "clinical/vocabulary.h"

#include <stdio.h>

#define ALL_DOMAINS ((1u << CLINICAL_FLAG) - 1)

static clinical_words scratch;

/* Names of the affirmed concepts, historical ones with a tilde before, as they were found. */
static const char *scan(const char *text, clinical_text_kind kind, uint32_t domains)
{
    static char answers[2][4096]; /* by turns: two answers can be compared */
    static size_t turn;
    char *names = answers[turn++ % 2];
    const size_t room = sizeof(answers[0]);
    clinical_mention mentions[CLINICAL_MENTIONS_MAX];
    uint32_t count = 0;
    assert_int_equal(clinical_text_scan(&scratch, base_span_of(text), kind, domains, mentions, &count, NULL), 0);
    names[0] = '\0';
    for (uint32_t i = 0; i < count; i++) {
        if (mentions[i].certainty == CLINICAL_NOT_SAID || mentions[i].target >= clinical_concepts_count)
            continue;
        const size_t size = strlen(names);
        const char *name = clinical_pooled(clinical_concepts[mentions[i].target].name);
        const char *past = mentions[i].certainty == CLINICAL_HISTORICAL ? "~" : "";
        if (mentions[i].year != 0)
            (void)snprintf(names + size, room - size, "%s%s%s@%d", size != 0 ? " " : "", past, name,
                           mentions[i].year);
        else
            (void)snprintf(names + size, room - size, "%s%s%s", size != 0 ? " " : "", past, name);
    }
    return names;
}

static const char *prose(const char *text)
{
    return scan(text, CLINICAL_TEXT_PROSE, ALL_DOMAINS);
}

static const char *symptoms(const char *text)
{
    return scan(text, CLINICAL_TEXT_LABEL, CLINICAL_DOMAIN_BIT(CLINICAL_SYMPTOM));
}

static const char *history(const char *text)
{
    return scan(text, CLINICAL_TEXT_LABEL, CLINICAL_DOMAIN_BIT(CLINICAL_HISTORY));
}

/* The tables were normalised by compile.py: our own splitting must leave every phrase as it is. */
static void test_python_and_c_agree(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < clinical_phrases_count; i++) {
        const char *text = clinical_pooled(clinical_phrases[i].text);
        assert_int_equal(clinical_words_split(&scratch, base_span_of(text), NULL), 0);
        const base_span all = clinical_words_phrase(&scratch, 0, scratch.count);
        /* A stemmed word may look like a plural again ("ass"); the tables have none that would be cut twice. */
        if (!base_span_is(all, text))
            print_message("not stable: %s\n", text);
    }
}

static void test_words(void **state)
{
    (void)state;
    static const char *const forms[] = {"Beta-blockers", "beta_blocker", "  beta   Blocker  ", "b\xC3\xA9ta blocker"};
    for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
        assert_int_equal(clinical_words_split(&scratch, base_span_of(forms[i]), NULL), 0);
        const base_span all = clinical_words_phrase(&scratch, 0, scratch.count);
        assert_memory_equal(all.data, "beta blocker", all.size);
    }
    assert_int_equal(clinical_words_split(&scratch, BASE_SPAN("Crohn's disease, 3.5 mg. Stop"), NULL), 0);
    assert_int_equal(scratch.count, 6);
    assert_int_equal(scratch.words[2].gap, CLINICAL_GAP_SOFT);
    assert_int_equal(scratch.words[3].gap, CLINICAL_GAP_NONE);
    assert_int_equal(scratch.words[5].gap, CLINICAL_GAP_HARD);
    assert_int_equal(clinical_words_split(&scratch, (base_span){NULL, 0}, NULL), 0);
    assert_int_equal(scratch.count, 0);
}

static void test_negation(void **state)
{
    (void)state;
    assert_string_equal(symptoms("no chest pain but has cough"), "cough");
    assert_string_equal(symptoms("chest pain, shortness of breath"), "shortness_of_breath chest_pain");
    assert_string_equal(symptoms("denies fever, cough and chest pain"), "");
    assert_string_equal(prose("Denies fever. Has cough."), "cough");
    assert_string_equal(prose("No fever, cough or chest pain. Reports headache."), "headache");
    assert_string_equal(prose("Pneumonia was ruled out. Has asthma."), "asthma");
    assert_string_equal(prose("Negative for pneumonia; positive for asthma"), "asthma");
    assert_string_equal(prose("without cough"), "");
    assert_string_equal(history("Type 2 diabetes mellitus without complications"), "type_2_diabetes");
    assert_string_equal(history("No history of asthma"), "");
    assert_string_equal(history("Non-ST elevation myocardial infarction"), "myocardial_infarction");
    assert_string_equal(history("Family history of breast cancer"), "family_history_of_cancer");
}

static void test_others_and_the_possible(void **state)
{
    (void)state;
    assert_string_equal(prose("Mother had breast cancer. Patient has asthma."), "asthma");
    assert_string_equal(prose("Family history of diabetes and hypertension."), "");
    assert_string_equal(prose("Father with asthma, presents with cough"), "cough");
    assert_string_equal(prose("Possible pneumonia."), "");
    assert_string_equal(prose("Suspected asthma, no cough"), "");
    assert_null(strstr(history("Suspected pneumonia"), "pneumonia"));
}

static void test_past_and_years(void **state)
{
    (void)state;
    assert_string_equal(history("pneumonia_2022"), "pneumonia@2022");
    assert_string_equal(prose("History of asthma"), "~asthma");
    assert_string_equal(history("history of asthma"), "~asthma");
}

static void test_allergies_in_prose(void **state)
{
    (void)state;
    assert_string_equal(prose("Allergic to penicillin. Takes metformin."), "drug_allergy metformin penicillin_allergy");
    assert_string_equal(prose("Takes amoxicillin."), "amoxicillin");
    assert_string_equal(prose("No allergies to penicillin"), "");
}

/* What a display is about: a site before a method, an acronym once, the stronger of two readings. */
static void test_displays(void **state)
{
    (void)state;
    const uint32_t procedures = CLINICAL_DOMAIN_BIT(CLINICAL_PROCEDURE);
    assert_string_equal(scan("Operation on lung", CLINICAL_TEXT_LABEL, procedures),
                        "bronchoscopy_or_thoracic_procedure");
    assert_string_equal(scan("Operation", CLINICAL_TEXT_LABEL, procedures), "procedure_other");
    assert_string_equal(scan("Contraceptive use education", CLINICAL_TEXT_LABEL, procedures), "health_education");
    assert_string_equal(scan("Hemodialysis care assessment", CLINICAL_TEXT_LABEL, procedures),
                        "functional_or_risk_assessment");
    assert_string_equal(scan("Counselling by a nurse", CLINICAL_TEXT_LABEL, procedures), "health_education");
    assert_string_equal(scan("Brachytherapy of Rectum", CLINICAL_TEXT_LABEL, procedures), "radiotherapy");
    assert_string_equal(history("Fracture of neck of left femur"), history("Fracture of neck of femur"));
    assert_string_equal(history("Right ventricular failure"), "heart_failure");
    assert_string_equal(history("RTA - Renal tubular acidosis"), history("Renal tubular acidosis"));
    assert_string_equal(history("Non-diabetic hypoglycemia"), "hypoglycemia");
    assert_string_equal(history("Discoid lupus erythematosus"), "skin_disorder_other");
    assert_string_equal(history("Abdominal angina"), "intestinal_ischemia");
    assert_string_equal(history("Cerebral infarction due to embolism of cerebral arteries"), "stroke");
    assert_string_equal(history("Poisoning caused by sedative"), "drug_overdose");
    assert_string_equal(history("Neonatal respiratory depression"), "newborn_respiratory_disorder");
    assert_string_equal(history("No known food allergy"), "");
    assert_string_equal(history("T3: Colon/rectum tumor invades subserosa"), "colorectal_cancer");
    assert_string_equal(history("Melanoma in situ of skin"), "carcinoma_in_situ");
    assert_string_equal(history("Post measles vaccination encephalitis"), "cns_infection");
    assert_string_equal(history("Smoke inhalation injury"), "lung_injury_external_agent");
    assert_string_equal(history("Flu-like illness"), "viral_infection");
    assert_string_equal(history("Acid reflux"), "gastroesophageal_reflux");
    assert_string_equal(history("Reflux"), ""); /* of what, is not said */
    assert_string_equal(history("Poliomyelitis vaccination"), "immunization_encounter");
    assert_string_equal(history("Poliomyelitis"), "poliomyelitis");
    assert_string_equal(scan("history of prior surgery", CLINICAL_TEXT_LABEL, procedures), "");
    assert_string_equal(scan("Radionuclide therapy for glandular suppression", CLINICAL_TEXT_LABEL, procedures),
                        "endocrine_surgery");
    assert_string_equal(scan("Radionuclide therapy", CLINICAL_TEXT_LABEL, procedures), "radiotherapy");
    assert_string_equal(scan("Severe nonproliferative diabetic retinopathy", CLINICAL_TEXT_LABEL, procedures), "");
    assert_string_equal(scan("Laser therapy for diabetic retinopathy", CLINICAL_TEXT_LABEL, procedures),
                        scan("Laser therapy of eye", CLINICAL_TEXT_LABEL, procedures));
}

static void test_drug_names(void **state)
{
    (void)state;
    const uint32_t drugs = CLINICAL_DOMAIN_BIT(CLINICAL_MEDICATION);
    assert_string_equal(scan("Lisinopril 10 MG Oral Tablet", CLINICAL_TEXT_LABEL, drugs), "lisinopril");
    assert_true(scan("zofenomapril", CLINICAL_TEXT_LABEL, drugs)[0] != '\0'); /* by its stem -pril */
    assert_string_equal(scan("albuterol CFC free 90 mcg/inh", CLINICAL_TEXT_LABEL, drugs), "albuterol");
    assert_string_equal(scan("Lantus insulin", CLINICAL_TEXT_LABEL, drugs), "long_acting_insulin");
    assert_string_equal(scan("levalbuterol", CLINICAL_TEXT_LABEL, drugs), "other_beta_agonists");
    assert_string_equal(scan("april", CLINICAL_TEXT_LABEL, drugs), "");
    assert_null(
        strstr(scan("24 HR guanfacine 1 MG Extended Release Oral Tablet", CLINICAL_TEXT_LABEL, drugs), "hypertens"));
}

/* A medicine that allergy.txt does not name is an allergen of its group's class; a food among medicines is none. */
static void test_allergens(void **state)
{
    (void)state;
    const uint32_t allergens = CLINICAL_DOMAIN_BIT(CLINICAL_ALLERGY);
    assert_string_equal(scan("Ampicillin Sodium", CLINICAL_TEXT_LABEL, allergens), "penicillin_allergy");
    assert_string_equal(scan("Amikacin Sulfate 50 MG/ML Injectable Solution", CLINICAL_TEXT_LABEL, allergens),
                        "other_antimicrobial_allergy");
    assert_string_equal(scan("buspirone", CLINICAL_TEXT_LABEL, allergens), "psychotropic_drug_allergy");
    assert_string_equal(scan("sumatriptan", CLINICAL_TEXT_LABEL, allergens), "other_drug_allergy");
    assert_string_equal(scan("ginger", CLINICAL_TEXT_LABEL, allergens), "");
    assert_string_equal(scan("Aspirin 325 MG / Caffeine 40 MG Oral Capsule", CLINICAL_TEXT_LABEL, allergens),
                        "aspirin_allergy");
    assert_string_equal(scan("Caffeine", CLINICAL_TEXT_LABEL, allergens), "chocolate_caffeine_or_alcohol_intolerance");
}

/* Any bytes: bounded, nothing read beyond. */
static void test_any_bytes(void **state)
{
    (void)state;
    uint64_t random = 88172645463325252ULL;
    for (int i = 0; i < 2000; i++) {
        char bytes[200];
        for (size_t b = 0; b < sizeof(bytes); b++) {
            random ^= random << 13;
            random ^= random >> 7;
            random ^= random << 17;
            bytes[b] = (char)(random >> 33);
        }
        clinical_mention mentions[CLINICAL_MENTIONS_MAX];
        uint32_t count = 0;
        assert_int_equal(clinical_text_scan(&scratch, (base_span){bytes, (size_t)(random % sizeof(bytes))},
                                            i % 2 == 0 ? CLINICAL_TEXT_PROSE : CLINICAL_TEXT_LABEL, ALL_DOMAINS,
                                            mentions, &count, NULL),
                         0);
    }
}

static int done(void **state)
{
    (void)state;
    clinical_words_done(&scratch);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_python_and_c_agree), cmocka_unit_test(test_words),
        cmocka_unit_test(test_negation),           cmocka_unit_test(test_others_and_the_possible),
        cmocka_unit_test(test_past_and_years),     cmocka_unit_test(test_allergies_in_prose),
        cmocka_unit_test(test_drug_names),         cmocka_unit_test(test_allergens),
        cmocka_unit_test(test_any_bytes),          cmocka_unit_test(test_displays),
    };
    return cmocka_run_group_tests_name("clinical/text", tests, NULL, done);
}
