/* SPDX-License-Identifier: Apache-2.0 */
#include "fhir/terms.h"

#include "fhir/policy_table.h"

#include <stdint.h>

/* The order of FORMS in tools/fhir/policy.py. */
typedef enum fhir_form {
    FORM_NONE,
    FORM_CORE,
    FORM_SLUG,
    FORM_LOINC,
    FORM_SCTID,
    FORM_ICD10,
    FORM_PCS,
    FORM_ICD9,
    FORM_DIGITS3,
    FORM_DIGITS4,
    FORM_DIGITS8,
    FORM_LETTERS3,
    FORM_NDC,
    FORM_CPT,
    FORM_ATC,
    FORM_UCUM,
    FORM_LANGUAGE,
    FORM_MIME,
    FORM_CDCREC,
    FORM_NCIT,
    FORM_NUCC,
    FORM_BLUEBUTTON,
    FORM_DICOM,
} fhir_form;

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_alnum(char c)
{
    return is_digit(c) || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

/* Digits for 9, capitals for A, either for X; what follows '?' may be missing from there on. Others stand for
 * themselves. */
static bool fits(base_span text, const char *pattern)
{
    bool rest = false;
    size_t at = 0;
    for (; *pattern != '\0'; pattern++) {
        if (*pattern == '?') {
            rest = true;
            continue;
        }
        if (at == text.size)
            return rest;
        const char c = text.data[at++];
        const bool capital = c >= 'A' && c <= 'Z';
        if (*pattern == '9'   ? !is_digit(c)
            : *pattern == 'A' ? !capital
            : *pattern == 'X' ? !(capital || is_digit(c))
                              : c != *pattern)
            return false;
    }
    return at == text.size;
}

static bool digits(base_span text, size_t least, size_t most)
{
    if (text.size < least || text.size > most)
        return false;
    for (size_t i = 0; i < text.size; i++)
        if (!is_digit(text.data[i]))
            return false;
    return true;
}

/* LOINC, Users' Guide, appendix C: the Luhn check over the digits before the dash. Parts and answers begin with L. */
static bool is_loinc(base_span code)
{
    if (code.size > 2 && code.data[0] == 'L' && (code.data[1] == 'P' || code.data[1] == 'A'))
        code = (base_span){code.data + 2, code.size - 2};
    if (code.size < 3 || code.size > 9 || code.data[code.size - 2] != '-' || !is_digit(code.data[code.size - 1]))
        return false;
    unsigned sum = 0;
    for (size_t i = 0; i < code.size - 2; i++) {
        const char c = code.data[code.size - 3 - i];
        if (!is_digit(c))
            return false;
        unsigned digit = (unsigned)(c - '0');
        if (i % 2 == 0)
            digit = digit > 4 ? 2 * digit - 9 : 2 * digit;
        sum += digit;
    }
    return (10 - sum % 10) % 10 == (unsigned)(code.data[code.size - 1] - '0');
}

/* SNOMED CT, Technical Implementation Guide: the check digit of Verhoeff (1969), over the dihedral group of order 10.
 */
static bool is_sctid(base_span code)
{
    static const uint8_t permute[8][10] = {{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}, {1, 5, 7, 6, 2, 8, 3, 0, 9, 4},
                                           {5, 8, 0, 3, 7, 9, 6, 1, 4, 2}, {8, 9, 1, 6, 0, 4, 3, 5, 2, 7},
                                           {9, 4, 5, 3, 1, 2, 6, 8, 7, 0}, {4, 2, 8, 6, 5, 7, 3, 9, 0, 1},
                                           {2, 7, 9, 3, 8, 0, 6, 4, 1, 5}, {7, 0, 4, 6, 9, 1, 3, 2, 5, 8}};
    if (!digits(code, 6, 18))
        return false;
    unsigned check = 0;
    for (size_t i = 0; i < code.size; i++) {
        const unsigned next = permute[i % 8][code.data[code.size - 1 - i] - '0'];
        if (check < 5)
            check = next < 5 ? (check + next) % 5 : 5 + (check + next) % 5;
        else
            check = next < 5 ? 5 + (check + 5 - next) % 5 : (check + 5 - next) % 5;
    }
    return check == 0;
}

/* Words of terms with dashes: codes that guides define for themselves. */
static bool is_slug(base_span code)
{
    return code.size <= 60 && !is_digit(code.data[0]) && fhir_is_term(code);
}

static bool is_bluebutton(base_span code)
{
    static const base_span head = {"https://bluebutton.cms.gov/resources/", 37};
    if (!base_span_starts(code, head) || code.size > 100)
        return false;
    for (size_t i = head.size; i < code.size; i++)
        if (!(code.data[i] >= 'a' && code.data[i] <= 'z') && code.data[i] != '_' && code.data[i] != '/')
            return false;
    return true;
}

/* The root of the standard itself (PS3.6 annex A): classes and syntaxes, never an image. */
static bool is_dicom(base_span code)
{
    static const base_span oid = {"urn:oid:", 8}, root = {"1.2.840.10008.", 14};
    if (base_span_starts(code, oid))
        code = (base_span){code.data + oid.size, code.size - oid.size};
    if (!base_span_starts(code, root) || code.size > 40)
        return false;
    for (size_t i = 0; i < code.size; i++)
        if (!is_digit(code.data[i]) && code.data[i] != '.')
            return false;
    return true;
}

static bool is_ndc(base_span code)
{
    size_t count = 0;
    for (size_t i = 0; i < code.size; i++) {
        if (!is_digit(code.data[i]) && code.data[i] != '-')
            return false;
        count += is_digit(code.data[i]);
    }
    return count >= 9 && count <= 11 && code.size <= 13;
}

static bool letters(base_span code, size_t most)
{
    for (size_t i = 0; i < code.size; i++)
        if (!is_alnum(code.data[i]))
            return false;
    return code.size <= most;
}

bool fhir_system_has_form(int system, base_span code)
{
    if (system < 0 || code.size == 0)
        return false;
    switch ((fhir_form)fhir_system_rows[system].form) {
    case FORM_CORE:
        return fhir_is_core_code(code) || is_slug(code);
    case FORM_SLUG:
        return is_slug(code);
    case FORM_LOINC:
        return is_loinc(code);
    case FORM_SCTID:
        return is_sctid(code);
    case FORM_ICD10:
        return fits(code, "A9X?.XXXX") || fits(code, "A9XX?XXX");
    case FORM_PCS:
        return fits(code, "XXXXXXX");
    case FORM_ICD9:
        return fits(code, "999?.99") || fits(code, "V99?.99") || fits(code, "E999?.9") || fits(code, "99?.99") ||
               digits(code, 3, 5);
    case FORM_DIGITS3:
        return digits(code, 1, 3);
    case FORM_DIGITS4:
        return digits(code, 1, 4);
    case FORM_DIGITS8:
        return digits(code, 1, 8);
    case FORM_LETTERS3:
        return letters(code, 3);
    case FORM_NDC:
        return is_ndc(code);
    case FORM_CPT:
        return fits(code, "X999X");
    case FORM_ATC:
        return fits(code, "A?99?A?A?99");
    case FORM_UCUM:
        return fhir_is_unit(code);
    case FORM_LANGUAGE:
        return fhir_is_language(code);
    case FORM_MIME:
        return fhir_is_mime(code);
    case FORM_CDCREC:
        return fits(code, "9999-9") || base_span_is(code, "UNK") || base_span_is(code, "ASKU");
    case FORM_NCIT:
        return fits(code, "C9?99999");
    case FORM_NUCC:
        return fits(code, "999XXXXXXX") && code.data[9] == 'X';
    case FORM_BLUEBUTTON:
        return is_bluebutton(code);
    case FORM_DICOM:
        return is_dicom(code);
    default:
        return false;
    }
}

int fhir_system_find(base_span uri)
{
    for (uint32_t i = 0; i < fhir_system_count; i++) {
        const fhir_system_row *row = &fhir_system_rows[i];
        if (row->begin ? uri.size <= row->size || uri.size > 120 : uri.size != row->size)
            continue;
        if (memcmp(uri.data, fhir_policy_strings + row->uri, row->size) != 0)
            continue;
        /* Behind a beginning only what the name of a definition consists of: no digits in a row, no query. */
        return !row->begin || fhir_is_known_uri(uri) ? (int)i : -1;
    }
    return -1;
}

/* The path of a definition: words of terms with dashes, slashes and small numbers. */
static bool is_plain_path(base_span path)
{
    size_t run = 0;
    for (size_t i = 0; i < path.size; i++) {
        const char c = path.data[i];
        run = is_digit(c) ? run + 1 : 0;
        if (run > 4 || (!is_alnum(c) && c != '/' && c != '-' && c != '.' && c != '|' && c != '_'))
            return false;
    }
    return true;
}

/* "CapitalizedWordsOfTerms/like-this_one": every word of it a word of terms or a code of the core package. */
static bool is_named_path(base_span path)
{
    size_t at = 0;
    while (at < path.size) {
        size_t end = at;
        while (end < path.size && is_alnum(path.data[end])) {
            const bool begins = end > at && path.data[end] >= 'A' && path.data[end] <= 'Z' &&
                                path.data[end - 1] >= 'a' && path.data[end - 1] <= 'z';
            const bool number = end > at && is_digit(path.data[end]) != is_digit(path.data[end - 1]);
            if (begins || number)
                break;
            end++;
        }
        const base_span word = {path.data + at, end - at};
        if (word.size > 1 && !is_digit(word.data[0]) && !fhir_is_term(word) && !fhir_is_core_code(word))
            return false;
        at = end > at ? end : at + 1;
    }
    return true;
}

bool fhir_is_known_uri(base_span uri)
{
    static const char *const begins[] = {
        "http://hl7.org/fhir/",
        "http://terminology.hl7.org/",
        "https://bluebutton.cms.gov/resources/",
        "https://www.nubc.org/CodeSystem/",
        "http://standardhealthrecord.org/",
        "http://cts.nlm.nih.gov/fhir/ValueSet/",
    };
    for (size_t i = 0; i < sizeof(begins) / sizeof(*begins); i++) {
        const base_span begin = base_span_of(begins[i]);
        if (base_span_starts(uri, begin)) {
            const base_span path = {uri.data + begin.size, uri.size - begin.size};
            return fhir_is_core_code(path) ||
                   (path.size <= 120 && is_plain_path(path) && (is_named_path(path) || is_bluebutton(uri)));
        }
    }
    for (uint32_t i = 0; i < fhir_system_count; i++) {
        const fhir_system_row *row = &fhir_system_rows[i];
        if (!row->begin && uri.size == row->size && memcmp(uri.data, fhir_policy_strings + row->uri, row->size) == 0)
            return true;
    }
    return false;
}

int fhir_extension_find(int parent, base_span url)
{
    for (uint32_t i = 0; i < fhir_extension_count; i++) {
        const fhir_extension_row *row = &fhir_extension_rows[i];
        const char *name = fhir_policy_strings + row->url;
        if (parent < 0 && url.size == row->url_size && memcmp(name, url.data, url.size) == 0)
            return (int)i;
        if (parent < 0)
            continue;
        const fhir_extension_row *around = &fhir_extension_rows[parent];
        if (row->url_size == around->url_size + 1 + url.size && name[around->url_size] == '#' &&
            memcmp(name, fhir_policy_strings + around->url, around->url_size) == 0 &&
            memcmp(name + around->url_size + 1, url.data, url.size) == 0)
            return (int)i;
    }
    return -1;
}
