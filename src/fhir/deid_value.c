/* SPDX-License-Identifier: Apache-2.0 */
#include "fhir/deid_internal.h"
#include "fhir/terms.h"

/* What becomes of one primitive. A value that has not the form its rule asks for goes: nobody knows what it holds. */
#define CITY_MAX   60
#define AGE_MAX    89
#define STRING_MAX 4096 /* of what gets a token */

/* ZIP areas of three digits with at most 20,000 people: the union of the lists of the censuses of 2000 and 2010 (guidance of
 * the HHS Office for Civil Rights, 26 November 2012; Census 2010 ZCTA) and of a recount for 2020. A union only hides more. */
static const char SMALL_ZIPS[] = "036 059 063 102 202 203 204 205 369 556 692 753 772 790 821 823 830 831 878 879 884 890 893";

static deid_outcome counted(fhir_deid *deid, const fhir_element *element, fhir_method method, deid_outcome outcome)
{
    deid_count(deid, element, outcome == DEID_DROP && method != FHIR_METHOD_REDACT && method != FHIR_METHOD_SCRUB
                                  ? FHIR_METHOD_REFUSED
                                  : method);
    return outcome;
}

static deid_outcome kept_if(fhir_deid *deid, const fhir_element *element, bool fits)
{
    if (fits)
        return DEID_KEEP;
    deid_count(deid, element, FHIR_METHOD_REFUSED);
    return DEID_DROP;
}

/* What is kept or gets a name: counted where it is replaced. */
static deid_outcome named(fhir_deid *deid, const fhir_element *element, deid_outcome outcome)
{
    return outcome == DEID_KEEP ? outcome : counted(deid, element, FHIR_METHOD_PSEUDONYMIZE, outcome);
}

/* The system of the Coding, Quantity or Identifier at hand, read once. */
static int system_of(fhir_deid *deid, deid_frame *frame)
{
    if (!frame->system_read) {
        frame->system = deid_member_string(deid, frame->open, "system");
        frame->system_row = frame->system.size != 0 ? fhir_system_find(frame->system) : -1;
        frame->system_read = true;
    }
    return frame->system_row;
}

static deid_outcome judge_code_value(fhir_deid *deid, deid_frame *frame, const fhir_element *element, base_span code)
{
    const int row = system_of(deid, frame);
    if (row >= 0)
        return kept_if(deid, element, fhir_system_has_form(row, code));
    if (frame->system.size == 0 && fhir_is_core_code(code))
        return DEID_KEEP;
    if (code.size > STRING_MAX)
        return kept_if(deid, element, false);
    return named(deid, element, deid_put_token(deid, FHIR_NAME_CODE, frame->system, code));
}

static bool is_known_display(fhir_deid *deid, uint32_t coding, base_span raw)
{
    const uint32_t display = deid_find(deid, coding, "display");
    return display != 0 && deid_char(deid, display) == '"' && base_span_equal(deid_raw(deid, display), raw) &&
           fhir_system_find(deid_member_string(deid, coding, "system")) >= 0;
}

static deid_outcome judge_concept_text(fhir_deid *deid, deid_frame *frame, const fhir_element *element, uint32_t token)
{
    const base_span raw = deid_raw(deid, token);
    const uint32_t list = deid_find(deid, frame->open, "coding");
    if (list != 0 && deid_char(deid, list) == '[' && fhir_is_term(raw))
        for (uint32_t at = list + 1; deid_char(deid, at) == '{';) {
            if (is_known_display(deid, at, raw))
                return DEID_KEEP;
            at = deid_skip(deid, at);
            if (deid_char(deid, at) == ',')
                at++;
        }
    return deid_judge(deid, frame, element, FHIR_SCRUB, token);
}

static deid_outcome judge_zip(fhir_deid *deid, const fhir_element *element, base_span zip)
{
    bool fits = zip.size == 5 || zip.size == 9 || (zip.size == 10 && zip.data[5] == '-') || zip.size == 3;
    for (size_t i = 0; fits && i < zip.size; i++)
        fits = (zip.data[i] >= '0' && zip.data[i] <= '9') || (i == 5 && zip.size == 10);
    if (!fits || deid->profile->zip == FHIR_ZIP_WHOLE)
        return kept_if(deid, element, fits);
    char three[4] = {zip.data[0], zip.data[1], zip.data[2], '\0'};
    base_buf_byte(&deid->value, '"');
    base_buf_text(&deid->value, strstr(SMALL_ZIPS, three) != NULL ? "000" : three);
    base_buf_byte(&deid->value, '"');
    return counted(deid, element, FHIR_METHOD_GENERALIZE, DEID_REPLACE);
}

static bool is_city(base_span city)
{
    for (size_t i = 0; i < city.size; i++) {
        const unsigned char c = (unsigned char)city.data[i];
        const bool letter = (c | 0x20) >= 'a' && (c | 0x20) <= 'z';
        if (!letter && c < 0x80 && (c == 0 || strchr(" .'-", c) == NULL))
            return false;
    }
    return city.size != 0 && city.size <= CITY_MAX;
}

/* Years, unless the unit says otherwise: an age in months is never cut. */
static deid_outcome judge_age(fhir_deid *deid, deid_frame *frame, const fhir_element *element, uint32_t token)
{
    const base_span number = deid_text(deid, token);
    const base_span code = deid_member_string(deid, frame->open, "code");
    if (deid_char(deid, token) == '"' || deid_char(deid, token) == '-')
        return kept_if(deid, element, false);
    if (code.size != 0 && !base_span_is(code, "a"))
        return DEID_KEEP;
    int32_t age = 0;
    for (size_t i = 0; i < number.size && number.data[i] >= '0' && number.data[i] <= '9' && age < 1000; i++)
        age = age * 10 + (number.data[i] - '0');
    const bool scientific = memchr(number.data, 'e', number.size) != NULL || memchr(number.data, 'E', number.size);
    if (age <= AGE_MAX && !scientific)
        return DEID_KEEP;
    base_buf_text(&deid->value, "90");
    return counted(deid, element, FHIR_METHOD_GENERALIZE, DEID_REPLACE);
}

static deid_outcome judge_identifier(fhir_deid *deid, deid_frame *frame, const fhir_element *element, base_span value)
{
    (void)system_of(deid, frame);
    if (value.size == 0 || value.size > STRING_MAX || frame->system.size > STRING_MAX)
        return kept_if(deid, element, false);
    if (deid->options.keys.reversible == NULL)
        return named(deid, element, deid_put_token(deid, FHIR_NAME_IDENTIFIER, frame->system, value));
    base_buf_byte(&deid->value, '"');
    const int status = deid->options.keys.reversible(deid->options.keys.context, frame->system, value, &deid->value,
                                                     deid_error(deid));
    if (status != 0)
        deid_fail(deid, status);
    base_buf_byte(&deid->value, '"');
    return named(deid, element, DEID_REPLACE);
}

/* A canonical URL may name a version: what is named stays the same. */
static deid_outcome judge_uri(fhir_deid *deid, const fhir_element *element, base_span uri)
{
    if (fhir_is_known_uri(uri))
        return DEID_KEEP;
    const char *bar = uri.size != 0 ? memchr(uri.data, '|', uri.size) : NULL;
    if (bar != NULL)
        uri.size = (size_t)(bar - uri.data);
    if (uri.size > STRING_MAX)
        return kept_if(deid, element, false);
    return named(deid, element, deid_put_uri(deid, uri));
}

static deid_outcome judge_scrub(fhir_deid *deid, const fhir_element *element, base_span text)
{
    const deid_resource *resource = deid->resource;
    if (deid->options.scrub.scrub == NULL)
        return counted(deid, element, FHIR_METHOD_REDACT, DEID_DROP);
    base_buf *out = &deid->decoded[deid->decoded_next++ % DEID_DECODED];
    base_buf_reset(out);
    const base_span patient = resource->patient != 0 ? deid_text(deid, resource->patient) : (base_span){NULL, 0};
    const int status = deid->options.scrub.scrub(deid->options.scrub.context, text, patient, element, out,
                                                 deid_error(deid));
    if (status != 0)
        deid_fail(deid, status);
    if (status != 0 || out->size == 0)
        return counted(deid, element, FHIR_METHOD_SCRUB, DEID_DROP);
    deid_put_string(&deid->value, base_buf_view(out));
    return counted(deid, element, FHIR_METHOD_SCRUB, DEID_REPLACE);
}

/* Values that are no strings: their JSON type must be the element's. */
static deid_outcome judge_plain(fhir_deid *deid, const fhir_element *element, uint32_t token)
{
    const char c = deid_char(deid, token);
    const bool boolean = strcmp(fhir_schema_type_name(element->type), "boolean") == 0;
    return kept_if(deid, element, boolean ? c == 't' || c == 'f' : c == '-' || (c >= '0' && c <= '9'));
}

static deid_outcome judge_string(fhir_deid *deid, deid_frame *frame, const fhir_element *element, fhir_rule rule,
                                 uint32_t token)
{
    const base_span text = deid_string(deid, token);
    switch (rule) {
    case FHIR_CODE:
        return kept_if(deid, element, fhir_is_core_code(text));
    case FHIR_LANGUAGE:
        return kept_if(deid, element, fhir_is_language(text));
    case FHIR_MIME:
        return kept_if(deid, element, fhir_is_mime(text));
    case FHIR_CURRENCY:
        return kept_if(deid, element, fhir_is_currency(text));
    case FHIR_COUNTRY:
        return kept_if(deid, element, fhir_is_country(text));
    case FHIR_STATE:
        return kept_if(deid, element, fhir_is_state(text));
    case FHIR_TIME:
        return kept_if(deid, element, fhir_is_time(text));
    case FHIR_SAMPLES:
        return kept_if(deid, element, fhir_is_samples(text));
    case FHIR_TERM:
        return kept_if(deid, element, fhir_is_term(text));
    case FHIR_CITY:
        return kept_if(deid, element, is_city(text));
    case FHIR_UNIT:
        return kept_if(deid, element, fhir_is_unit(text) || fhir_is_term(text));
    case FHIR_DATE:
        return deid_shift_date(deid, element, token);
    case FHIR_BIRTH:
        return deid_birth_date(deid, element, token);
    case FHIR_ZIP:
        return judge_zip(deid, element, text);
    case FHIR_ID:
        return named(deid, element, deid_put_id(deid, base_span_of(fhir_schema_type_name(frame->type)), text));
    case FHIR_VERSION:
        return named(deid, element, deid_put_version(deid, text));
    case FHIR_REFERENCE:
    case FHIR_FULL_URL:
        return named(deid, element, deid_put_reference(deid, text));
    case FHIR_REQUEST:
        return named(deid, element, deid_put_request(deid, text, false));
    case FHIR_QUERY:
        return named(deid, element, deid_put_request(deid, text, true));
    case FHIR_URI:
        return judge_uri(deid, element, text);
    case FHIR_SYSTEM:
    case FHIR_ID_SYSTEM:
        return fhir_system_find(text) >= 0 ? DEID_KEEP : judge_uri(deid, element, text);
    case FHIR_TOKEN:
        return named(deid, element, deid_put_token(deid, FHIR_NAME_STRING, text, (base_span){NULL, 0}));
    case FHIR_CODE_VALUE:
    case FHIR_UNIT_CODE:
        return judge_code_value(deid, frame, element, text);
    case FHIR_DISPLAY:
        return kept_if(deid, element, system_of(deid, frame) >= 0 && fhir_is_term(text));
    case FHIR_ID_VALUE:
        return judge_identifier(deid, frame, element, text);
    case FHIR_SCRUB:
        return judge_scrub(deid, element, text);
    default:
        return counted(deid, element, FHIR_METHOD_REDACT, DEID_DROP);
    }
}

deid_outcome deid_judge(fhir_deid *deid, deid_frame *frame, const fhir_element *element, fhir_rule rule, uint32_t token)
{
    base_buf_reset(&deid->value);
    if (rule == FHIR_REDACT)
        return counted(deid, element, FHIR_METHOD_REDACT, DEID_DROP);
    if (rule == FHIR_KEEP)
        return judge_plain(deid, element, token);
    if (rule == FHIR_AGE)
        return judge_age(deid, frame, element, token);
    if (deid_char(deid, token) != '"')
        return kept_if(deid, element, false);
    if (rule == FHIR_CONCEPT_TEXT)
        return judge_concept_text(deid, frame, element, token);
    return judge_string(deid, frame, element, rule, token);
}
