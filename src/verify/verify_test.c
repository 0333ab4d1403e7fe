/* SPDX-License-Identifier: Apache-2.0 */
#include "base/file.h"
#include "base/test.h"
#include "verify/dataset_maker.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char work[64];
static maker base;
static unsigned made;

static int remove_entry(const char *path, const struct stat *status, int kind, struct FTW *place)
{
    (void)status;
    (void)kind;
    (void)place;
    return remove(path);
}

static int set_up(void **state)
{
    (void)state;
    /* many small folders, each synced: in memory where there is such a place */
    snprintf(work, sizeof(work), "%s/lethe-verify-XXXXXX", access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
    return mkdtemp(work) == NULL;
}

static int tear_down(void **state)
{
    (void)state;
    return nftw(work, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
}

/* Writes the release and returns its folder (static). */
static const char *written(const maker *m)
{
    static char folder[128];
    lethe_error error = {0};
    snprintf(folder, sizeof(folder), "%s/%u", work, made++);
    assert_int_equal(maker_write(m, folder, &error), 0);
    return folder;
}

static verify_result verified(const maker *m, const char *folder, bool with_key)
{
    verify_result result;
    lethe_error error = {0};
    uint8_t key[32];
    maker_public_key(m, key);
    const verify_options options = {.public_key = with_key ? key : NULL, .hooks = {.encode = maker_encode}};
    assert_int_equal(verify_dataset(folder, &options, &result, &error), 0);
    return result;
}

/* The release fails in exactly this check first found there, with that code, in that file, row and column. */
static void expect(const verify_result *result, verify_check check, int code, const char *file, int64_t row,
                   const char *column)
{
    const verify_outcome *outcome = &result->checks[check];
    assert_false(result->passed);
    if (outcome->state != VERIFY_FAILED || outcome->first.code != code)
        print_message("%s: state %d code %d %s:%ld %s\n", verify_check_name(check), outcome->state,
                      outcome->first.code, outcome->first.file, (long)outcome->first.line, outcome->first.path);
    assert_int_equal(outcome->state, VERIFY_FAILED);
    assert_int_equal(outcome->first.code, code);
    if (file != NULL)
        assert_string_equal(outcome->first.file, file);
    if (row != 0)
        assert_int_equal(outcome->first.line, row);
    if (column != NULL)
        assert_string_equal(outcome->first.path, column);
}

static void expect_only(const verify_result *result, verify_check check)
{
    for (size_t i = 0; i < VERIFY_CHECK_COUNT; i++)
        if (i != (size_t)check)
            assert_true(result->checks[i].state == VERIFY_PASSED || result->checks[i].state == VERIFY_OPEN);
}

static maker_row *find_row(maker *m, int split, size_t number)
{
    for (size_t i = 0; i < m->row_count; i++)
        if (m->rows[i].split == split && number-- == 0)
            return &m->rows[i];
    return NULL;
}

static void flip_byte(const char *folder, const char *name, long at)
{
    char path[256];
    snprintf(path, sizeof(path), "%s/%s", folder, name);
    FILE *file = fopen(path, "r+b");
    assert_non_null(file);
    assert_int_equal(fseek(file, at, at < 0 ? SEEK_END : SEEK_SET), 0);
    const int byte = fgetc(file);
    assert_int_equal(fseek(file, -1, SEEK_CUR), 0);
    assert_int_equal(fputc(byte ^ 0x10, file), byte ^ 0x10);
    assert_int_equal(fclose(file), 0);
}

static void put_file(const char *folder, const char *name)
{
    char path[256];
    snprintf(path, sizeof(path), "%s/%s", folder, name);
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fclose(file), 0);
}

static void put_folder(const char *folder, const char *name)
{
    char path[256];
    snprintf(path, sizeof(path), "%s/%s", folder, name);
    assert_int_equal(mkdir(path, 0700), 0);
}

#define TRAIN "profiles/split=train/part-00000.parquet"
#define TEST "profiles/split=test/part-00000.parquet"

static void test_a_valid_release_passes(void **state)
{
    (void)state;
    maker_init(&base);
    const char *folder = written(&base);
    verify_result result = verified(&base, folder, true);
    for (size_t i = 0; i < VERIFY_CHECK_COUNT; i++)
        if (result.checks[i].state != VERIFY_PASSED)
            print_message("%s: %s %s:%ld %s\n", verify_check_name((verify_check)i), result.checks[i].first.name,
                          result.checks[i].first.file, (long)result.checks[i].first.line, result.checks[i].first.path);
    assert_true(result.passed && result.signer_established);
    assert_int_equal(result.profiles, 72);
    assert_int_equal(result.patients, 24);
    assert_int_equal(result.k, 5);
    assert_string_equal(result.level, "standard");
    assert_int_equal(result.checks[VERIFY_CHECK_CLASSES].counted, 5);
    assert_int_equal(result.checks[VERIFY_CHECK_VECTORS].counted, 72);
    for (size_t i = 0; i < VERIFY_CHECK_COUNT; i++)
        assert_true(result.checks[i].state == VERIFY_PASSED && result.checks[i].counted > 0);

    result = verified(&base, folder, false);
    assert_true(result.passed && !result.signer_established);
    assert_int_equal(result.checks[VERIFY_CHECK_SIGNER].state, VERIFY_OPEN);
    assert_int_equal(verify_dataset(folder, NULL, &result, NULL), 0);
    assert_true(result.passed);
    assert_int_equal(result.checks[VERIFY_CHECK_VECTORS].state, VERIFY_OPEN);

    put_file(folder, "run.json"); /* for the operator, and the index: no part of the release */
    put_folder(folder, "vectors");
    put_file(folder, "vectors/index.bin");
    result = verified(&base, folder, true);
    assert_true(result.passed);
}

static void test_changed_bytes(void **state)
{
    (void)state;
    maker_init(&base);
    const char *folder = written(&base);
    flip_byte(folder, TRAIN, 3000);
    verify_result result = verified(&base, folder, true);
    expect(&result, VERIFY_CHECK_CHECKSUMS, LETHE_E_VERIFY_CHECKSUM, TRAIN, 0, "sha256");
    folder = written(&base);
    flip_byte(folder, "manifest.json", -10);
    result = verified(&base, folder, true);
    assert_false(result.passed);
    folder = written(&base);
    flip_byte(folder, "manifest.sig", 5);
    result = verified(&base, folder, true);
    expect(&result, VERIFY_CHECK_SIGNATURE, LETHE_E_VERIFY_SIGNATURE, "manifest.sig", 0, NULL);
    expect_only(&result, VERIFY_CHECK_SIGNATURE);
    assert_false(result.signer_established);
}

static void test_files_come_and_go(void **state)
{
    (void)state;
    char path[256];
    static const char *const added[] = {"notes.txt", ".hidden", "profiles/split=train/part-00001.parquet",
                                        "profiles/run.json"};
    maker_init(&base);
    const char *folder = written(&base);
    snprintf(path, sizeof(path), "%s/%s", folder, TEST);
    assert_int_equal(unlink(path), 0);
    verify_result result = verified(&base, folder, true);
    expect(&result, VERIFY_CHECK_FILES, LETHE_E_VERIFY_FILES, TEST, 0, "missing");
    expect(&result, VERIFY_CHECK_COUNTS, LETHE_E_VERIFY_COUNT, "manifest.json", 0, "total_profiles");

    for (size_t i = 0; i < sizeof(added) / sizeof(added[0]); i++) {
        folder = written(&base);
        put_file(folder, added[i]);
        result = verified(&base, folder, true);
        expect(&result, VERIFY_CHECK_FILES, LETHE_E_VERIFY_FILES, NULL, 0, "added");
        expect_only(&result, VERIFY_CHECK_FILES);
    }
    folder = written(&base);
    put_folder(folder, "more");
    result = verified(&base, folder, true);
    expect(&result, VERIFY_CHECK_FILES, LETHE_E_VERIFY_FILES, ".", 0, "added");

    folder = written(&base); /* a link to what is allowed to be there is another file */
    snprintf(path, sizeof(path), "%s/run.json", folder);
    assert_int_equal(symlink("/etc/hostname", path), 0);
    result = verified(&base, folder, true);
    expect(&result, VERIFY_CHECK_FILES, LETHE_E_VERIFY_FILES, ".", 0, "added");

    base.unlisted = "support.bin";
    result = verified(&base, written(&base), true);
    expect(&result, VERIFY_CHECK_FILES, LETHE_E_VERIFY_FILES, NULL, 0, NULL);
}

/* A forger with a key of their own can sign what they like: only the key that the user holds tells. */
static void test_a_forged_manifest(void **state)
{
    (void)state;
    uint8_t other[32] = {9};
    maker_init(&base);
    const char *folder = written(&base);
    assert_int_equal(maker_sign(other, folder, NULL), 0); /* the manifest still names the first key */
    verify_result result = verified(&base, folder, false);
    expect(&result, VERIFY_CHECK_SIGNATURE, LETHE_E_VERIFY_SIGNATURE, "manifest.sig", 0, NULL);

    maker forged = base;
    memcpy(forged.seed, other, 32);
    folder = written(&forged);
    result = verified(&base, folder, true);
    expect(&result, VERIFY_CHECK_SIGNER, LETHE_E_VERIFY_SIGNATURE, "manifest.json", 0, "public_key");
    expect_only(&result, VERIFY_CHECK_SIGNER);
    result = verified(&base, folder, false);
    assert_true(result.passed && !result.signer_established);

    maker_init(&forged);
    forged.schema_version = "2.0.0";
    result = verified(&forged, written(&forged), true);
    expect(&result, VERIFY_CHECK_MANIFEST, LETHE_E_VERIFY_VERSION, "manifest.json", 0, "schema_version");
    assert_int_equal(result.checks[VERIFY_CHECK_ROWS].state, VERIFY_NOT_RUN);
    maker_init(&forged);
    forged.level = "external";
    result = verified(&forged, written(&forged), true);
    expect(&result, VERIFY_CHECK_MANIFEST, LETHE_E_VERIFY_MANIFEST, "manifest.json", 0, "level");
    maker_init(&forged);
    forged.visits = 1; /* standard promises two */
    result = verified(&forged, written(&forged), true);
    expect(&result, VERIFY_CHECK_MANIFEST, LETHE_E_VERIFY_MANIFEST, "manifest.json", 0, "level");
}

/* The publisher's own mistakes: everything signed, one thing wrong. */
static void test_vectors_are_functions_of_rows(void **state)
{
    (void)state;
    static float vector[VERIFY_VECTOR_SIZE];
    vector[12] = 1;
    maker_init(&base);
    find_row(&base, 2, 17)->vector = vector;
    verify_result result = verified(&base, written(&base), true);
    expect(&result, VERIFY_CHECK_VECTORS, LETHE_E_VERIFY_VECTOR, TEST, 18, "clinical_text_embedding");
    expect_only(&result, VERIFY_CHECK_VECTORS);
    vector[12] = 0.5f;
    result = verified(&base, written(&base), true);
    expect(&result, VERIFY_CHECK_VECTORS, LETHE_E_VERIFY_VECTOR, TEST, 18, "clinical_text_embedding");
    maker_init(&base);
    find_row(&base, 0, 1)->text[VERIFY_EMBEDDING_MODEL] = "another";
    result = verified(&base, written(&base), true);
    expect(&result, VERIFY_CHECK_VECTORS, LETHE_E_VERIFY_VECTOR, TRAIN, 2, "embedding_model");
}

/* Twelve people hold each class; then one of them shows other visits. */
static void test_a_class_one_patient_short(void **state)
{
    (void)state;
    maker_init(&base);
    base.k = 12;
    verify_result result = verified(&base, written(&base), true);
    assert_true(result.passed);
    maker_row *row = find_row(&base, 0, 0);
    assert_string_equal(row->text[VERIFY_SEASON], "winter");
    row[1].text[VERIFY_SEASON] = "summer"; /* a class of one, and one of eleven that is met first */
    result = verified(&base, written(&base), true);
    expect(&result, VERIFY_CHECK_CLASSES, LETHE_E_VERIFY_CLASS, TEST, 2, "quasi-identifiers");
    assert_int_equal(result.checks[VERIFY_CHECK_CLASSES].failures, 2);
}

/* Every visit is in a large class; only their order is rare. */
static void test_a_sequence_one_patient_short(void **state)
{
    (void)state;
    maker_init(&base);
    maker_row *row = find_row(&base, 1, 0);
    row[0].text[VERIFY_SEASON] = "summer";
    row[2].text[VERIFY_SEASON] = "winter";
    verify_result result = verified(&base, written(&base), true);
    expect(&result, VERIFY_CHECK_SEQUENCES, LETHE_E_VERIFY_SEQUENCE, "profiles/split=validation/part-00000.parquet", 0,
           "quasi-identifiers");
    expect_only(&result, VERIFY_CHECK_SEQUENCES);
    base.level = "internal";
    base.visits = base.items = 1;
    result = verified(&base, written(&base), true);
    assert_true(result.passed);
}

static void test_items_and_pairs_short_of_patients(void **state)
{
    (void)state;
    maker_init(&base);
    for (size_t p = 0; p < 4; p++) /* four hold a flag that nobody else has */
        find_row(&base, 0, 6 * p)->lists[RECORD_RISK_FACTORS][0] = "cardiometabolic";
    verify_result result = verified(&base, written(&base), true);
    expect(&result, VERIFY_CHECK_ITEMS, LETHE_E_VERIFY_LIST, TRAIN, 0, NULL); /* with what only the first group has */
    expect_only(&result, VERIFY_CHECK_ITEMS);
    base.items = 1; /* each item alone is fine */
    result = verified(&base, written(&base), true);
    assert_true(result.passed);

    maker_init(&base);
    base.items = 1;
    for (size_t i = 0; i < base.row_count; i++)
        base.rows[i].lists[RECORD_RISK_FACTORS][0] = NULL;
    for (size_t p = 0; p < 4; p++)
        find_row(&base, 0, 3 * p + 1)->lists[RECORD_RISK_FACTORS][0] = "cardiometabolic";
    result = verified(&base, written(&base), true);
    expect(&result, VERIFY_CHECK_ITEMS, LETHE_E_VERIFY_LIST, TRAIN, 2, "risk_factors");
    expect_only(&result, VERIFY_CHECK_ITEMS);
    find_row(&base, 0, 13)->lists[RECORD_RISK_FACTORS][0] = "cardiometabolic";
    result = verified(&base, written(&base), true);
    assert_true(result.passed);
}

/* Pairs are pooled over a patient's rows: the two items need not stand in one. */
static void test_triples_too(void **state)
{
    (void)state;
    maker_init(&base);
    base.items = 3;
    verify_result result = verified(&base, written(&base), true);
    assert_true(result.passed);
    static const char *const marks[3] = {"fatigue", "dizziness", "nausea"};
    for (size_t v = 1; v < 3; v++)
        base.values[base.value_count++] = (maker_value){RECORD_SYMPTOM_CATEGORIES, marks[v], NULL};
    for (size_t i = 0; i < base.row_count; i++)
        for (size_t c = 0; c < RECORD_COLUMN_COUNT; c++)
            base.rows[i].lists[c][0] = NULL;
    /* patients 0 .. 23 by threes: every pair of marks has 8 + 4 holders, all three together only 4 */
    for (size_t p = 0; p < 24; p++)
        for (size_t v = 0; v < 3; v++)
            if (p < 4 || v != p % 3)
                base.rows[3 * p + v].lists[RECORD_SYMPTOM_CATEGORIES][0] = marks[v];
    result = verified(&base, written(&base), true);
    expect(&result, VERIFY_CHECK_ITEMS, LETHE_E_VERIFY_LIST, TRAIN, 1, "symptom_categories");
    assert_int_equal(result.checks[VERIFY_CHECK_ITEMS].failures, 1);
    base.items = 2;
    result = verified(&base, written(&base), true);
    assert_true(result.passed);
}

static void test_order(void **state)
{
    (void)state;
    maker_init(&base);
    maker_row *row = find_row(&base, 0, 0), held = row[0];
    row[0] = row[1]; /* two visits of one patient swapped */
    row[1] = held;
    verify_result result = verified(&base, written(&base), true);
    expect(&result, VERIFY_CHECK_ROWS, LETHE_E_VERIFY_ROW, TRAIN, 1, "snapshot");

    maker_init(&base);
    row = find_row(&base, 0, 0);
    for (size_t i = 0; i < 3; i++) { /* two patients swapped */
        held = row[i];
        row[i] = row[i + 3];
        row[i + 3] = held;
    }
    result = verified(&base, written(&base), true);
    expect(&result, VERIFY_CHECK_ROWS, LETHE_E_VERIFY_ROW, TRAIN, 4, "anonymous_id");
    expect_only(&result, VERIFY_CHECK_ROWS);

    maker_init(&base);
    snprintf(find_row(&base, 1, 2)->row_id, 40, "%s", find_row(&base, 0, 0)->row_id);
    result = verified(&base, written(&base), true);
    expect(&result, VERIFY_CHECK_ROWS, LETHE_E_VERIFY_ROW, "profiles/split=validation/part-00000.parquet", 0, "row_id");

    maker_init(&base);
    find_row(&base, 0, 0)->row_id[10] = '1';
    result = verified(&base, written(&base), true);
    expect(&result, VERIFY_CHECK_ROWS, LETHE_E_VERIFY_ROW, TRAIN, 1, "row_id");
}

static void test_a_patient_in_two_splits(void **state)
{
    (void)state;
    maker_init(&base);
    maker_row *row = find_row(&base, 2, 0);
    const char *id = find_row(&base, 0, 0)->id;
    for (size_t i = 0; i < 3; i++)
        snprintf(row[i].id, sizeof(row[i].id), "%s", id);
    verify_result result = verified(&base, written(&base), true);
    expect(&result, VERIFY_CHECK_SPLITS, LETHE_E_VERIFY_SPLIT, NULL, 0, "anonymous_id");
}

typedef struct spoilt {
    verify_column column;
    const char *value;
    const char *named; /* the column that is named, where it is another */
} spoilt;

static void test_values(void **state)
{
    (void)state;
    static const spoilt texts[] = {
        {VERIFY_INDEX_PERIOD, "2020", NULL},
        {VERIFY_MONTHS_SINCE_PREVIOUS, "0-1", NULL},
        {VERIFY_AGE_GROUP, "25-30", NULL}, /* a level too fine */
        {VERIFY_AGE_GROUP, "*", NULL},     /* and one too coarse */
        {VERIFY_AGE_RISK_GROUP, "elderly", NULL},
        {VERIFY_SEX, "f", NULL},
        {VERIFY_PREGNANCY_STATUS, "pregnant_trimester_1", NULL},
        {VERIFY_PREGNANCY_TRIMESTER, "first", NULL},
        {VERIFY_LOCATION, "urban_northeast", NULL},
        {VERIFY_LOCATION, "*", NULL},
        {VERIFY_LOCATION, "northeast", NULL},
        {VERIFY_SEASON, "autumn", NULL},
        {VERIFY_EXPOSURE, "high_daycare_contact", NULL},
        {VERIFY_ENCOUNTER_CLASS, "AMB", NULL},
        {VERIFY_UTILIZATION, "3", NULL},
        {VERIFY_COMORBIDITY, "none", NULL},
        {VERIFY_FOLLOWUP, "12", NULL},
        {VERIFY_NOT_READY_REASON, "too little", NULL},
    };
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        maker_init(&base);
        find_row(&base, 0, 4)->text[texts[i].column] = texts[i].value;
        const verify_result result = verified(&base, written(&base), true);
        expect(&result, VERIFY_CHECK_VALUES, LETHE_E_VERIFY_ROW, TRAIN, 5, verify_fields[texts[i].column].name);
    }
}

static void test_lists(void **state)
{
    (void)state;
    maker_init(&base);
    find_row(&base, 0, 0)->lists[RECORD_SYMPTOM_CATEGORIES][1] = "cough"; /* in no vocabulary */
    verify_result result = verified(&base, written(&base), true);
    expect(&result, VERIFY_CHECK_VALUES, LETHE_E_VERIFY_ROW, TRAIN, 1, "symptom_categories");

    maker_init(&base);
    find_row(&base, 0, 0)->lists[RECORD_SYMPTOM_CATEGORIES][1] = "fatigue"; /* twice */
    result = verified(&base, written(&base), true);
    expect(&result, VERIFY_CHECK_VALUES, LETHE_E_VERIFY_ROW, TRAIN, 1, "symptom_categories");

    maker_init(&base);
    find_row(&base, 0, 0)->lists[RECORD_MEDICATION_CATEGORIES][0] = NULL; /* a concept without its category */
    result = verified(&base, written(&base), true);
    expect(&result, VERIFY_CHECK_VALUES, LETHE_E_VERIFY_ROW, TRAIN, 1, "medication_categories");
}

static void test_outcomes(void **state)
{
    (void)state;
    maker_init(&base);
    base.items = 1;
    base.value_count++;
    base.values[base.value_count - 1] = (maker_value){RECORD_OUTCOMES, "allergic_rhinitis", NULL};
    for (size_t i = 0; i < base.row_count; i++)
        if (base.rows[i].lists[RECORD_OUTCOMES][0] != NULL)
            base.rows[i].lists[RECORD_OUTCOMES][0] = "allergic_rhinitis"; /* which was there before */
    verify_result result = verified(&base, written(&base), true);
    expect(&result, VERIFY_CHECK_OUTCOMES, LETHE_E_VERIFY_OUTCOME, TEST, 1, "outcomes");

    maker_init(&base);
    find_row(&base, 0, 2)->text[VERIFY_FOLLOWUP] = "6-12"; /* and yet observed */
    result = verified(&base, written(&base), true);
    expect(&result, VERIFY_CHECK_OUTCOMES, LETHE_E_VERIFY_OUTCOME, TRAIN, 3, "outcome_observed");
    expect_only(&result, VERIFY_CHECK_OUTCOMES);
    find_row(&base, 0, 2)->observed = false;
    result = verified(&base, written(&base), true);
    assert_true(result.passed);
}

static void test_counts_and_support(void **state)
{
    (void)state;
    maker_init(&base);
    base.extra_profiles = -1;
    verify_result result = verified(&base, written(&base), true);
    expect(&result, VERIFY_CHECK_COUNTS, LETHE_E_VERIFY_COUNT, "manifest.json", 0, "total_profiles");
    expect_only(&result, VERIFY_CHECK_COUNTS);
    maker_init(&base);
    base.extra_support = 1;
    result = verified(&base, written(&base), true);
    expect(&result, VERIFY_CHECK_COUNTS, LETHE_E_VERIFY_COUNT, "vocabulary.json", 0, "support");
    static const int64_t bytes[] = {0, 12, 33, 100};
    for (size_t i = 0; i < sizeof(bytes) / sizeof(bytes[0]); i++) {
        maker_init(&base);
        base.support_byte = bytes[i];
        result = verified(&base, written(&base), true);
        expect(&result, VERIFY_CHECK_SUPPORT, LETHE_E_VERIFY_SUPPORT, "support.bin", 0, NULL);
        assert_int_equal(result.checks[VERIFY_CHECK_SUPPORT].first.byte, bytes[i]);
        expect_only(&result, VERIFY_CHECK_SUPPORT);
    }
}

static void test_schema_and_documents(void **state)
{
    (void)state;
    maker_init(&base);
    base.dropped_column = VERIFY_UTILIZATION;
    verify_result result = verified(&base, written(&base), true);
    expect(&result, VERIFY_CHECK_SCHEMA, LETHE_E_TABLE_SCHEMA, TEST, 0, "utilization");
    maker_init(&base);
    base.levels = "{\"index_period\": 3}";
    result = verified(&base, written(&base), true);
    expect(&result, VERIFY_CHECK_DOCUMENTS, LETHE_E_VERIFY_DOCUMENT, "plan.json", 0, "months_since_previous");
    maker_init(&base);
    base.values[2].parent = "no_such_history";
    result = verified(&base, written(&base), true);
    expect(&result, VERIFY_CHECK_DOCUMENTS, LETHE_E_VERIFY_DOCUMENT, "vocabulary.json", 0, "parent");
    assert_int_equal(result.checks[VERIFY_CHECK_ROWS].state, VERIFY_NOT_RUN);
}

static bool holds(const void *memory, size_t size, const char *text)
{
    return memmem(memory, size, text, strlen(text)) != NULL;
}

/* Whatever is wrong, a result says where and never what. */
static void test_no_content_in_a_result(void **state)
{
    (void)state;
    static const verify_column columns[] = {VERIFY_AGE_GROUP, VERIFY_SEX, VERIFY_LOCATION, VERIFY_COMORBIDITY,
                                            VERIFY_EMBEDDING_MODEL, VERIFY_FOLLOWUP, VERIFY_INDEX_PERIOD};
    for (size_t i = 0; i < sizeof(columns) / sizeof(columns[0]); i++) {
        maker_init(&base);
        find_row(&base, 1, 1)->text[columns[i]] = "CANARY-1954-03-12";
        find_row(&base, 1, 2)->lists[RECORD_VITAL_FLAGS][0] = "CANARY-Jane-Doe";
        snprintf(find_row(&base, 1, 3)->id, 40, "CANARY-4711");
        const char *folder = written(&base);
        put_file(folder, "CANARY-file");
        const verify_result result = verified(&base, folder, true);
        assert_false(result.passed);
        assert_false(holds(&result, sizeof(result), "CANARY"));
    }
}

/* Any damage to any file is found, and none stops the verification from ending. */
static void test_damage(void **state)
{
    (void)state;
    static const char *const names[] = {"manifest.json", "manifest.sig", "plan.json", "vocabulary.json", "support.bin",
                                        TRAIN};
    maker_init(&base);
    const char *folder = written(&base);
    for (size_t n = 0; n < sizeof(names) / sizeof(names[0]); n++) {
        char path[256];
        struct stat status;
        snprintf(path, sizeof(path), "%s/%s", folder, names[n]);
        assert_int_equal(stat(path, &status), 0);
        const long step = status.st_size / 40 + 1;
        for (long at = 0; at < status.st_size; at += step) {
            flip_byte(folder, names[n], at);
            const verify_result result = verified(&base, folder, true);
            assert_false(result.passed);
            flip_byte(folder, names[n], at);
        }
    }
    assert_true(verified(&base, folder, true).passed);
    for (size_t n = 0; n < sizeof(names) / sizeof(names[0]); n++) {
        char path[256];
        folder = written(&base);
        snprintf(path, sizeof(path), "%s/%s", folder, names[n]);
        assert_int_equal(truncate(path, 20), 0);
        assert_false(verified(&base, folder, true).passed);
        assert_int_equal(truncate(path, 0), 0);
        assert_false(verified(&base, folder, true).passed);
        assert_int_equal(unlink(path), 0);
        assert_false(verified(&base, folder, true).passed);
    }
    verify_result result;
    assert_int_equal(verify_dataset("/no/such/folder", NULL, &result, NULL), 0);
    expect(&result, VERIFY_CHECK_MANIFEST, LETHE_E_VERIFY_MANIFEST, "manifest.json", 0, NULL);
}

static int cancel(void *context, uint64_t done, uint64_t total)
{
    (void)context;
    assert_true(done <= total);
    return 1;
}

static bool underived(void *context, const verify_row *row)
{
    (void)context;
    return row->value_counts[RECORD_RISK_FACTORS] == 0;
}

static void test_hooks(void **state)
{
    (void)state;
    verify_result result;
    verify_options options = {.hooks = {.progress = cancel}};
    maker_init(&base);
    const char *folder = written(&base);
    assert_int_equal(verify_dataset(folder, &options, &result, NULL), LETHE_E_BASE_CANCELLED);
    options.hooks = (verify_hooks){.derived = underived};
    assert_int_equal(verify_dataset(folder, &options, &result, NULL), 0);
    expect(&result, VERIFY_CHECK_VALUES, LETHE_E_VERIFY_ROW, TEST, 0, "risk_factors");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_valid_release_passes),
        cmocka_unit_test(test_changed_bytes),
        cmocka_unit_test(test_files_come_and_go),
        cmocka_unit_test(test_a_forged_manifest),
        cmocka_unit_test(test_vectors_are_functions_of_rows),
        cmocka_unit_test(test_a_class_one_patient_short),
        cmocka_unit_test(test_a_sequence_one_patient_short),
        cmocka_unit_test(test_items_and_pairs_short_of_patients),
        cmocka_unit_test(test_triples_too),
        cmocka_unit_test(test_order),
        cmocka_unit_test(test_a_patient_in_two_splits),
        cmocka_unit_test(test_values),
        cmocka_unit_test(test_lists),
        cmocka_unit_test(test_outcomes),
        cmocka_unit_test(test_counts_and_support),
        cmocka_unit_test(test_schema_and_documents),
        cmocka_unit_test(test_no_content_in_a_result),
        cmocka_unit_test(test_damage),
        cmocka_unit_test(test_hooks),
    };
    return cmocka_run_group_tests_name("verify/verify", tests, set_up, tear_down);
}
