/* SPDX-License-Identifier: Apache-2.0 */
#include "fhir/deid_internal.h"
#include "fhir/terms.h"

/* What becomes of one primitive. A value that has not the form its rule asks for goes: nobody knows what it holds. */
#define CITY_MAX   60
#define AGE_MAX    89
#define STRING_MAX 4096 /* of what gets a token */

/* ZIP areas of three digits with at most 20,000 people: the union of the lists of the censuses of 2000 and 2010
 * (guidance of the HHS Office for Civil Rights, 26 November 2012; Census 2010 ZCTA) and of a recount for 2020. A union
 * only hides more. */
static const char SMALL_ZIPS[] =
    "036 059 063 102 202 203 204 205 369 556 692 753 772 790 821 823 830 831 878 879 884 890 893";

static deid_outcome counted(fhir_deid *deid, const fhir_element *element, fhir_method method, deid_outcome outcome)
{
    deid_count(deid, element,
               outcome == DEID_DROP && method != FHIR_METHOD_REDACT && method != FHIR_METHOD_SCRUB ? FHIR_METHOD_REFUSED
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

#define TAG_SYSTEM 0xffff0000u

/* The row of a system as it is written, remembered. */
static int find_system(fhir_deid *deid, uint32_t token)
{
    if (token == 0 || deid_char(deid, token) != '"')
        return -1;
    const base_span raw = deid_raw(deid, token);
    if (raw.size > DEID_MEMO_TEXT)
        return fhir_system_find(deid_string(deid, token));
    deid_memo *memo = deid_memo_at(deid->memos, TAG_SYSTEM, raw);
    if (deid_memo_is(memo, TAG_SYSTEM, raw))
        return memo->row;
    memo->tag = TAG_SYSTEM;
    memo->size = (uint8_t)raw.size;
    memcpy(memo->text, raw.data, raw.size);
    memo->row = (int16_t)fhir_system_find(deid_string(deid, token));
    return memo->row;
}

/* The system of the Coding, Quantity or Identifier at hand, read once. */
static int system_of(fhir_deid *deid, deid_frame *frame)
{
    if (!frame->system_read) {
        frame->system_token = deid_find(deid, frame->open, "system");
        frame->system_row = find_system(deid, frame->system_token);
        frame->system_read = true;
    }
    return frame->system_row;
}

/* Its text, for what gets a token. */
static base_span system_text(fhir_deid *deid, deid_frame *frame)
{
    (void)system_of(deid, frame);
    return frame->system_token != 0 ? deid_string(deid, frame->system_token) : (base_span){NULL, 0};
}

static deid_outcome judge_code_value(fhir_deid *deid, deid_frame *frame, const fhir_element *element, base_span code)
{
    const int row = system_of(deid, frame);
    if (row >= 0)
        return kept_if(deid, element, fhir_system_has_form(row, code));
    const base_span system = system_text(deid, frame);
    if (system.size == 0 && fhir_is_core_code(code))
        return DEID_KEEP;
    if (code.size > STRING_MAX || system.size > STRING_MAX)
        return kept_if(deid, element, false);
    return named(deid, element, deid_put_token(deid, FHIR_NAME_CODE, system, code));
}

static bool is_known_display(fhir_deid *deid, uint32_t coding, base_span raw)
{
    const uint32_t display = deid_find(deid, coding, "display");
    return display != 0 && deid_char(deid, display) == '"' && base_span_equal(deid_raw(deid, display), raw) &&
           find_system(deid, deid_find(deid, coding, "system")) >= 0;
}

#define TAG_TERM 0xfffe0000u

static bool is_term(fhir_deid *deid, base_span raw)
{
    if (raw.size > DEID_MEMO_TEXT)
        return fhir_is_term(raw);
    deid_memo *memo = deid_memo_at(deid->memos, TAG_TERM, raw);
    if (!deid_memo_is(memo, TAG_TERM, raw)) {
        memo->tag = TAG_TERM;
        memo->size = (uint8_t)raw.size;
        memcpy(memo->text, raw.data, raw.size);
        memo->row = fhir_is_term(raw);
    }
    return memo->row != 0;
}

static deid_outcome judge_concept_text(fhir_deid *deid, deid_frame *frame, const fhir_element *element, uint32_t token)
{
    const base_span raw = deid_raw(deid, token);
    const uint32_t list = deid_find(deid, frame->open, "coding");
    if (list != 0 && deid_char(deid, list) == '[' && is_term(deid, raw))
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
    const base_span system = system_text(deid, frame);
    if (value.size == 0 || value.size > STRING_MAX || system.size > STRING_MAX)
        return kept_if(deid, element, false);
    if (deid->options.keys.reversible == NULL)
        return named(deid, element, deid_put_token(deid, FHIR_NAME_IDENTIFIER, system, value));
    base_buf_byte(&deid->value, '"');
    const int status =
        deid->options.keys.reversible(deid->options.keys.context, system, value, &deid->value, deid_error(deid));
    if (status != 0)
        deid_fail(deid, status);
    base_buf_byte(&deid->value, '"');
    return named(deid, element, DEID_REPLACE);
}

/* A canonical URL may name a version: what is named stays the same. */
static deid_outcome judge_uri(fhir_deid *deid, const fhir_element *element, base_span uri)
{
    if (fhir_is_known_uri(uri) || fhir_is_core_code(uri)) /* types are URIs without a scheme */
        return DEID_KEEP;
    if (uri.size > 1 && uri.data[0] == '#') /* a contained resource */
        return named(deid, element, deid_put_reference(deid, uri));
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
    const int status =
        deid->options.scrub.scrub(deid->options.scrub.context, text, patient, element, out, deid_error(deid));
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
    return kept_if(deid, element,
                   deid->plan[element->index].boolean ? c == 't' || c == 'f' : c == '-' || (c >= '0' && c <= '9'));
}

static deid_outcome judge_string(fhir_deid *deid, deid_frame *frame, const fhir_element *element, fhir_judgement rule,
                                 uint32_t token)
{
    const base_span text = deid_string(deid, token);
    switch (rule) {
    case FHIR_CODE:
        return kept_if(deid, element, fhir_is_core_code(text) || fhir_is_unit(text));
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
        return named(
            deid, element,
            deid_put_id(deid, base_span_of(deid->resource->contained ? "" : fhir_schema_type_name(frame->type)), text));
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

/* What else than the string its judgement depends on; 0: on too much to be remembered. */
static uint32_t memo_tag(fhir_deid *deid, deid_frame *frame, fhir_judgement rule)
{
    const uint32_t tag = (uint32_t)rule << 16;
    switch (rule) {
    case FHIR_DATE:
    case FHIR_BIRTH:
    case FHIR_SCRUB:
    case FHIR_ID_VALUE:
    case FHIR_ZIP:
    case FHIR_ID: /* each comes once */
        return 0;
    case FHIR_CODE_VALUE:
    case FHIR_UNIT_CODE: {
        const int row = system_of(deid, frame);
        return row >= 0 ? tag | (uint32_t)(row + 1) : 0;
    }
    case FHIR_DISPLAY:
        return tag | (system_of(deid, frame) >= 0);
    default:
        return tag;
    }
}

static deid_outcome judge_known(fhir_deid *deid, const fhir_element *element, const deid_memo *memo)
{
    if (memo->method != FHIR_METHOD_COUNT)
        deid_count(deid, element, (fhir_method)memo->method);
    if (memo->outcome == DEID_REPLACE)
        base_buf_append(&deid->value, memo->out, memo->out_size);
    return (deid_outcome)memo->outcome;
}

/* The count that a judgement changes is that of its element alone: the difference says which. */
static deid_outcome judge_and_note(fhir_deid *deid, deid_frame *frame, const fhir_element *element, fhir_judgement rule,
                                   uint32_t token, uint32_t tag, deid_memo *memo)
{
    uint64_t before[FHIR_METHOD_COUNT];
    const base_span raw = deid_raw(deid, token);
    memcpy(before, deid->changes.elements[element->index], sizeof(before));
    const deid_outcome outcome = judge_string(deid, frame, element, rule, token);
    memo->tag = 0;
    if (deid->value.size > DEID_MEMO_OUT || deid->status != 0)
        return outcome;
    memo->tag = tag;
    memo->size = (uint8_t)raw.size;
    memo->outcome = (uint8_t)outcome;
    memo->method = FHIR_METHOD_COUNT;
    for (unsigned i = 0; i < FHIR_METHOD_COUNT; i++)
        if (deid->changes.elements[element->index][i] != before[i])
            memo->method = (uint8_t)i;
    memcpy(memo->text, raw.data, raw.size);
    memo->out_size = (uint8_t)deid->value.size;
    if (deid->value.size != 0)
        memcpy(memo->out, deid->value.data, deid->value.size);
    return outcome;
}

deid_outcome deid_judge(fhir_deid *deid, deid_frame *frame, const fhir_element *element, fhir_judgement rule,
                        uint32_t token)
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
    const base_span raw = deid_raw(deid, token);
    const uint32_t tag = raw.size <= DEID_MEMO_TEXT ? memo_tag(deid, frame, rule) : 0;
    if (tag == 0)
        return judge_string(deid, frame, element, rule, token);
    deid_memo *memo = deid_memo_at(deid->memos, tag, raw);
    return deid_memo_is(memo, tag, raw) ? judge_known(deid, element, memo)
                                        : judge_and_note(deid, frame, element, rule, token, tag, memo);
}
