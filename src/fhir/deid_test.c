/* SPDX-License-Identifier: Apache-2.0 */
#include "fhir/test_deid.h"

#include <stdio.h>
#include <stdlib.h>

static test_deid ml, harbor, limited, gdpr, research;

static void has(test_deid *test, const char *in, const char *wanted)
{
    const char *out = test_deid_run(test, in);
    if (strstr(out, wanted) == NULL)
        print_error("%s\nlacks %s\n", out, wanted);
    assert_non_null(strstr(out, wanted));
}

static void lacks(test_deid *test, const char *in, const char *unwanted)
{
    const char *out = test_deid_run(test, in);
    if (strstr(out, unwanted) != NULL)
        print_error("%s\nhas %s\n", out, unwanted);
    assert_null(strstr(out, unwanted));
}

static void is(test_deid *test, const char *in, const char *wanted)
{
    const char *out = test_deid_run(test, in);
    assert_string_equal(out, wanted);
}

/* The string behind `before` in what comes out. */
static void take(test_deid *test, const char *in, const char *before, char ret_text[128])
{
    const char *at = strstr(test_deid_run(test, in), before);
    if (at == NULL)
        print_error("%s\nlacks %s\n", test->out.data, before);
    assert_non_null(at);
    (void)snprintf(ret_text, 128, "%.*s", (int)strcspn(at + strlen(before), "\""), at + strlen(before));
}

/* Numbers keep their text, and what stays keeps its bytes. */
static void test_kept_bytes(void **state)
{
    (void)state;
    const char *const text =
        "{ \"resourceType\" : \"Observation\",\n  \"status\":\"final\", \"code\": {\"coding\":[ {\"system\":"
        "\"http://loinc.org\",\"code\":\"2339-0\",\"display\":\"Glucose\"} ],\"text\":\"Glucose\"},\n"
        "\"valueQuantity\":{\"value\":1.00,\"unit\":\"mg/dL\",\"system\":\"http:\\/\\/unitsofmeasure.org\",\"code\":"
        "\"mg/dL\"}, \"component\": [ {\"code\":{\"coding\":[{\"system\":\"http://snomed.info/sct\",\"code\":"
        "\"271649006\"}]},\"valueQuantity\":{\"value\":123456789012345678901234567890.120e-3}} ] }";
    is(&ml, text, text);
    const char *const escaped = "{\"resourceType\":\"Observation\",\"status\":\"fin\\u0061l\"}";
    is(&ml, escaped, escaped); /* escapes are seen through */
    lacks(&ml, "{\"resourceType\":\"Observation\",\"status\":\"f\\u0069nal Smith\"}", "Smith");
}

static void test_commas(void **state)
{
    (void)state;
    is(&ml, "{\"resourceType\":\"Patient\",\"name\":[{\"family\":\"A\"}],\"gender\":\"male\"}",
       "{\"resourceType\":\"Patient\",\"gender\":\"male\"}");
    is(&ml, "{\"name\":[{\"family\":\"A\"}],\"gender\":\"male\",\"x\":1,\"resourceType\":\"Patient\",\"y\":[{}]}",
       "{\"gender\":\"male\",\"resourceType\":\"Patient\"}");
    is(&ml,
       "{\"resourceType\":\"Patient\",\"communication\":[{\"text\":\"A\"},{\"preferred\":true},{}]}",
       "{\"resourceType\":\"Patient\",\"communication\":[{\"preferred\":true}]}");
    is(&ml, "{\"resourceType\":\"Patient\",\"address\":[{\"city\":\"A\"},{\"line\":[\"1\"]}]}",
       "{\"resourceType\":\"Patient\"}");
    is(&ml, "{\"resourceType\":\"Patient\",\"name\":\"A\",\"gender\":[\"male\"],\"active\":\"yes\",\"address\":3}",
       "{\"resourceType\":\"Patient\"}"); /* wrong JSON types */
}

#define ABSENT                                                                                                         \
    "{\"extension\":[{\"url\":\"http://hl7.org/fhir/StructureDefinition/"                                              \
    "data-absent-reason\",\"valueCode\":\"masked\"}]}"

static void test_required(void **state)
{
    (void)state;
    has(&ml, "{\"resourceType\":\"Composition\",\"status\":\"final\",\"title\":\"About A\"}",
        "\"status\":\"final\",\"_title\":" ABSENT);
    has(&ml, "{\"resourceType\":\"Observation\",\"status\":\"A B\",\"code\":{\"text\":\"A\"}}",
        "\"_status\":" ABSENT ",\"code\":" ABSENT);
    has(&ml,
        "{\"resourceType\":\"Observation\",\"status\":\"A B\",\"_status\":{\"extension\":[{\"url\":"
        "\"http://hl7.org/fhir/StructureDefinition/data-absent-reason\",\"valueCode\":\"unknown\"}]}}",
        "\"valueCode\":\"unknown\"");
    lacks(&ml, "{\"resourceType\":\"Observation\",\"status\":\"final\",\"note\":[{\"text\":\"A\"}]}", "note");
    has(&ml, "{\"resourceType\":\"Coverage\",\"payor\":[{\"display\":\"A\"}]}", "\"payor\":[" ABSENT "]");
}

/* Two that meant the same record mean the same one afterwards. */
static void test_references(void **state)
{
    (void)state;
    char id[128], plain[128], absolute[128], versioned[128], uuid[128], uuid_id[128];
    take(&ml, "{\"resourceType\":\"Patient\",\"id\":\"p1\"}", "\"id\":\"", id);
    assert_int_equal(strlen(id), 26);
#define OBSERVATION(reference) "{\"resourceType\":\"Observation\",\"subject\":{\"reference\":\"" reference "\"}}"
    take(&ml, OBSERVATION("Patient/p1"), "Patient/", plain);
    assert_string_equal(plain, id);
    take(&ml, OBSERVATION("http://host/fhir/Patient/p1"), "/Patient/", absolute);
    assert_string_equal(absolute, id);
    lacks(&ml, OBSERVATION("http://host/fhir/Patient/p1"), "host");
    take(&ml, OBSERVATION("Patient/p1/_history/3"), "Patient/", versioned);
    assert_true(strncmp(versioned, id, 26) == 0 && strcmp(versioned + 26, "/_history/3") == 0);
    take(&ml, OBSERVATION("urn:uuid:0c3b1f10-9a61-4a9e-8d2f-aaaabbbbcccc"), "urn:uuid:", uuid);
    take(&ml, "{\"resourceType\":\"Patient\",\"id\":\"0C3B1F10-9a61-4a9e-8d2f-aaaabbbbcccc\"}", "\"id\":\"", uuid_id);
    assert_string_equal(uuid, uuid_id);
    take(&ml, OBSERVATION("urn:oid:1.2.3"), "urn:uuid:", uuid);
    assert_int_equal(strlen(uuid), 36);
    take(&ml,
         "{\"resourceType\":\"Observation\",\"subject\":{\"reference\":\"#a\"},\"contained\":[{\"resourceType\":"
         "\"Patient\",\"id\":\"a\"}]}",
         "\"#", plain);
    take(&ml,
         "{\"resourceType\":\"Observation\",\"subject\":{\"reference\":\"#a\"},\"contained\":[{\"resourceType\":"
         "\"Patient\",\"id\":\"a\"}]}",
         "\"id\":\"", id);
    assert_string_equal(plain, id);
}

static void test_searches(void **state)
{
    (void)state;
    char value[128], system[128], query[128];
    take(&ml, "{\"resourceType\":\"Practitioner\",\"identifier\":[{\"system\":\"urn:x|y\",\"value\":\"12 3\"}]}",
         "\"value\":\"", value);
    take(&ml, OBSERVATION("Practitioner?identifier=urn:x|12 3"), "Practitioner?identifier=", query);
    take(&ml, "{\"resourceType\":\"Practitioner\",\"identifier\":[{\"system\":\"urn:x\",\"value\":\"12 3\"}]}",
         "\"value\":\"", value);
    take(&ml, "{\"resourceType\":\"Practitioner\",\"identifier\":[{\"system\":\"urn:x\",\"value\":\"12 3\"}]}",
         "\"system\":\"", system);
    char wanted[300];
    (void)snprintf(wanted, sizeof(wanted), "%s|%s", system, value);
    assert_string_equal(query, wanted);
    take(&ml, OBSERVATION("Practitioner?identifier=urn%3Ax%7C12%203&active=true"), "Practitioner?identifier=", query);
    assert_string_equal(query, wanted);
    lacks(&ml, OBSERVATION("Patient?name=Smith"), "Smith");
    has(&ml, OBSERVATION("Patient?name=Smith"), "Patient?_id=");
#define ENTRY(request)                                                                                                 \
    "{\"resourceType\":\"Bundle\",\"type\":\"transaction\",\"entry\":[{\"request\":{\"method\":\"PUT\"," request "}}]" \
    "}"
    has(&ml, ENTRY("\"url\":\"Patient\""), "\"url\":\"Patient\"");
    lacks(&ml, ENTRY("\"url\":\"Patient/Smith\""), "Smith");
    lacks(&ml, ENTRY("\"url\":\"Patient?name=Smith\",\"ifNoneExist\":\"name=Smith\""), "Smith");
    has(&ml, ENTRY("\"url\":\"Patient\",\"ifNoneExist\":\"identifier=urn:x|12 3\""), wanted);
}

/* In a Bundle fullUrls, ids and references still meet. */
static void test_bundle(void **state)
{
    (void)state;
    const char *const bundle =
        "{\"resourceType\":\"Bundle\",\"type\":\"collection\",\"entry\":[{\"fullUrl\":\"urn:uuid:aaaaaaaa-0000-4000-"
        "8000-"
        "000000000001\",\"resource\":{\"resourceType\":\"Patient\",\"id\":\"smith\",\"identifier\":[{\"system\":\"urn:"
        "m\","
        "\"value\":\"7\"}]}},{\"resource\":{\"resourceType\":\"Encounter\",\"subject\":{\"reference\":\"urn:uuid:"
        "aaaaaaaa-"
        "0000-4000-8000-000000000001\"},\"period\":{\"start\":\"2020-05-05\"}}},{\"resource\":{\"resourceType\":"
        "\"Condition\",\"subject\":{\"identifier\":{\"system\":\"urn:m\",\"value\":\"7\"}},\"onsetDateTime\":"
        "\"2020-05-05\"}}]}";
    char url[128], reference[128], start[128], onset[128], plain[128];
    take(&ml, bundle, "\"fullUrl\":\"", url);
    take(&ml, bundle, "\"reference\":\"", reference);
    assert_string_equal(url, reference);
    take(&ml, bundle, "\"start\":\"", start);
    take(&ml, bundle, "\"onsetDateTime\":\"", onset);
    assert_string_equal(start, onset); /* a logical reference finds its Patient */
    /* The offset is that of the id, whatever the form of the reference. */
    take(&ml,
         "{\"resourceType\":\"Encounter\",\"subject\":{\"reference\":\"http://h/Patient/smith\"},\"period\":{\"start\":"
         "\"2020-05-05\"}}",
         "\"start\":\"", plain);
    assert_string_equal(start, plain);
    lacks(&ml, bundle, "smith");
}

static int32_t days_of(test_deid *test, const char *date)
{
    char text[256], out[128];
    (void)snprintf(text, sizeof(text),
                   "{\"resourceType\":\"Condition\",\"subject\":{\"reference\":\"Patient/1\"},"
                   "\"recordedDate\":\"%s\"}",
                   date);
    take(test, text, "\"recordedDate\":\"", out);
    int y, m, d;
    assert_int_equal(sscanf(out, "%d-%d-%d", &y, &m, &d), 3);
    return ((y - 1) * 365 + (y - 1) / 4 - (y - 1) / 100 + (y - 1) / 400) +
           (int[]){0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334}[m - 1] +
           (m > 2 && ((y % 4 == 0 && y % 100 != 0) || y % 400 == 0)) + d;
}

static void test_dates(void **state)
{
    (void)state;
    assert_int_equal(days_of(&ml, "2020-03-01") - days_of(&ml, "2020-02-28"), 2);
    assert_int_equal(days_of(&ml, "2001-01-01") - days_of(&ml, "2000-01-01"), 366);
    assert_int_equal(days_of(&ml, "2020-03-01T10:00:00Z"), days_of(&ml, "2020-03-01"));
#define CONDITION(when) "{\"resourceType\":\"Condition\",\"subject\":{\"reference\":\"Patient/1\"}," when "}"
    has(&ml, CONDITION("\"recordedDate\":\"2020-03-01T10:20:30.1250-05:00\""), "T10:20:30.1250-05:00\"");
    lacks(&ml, CONDITION("\"recordedDate\":\"2020-03-01 Smith\""), "Smith");
    lacks(&ml, CONDITION("\"recordedDate\":\"2020-13-01\""), "recordedDate");
    lacks(&ml, CONDITION("\"recordedDate\":\"2020-02-30\""), "recordedDate");
    lacks(&ml, CONDITION("\"recordedDate\":\"1930-02-03\""), "recordedDate"); /* only who is over 89 has it */
    has(&research, CONDITION("\"recordedDate\":\"1930-02-03\""), "recordedDate");
    has(&harbor, CONDITION("\"recordedDate\":\"2020-03-01\""), "\"2020\"");
    has(&harbor, CONDITION("\"meta\":{\"lastUpdated\":\"2020-03-01T10:20:30Z\"}"), "\"2020-01-01T00:00:00Z\"");
    has(&limited, CONDITION("\"recordedDate\":\"2020-03-01\""), "\"2020-03-01\"");
    /* Of nobody, or of two. */
    has(&ml, "{\"resourceType\":\"Organization\",\"meta\":{\"lastUpdated\":\"2020-03-01T10:20:30Z\"}}",
        "\"2020-01-01T00:00:00Z\"");
    has(&ml,
        "{\"resourceType\":\"Appointment\",\"start\":\"2020-03-01T10:20:30Z\",\"participant\":[{\"actor\":{"
        "\"reference\":"
        "\"Patient/1\"}},{\"actor\":{\"reference\":\"Patient/2\"}}]}",
        "\"2020-01-01T00:00:00Z\"");
    lacks(&ml,
          "{\"resourceType\":\"Appointment\",\"start\":\"2020-03-01T10:20:30Z\",\"participant\":[{\"actor\":{"
          "\"reference\":\"Patient/1\"}},{\"actor\":{\"reference\":\"Location/2\"}}]}",
          "\"2020-01-01T00:00:00Z\"");
}

/* A period that was in order stays in order, whatever its precisions: all pairs of a few. */
static void test_periods(void **state)
{
    (void)state;
    static const char *const dates[] = {"2019",       "2019-12",    "2019-12-31", "2020-01-01", "2020-01",
                                        "2020-02-28", "2020-02-29", "2020-03",    "2020-12-31", "2020"};
    for (size_t i = 0; i < 10; i++)
        for (size_t j = i; j < 10; j++) {
            char text[256], start[128], end[128];
            (void)snprintf(text, sizeof(text), CONDITION("\"onsetPeriod\":{\"start\":\"%s\",\"end\":\"%s\"}"), dates[i],
                           dates[j]);
            take(&ml, text, "\"start\":\"", start);
            take(&ml, text, "\"end\":\"", end);
            const size_t size = strlen(start) < strlen(end) ? strlen(start) : strlen(end);
            if (strncmp(dates[i], dates[j], size) <= 0)
                assert_true(strncmp(start, end, size) <= 0);
        }
}

static void test_birth(void **state)
{
    (void)state;
    char birth[128];
#define PATIENT(more) "{\"resourceType\":\"Patient\",\"id\":\"1\"," more "}"
    take(&ml, PATIENT("\"birthDate\":\"1980-07-01\""), "\"birthDate\":\"", birth);
    assert_int_equal(strlen(birth), 4);
    assert_true(abs(atoi(birth) - 1980) <= 1);
    has(&ml, PATIENT("\"birthDate\":\"1935-01-01\""), "\"birthDate\":\"1936\"");
    has(&ml, PATIENT("\"birthDate\":\"1901-01-01\""), "\"birthDate\":\"1936\"");
    has(&harbor, PATIENT("\"birthDate\":\"1980-07-01\""), "\"birthDate\":\"1980\"");
    has(&limited, PATIENT("\"birthDate\":\"1980-07-01\""), "\"birthDate\":\"1980-07-01\"");
    take(&research, PATIENT("\"birthDate\":\"1980-07-01\""), "\"birthDate\":\"", birth);
    assert_int_equal(strlen(birth), 10);
    /* The age in years at each event is the difference of the years, or one less. */
    for (int year = 1990; year < 2020; year++) {
        char text[256], when[128];
        (void)snprintf(text, sizeof(text), CONDITION("\"recordedDate\":\"%d-07-01\""), year);
        take(&ml, text, "\"recordedDate\":\"", when);
        take(&ml, PATIENT("\"birthDate\":\"1980-07-01\""), "\"birthDate\":\"", birth);
        const int age = year - 1980, difference = atoi(when) - atoi(birth);
        assert_true(difference == age || difference == age + 1);
    }
}

static void test_places_and_ages(void **state)
{
    (void)state;
#define ADDRESS(more) PATIENT("\"address\":[{" more "}]")
    has(&ml, ADDRESS("\"postalCode\":\"98052\""), "\"postalCode\":\"980\"");
    has(&ml, ADDRESS("\"postalCode\":\"98052-1234\""), "\"postalCode\":\"980\"");
    has(&ml, ADDRESS("\"postalCode\":\"03601\""), "\"postalCode\":\"000\"");
    lacks(&ml, ADDRESS("\"postalCode\":\"SW1A 1AA\""), "SW1A");
    lacks(&gdpr, ADDRESS("\"postalCode\":\"98052\""), "980");
    has(&limited, ADDRESS("\"postalCode\":\"98052\",\"city\":\"Seattle\""),
        "\"postalCode\":\"98052\",\"city\":\"Seattle\"");
    lacks(&ml, ADDRESS("\"city\":\"Seattle\",\"state\":\"Smith\",\"country\":\"Smith\""), "address");
    has(&ml, ADDRESS("\"state\":\"WA\",\"country\":\"US\""), "\"state\":\"WA\",\"country\":\"US\"");
#define AGE(value)                                                                                                     \
    CONDITION("\"onsetAge\":{\"value\":" value                                                                         \
              ",\"unit\":\"years\",\"system\":\"http://unitsofmeasure.org\",\"code\":\"a\"}")
    has(&ml, AGE("89.5"), "\"value\":89.5");
    has(&ml, AGE("90"), "\"value\":90,");
    has(&ml, AGE("103.25"), "\"value\":90,");
    has(&ml, AGE("1.03e2"), "\"value\":90,");
    has(&research, AGE("103"), "\"value\":103");
}

static void test_codes(void **state)
{
    (void)state;
#define CODE(more)           "{\"resourceType\":\"Observation\",\"status\":\"final\",\"code\":{" more "}}"
#define CODING(system, code) CODE("\"coding\":[{\"system\":\"" system "\",\"code\":\"" code "\"}]")
    has(&ml, CODING("http://loinc.org", "2339-0"), "2339-0");
    lacks(&ml, CODING("http://loinc.org", "2339-1"), "2339-1"); /* the check digit is another */
    has(&ml, CODING("http://snomed.info/sct", "162864005"), "162864005");
    lacks(&ml, CODING("http://snomed.info/sct", "162864006"), "162864006");
    has(&ml, CODING("http://hl7.org/fhir/sid/icd-10-cm", "E11.9"), "E11.9");
    lacks(&ml, CODING("http://hl7.org/fhir/sid/icd-10-cm", "SMITH"), "SMITH");
    lacks(&ml, CODING("http://hospital.example/codes", "SMITH"), "SMITH");
    lacks(&ml, CODING("http://hospital.example/codes", "SMITH"), "hospital");
    char one[128], two[128];
    take(&ml, CODING("http://hospital.example/codes", "SMITH"), "\"code\":\"", one);
    take(&ml, CODING("http://hospital.example/codes", "SMITT"), "\"code\":\"", two);
    assert_string_not_equal(one, two);
    lacks(&ml, CODE("\"coding\":[{\"system\":\"http://loinc.org\",\"system\":\"SMITH\",\"code\":\"2339-0\"}]"),
          "SMITH");
    lacks(&ml,
          CODE("\"coding\":[{\"system\":\"http://loinc.org\",\"code\":\"2339-0\",\"display\":\"Glucose of Smith\"}]"),
          "Smith");
    lacks(&ml,
          CODE("\"coding\":[{\"system\":\"http://loinc.org\",\"code\":\"2339-0\",\"display\":\"Glucose\"}],\"text\":"
               "\"Glucose high\""),
          "high"); /* words of terms, but no display says it */
    has(&ml,
        "{\"resourceType\":\"Patient\",\"extension\":[{\"url\":\"http://hl7.org/fhir/us/core/StructureDefinition/"
        "us-core-birthsex\",\"valueCode\":\"F\"},{\"url\":\"urn:smith\",\"valueString\":\"x\"}]}",
        "us-core-birthsex\",\"valueCode\":\"F\"}]");
    lacks(&gdpr,
          "{\"resourceType\":\"Patient\",\"extension\":[{\"url\":\"http://hl7.org/fhir/us/core/StructureDefinition/"
          "us-core-race\",\"extension\":[{\"url\":\"ombCategory\",\"valueCoding\":{\"system\":\"urn:oid:2.16.840.1."
          "113883.6.238\",\"code\":\"2106-3\"}}]}]}",
          "2106-3");
    lacks(&harbor, "{\"resourceType\":\"Patient\",\"identifier\":[{\"system\":\"urn:x\",\"value\":\"1\"}]}",
          "identifier");
}

/* What changes the meaning is never dropped in silence. */
static void test_modifiers(void **state)
{
    (void)state;
    const char *const text =
        "{\"resourceType\":\"Condition\",\"modifierExtension\":[{\"url\":\"http://smith.example/negated\","
        "\"valueBoolean\":true}]}";
    has(&ml, text, "\"modifierExtension\":[{\"url\":\"urn:uuid:");
    has(&ml, text, "\"valueCode\":\"masked\"");
    lacks(&ml, text, "smith");
}

static void test_tags(void **state)
{
    (void)state;
    test_deid tagged;
    json_value root;
    test_deid_init(&tagged, FHIR_EXPERT_ML, true);
    static const char *const texts[] = {
        "{\"resourceType\":\"Patient\",\"id\":\"1\",\"name\":[{\"family\":\"A\"}]}",
        "{\"resourceType\":\"Patient\",\"id\":\"1\",\"meta\":{\"profile\":[\"http://hl7.org/fhir/StructureDefinition/"
        "Patient\"]}}",
        "{\"resourceType\":\"Patient\",\"id\":\"1\",\"meta\":{\"security\":[{\"system\":\"http://terminology.hl7.org/"
        "CodeSystem/"
        "v3-ObservationValue\",\"code\":\"ABSTRED\"}]}}",
        "{\"resourceType\":\"Patient\",\"meta\":{\"source\":\"A\"},\"id\":\"1\"}",
        "{\"resourceType\":\"Patient\",\"meta\":{\"security\":[{\"display\":\"A\"}],\"versionId\":\"2\"},\"id\":\"1\"}",
        "{\"resourceType\":\"Bundle\",\"type\":\"collection\",\"entry\":[{\"resource\":{\"resourceType\":\"Patient\","
        "\"id\":\"1\"}}]}",
    };
    for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
        const char *out = test_deid_run(&tagged, texts[i]);
        assert_non_null(strstr(out, "CRYTOHASH"));
        base_buf copy;
        base_buf_init(&copy, 1 << 20);
        base_buf_append(&copy, tagged.out.data, tagged.out.size - 1);
        assert_int_equal(base_buf_reserve(&copy, JSON_PADDING), 0);
        assert_int_equal(json_parse(tagged.parser, base_buf_view(&copy), &root, NULL), 0);
        const json_value meta = json_get(root, "meta");
        assert_true(json_count(json_get(meta, "security")) >= 1);
        unsigned metas = 0;
        for (const char *at = copy.data;
             (at = memmem(at, copy.size - (size_t)(at - copy.data), "\"security\"", 10)) != NULL; at++)
            metas++;
        assert_int_equal(metas, i == 5 ? 2 : 1);
        base_buf_done(&copy);
    }
    test_deid_done(&tagged);
}

static void test_refused(void **state)
{
    (void)state;
    static const char *const texts[] = {"{}",
                                        "[]",
                                        "3",
                                        "{\"resourceType\":\"Smith\"}",
                                        "{\"resourceType\":3}",
                                        "{\"resourceType\":\"HumanName\"}",
                                        "{\"resourceType\":\"DomainResource\"}"};
    for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
        json_value root;
        base_buf_reset(&ml.in);
        base_buf_text(&ml.in, texts[i]);
        assert_int_equal(base_buf_reserve(&ml.in, JSON_PADDING), 0);
        assert_int_equal(json_parse(ml.parser, base_buf_view(&ml.in), &root, NULL), 0);
        base_buf_reset(&ml.out);
        assert_int_equal(fhir_deid_document(ml.deid, root, &ml.out, NULL), LETHE_E_FHIR_SHAPE);
        assert_int_equal(ml.out.size, 0);
    }
    lacks(&ml, "{\"resourceType\":\"Patient\",\"resourceType\":\"Smith\",\"gender\":\"male\"}", "Smith");
    lacks(&ml, "{\"resourceType\":\"Patient\",\"contained\":[{\"resourceType\":\"Smith\"}]}", "Smith");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_kept_bytes), cmocka_unit_test(test_commas),
        cmocka_unit_test(test_required),   cmocka_unit_test(test_references),
        cmocka_unit_test(test_searches),   cmocka_unit_test(test_bundle),
        cmocka_unit_test(test_dates),      cmocka_unit_test(test_periods),
        cmocka_unit_test(test_birth),      cmocka_unit_test(test_places_and_ages),
        cmocka_unit_test(test_codes),      cmocka_unit_test(test_modifiers),
        cmocka_unit_test(test_tags),       cmocka_unit_test(test_refused),
    };
    test_deid_init(&ml, FHIR_EXPERT_ML, false);
    test_deid_init(&harbor, FHIR_SAFE_HARBOR, false);
    test_deid_init(&limited, FHIR_LIMITED_DATASET, false);
    test_deid_init(&gdpr, FHIR_GDPR, false);
    test_deid_init(&research, FHIR_RESEARCH_DATES, false);
    const int failed = cmocka_run_group_tests_name("fhir/deid", tests, NULL, NULL);
    test_deid_done(&ml);
    test_deid_done(&harbor);
    test_deid_done(&limited);
    test_deid_done(&gdpr);
    test_deid_done(&research);
    return failed;
}
