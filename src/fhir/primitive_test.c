/* SPDX-License-Identifier: Apache-2.0 */
#include "fhir/primitive.h"

#include "base/test.h"

typedef struct sample {
    fhir_primitive type;
    const char *text;
    bool fits;
} sample;

static void test_syntax(void **state)
{
    (void)state;
    static const sample samples[] = {
        {FHIR_PRIMITIVE_DATE, "2020", true},
        {FHIR_PRIMITIVE_DATE, "2020-12", true},
        {FHIR_PRIMITIVE_DATE, "2020-02-29", true},
        {FHIR_PRIMITIVE_DATE, "1900-02-29", false},
        {FHIR_PRIMITIVE_DATE, "0000", false},
        {FHIR_PRIMITIVE_DATE, "2020-13", false},
        {FHIR_PRIMITIVE_DATE, "2020-1", false},
        {FHIR_PRIMITIVE_DATE, "2020-01-00", false},
        {FHIR_PRIMITIVE_DATE, "20200101", false},
        {FHIR_PRIMITIVE_DATE, "2020-01-01T00:00:00Z", false},
        {FHIR_PRIMITIVE_DATE, "2020-", false},
        {FHIR_PRIMITIVE_DATE, " 2020", false},
        {FHIR_PRIMITIVE_DATE_TIME, "2020", true},
        {FHIR_PRIMITIVE_DATE_TIME, "2020-01-01T00:00:00Z", true},
        {FHIR_PRIMITIVE_DATE_TIME, "2020-01-01T23:59:60.123456789+14:00", true},
        {FHIR_PRIMITIVE_DATE_TIME, "2020-01-01T00:00:00+14:01", false},
        {FHIR_PRIMITIVE_DATE_TIME, "2020-01-01T00:00:00", false},
        {FHIR_PRIMITIVE_DATE_TIME, "2020-01-01T00:00Z", false},
        {FHIR_PRIMITIVE_DATE_TIME, "2020-01-01T24:00:00Z", false},
        {FHIR_PRIMITIVE_DATE_TIME, "2020-01-01T00:00:00.Z", false},
        {FHIR_PRIMITIVE_DATE_TIME, "2020-01T00:00:00Z", false},
        {FHIR_PRIMITIVE_INSTANT, "2020-01-01T00:00:00Z", true},
        {FHIR_PRIMITIVE_INSTANT, "2020-01-01", false},
        {FHIR_PRIMITIVE_TIME, "23:59:59.5", true},
        {FHIR_PRIMITIVE_TIME, "23:59", false},
        {FHIR_PRIMITIVE_TIME, "23:59:59Z", false},
        {FHIR_PRIMITIVE_CODE, "a b", true},
        {FHIR_PRIMITIVE_CODE, "a  b", false},
        {FHIR_PRIMITIVE_CODE, "a ", false},
        {FHIR_PRIMITIVE_CODE, " a", false},
        {FHIR_PRIMITIVE_ID, "a-1.B", true},
        {FHIR_PRIMITIVE_ID, "a_1", false},
        {FHIR_PRIMITIVE_ID, "\xc3\xa4", false},
        {FHIR_PRIMITIVE_ID, "0123456789012345678901234567890123456789012345678901234567890123", true},
        {FHIR_PRIMITIVE_ID, "01234567890123456789012345678901234567890123456789012345678901234", false},
        {FHIR_PRIMITIVE_OID, "urn:oid:2.16.0.1", true},
        {FHIR_PRIMITIVE_OID, "urn:oid:3.1", false},
        {FHIR_PRIMITIVE_OID, "urn:oid:1", false},
        {FHIR_PRIMITIVE_OID, "urn:oid:1.01", false},
        {FHIR_PRIMITIVE_OID, "urn:oid:1.", false},
        {FHIR_PRIMITIVE_OID, "1.2", false},
        {FHIR_PRIMITIVE_UUID, "urn:uuid:c757873d-ec9a-4326-a141-556f43239520", true},
        {FHIR_PRIMITIVE_UUID, "urn:uuid:C757873D-EC9A-4326-A141-556F43239520", false},
        {FHIR_PRIMITIVE_UUID, "urn:uuid:c757873dec9a4326a141556f43239520", false},
        {FHIR_PRIMITIVE_URI, "http://a", true},
        {FHIR_PRIMITIVE_URI, "a b", false},
        {FHIR_PRIMITIVE_STRING, "a\n\tb ", true},
        {FHIR_PRIMITIVE_STRING, "a\fb", false},
        {FHIR_PRIMITIVE_BASE64, "AAAA", true},
        {FHIR_PRIMITIVE_BASE64, "AA==", true},
        {FHIR_PRIMITIVE_BASE64, "AA AA\nAAA=", true},
        {FHIR_PRIMITIVE_BASE64, "AAA", false},
        {FHIR_PRIMITIVE_BASE64, "A===", false},
        {FHIR_PRIMITIVE_BASE64, "AA=A", false},
        {FHIR_PRIMITIVE_BASE64, "AA-_", false},
        {FHIR_PRIMITIVE_BASE64, " ", false},
        {FHIR_PRIMITIVE_DECIMAL, "1", false},
        {FHIR_PRIMITIVE_BOOLEAN, "true", false},
    };
    for (size_t i = 0; i < sizeof(samples) / sizeof(samples[0]); i++)
        if (fhir_primitive_fits(samples[i].type, base_span_of(samples[i].text)) != samples[i].fits)
            fail_msg("%s", samples[i].text);
    for (int type = 0; type <= FHIR_PRIMITIVE_XHTML; type++)
        assert_false(fhir_primitive_fits((fhir_primitive)type, (base_span){0}));
}

static void test_integers(void **state)
{
    (void)state;
    assert_true(fhir_integer_fits(FHIR_PRIMITIVE_INTEGER, INT32_MIN));
    assert_false(fhir_integer_fits(FHIR_PRIMITIVE_INTEGER, (int64_t)INT32_MAX + 1));
    assert_true(fhir_integer_fits(FHIR_PRIMITIVE_UNSIGNED, 0));
    assert_false(fhir_integer_fits(FHIR_PRIMITIVE_UNSIGNED, -1));
    assert_false(fhir_integer_fits(FHIR_PRIMITIVE_POSITIVE, 0));
}

static bool after(const char *a, const char *b)
{
    fhir_moment first, second;
    assert_true(fhir_moment_of(base_span_of(a), &first));
    assert_true(fhir_moment_of(base_span_of(b), &second));
    return fhir_moment_after(&first, &second);
}

static void test_moments(void **state)
{
    (void)state;
    assert_true(after("2020-01-02", "2020-01-01"));
    assert_false(after("2020-01-01", "2020-01-01"));
    assert_false(after("2020-12-31", "2020"));
    assert_true(after("2021-01-01", "2020"));
    assert_false(after("2020", "2020-12-31"));
    assert_true(after("2020-01-01T00:00:01Z", "2020-01-01T00:00:00Z"));
    assert_false(after("2020-01-01T00:00:01Z", "2020-01-01T00:00:01Z"));
    assert_true(after("2020-01-01T00:00:00-01:00", "2020-01-01T00:30:00Z"));
    assert_false(after("2020-01-01T12:00:00Z", "2019-12-31")); /* still the 31st somewhere */
    assert_true(after("2020-01-01T14:00:00Z", "2019-12-31"));
    assert_true(after("2020-01-01T00:00:00.000002Z", "2020-01-01T00:00:00.000001Z"));
    fhir_moment moment;
    assert_false(fhir_moment_of(BASE_SPAN("10:00:00"), &moment));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_syntax),
        cmocka_unit_test(test_integers),
        cmocka_unit_test(test_moments),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
