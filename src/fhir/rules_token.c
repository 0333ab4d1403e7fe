/* SPDX-License-Identifier: Apache-2.0 */
#include "fhir/rules_internal.h"

#include "crypt/aead.h"
#include "crypt/cbc.h"
#include "crypt/keyring.h"
#include "fhir/primitive.h"

#include <stdlib.h>

/*
 * cryptoHash, encrypt and pseudonymize. Theirs: 64 hexadecimal digits of HMAC-SHA-256, or base64 of IV and AES-CBC,
 * into whatever element the rule names. Ours: the tokens of our own de-identification, so that a reference names what
 * it named before, each in a form that the element may have; where there is none, the value goes.
 */
static bool is_name(const fhir_node *node, const char *name)
{
    return node->element != NULL && base_span_is(fhir_element_stem(node->element), name);
}

static bool is_reference(const fhir_rules_run *run, const fhir_node *node)
{
    return node->parent != NULL && node->parent->type == run->reference && is_name(node, "reference");
}

static void put_hex(base_buf *out, const uint8_t *bytes, size_t digits)
{
    static const char hex[] = "0123456789abcdef";
    for (size_t i = 0; i < digits; i++)
        base_buf_byte(out, hex[i % 2 == 0 ? bytes[i / 2] >> 4 : bytes[i / 2] & 15]);
}

static int put_hash(fhir_rules_run *run, const rules_rule *rule, base_span value, lethe_error *error)
{
    uint8_t tag[32];
    const base_span domain[] = {rule->prefix, rule->domain, BASE_SPAN("/"), value};
    const bool named = rule->method == RULES_PSEUDONYMIZE;
    if (value.size == 0)
        return 0;
    BASE_TRY(crypt_mac_compute(run->hash, named ? domain : &value, named ? 4 : 1, tag, error));
    put_hex(&run->text, tag, rule->truncate != 0 ? (size_t)rule->truncate : 64);
    return 0;
}

static bool is_id_char(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.';
}

/* Whether `id` is 1 to 64 characters of an id, maybe with /_history/ and another behind: `*size` of the first. */
static bool split_id(base_span text, size_t *size)
{
    *size = 0;
    while (*size < text.size && is_id_char(text.data[*size]))
        (*size)++;
    if (*size == 0 || *size > 64)
        return false;
    const base_span rest = {text.data + *size, text.size - *size};
    if (rest.size == 0)
        return true;
    if (!base_span_starts(rest, BASE_SPAN("/_history/")) || rest.size > 74 || rest.size == 10)
        return false;
    for (size_t i = 10; i < rest.size; i++)
        if (!is_id_char(rest.data[i]))
            return false;
    return true;
}

static bool is_server_char(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || strchr("\\/.:%$", c) != NULL;
}

static bool is_resource(base_span name)
{
    const fhir_type type = fhir_schema_type(name.data, name.size);
    return fhir_schema_kind(type) == FHIR_KIND_RESOURCE && !fhir_schema_abstract(type);
}

/* [http(s)://server/…]Type/id[/_history/version]: where the id begins. */
static bool split_literal(base_span text, size_t *from, size_t *size)
{
    size_t start = 0;
    if (base_span_starts(text, BASE_SPAN("http://")))
        start = 7;
    else if (base_span_starts(text, BASE_SPAN("https://")))
        start = 8;
    const char *history = text.size != 0 ? memmem(text.data, text.size, "/_history/", 10) : NULL;
    size_t slash = history != NULL ? (size_t)(history - text.data) : text.size;
    while (slash > 0 && text.data[slash - 1] != '/')
        slash--;
    if (slash == 0)
        return false;
    size_t name = slash - 1;
    while (name > start && text.data[name - 1] >= 'A' && text.data[name - 1] <= 'z' && text.data[name - 1] != '\\')
        name--;
    /* Their pattern lets a server's name run into the type: http://hostPatient/1. A type is looked for from the
     * longest. */
    while (name < slash - 1 &&
           !(is_resource((base_span){text.data + name, slash - 1 - name}) && (start != 0 || name == 0)))
        name++;
    if (name >= slash - 1 || (start == 0 && name != 0))
        return false;
    for (size_t i = start; i < name; i++)
        if (!is_server_char(text.data[i]))
            return false;
    *from = slash;
    return split_id((base_span){text.data + slash, text.size - slash}, size);
}

static bool is_oid(base_span text)
{
    if (text.size < 3 || text.data[0] < '0' || text.data[0] > '2')
        return false;
    for (size_t i = 1; i < text.size;) {
        if (text.data[i++] != '.' || i == text.size)
            return false;
        const size_t first = i;
        while (i < text.size && text.data[i] >= '0' && text.data[i] <= '9')
            i++;
        if (i == first || (text.data[first] == '0' && i - first > 1))
            return false;
    }
    return true;
}

/* The part of a reference that is the id, as theirs sees it: what their patterns do not fit is all id. */
static void split_reference(base_span text, size_t *from, size_t *size)
{
    *from = 0;
    *size = text.size;
    if (text.data[0] == '#') {
        *from = 1;
        *size = text.size - 1;
    } else if (base_span_starts(text, BASE_SPAN("urn:uuid:")) && text.size == 45 &&
               fhir_primitive_fits(FHIR_PRIMITIVE_UUID, text)) {
        *from = 9;
        *size = 36;
    } else if (base_span_starts(text, BASE_SPAN("urn:oid:")) && is_oid((base_span){text.data + 8, text.size - 8})) {
        *from = 8;
        *size = text.size - 8;
    } else if (!split_literal(text, from, size)) {
        *from = 0;
        *size = text.size;
    }
}

/* theirs: a truth is written True, as their platform does. */
static base_span their_text(const fhir_node *node)
{
    if (node->value == FHIR_VALUE_BOOLEAN)
        return base_span_is(node->text, "true") ? BASE_SPAN("True") : BASE_SPAN("False");
    return node->text;
}

static int hash_as_theirs(fhir_rules_run *run, const rules_rule *rule, fhir_node *node, lethe_error *error)
{
    const base_span text = their_text(node);
    size_t from = 0, size = text.size;
    if (is_reference(run, node))
        split_reference(text, &from, &size);
    base_buf_reset(&run->text);
    base_buf_append(&run->text, text.data, from);
    BASE_TRY(put_hash(run, rule, (base_span){text.data + from, size}, error));
    base_buf_append(&run->text, text.data + from + size, text.size - from - size);
    BASE_TRY(base_buf_check(&run->text, error));
    return rules_give_text(run, node, base_buf_view(&run->text), error);
}

int rules_hash(fhir_rules_run *run, const rules_rule *rule, fhir_node *node, unsigned *done, lethe_error *error)
{
    if (node->text.size == 0)
        return 0;
    if (!run->rules->compat)
        return rules_safe_token(run, rule, node, done, error);
    *done |= FHIR_RULES_HASHED;
    return hash_as_theirs(run, rule, node, error);
}

int rules_pseudonymize(fhir_rules_run *run, const rules_rule *rule, fhir_node *node, unsigned *done, lethe_error *error)
{
    if (node->text.size == 0)
        return 0;
    if (!run->rules->compat)
        return rules_safe_token(run, rule, node, done, error);
    *done |= FHIR_RULES_PSEUDONYMIZED;
    return hash_as_theirs(run, rule, node, error);
}

int rules_encrypt(fhir_rules_run *run, const rules_rule *rule, fhir_node *node, unsigned *done, lethe_error *error)
{
    if (node->text.size == 0)
        return 0;
    if (!run->rules->compat)
        return rules_safe_token(run, rule, node, done, error);
    const base_span plain = their_text(node);
    uint8_t iv[CRYPT_CBC_BLOCK];
    size_t size = 0;
    uint8_t *sealed = base_arena_take(&run->arena, plain.size + 2 * CRYPT_CBC_BLOCK);
    char *text = base_arena_take(&run->arena, (plain.size + 2 * CRYPT_CBC_BLOCK + 2) / 3 * 4 + 1);
    if (sealed == NULL || text == NULL)
        return base_fail(error, LETHE_E_BASE_LIMIT);
    BASE_TRY(crypt_random(iv, sizeof(iv), error));
    BASE_TRY(crypt_cbc_seal(run->rules->encrypt_key, iv, plain, sealed, &size, error));
    crypt_base64(sealed, size, text);
    fhir_node_set(node, FHIR_VALUE_STRING, base_span_of(text));
    *done |= FHIR_RULES_ENCRYPTED;
    return 0;
}
