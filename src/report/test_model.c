/* SPDX-License-Identifier: Apache-2.0 */
#include "report/test_model.h"

#include <math.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const report_qi QIS[] = {
    {"index_period", 2, 4, "5 years", .7412},
    {"months_since_previous", 0, 2, "6 bands", .8804},
    {"age_group", 1, 4, "8 bands", .6538},
    {"sex", 0, 2, "as recorded", .9577},
    {"pregnancy_status", 1, 3, "pregnant or not", .7721},
    {"density", 1, 2, "withheld", 0},
    {"region", 0, 2, "as recorded", .9577},
    {"season_category", 1, 2, "withheld", 0},
    {"exposure_risk", 1, 3, "high or low", .6009},
};

static const report_bucket CLASSES[] = {
    {5, 9, 112}, {10, 19, 141}, {20, 49, 96}, {50, 99, 44}, {100, 199, 21}, {200, 499, 9}, {500, UINT64_MAX, 2},
};

static const report_list LISTS[] = {
    {"medical_history_categories", .9931, 25, .0384},
    {"medical_history_concepts", .9514, 141, .2117},
    {"medication_categories", .9848, 28, .0667},
    {"medication_concepts", .9302, 87, .2436},
    {"allergy_categories", .9611, 9, .2500},
    {"allergy_concepts", .8743, 14, .4167},
    {"symptom_categories", .9822, 10, 0},
    {"procedure_categories", .9914, 12, 0},
    {"immunization_categories", .9981, 11, .0833},
    {"vital_flags", .9727, 33, .1316},
    {"risk_factors", .9566, 19, .2083},
    {"outcomes", .9021, 92, .3185},
};

static const report_group GROUPS[] = {
    {"sex", "female", .1401},
    {"sex", "male", .0419},
    {"sex", "other", NAN},
    {"pregnancy_status", "pregnant", .6312},
    {"pregnancy_status", "not_pregnant", .0711},
};

static const report_gone GONE[] = {{"medical_history_concepts", "testicular_cancer"}, {"outcomes", "preeclampsia"}};

static const report_attacker ATTACKERS[] = {
    {"1 visit", 1, 0, 6218, 0, 0, NAN, 0, true},
    {"2 visits, in order", 2, 0, 24311, 0, 0, NAN, 0, true},
    {"1 list item", 0, 1, 481, 0, 0, NAN, 0, true},
    {"2 list items", 0, 2, 31077, 0, 0, NAN, 0, true},
    {"3 visits, in order", 3, 0, 2000, .1415, .0385, .1574, .0615, false},
    {"4 visits, in order", 4, 0, 2000, .3060, .1320, .3265, .0520, false},
    {"6 visits, in order", 6, 0, 2000, .6120, .3945, .6331, .0310, false},
    {"the whole history of visits", UINT32_MAX, 0, 1874, .6819, .4872, .7026, .0240, false},
    {"3 list items", 0, 3, 2000, .2210, .0880, .2397, .0940, false},
    {"1 visit and 2 list items", 1, 2, 2000, .7385, .4510, .7573, .1015, false},
};

static const report_coverage COVERAGE[] = {
    {"Conditions", .9874, .9412}, {"Medication", .9551, .9032}, {"Procedures", .8921, .7411},
    {"Allergies", .9983, .9710},  {"Immunizations", 1.0, 1.0},
};

static const report_entry AGES[] = {{"0-5", 512},    {"5-18", 804},   {"18-25", 498}, {"25-35", 811},
                                    {"35-50", 1204}, {"50-65", 1340}, {"65-80", 790}, {"80+", 259}};
static const report_entry PERIODS[] = {{"1991-1995", 22},  {"1996-2000", 118},  {"2001-2005", 402},
                                       {"2006-2010", 890}, {"2011-2015", 2310}, {"2016-2020", 2476}};
static const report_entry SEX[] = {{"female", 3391}, {"male", 2827}};
static const report_entry CLASS[] = {{"ambulatory", 5011}, {"emergency", 511}, {"inpatient", 388},
                                     {"virtual", 201},     {"other", 12},      {"unknown", 95}};
static const report_entry PREGNANCY[] = {{"not_pregnant", 5871}, {"pregnant", 347}};
static const report_entry EXPOSURE[] = {{"low", 4870}, {"high", 1109}, {"unknown", 239}};
static const report_entry HISTORY[] = {{"hypertension", 512},
                                       {"obesity", 488},
                                       {"prediabetes", 455},
                                       {"anemia", 391},
                                       {"viral_sinusitis", 377},
                                       {"acute_bronchitis", 308},
                                       {"hyperlipidemia", 287},
                                       {"type_2_diabetes", 201},
                                       {"gingivitis", 190},
                                       {"chronic_sinusitis", 181},
                                       {"allergic_rhinitis", 166},
                                       {"osteoarthritis", 144},
                                       {"asthma", 131},
                                       {"pneumonia", 98},
                                       {"ischemic_heart_disease", 91},
                                       {"chronic_kidney_disease", 88},
                                       {"depressive_disorder", 73},
                                       {"migraine", 61},
                                       {"osteoporosis", 55},
                                       {"copd", 42}};
static const report_entry MEDICATION[] = {
    {"lisinopril", 402}, {"simvastatin", 311}, {"acetaminophen", 288}, {"metformin", 199}, {"hydrochlorothiazide", 188},
    {"ibuprofen", 160},  {"amoxicillin", 149}, {"loratadine", 101},    {"albuterol", 96},  {"insulin_glargine", 51}};
static const report_entry RISKS[] = {{"cardiometabolic", 411},      {"polypharmacy", 220},
                                     {"seasonal_exposure", 131},    {"frailty_age", 118},
                                     {"respiratory_allergies", 92}, {"pregnancy_anemia", 14}};
static const report_entry OUTCOMES[] = {
    {"viral_sinusitis", 191}, {"acute_bronchitis", 160}, {"prediabetes", 122}, {"hypertension", 81},
    {"anemia", 77},           {"type_2_diabetes", 40},   {"pneumonia", 23},    {"stroke", 9}};

static const report_distribution DISTRIBUTIONS[] = {
    {"age_group", "Age", "visits", 6218, true, AGES, COUNT(AGES)},
    {"index_period", "Period of the visit", "visits", 6218, true, PERIODS, COUNT(PERIODS)},
    {"sex", "Sex", "visits", 6218, false, SEX, COUNT(SEX)},
    {"encounter_class", "Kind of visit", "visits", 6218, false, CLASS, COUNT(CLASS)},
    {"pregnancy_status", "Pregnancy", "visits", 6218, false, PREGNANCY, COUNT(PREGNANCY)},
    {"exposure_risk", "Exposure", "visits", 6218, false, EXPOSURE, COUNT(EXPOSURE)},
    {"medical_history_concepts", "History, the 20 most frequent concepts", "people", 1874, false, HISTORY,
     COUNT(HISTORY)},
    {"medication_concepts", "Medication, the most frequent concepts", "people", 1874, false, MEDICATION,
     COUNT(MEDICATION)},
    {"risk_factors", "Risk factors", "people", 1874, false, RISKS, COUNT(RISKS)},
    {"outcomes", "Outcomes within 12 months", "people", 1874, false, OUTCOMES, COUNT(OUTCOMES)},
};

static const char *const DENSITIES[] = {"urban", "suburban", "rural", "unknown"};
static const char *const REGIONS[] = {"northeast", "midwest", "south", "west", "other"};
static const uint64_t PLACES[] = {702, 488, 911, 640, 20, 390, 402, 610, 411, 11,
                                  201, 377, 588, 209, 9,  44,  51,  96,  52,  6};
static const report_grid GRIDS[] = {
    {"location_category", "Place and region", "visits", DENSITIES, REGIONS, COUNT(DENSITIES), COUNT(REGIONS), PLACES},
};

static const report_check CHECKS[] = {
    {"only values of closed vocabularies are released; no string of the input is", true},
    {"pseudonyms are HMAC-SHA-256 under a secret key (130 bits)", true},
    {"each ordered sequence of at most 2 visits: at least 5 people", true},
    {"each set of at most 2 list items: at least 5 people", true},
    {"every vector is a function of its released row", true},
};

static const char *const LIMITS[] = {
    "not checked against earlier releases of this pseudonym epoch: whoever holds two releases of one population may "
    "learn more "
    "from both",
    "k people who look alike may share a diagnosis: that they differ in it is not claimed",
    "the standard level is pseudonymised data with measured risk, for partners under contract; no law is said to call "
    "it "
    "anonymous",
};

static const report_model MODEL = {
    .dataset_name = "Riverside cohort, spring release",
    .audience = "research partners",
    .created_at = "2024-05-31",
    .created_at_from = "the end of the latest month in which at least k people have events",
    .level = "standard",
    .snapshots = "visits",
    .k = 5,
    .attacker_visits = 2,
    .attacker_items = 2,
    .horizon_months = 12,
    .statement =
        "whoever knows the quasi-identifiers of at most 2 visits in their order, or at most 2 list items, of a person "
        "finds at least 5 people who fit, or none",
    .schema_version = "1.0.0",
    .anonymization_version = "0.1.0",
    .vocabulary_version = "2024.1",
    .embedding_model = "lethe-axes-768/1",
    .key_id = "9f3c1a7be2d04856",
    .released = {1874, 6218},
    .splits = {{1502, 4988}, {181, 602}, {191, 628}},
    .visits_withheld = .0931,
    .people_withheld = .0312,
    .groups = GROUPS,
    .group_count = COUNT(GROUPS),
    .qis = QIS,
    .qi_count = COUNT(QIS),
    .information_kept = .5817,
    .other_level = "internal",
    .other_level_kept = .8339,
    .suppression_limit = .2,
    .class_sizes = CLASSES,
    .class_size_count = COUNT(CLASSES),
    .class_count = 425,
    .class_size_min = 5,
    .items_kept = .9571,
    .lists = LISTS,
    .list_count = COUNT(LISTS),
    .gone = GONE,
    .gone_count = COUNT(GONE),
    .people_floor = 20,
    .attackers = ATTACKERS,
    .attacker_count = COUNT(ATTACKERS),
    .control_meaning = "the same number of facts, each drawn from another person at random",
    .before_gate = {true,
                    1000000,
                    1874,
                    .9284,
                    .6127,
                    .7411,
                    -.0021,
                    .0053,
                    .0534,
                    {{212044, .8411}, {601902, .8874}, {161210, .9127}, {24844, .9402}}},
    .raw_codes = {true, 1000000, 1874, .7312, .4011, .5588, .0014, .0052, .0533, {{0, 0}, {0, 0}, {0, 0}, {0, 0}}},
    .raw_ceiling = {true, 1000000, 1874, .7925, .4930, .6361, .0009, .0054, .0535, {{0, 0}, {0, 0}, {0, 0}, {0, 0}}},
    .coverage = COVERAGE,
    .coverage_count = COUNT(COVERAGE),
    .outcomes_observed = .8123,
    .prediction_ready = .9417,
    .distributions = DISTRIBUTIONS,
    .distribution_count = COUNT(DISTRIBUTIONS),
    .grids = GRIDS,
    .grid_count = COUNT(GRIDS),
    .checks = CHECKS,
    .check_count = COUNT(CHECKS),
    .limits = LIMITS,
    .limit_count = COUNT(LIMITS),
};

const report_model *report_test_model(void)
{
    return &MODEL;
}
