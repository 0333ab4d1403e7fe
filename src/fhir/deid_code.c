/* SPDX-License-Identifier: Apache-2.0 */
#include "fhir/deid_internal.h"
#include "fhir/terms.h"

/* Codes: of known systems they stay, of others they get a token that keeps equal what was equal. */
#define STRING_MAX 4096 /* of what gets a token */

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
int deid_system_of(fhir_deid *deid, deid_frame *frame)
{
    if (!frame->system_read) {
        frame->system_token = deid_find(deid, frame->open, "system");
        frame->system_row = find_system(deid, frame->system_token);
        frame->system_read = true;
    }
    return frame->system_row;
}

/* Its text, for what gets a token. */
base_span deid_system_text(fhir_deid *deid, deid_frame *frame)
{
    (void)deid_system_of(deid, frame);
    return frame->system_token != 0 ? deid_string(deid, frame->system_token) : (base_span){NULL, 0};
}

#define TAG_LOCAL 0xfffc0000u

/* A code of a local system: labels of a server stand in every resource of it. */
static deid_outcome put_local_code(fhir_deid *deid, base_span system, base_span code)
{
    char both[DEID_MEMO_TEXT];
    const size_t size = system.size + 1 + code.size;
    if (size > sizeof(both) || system.size == 0 || code.size == 0)
        return deid_put_token(deid, FHIR_NAME_CODE, system, code);
    memcpy(both, system.data, system.size);
    both[system.size] = '\0'; /* the size of the system is part of the tag */
    memcpy(both + system.size + 1, code.data, code.size);
    const base_span key = {both, size};
    const uint32_t tag = TAG_LOCAL | (uint32_t)system.size;
    deid_memo *memo = deid_memo_at(deid->memos, tag, key);
    if (deid_memo_is(memo, tag, key)) {
        base_buf_append(&deid->value, memo->out, memo->out_size);
        return DEID_REPLACE;
    }
    const deid_outcome outcome = deid_put_token(deid, FHIR_NAME_CODE, system, code);
    if (deid->status == 0 && deid->value.size <= DEID_MEMO_OUT) {
        memo->tag = tag;
        memo->size = (uint8_t)size;
        memcpy(memo->text, both, size);
        memo->out_size = (uint8_t)deid->value.size;
        memcpy(memo->out, deid->value.data, deid->value.size);
    }
    return outcome;
}

deid_outcome deid_judge_code(fhir_deid *deid, deid_frame *frame, const fhir_element *element, base_span code)
{
    const int row = deid_system_of(deid, frame);
    if (row >= 0)
        return deid_kept_if(deid, element, fhir_system_has_form(row, code));
    const base_span system = deid_system_text(deid, frame);
    if (system.size == 0 && fhir_is_core_code(code))
        return DEID_KEEP;
    if (code.size > STRING_MAX || system.size > STRING_MAX)
        return deid_kept_if(deid, element, false);
    return deid_named(deid, element, put_local_code(deid, system, code));
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

deid_outcome deid_judge_concept_text(fhir_deid *deid, deid_frame *frame, const fhir_element *element, uint32_t token)
{
    const base_span raw = deid_raw(deid, token);
    if (frame->searches++ >= DEID_SEARCHES_MAX)
        return deid_kept_if(deid, element, false);
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
