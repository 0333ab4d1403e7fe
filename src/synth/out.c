/* SPDX-License-Identifier: Apache-2.0 */
#include "synth/out.h"

#include "base/date.h"

static const char *const type_names[SYNTH_TYPE_COUNT] = {
    "Patient",
    "Encounter",
    "Condition",
    "Observation",
    "MedicationRequest",
    "Procedure",
    "Immunization",
    "AllergyIntolerance",
    "FamilyMemberHistory",
    "DiagnosticReport",
    "CarePlan",
    "CareTeam",
    "DocumentReference",
    "Claim",
    "ExplanationOfBenefit",
    "Provenance",
    "Organization",
    "Location",
    "Practitioner",
    "Medication",
    "Bundle",
    "truth",
};

const char *synth_type_name(synth_type type)
{
    return type_names[type];
}

/* A version 4 UUID of hashed bits. */
synth_id synth_id_of(const synth_out *out, synth_name_of what, uint32_t number)
{
    static const char hex[] = "0123456789abcdef";
    const uint64_t key = what >= SYNTH_OF_ORGANIZATION ? out->shared_key : out->person->key;
    uint64_t high = synth_mix(key ^ ((uint64_t)what << 40) ^ number), low = synth_mix(high ^ key);
    synth_id id;
    for (int i = 0; i < SYNTH_ID_SIZE; i++) {
        uint64_t *half = i < 18 ? &high : &low;
        if (i == 8 || i == 13 || i == 18 || i == 23) {
            id.text[i] = '-';
            continue;
        }
        id.text[i] = i == 14 ? '4' : i == 19 ? hex[8 | (*half & 3)] : hex[*half & 15];
        *half >>= 4;
    }
    return id;
}

synth_id synth_id_next(synth_out *out)
{
    return synth_id_of(out, SYNTH_OF_OTHER, out->next++);
}

static void put_two(char *to, int32_t value)
{
    to[0] = (char)('0' + value / 10);
    to[1] = (char)('0' + value % 10);
}

static void format_date(char to[10], int32_t day)
{
    const base_civil civil = base_civil_of(day);
    put_two(to, civil.year / 100);
    put_two(to + 2, civil.year % 100);
    to[4] = '-';
    put_two(to + 5, civil.month);
    to[7] = '-';
    put_two(to + 8, civil.day);
}

void synth_put_date(base_buf *buf, int32_t day)
{
    char text[10];
    format_date(text, day);
    base_buf_append(buf, text, sizeof(text));
}

void synth_put_time(base_buf *buf, int32_t day, int32_t second, const char *offset)
{
    char text[25];
    day += second / 86400;
    second %= 86400;
    format_date(text, day);
    text[10] = 'T';
    put_two(text + 11, second / 3600);
    text[13] = ':';
    put_two(text + 14, second / 60 % 60);
    text[16] = ':';
    put_two(text + 17, second % 60);
    memcpy(text + 19, offset, 6);
    base_buf_append(buf, text, sizeof(text));
}

void synth_put_text(base_buf *buf, synth_text text)
{
    base_buf_append(buf, text.data, text.size);
}

void synth_put_number(base_buf *buf, int64_t value, unsigned decimals)
{
    static const int64_t powers[] = {1, 10, 100, 1000};
    const int64_t power = powers[decimals];
    if (value < 0) {
        base_buf_byte(buf, '-');
        value = -value;
    }
    base_buf_int(buf, value / power);
    if (decimals == 0)
        return;
    char rest[4] = {'.'};
    int64_t part = value % power;
    for (unsigned i = decimals; i > 0; i--) {
        rest[i] = (char)('0' + part % 10);
        part /= 10;
    }
    base_buf_append(buf, rest, decimals + 1u);
}

base_buf *synth_begin(synth_out *out, synth_type type, const synth_id *id, int32_t day, int version)
{
    const bool bundle = out->options->format == SYNTH_BUNDLES;
    base_buf *buf = &out->bufs[bundle ? SYNTH_BUNDLE : type];
    out->type = type;
    if (bundle) {
        if (buf->size > 0 && buf->data[buf->size - 1] == '}')
            base_buf_byte(buf, ',');
        SYNTH_PUT(buf, "{\"fullUrl\":\"urn:uuid:");
        base_buf_append(buf, id->text, SYNTH_ID_SIZE);
        SYNTH_PUT(buf, "\",\"resource\":");
    }
    out->line = buf->size;
    SYNTH_PUT(buf, "{\"resourceType\":\"");
    base_buf_text(buf, type_names[type]);
    SYNTH_PUT(buf, "\",\"id\":\"");
    base_buf_append(buf, id->text, SYNTH_ID_SIZE);
    SYNTH_PUT(buf, "\",\"meta\":{\"lastUpdated\":\"");
    synth_put_date(buf, day);
    base_buf_text(buf, version < 0 ? "T23:10:00Z" : "T23:50:00Z");
    if (type == SYNTH_PATIENT || out->options->bytes == SYNTH_SYNTHEA_LIKE)
        SYNTH_PUT(
            buf,
            "\",\"source\":\"urn:lethe:synth\",\"tag\":[{\"system\":\"urn:lethe:synth\",\"code\":\"synthetic\"}]}");
    else
        SYNTH_PUT(buf, "\",\"tag\":[{\"code\":\"synthetic\"}]}");
    return buf;
}

void synth_end(synth_out *out)
{
    if (out->options->format == SYNTH_BUNDLES) {
        base_buf *buf = &out->bufs[SYNTH_BUNDLE];
        SYNTH_PUT(buf, "},\"request\":{\"method\":\"POST\",\"url\":\"");
        base_buf_text(buf, type_names[out->type]);
        SYNTH_PUT(buf, "\"}}");
        return;
    }
    base_buf *buf = &out->bufs[out->type];
    SYNTH_PUT(buf, "}\n");
    if (out->options->untidy_mille == 0 || out->type >= SYNTH_ORGANIZATION || !synth_untidy(out, 1) ||
        !synth_percent(&out->person->noise, 20))
        return;
    /* A line cut off in the middle, beside the whole one: exports that were restarted have them. */
    const size_t size = (buf->size - out->line) * 2 / 3;
    if (base_buf_reserve(buf, size + 1) != 0)
        return;
    base_buf_append(buf, buf->data + out->line, size);
    base_buf_byte(buf, '\n');
}

bool synth_untidy(synth_out *out, uint32_t mille)
{
    if (out->options->untidy_mille == 0)
        return false;
    return synth_below(&out->person->noise, 1000000) < mille * out->options->untidy_mille;
}

void synth_put_reference(synth_out *out, base_buf *buf, synth_type type, const synth_id *id)
{
    SYNTH_PUT(buf, "{\"reference\":\"");
    if (out->options->format == SYNTH_BUNDLES) {
        SYNTH_PUT(buf, "urn:uuid:");
    } else {
        if (out->absolute)
            SYNTH_PUT(buf, "https://fhir.example.org/r4/");
        base_buf_text(buf, type_names[type]);
        base_buf_byte(buf, '/');
    }
    base_buf_append(buf, id->text, SYNTH_ID_SIZE);
    SYNTH_PUT(buf, "\"}");
}

void synth_put_subject(synth_out *out, base_buf *buf, int visit)
{
    const bool other = out->twice && visit >= 0 && (synth_mix(out->person->key ^ (uint64_t)visit) & 3) == 0;
    const synth_id id = synth_id_of(out, SYNTH_OF_PATIENT, other ? 1 : 0);
    synth_put_reference(out, buf, SYNTH_PATIENT, &id);
}

void synth_put_base64(base_buf *buf, base_span bytes)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (size_t i = 0; i < bytes.size; i += 3) {
        uint32_t word = 0;
        for (size_t k = 0; k < 3; k++)
            word = word << 8 | (i + k < bytes.size ? (uint8_t)bytes.data[i + k] : 0);
        char four[4];
        for (size_t k = 0; k < 4; k++)
            four[k] = i + k <= bytes.size ? digits[word >> (18 - 6 * k) & 63] : '=';
        base_buf_append(buf, four, 4);
    }
}

uint32_t synth_organization_at(const synth_out *out, const synth_visit *visit)
{
    const uint32_t state = synth_person_home(out->person, visit->day)->state_index;
    const bool hospital = visit->setting == SYNTH_IMP || visit->setting == SYNTH_EMER;
    return state * SYNTH_ORGANIZATIONS_A_STATE + (hospital ? 0 : 1);
}

uint32_t synth_practitioner_at(const synth_out *out, const synth_visit *visit)
{
    const uint32_t state = synth_person_home(out->person, visit->day)->state_index;
    const uint64_t hash = synth_mix(out->person->key ^ (visit->setting == SYNTH_AMB ? 7u : (uint64_t)visit->day));
    return state * SYNTH_PRACTITIONERS_A_STATE + (uint32_t)(hash % SYNTH_PRACTITIONERS_A_STATE);
}
