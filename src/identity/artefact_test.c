/* SPDX-License-Identifier: Apache-2.0 */
#include "identity/artefact.h"

#include "base/test.h"
#include "identity/reversible.h"

#include <stdio.h>

static crypt_keyring *ring, *rotated;

/* Two key files of one project: the second has rotated to epoch 2 and keeps 1 as retired. Their checks were computed
 * by docs/SPEC-keyfile.md. */
static crypt_keyring *ring_of(const char *text)
{
    crypt_keyring *made = NULL;
    assert_int_equal(crypt_keyring_parse(base_span_of(text), &made, NULL), 0);
    return made;
}

static const char KEY_ONE[] = "1 enabled AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE= 89e52d02\n";

static int32_t shift_of(identity_artefact *artefact, const char *id)
{
    int32_t days = 0;
    assert_int_equal(identity_artefact_shift(artefact, base_span_of(id), &days, NULL), 0);
    return days;
}

static void test_shift_is_uniform(void **state)
{
    (void)state;
    enum { PEOPLE = 73000 };
    static unsigned seen[2 * IDENTITY_SHIFT_DAYS_MAX + 1];
    identity_artefact *artefact = NULL;
    assert_int_equal(identity_artefact_new(ring, IDENTITY_SHIFT_DAYS, &artefact, NULL), 0);
    for (int i = 0; i < PEOPLE; i++) {
        char id[16];
        (void)snprintf(id, sizeof(id), "%d", i);
        const int32_t days = shift_of(artefact, id);
        assert_true(days != 0 && days >= -IDENTITY_SHIFT_DAYS_MAX && days <= IDENTITY_SHIFT_DAYS_MAX);
        seen[days + IDENTITY_SHIFT_DAYS_MAX]++;
    }
    double chi = 0; /* 729 degrees of freedom: mean 729, deviation 38 */
    for (int i = 0; i <= 2 * IDENTITY_SHIFT_DAYS_MAX; i++)
        if (i != IDENTITY_SHIFT_DAYS_MAX)
            chi += (seen[i] - 100.0) * (seen[i] - 100.0) / 100.0;
    assert_true(chi > 560 && chi < 920);
    identity_artefact_free(artefact);
    assert_int_equal(identity_artefact_new(ring, IDENTITY_SHIFT_WEEKS, &artefact, NULL), 0);
    for (int i = 0; i < 1000; i++) {
        char id[16];
        (void)snprintf(id, sizeof(id), "%d", i);
        const int32_t days = shift_of(artefact, id);
        assert_true(days != 0 && days % 7 == 0 && days >= -364 && days <= 364);
    }
    identity_artefact_free(artefact);
}

/*
 * Who knows some patients' true dates and ids predicts no other's offset. The peer's shift is o = o·131 + byte mod 101
 * over key and id, less 50: linear, so that offsets of ids of one length and one prefix follow from three of them,
 * without the key. The attack is run on both.
 */
typedef int32_t offset_fn(void *context, const char *id);

static int32_t peer_offset(void *context, const char *id)
{
    unsigned o = 0;
    for (const char *at = id; *at != '\0'; at++)
        o = (o * 131 + (unsigned char)*at) % 101;
    for (const char *at = context; *at != '\0'; at++)
        o = (o * 131 + (unsigned char)*at) % 101;
    return (int32_t)o - 50;
}

static int32_t our_offset(void *context, const char *id)
{
    return shift_of(context, id);
}

/* Of 1000 patients, how many offsets are told right from three known pairs: offset = a·digit + b·digit + c mod 101. */
static unsigned attack(offset_fn *offset, void *context)
{
    unsigned told = 0;
    const int32_t base = offset(context, "p000"), one = offset(context, "p001"), ten = offset(context, "p010");
    const int32_t hundred = offset(context, "p100"); /* follows from the other two with the peer */
    for (int i = 0; i < 1000; i++) {
        char id[8];
        (void)snprintf(id, sizeof(id), "p%03d", i);
        const int32_t guess =
            base + (one - base) * (i % 10) + (ten - base) * (i / 10 % 10) + (hundred - base) * (i / 100);
        told += ((guess - offset(context, id)) % 101 + 101) % 101 == 0;
    }
    return told;
}

static void test_known_pairs(void **state)
{
    (void)state;
    char key[] = "a secret that nobody knows";
    identity_artefact *artefact = NULL;
    assert_int_equal(attack(peer_offset, key), 1000);
    assert_int_equal(identity_artefact_new(ring, IDENTITY_SHIFT_DAYS, &artefact, NULL), 0);
    assert_true(attack(our_offset, artefact) < 40); /* one in 101, and the four that were known */
    identity_artefact_free(artefact);
}

static void test_tokens(void **state)
{
    (void)state;
    identity_artefact *artefact = NULL, *later = NULL;
    identity_token a, b;
    char uuid[IDENTITY_UUID_CHARS + 1] = "";
    assert_int_equal(identity_artefact_new(ring, IDENTITY_SHIFT_DAYS, &artefact, NULL), 0);
    assert_int_equal(identity_artefact_new(rotated, IDENTITY_SHIFT_DAYS, &later, NULL), 0);
    assert_int_equal(identity_artefact_token(artefact, 'i', BASE_SPAN("ab"), BASE_SPAN("c"), &a, NULL), 0);
    assert_int_equal(identity_artefact_token(artefact, 'i', BASE_SPAN("a"), BASE_SPAN("bc"), &b, NULL), 0);
    assert_memory_not_equal(a.bytes, b.bytes, 16); /* the boundary is part of the message */
    assert_int_equal(identity_artefact_token(later, 'i', BASE_SPAN("ab"), BASE_SPAN("c"), &b, NULL), 0);
    assert_memory_not_equal(a.bytes, b.bytes, 16); /* another epoch, another token */
    assert_int_equal(shift_of(artefact, "1") == shift_of(later, "1") && shift_of(artefact, "2") == shift_of(later, "2"),
                     0);
    identity_format_uuid(&a, uuid);
    assert_true(uuid[8] == '-' && uuid[13] == '-' && uuid[14] == '8' && uuid[18] == '-' && uuid[23] == '-');
    assert_non_null(strchr("89ab", uuid[19]));
    identity_artefact_free(artefact);
    identity_artefact_free(later);
}

static void test_reversible(void **state)
{
    (void)state;
    identity_reversible *old = NULL, *new = NULL;
    base_buf token, other;
    base_span system, value;
    base_buf_init(&token, 1024);
    base_buf_init(&other, 1024);
    assert_int_equal(identity_reversible_new(ring, &old, NULL), 0);
    assert_int_equal(identity_reversible_new(rotated, &new, NULL), 0);
    assert_int_equal(identity_reversible_seal(old, BASE_SPAN("urn:x"), BASE_SPAN("4711"), &token, NULL), 0);
    assert_memory_equal(token.data, "rt1.", 4);
    assert_int_equal(identity_reversible_seal(new, BASE_SPAN("urn:x"), BASE_SPAN("4711"), &other, NULL), 0);
    assert_memory_equal(other.data, "rt2.", 4);
    /* Tokens of the retired epoch are read; those of the future are not. */
    assert_int_equal(identity_reversible_open(new, base_buf_view(&token), &system, &value, NULL), 0);
    assert_true(base_span_is(system, "urn:x") && base_span_is(value, "4711"));
    assert_int_equal(identity_reversible_open(old, base_buf_view(&other), &system, &value, NULL), LETHE_E_CRYPT_EPOCH);
    for (size_t i = 4; i < token.size; i++) { /* every character is proved */
        token.data[i] = token.data[i] == 'a' ? 'b' : 'a';
        assert_int_not_equal(identity_reversible_open(new, base_buf_view(&token), &system, &value, NULL), 0);
        base_buf_reset(&token);
        assert_int_equal(identity_reversible_seal(old, BASE_SPAN("urn:x"), BASE_SPAN("4711"), &token, NULL), 0);
    }
    for (size_t size = 0; size < token.size; size++)
        assert_int_not_equal(identity_reversible_open(new, (base_span){token.data, size}, &system, &value, NULL), 0);
    identity_reversible_free(old);
    identity_reversible_free(new);
    base_buf_done(&token);
    base_buf_done(&other);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_shift_is_uniform),
        cmocka_unit_test(test_known_pairs),
        cmocka_unit_test(test_tokens),
        cmocka_unit_test(test_reversible),
    };
    char text[1024];
    (void)snprintf(text, sizeof(text), "lethe-key 1 00000000-0000-4000-8000-000000000001 1\n%s", KEY_ONE);
    ring = ring_of(text);
    (void)snprintf(text, sizeof(text),
                   "lethe-key 1 00000000-0000-4000-8000-000000000001 2\n"
                   "1 retired AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE= 89e52d02\n"
                   "2 enabled AgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgI= d1b8587a\n");
    rotated = ring_of(text);
    const int failed = cmocka_run_group_tests_name("identity/artefact", tests, NULL, NULL);
    crypt_keyring_free(ring);
    crypt_keyring_free(rotated);
    return failed;
}
