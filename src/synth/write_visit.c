/* SPDX-License-Identifier: Apache-2.0 */
#include "synth/out.h"

static const char *const classes[] = {"AMB", "EMER", "IMP", "VR"};

static int visit_type(const synth_out *out, const synth_visit *v)
{
    if (v->kind == SYNTH_VISIT_DELIVERY)
        return SYNTH_T_VISIT_DELIVERY;
    if (v->setting == SYNTH_EMER)
        return SYNTH_T_VISIT_EMERGENCY;
    if (v->setting == SYNTH_IMP)
        return SYNTH_T_VISIT_ADMISSION;
    if (v->setting == SYNTH_VR)
        return SYNTH_T_VISIT_TELEMEDICINE;
    switch (v->kind) {
    case SYNTH_VISIT_CHILD:
        return synth_age(out->person, v->day) < 3 ? SYNTH_T_VISIT_WELL_CHILD : SYNTH_T_VISIT_CHECKUP;
    case SYNTH_VISIT_CHRONIC:
    case SYNTH_VISIT_FOLLOW_UP:
        return (v->day & 1) != 0 ? SYNTH_T_VISIT_FOLLOW_UP : SYNTH_T_VISIT_PROBLEM;
    case SYNTH_VISIT_PRENATAL:
        return v->day < out->person->pregnancies[v->pregnancy].lmp + 80 ? SYNTH_T_VISIT_PRENATAL_FIRST
                                                                        : SYNTH_T_VISIT_PRENATAL;
    case SYNTH_VISIT_POSTNATAL:
        return SYNTH_T_VISIT_POSTNATAL;
    case SYNTH_VISIT_CHECKUP:
        return SYNTH_T_VISIT_CHECKUP;
    default:
        return SYNTH_T_VISIT_SYMPTOM;
    }
}

static void put_concept_of(synth_out *out, base_buf *buf, const synth_disease *d)
{
    const uint8_t coding = out->person->coding;
    synth_put_text(buf, coding == SYNTH_CODES_SNOMED  ? d->concept_snomed
                        : coding == SYNTH_CODES_ICD10 ? d->concept_icd10
                                                      : d->concept_both);
}

/* What brings people in without a diagnosis that is recorded. */
static const int vague_reasons[] = {SYNTH_D_HEADACHE, SYNTH_D_CHEST_PAIN, SYNTH_D_FALL, SYNTH_D_MIGRAINE, SYNTH_D_URTI};

/* ICD-10-CM names the trimester and the week, SNOMED CT as exported here only the pregnancy. */
static void put_pregnancy(synth_out *out, base_buf *buf, const synth_visit *v)
{
    const synth_person *p = out->person;
    if (v->kind == SYNTH_VISIT_POSTNATAL) {
        if (p->coding != SYNTH_CODES_SNOMED)
            synth_put_text(buf, synth_term(SYNTH_T_ICD_POSTPARTUM)->concept);
        return;
    }
    if (p->coding != SYNTH_CODES_ICD10)
        synth_put_text(buf, synth_diseases[SYNTH_D_PREGNANCY].concept_snomed);
    if (p->coding == SYNTH_CODES_SNOMED)
        return;
    const int32_t week = (v->day - p->pregnancies[v->pregnancy].lmp) / 7;
    const int trimester = week < 14 ? SYNTH_T_ICD_FIRST : week < 28 ? SYNTH_T_ICD_SECOND : SYNTH_T_ICD_THIRD;
    if (p->coding == SYNTH_CODES_BOTH)
        base_buf_byte(buf, ',');
    synth_put_text(buf, synth_term(v->kind == SYNTH_VISIT_DELIVERY ? SYNTH_T_ICD_DELIVERY : trimester)->concept);
    if (week >= 8 && week <= 42 && synth_percent(&out->person->data, 60)) {
        base_buf_byte(buf, ',');
        synth_put_text(buf, synth_codes[synth_weeks[week - 8]].concept);
    }
}

static void put_reason(synth_out *out, base_buf *buf, const synth_visit *v)
{
    SYNTH_PUT(buf, ",\"reasonCode\":[");
    const size_t before = buf->size;
    if (v->condition >= 0) {
        const synth_disease *d = &synth_diseases[out->person->conditions[v->condition].disease];
        put_concept_of(out, buf, d);
        for (size_t i = 0; i < d->symptom_count; i++) {
            if (!synth_percent(&out->person->data, 45))
                continue;
            base_buf_byte(buf, ',');
            synth_put_text(buf, synth_codes[d->symptoms[i]].concept);
        }
    } else if (v->kind == SYNTH_VISIT_SYMPTOM) {
        const synth_disease *d = &synth_diseases[vague_reasons[synth_below(&out->person->data, 5)]];
        synth_put_text(buf, synth_codes[d->symptom_count > 0 ? d->symptoms[0] : d->snomed].concept);
    } else if (v->pregnancy >= 0) {
        put_pregnancy(out, buf, v);
    }
    if (buf->size == before)
        buf->size -= sizeof(",\"reasonCode\":[") - 1;
    else
        base_buf_byte(buf, ']');
}

static void put_stay(base_buf *buf, const synth_visit *v, bool died)
{
    if (v->setting != SYNTH_IMP)
        return;
    SYNTH_PUT(buf, ",\"hospitalization\":{\"dischargeDisposition\":{\"coding\":[{\"system\":"
                   "\"http://terminology.hl7.org/CodeSystem/discharge-disposition\",\"code\":\"");
    base_buf_text(buf, died ? "exp\",\"display\":\"Expired\"" : "home\",\"display\":\"Home\"");
    SYNTH_PUT(buf, "}]}}");
}

static void put_providers(synth_out *out, base_buf *buf, const synth_visit *v)
{
    const uint32_t organization = synth_organization_at(out, v);
    const synth_id doctor = synth_id_of(out, SYNTH_OF_PRACTITIONER, synth_practitioner_at(out, v));
    const synth_id house = synth_id_of(out, SYNTH_OF_ORGANIZATION, organization);
    const synth_id room = synth_id_of(out, SYNTH_OF_LOCATION, organization);
    SYNTH_PUT(buf, ",\"participant\":[{\"individual\":");
    synth_put_reference(out, buf, SYNTH_PRACTITIONER, &doctor);
    SYNTH_PUT(buf, "}],\"location\":[{\"location\":");
    synth_put_reference(out, buf, SYNTH_LOCATION, &room);
    SYNTH_PUT(buf, "}],\"serviceProvider\":");
    if (synth_untidy(out, 15))
        SYNTH_PUT(buf, "{\"reference\":\"#house\"},\"contained\":[{\"resourceType\":\"Organization\",\"id\":\"house\","
                       "\"name\":\"Visiting Clinic\"}]");
    else
        synth_put_reference(out, buf, SYNTH_ORGANIZATION, &house);
}

void synth_write_encounter(synth_out *out, int visit)
{
    synth_person *p = out->person;
    const synth_visit *v = &p->visits[visit];
    const synth_id id = synth_id_of(out, SYNTH_OF_VISIT, (uint32_t)visit);
    const char *offset = synth_person_home(p, v->day)->offset;
    base_buf *buf = synth_begin(out, SYNTH_ENCOUNTER, &id, v->day, 0);
    SYNTH_PUT(buf, ",\"status\":\"finished\",\"class\":{\"system\":\"http://terminology.hl7.org/CodeSystem/"
                   "v3-ActCode\",\"code\":\"");
    base_buf_text(buf, classes[v->setting]);
    SYNTH_PUT(buf, "\"},\"type\":[");
    synth_put_text(buf, synth_term(visit_type(out, v))->concept);
    SYNTH_PUT(buf, "],\"subject\":");
    synth_put_subject(out, buf, visit);
    SYNTH_PUT(buf, ",\"period\":{\"start\":\"");
    if (synth_untidy(out, 10)) {
        synth_put_date(buf, v->day);
    } else {
        synth_put_time(buf, v->day, v->second, offset);
        SYNTH_PUT(buf, "\",\"end\":\"");
        synth_put_time(buf, v->day, v->second + v->length, offset);
    }
    SYNTH_PUT(buf, "\"}");
    put_reason(out, buf, v);
    put_stay(buf, v, p->death != SYNTH_NEVER && v->day + (v->second + v->length) / 86400 >= p->death);
    put_providers(out, buf, v);
    synth_end(out);
}
