/* SPDX-License-Identifier: Apache-2.0 */
#include "fhir/deid_internal.h"
#include "fhir/terms.h"

/*
 * References keep their kind, and two that meant the same record mean the same one afterwards, in whatever document:
 *
 *   #id                              #token
 *   Type/id/_history/3               Type/token/_history/3
 *   http://host/path/Type/id         https://token-of-the-server.invalid/Type/token    (RFC 2606)
 *   urn:uuid:x                       urn:uuid:token        an id that is a UUID gets the same token: fullUrl and id
 * meet urn:oid:x                        urn:uuid:token Type?identifier=sys|val          Type?identifier=sys|token, as
 * Identifier.value gets it; of other searches a token anything else                    urn:uuid:token
 */
#define VERSION_DIGITS_MAX 4

static bool put_bits(fhir_deid *deid, char kind, base_span first, base_span second, uint8_t token[FHIR_TOKEN_BYTES])
{
    const int status =
        deid->options.keys.token(deid->options.keys.context, kind, first, second, token, deid_error(deid));
    if (status != 0)
        deid_fail(deid, status);
    return status == 0;
}

static void put_base32(base_buf *out, const uint8_t token[FHIR_TOKEN_BYTES])
{
    static const char alphabet[] = "abcdefghijklmnopqrstuvwxyz234567";
    char text[26];
    for (size_t i = 0; i < sizeof(text); i++) {
        const size_t bit = 5 * i, byte = bit / 8;
        const unsigned pair = (unsigned)token[byte] << 8 | (byte + 1 < FHIR_TOKEN_BYTES ? token[byte + 1] : 0u);
        text[i] = alphabet[pair >> (11 - bit % 8) & 31];
    }
    base_buf_append(out, text, sizeof(text));
}

/* Version 8 of RFC 9562: 122 bits made by a rule of our own. */
static void put_uuid(base_buf *out, const uint8_t token[FHIR_TOKEN_BYTES])
{
    static const char hex[] = "0123456789abcdef";
    char text[36];
    for (size_t i = 0, at = 0; i < 16; i++) {
        const unsigned byte = i == 6 ? (token[i] & 0x0fu) | 0x80u : i == 8 ? (token[i] & 0x3fu) | 0x80u : token[i];
        if (i == 4 || i == 6 || i == 8 || i == 10)
            text[at++] = '-';
        text[at++] = hex[byte >> 4];
        text[at++] = hex[byte & 15];
    }
    base_buf_append(out, text, sizeof(text));
}

static void put_token(fhir_deid *deid, char kind, base_span first, base_span second)
{
    uint8_t token[FHIR_TOKEN_BYTES];
    if (put_bits(deid, kind, first, second, token))
        put_base32(&deid->value, token);
}

static void put_urn(fhir_deid *deid, char kind, base_span first)
{
    uint8_t token[FHIR_TOKEN_BYTES];
    base_buf_text(&deid->value, "urn:uuid:");
    if (put_bits(deid, kind, first, (base_span){NULL, 0}, token))
        put_uuid(&deid->value, token);
}

static const uint8_t HEX[256] = {['0'] = 1, ['1'] = 1, ['2'] = 1, ['3'] = 1, ['4'] = 1, ['5'] = 1, ['6'] = 1, ['7'] = 1,
                                 ['8'] = 1, ['9'] = 1, ['a'] = 1, ['b'] = 1, ['c'] = 1, ['d'] = 1, ['e'] = 1, ['f'] = 1,
                                 ['A'] = 1, ['B'] = 1, ['C'] = 1, ['D'] = 1, ['E'] = 1, ['F'] = 1};

bool deid_is_uuid(base_span text)
{
    if (text.size != 36)
        return false;
    if (text.data[8] != '-' || text.data[13] != '-' || text.data[18] != '-' || text.data[23] != '-')
        return false;
    unsigned digits = 0, dashes = 0;
    for (size_t i = 0; i < 36; i++) {
        digits += HEX[(unsigned char)text.data[i]];
        dashes += text.data[i] == '-';
    }
    return digits == 32 && dashes == 4;
}

static void put_uuid_of(fhir_deid *deid, base_span uuid)
{
    uint8_t token[FHIR_TOKEN_BYTES];
    char lower[36];
    for (size_t i = 0; i < sizeof(lower); i++)
        lower[i] = uuid.data[i] >= 'A' && uuid.data[i] <= 'F' ? (char)(uuid.data[i] + 32) : uuid.data[i];
    if (put_bits(deid, FHIR_NAME_UUID, (base_span){lower, sizeof(lower)}, (base_span){NULL, 0}, token))
        put_uuid(&deid->value, token);
}

static void put_id(fhir_deid *deid, base_span type, base_span id)
{
    if (deid_is_uuid(id))
        put_uuid_of(deid, id);
    else
        put_token(deid, FHIR_NAME_ID, type, id);
}

static bool is_small_number(base_span text)
{
    for (size_t i = 0; i < text.size; i++)
        if (text.data[i] < '0' || text.data[i] > '9')
            return false;
    return text.size != 0 && text.size <= VERSION_DIGITS_MAX;
}

static void put_version(fhir_deid *deid, base_span version)
{
    if (is_small_number(version))
        base_buf_span(&deid->value, version);
    else
        put_token(deid, FHIR_NAME_STRING, version, (base_span){NULL, 0});
}

static base_span behind(base_span text, size_t size)
{
    return (base_span){text.data + size, text.size - size};
}

static size_t find_byte(base_span text, char byte)
{
    const char *found = text.size != 0 ? memchr(text.data, byte, text.size) : NULL;
    return found != NULL ? (size_t)(found - text.data) : SIZE_MAX;
}

static bool is_resource_type(base_span name)
{
    const fhir_type type = fhir_schema_type(name.data, name.size);
    return type != FHIR_TYPE_NONE && fhir_schema_kind(type) == FHIR_KIND_RESOURCE;
}

deid_target deid_target_of(base_span reference)
{
    deid_target target = {{NULL, 0}, {NULL, 0}};
    const char *history = base_span_search(reference, BASE_SPAN("/_history/"));
    if (history != NULL)
        reference.size = (size_t)(history - reference.data);
    const size_t fragment = find_byte(reference, '#');
    if (fragment != SIZE_MAX)
        reference.size = fragment;
    size_t at = reference.size;
    while (at > 0 && reference.data[at - 1] != '/' && reference.data[at - 1] != ':')
        at--;
    target.id = behind(reference, at);
    if (at == 0 || reference.data[at - 1] == ':')
        return target;
    const size_t end = at - 1;
    for (at = end; at > 0 && reference.data[at - 1] != '/';)
        at--;
    target.type = (base_span){reference.data + at, end - at};
    return target;
}

/* "sys|val" of the first parameter `identifier` of a search, decoded into one of the buffers for it. */
bool deid_find_identifier(fhir_deid *deid, base_span query, base_span *ret_system, base_span *ret_value)
{
    static const base_span key = {"identifier=", 11};
    while (query.size != 0 && !base_span_starts(query, key)) {
        const size_t next = find_byte(query, '&');
        if (next == SIZE_MAX)
            return false;
        query = behind(query, next + 1);
    }
    if (query.size <= key.size)
        return false;
    query = behind(query, key.size);
    const size_t next = find_byte(query, '&');
    base_buf *out = &deid->decoded[deid->decoded_next++ % DEID_DECODED];
    base_buf_reset(out);
    for (size_t i = 0; i < query.size && i < next; i++) {
        unsigned byte = (unsigned char)query.data[i];
        if (byte == '%' && i + 2 < query.size) {
            unsigned value = 0;
            for (size_t j = 1; j <= 2; j++) {
                const char c = (char)(query.data[i + j] | 0x20);
                value = value << 4 | (unsigned)(c >= 'a' && c <= 'f' ? c - 'a' + 10 : (query.data[i + j] - '0') & 15);
            }
            byte = value;
            i += 2;
        }
        base_buf_byte(out, (char)byte);
    }
    const base_span token = base_buf_view(out);
    const size_t bar = find_byte(token, '|');
    if (bar == SIZE_MAX || bar + 1 >= token.size)
        return false;
    *ret_system = (base_span){token.data, bar};
    *ret_value = behind(token, bar + 1);
    return true;
}

/* Percent-encoded as a query asks for (RFC 3986): what is neither a letter, a digit nor a mark that needs none. */
static void put_encoded(base_buf *out, base_span text)
{
    static const char hex[] = "0123456789ABCDEF";
    for (size_t i = 0; i < text.size; i++) {
        const unsigned char c = (unsigned char)text.data[i];
        const bool plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                           (c != 0 && strchr("-._~:/", c) != NULL);
        if (plain) {
            base_buf_byte(out, (char)c);
        } else {
            base_buf_byte(out, '%');
            base_buf_byte(out, hex[c >> 4]);
            base_buf_byte(out, hex[c & 15]);
        }
    }
}

/* Of a search only an identifier stays, as Identifier.value gets its token; of others, and where identifiers do not
 * stay, a token that finds nothing. */
static void put_query(fhir_deid *deid, base_span query)
{
    base_span system, value;
    if (!deid->profile->identifiers || !deid_find_identifier(deid, query, &system, &value)) {
        base_buf_text(&deid->value, "_id=");
        put_token(deid, FHIR_NAME_QUERY, query, (base_span){NULL, 0});
        return;
    }
    base_buf_text(&deid->value, "identifier=");
    if (system.size != 0 && fhir_is_known_uri(system))
        put_encoded(&deid->value, system);
    else if (system.size != 0)
        put_urn(deid, FHIR_NAME_URI, system);
    base_buf_byte(&deid->value, '|');
    put_token(deid, FHIR_NAME_IDENTIFIER, system, value);
}

/* Type/id with what follows; false where it is no such address. */
static bool put_address(fhir_deid *deid, base_span address)
{
    const size_t slash = find_byte(address, '/');
    if (slash == SIZE_MAX || !is_resource_type((base_span){address.data, slash}))
        return false;
    const base_span type = {address.data, slash};
    base_span id = behind(address, slash + 1), version = {NULL, 0};
    const size_t fragment = find_byte(id, '#');
    if (fragment != SIZE_MAX)
        id.size = fragment; /* a part of the resource: what contained ones are called is told only inside */
    const char *history = base_span_search(id, BASE_SPAN("/_history/"));
    if (history != NULL) {
        version = behind(id, (size_t)(history - id.data) + 10);
        id.size = (size_t)(history - id.data);
    }
    if (id.size == 0 || find_byte(id, '/') != SIZE_MAX || find_byte(id, '?') != SIZE_MAX)
        return false;
    base_buf_span(&deid->value, type);
    base_buf_byte(&deid->value, '/');
    put_id(deid, type, id);
    if (version.size != 0) {
        base_buf_text(&deid->value, "/_history/");
        put_version(deid, version);
    }
    return true;
}

/* "http://host/path/" of an absolute address: up to the type that stands before the last part, or before a search. */
static size_t base_size(base_span url)
{
    size_t end = url.size;
    const size_t question = find_byte(url, '?');
    const char *history = base_span_search(url, BASE_SPAN("/_history/"));
    if (question != SIZE_MAX)
        end = question;
    else if (history != NULL)
        end = (size_t)(history - url.data);
    for (unsigned parts = question != SIZE_MAX ? 1 : 2; parts > 0; parts--) {
        while (end > 0 && url.data[end - 1] != '/')
            end--;
        if (parts > 1 && end > 0)
            end--;
    }
    return end;
}

static bool put_absolute(fhir_deid *deid, base_span url)
{
    const char *scheme = base_span_search(url, BASE_SPAN("://"));
    if (scheme == NULL)
        return false;
    const size_t size = base_size(url), before = deid->value.size;
    if (size <= (size_t)(scheme - url.data) + 3)
        return false;
    base_buf_text(&deid->value, "https://");
    put_token(deid, FHIR_NAME_BASE, (base_span){url.data, size}, (base_span){NULL, 0});
    base_buf_text(&deid->value, ".invalid/");
    const base_span rest = behind(url, size);
    const size_t question = find_byte(rest, '?');
    bool done = false;
    if (question != SIZE_MAX && is_resource_type((base_span){rest.data, question})) {
        base_buf_append(&deid->value, rest.data, question + 1);
        put_query(deid, behind(rest, question + 1));
        done = true;
    } else if (question == SIZE_MAX) {
        done = put_address(deid, rest);
    }
    if (!done)
        deid->value.size = before;
    return done;
}

static void put_any(fhir_deid *deid, base_span reference)
{
    size_t question = SIZE_MAX;
    if (reference.data[0] == '#') {
        base_buf_byte(&deid->value, '#');
        if (reference.size > 1)
            put_token(deid, FHIR_NAME_CONTAINED, behind(reference, 1), (base_span){NULL, 0});
    } else if (base_span_starts(reference, BASE_SPAN("urn:uuid:")) && deid_is_uuid(behind(reference, 9))) {
        base_buf_text(&deid->value, "urn:uuid:");
        put_uuid_of(deid, behind(reference, 9));
    } else if (base_span_search(reference, BASE_SPAN("://")) != NULL) {
        if (!put_absolute(deid, reference))
            put_urn(deid, FHIR_NAME_URI, reference);
    } else if ((question = find_byte(reference, '?')) != SIZE_MAX &&
               is_resource_type((base_span){reference.data, question})) {
        base_buf_append(&deid->value, reference.data, question + 1);
        put_query(deid, behind(reference, question + 1));
    } else if (!put_address(deid, reference)) {
        put_urn(deid, FHIR_NAME_URI, reference);
    }
}

deid_outcome deid_put_reference(fhir_deid *deid, base_span reference)
{
    if (reference.size == 0)
        return DEID_DROP;
    base_buf_byte(&deid->value, '"');
    put_any(deid, reference);
    base_buf_byte(&deid->value, '"');
    return DEID_REPLACE;
}

deid_outcome deid_put_request(fhir_deid *deid, base_span url, bool query_only)
{
    if (url.size == 0)
        return DEID_DROP;
    if (!query_only && is_resource_type(url))
        return DEID_KEEP; /* "Patient": what is made */
    if (!query_only)
        return deid_put_reference(deid, url);
    const size_t question = find_byte(url, '?');
    base_buf_byte(&deid->value, '"');
    put_query(deid, question != SIZE_MAX ? behind(url, question + 1) : url);
    base_buf_byte(&deid->value, '"');
    return DEID_REPLACE;
}

deid_outcome deid_put_id(fhir_deid *deid, base_span type, base_span id)
{
    if (id.size == 0)
        return DEID_DROP;
    base_buf_byte(&deid->value, '"');
    if (type.size != 0)
        put_id(deid, type, id);
    else
        put_token(deid, FHIR_NAME_CONTAINED, id, (base_span){NULL, 0});
    base_buf_byte(&deid->value, '"');
    return DEID_REPLACE;
}

deid_outcome deid_put_version(fhir_deid *deid, base_span version)
{
    if (is_small_number(version))
        return DEID_KEEP;
    return deid_put_token(deid, FHIR_NAME_STRING, version, (base_span){NULL, 0});
}

deid_outcome deid_put_token(fhir_deid *deid, char kind, base_span first, base_span second)
{
    base_buf_byte(&deid->value, '"');
    put_token(deid, kind, first, second);
    base_buf_byte(&deid->value, '"');
    return DEID_REPLACE;
}

deid_outcome deid_put_uri(fhir_deid *deid, base_span uri)
{
    if (uri.size == 0)
        return DEID_DROP;
    base_buf_byte(&deid->value, '"');
    if (base_span_starts(uri, BASE_SPAN("urn:uuid:")) && deid_is_uuid(behind(uri, 9))) {
        base_buf_text(&deid->value, "urn:uuid:");
        put_uuid_of(deid, behind(uri, 9));
    } else {
        put_urn(deid, FHIR_NAME_URI, uri);
    }
    base_buf_byte(&deid->value, '"');
    return DEID_REPLACE;
}
