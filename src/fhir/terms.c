/* SPDX-License-Identifier: Apache-2.0 */
#include "fhir/terms.h"

#include "fhir/policy_table.h"

#include <stdint.h>

#define WORD_MAX   40
#define TERM_MAX   1000
#define DIGITS_MAX 5

/* FNV-1a, folded: tools/fhir/policy.py does the same. */
static uint64_t hash_start(void)
{
    return 0xcbf29ce484222325u;
}

static uint64_t hash_byte(uint64_t hash, unsigned char byte)
{
    return (hash ^ byte) * 0x100000001b3u;
}

static bool set_has(const fhir_string_set *set, base_span text, uint64_t hash)
{
    if (text.size == 0 || text.size > UINT8_MAX)
        return false;
    for (uint32_t at = (uint32_t)(hash ^ hash >> 32) & set->mask; set->slots[at] != 0; at = (at + 1) & set->mask) {
        const uint8_t *entry = set->pool + set->slots[at];
        if (entry[0] == text.size && memcmp(entry + 1, text.data, text.size) == 0)
            return true;
    }
    return false;
}

static bool set_find(const fhir_string_set *set, base_span text)
{
    uint64_t hash = hash_start();
    if (text.size > UINT8_MAX)
        return false;
    for (size_t i = 0; i < text.size; i++)
        hash = hash_byte(hash, (unsigned char)text.data[i]);
    return set_has(set, text, hash);
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_upper(char c)
{
    return c >= 'A' && c <= 'Z';
}

static bool is_lower(char c)
{
    return c >= 'a' && c <= 'z';
}

static bool is_letter(char c)
{
    return is_upper(c) || is_lower(c);
}

bool fhir_is_core_code(base_span code)
{
    return set_find(&fhir_codes, code);
}

/* A word at the beginning of `text`: letters, and an apostrophe inside. Its length; 0 where it is none of a term. */
static size_t known_word(base_span text)
{
    char word[WORD_MAX];
    uint64_t hash = hash_start();
    size_t size = 0;
    while (size < text.size && (is_letter(text.data[size]) || (size != 0 && text.data[size] == '\''))) {
        if (size == WORD_MAX)
            return 0;
        word[size] = is_upper(text.data[size]) ? (char)(text.data[size] + 32) : text.data[size];
        hash = hash_byte(hash, (unsigned char)word[size]);
        size++;
    }
    if (size != 0 && word[size - 1] == '\'') /* a quotation ends here */
        return known_word((base_span){text.data, size - 1});
    return set_has(&fhir_words, (base_span){word, size}, hash) ? size : 0;
}

/* Numbers: at most five digits in a row, and no two runs of more than two joined by a dash, a dot or a slash, so that
 * no date, telephone or record number passes. */
static size_t plain_number(base_span text)
{
    size_t at = 0, run = 0;
    bool long_run = false;
    for (; at < text.size; at++) {
        const char c = text.data[at];
        if (is_digit(c)) {
            if (++run > DIGITS_MAX)
                return 0;
            continue;
        }
        const bool joins = (c == '-' || c == '/' || c == '.') && at + 1 < text.size && is_digit(text.data[at + 1]);
        if (!joins)
            break;
        if (long_run && run > 1)
            return 0;
        long_run = long_run || run > 2;
        run = 0;
    }
    return long_run && run > 1 ? 0 : at;
}

bool fhir_is_term(base_span text)
{
    static const char marks[] = " .,;:()[]{}/+-*%&<>=#'^_?";
    if (text.size == 0 || text.size > TERM_MAX)
        return false;
    while (text.size != 0) {
        const char c = text.data[0];
        const size_t size = is_letter(c)                              ? known_word(text)
                            : is_digit(c)                             ? plain_number(text)
                            : (c != '\0' && strchr(marks, c) != NULL) ? 1
                                                                      : 0;
        if (size == 0)
            return false;
        text = (base_span){text.data + size, text.size - size};
    }
    return true;
}

/* One factor of a UCUM unit: a number, a unit with an exponent, an annotation of known words in braces. */
static bool is_factor(base_span text)
{
    size_t digits = 0;
    while (digits < text.size && is_digit(text.data[digits]))
        digits++;
    if (digits == text.size)
        return digits <= 4;
    if (set_find(&fhir_units, text))
        return true;
    const char *brace = memchr(text.data, '{', text.size);
    if (brace != NULL && text.data[text.size - 1] == '}') {
        const size_t head = (size_t)(brace - text.data);
        const base_span note = {brace + 1, text.size - head - 2};
        return note.size <= 30 && (note.size == 0 || fhir_is_term(note)) &&
               (head == 0 || is_factor((base_span){text.data, head}));
    }
    size_t end = text.size;
    while (end > 1 && is_digit(text.data[end - 1]))
        end--;
    if (end > 1 && (text.data[end - 1] == '-' || text.data[end - 1] == '+'))
        end--;
    return end < text.size && text.size - end <= 3 && set_find(&fhir_units, (base_span){text.data, end});
}

bool fhir_is_unit(base_span unit)
{
    if (unit.size == 0 || unit.size > 80)
        return false;
    if (set_find(&fhir_units, unit))
        return true;
    size_t from = 0, braces = 0;
    for (size_t at = 0; at <= unit.size; at++) {
        const char c = at < unit.size ? unit.data[at] : '.';
        braces += c == '{';
        braces -= c == '}' && braces != 0;
        if (braces != 0 || (c != '.' && c != '/'))
            continue;
        if (at != from && !is_factor((base_span){unit.data + from, at - from}))
            return false;
        if (at == from && (c != '/' || from != 0))
            return false;
        from = at + 1;
    }
    return braces == 0;
}

static bool all(base_span text, size_t least, size_t most, bool (*is)(char))
{
    if (text.size < least || text.size > most)
        return false;
    for (size_t i = 0; i < text.size; i++)
        if (!is(text.data[i]))
            return false;
    return true;
}

bool fhir_is_language(base_span tag)
{
    const char *dash = tag.size != 0 ? memchr(tag.data, '-', tag.size) : NULL;
    const size_t head = dash != NULL ? (size_t)(dash - tag.data) : tag.size;
    if (!all((base_span){tag.data, head}, 2, 3, is_lower))
        return false;
    if (dash == NULL)
        return true;
    const base_span region = {dash + 1, tag.size - head - 1};
    return all(region, 2, 2, is_upper) || all(region, 3, 3, is_digit) || base_span_is(region, "Hans") ||
           base_span_is(region, "Hant") || base_span_is(region, "Latn") || base_span_is(region, "Cyrl");
}

bool fhir_is_mime(base_span type)
{
    static const char *const known[] = {
        "text/plain",
        "text/html",
        "text/rtf",
        "text/xml",
        "text/csv",
        "text/markdown",
        "text/cql",
        "text/fhirpath",
        "text/cql-identifier",
        "text/plain; charset=utf-8",
        "text/plain;charset=utf-8",
        "text/plain; charset=UTF-8",
        "text/html; charset=utf-8",
        "text/html;charset=utf-8",
        "application/pdf",
        "application/xml",
        "application/json",
        "application/rtf",
        "application/hl7-v3+xml",
        "application/hl7-cda+xml",
        "application/fhir+json",
        "application/fhir+xml",
        "application/x-fhir-query",
        "application/dicom",
        "application/elm+json",
        "application/elm+xml",
        "application/jose",
        "application/octet-stream",
        "application/zip",
        "application/msword",
        "application/signature+xml",
        "image/png",
        "image/jpeg",
        "image/gif",
        "image/tiff",
        "image/svg+xml",
        "image/bmp",
        "image/dicom+json",
        "audio/mpeg",
        "audio/wav",
        "audio/basic",
        "audio/mp4",
        "video/mp4",
        "video/mpeg",
        "video/quicktime",
        "video/x-avi",
        "application/vnd.openxmlformats-officedocument."
        "wordprocessingml.document",
    };
    for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++)
        if (base_span_is(type, known[i]))
            return true;
    return false;
}

bool fhir_is_currency(base_span code)
{
    return all(code, 3, 3, is_upper);
}

bool fhir_is_country(base_span text)
{
    static const char *const known[] = {"United States",
                                        "United States of America",
                                        "Canada",
                                        "United Kingdom",
                                        "Germany",
                                        "France",
                                        "Netherlands",
                                        "Australia",
                                        "Mexico",
                                        "usa",
                                        "us"};
    for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++)
        if (base_span_is(text, known[i]))
            return true;
    return all(text, 2, 3, is_upper);
}

bool fhir_is_state(base_span text)
{
    /* Codes and names of the United States Postal Service, Publication 28, appendix B. */
    static const char known[] =
        "|AL|Alabama|AK|Alaska|AS|American Samoa|AZ|Arizona|AR|Arkansas|CA|California|CO|Colorado|CT|Connecticut|"
        "DE|Delaware|DC|District of Columbia|FM|Federated States of Micronesia|FL|Florida|GA|Georgia|GU|Guam|"
        "HI|Hawaii|ID|Idaho|IL|Illinois|IN|Indiana|IA|Iowa|KS|Kansas|KY|Kentucky|LA|Louisiana|ME|Maine|"
        "MH|Marshall Islands|MD|Maryland|MA|Massachusetts|MI|Michigan|MN|Minnesota|MS|Mississippi|MO|Missouri|"
        "MT|Montana|NE|Nebraska|NV|Nevada|NH|New Hampshire|NJ|New Jersey|NM|New Mexico|NY|New York|"
        "NC|North Carolina|ND|North Dakota|MP|Northern Mariana Islands|OH|Ohio|OK|Oklahoma|OR|Oregon|PW|Palau|"
        "PA|Pennsylvania|PR|Puerto Rico|RI|Rhode Island|SC|South Carolina|SD|South Dakota|TN|Tennessee|TX|Texas|"
        "UT|Utah|VT|Vermont|VI|Virgin Islands|VA|Virginia|WA|Washington|WV|West Virginia|WI|Wisconsin|WY|Wyoming|";
    if (text.size < 2 || text.size > 40 || memchr(text.data, '|', text.size) != NULL)
        return false;
    const char *found = known;
    const size_t size = sizeof(known) - 1;
    while ((found = memmem(found, size - (size_t)(found - known), text.data, text.size)) != NULL) {
        if (found[-1] == '|' && found[text.size] == '|')
            return true;
        found++;
    }
    return false;
}

bool fhir_is_time(base_span text)
{
    if (text.size < 8 || text.size > 18 || text.data[2] != ':' || text.data[5] != ':')
        return false;
    for (size_t i = 0; i < text.size; i++)
        if (i == 2 || i == 5 ? text.data[i] != ':' : i == 8 ? text.data[i] != '.' : !is_digit(text.data[i]))
            return false;
    return text.size != 9;
}

bool fhir_is_samples(base_span text)
{
    size_t run = 0;
    for (size_t i = 0; i < text.size; i++) {
        const char c = text.data[i];
        run = is_digit(c) ? run + 1 : 0;
        if (run > DIGITS_MAX || (!is_digit(c) && (c == '\0' || strchr(" .-+EUL", c) == NULL)))
            return false;
    }
    return text.size != 0;
}
