/* SPDX-License-Identifier: Apache-2.0 */
/* Procedures, immunizations, allergies, family history, care plans and teams. */
#include "base/date.h"
#include "synth/out.h"

static void put_visit(synth_out *out, base_buf *buf, int visit)
{
    const synth_id encounter = synth_id_of(out, SYNTH_OF_VISIT, (uint32_t)visit);
    SYNTH_PUT(buf, ",\"encounter\":");
    synth_put_reference(out, buf, SYNTH_ENCOUNTER, &encounter);
}

static void procedure(synth_out *out, int visit, int16_t code, int minutes)
{
    const synth_visit *v = &out->person->visits[visit];
    const char *offset = synth_person_home(out->person, v->day)->offset;
    const synth_id id = synth_id_next(out);
    base_buf *buf = synth_begin(out, SYNTH_PROCEDURE, &id, v->day, 0);
    SYNTH_PUT(buf, ",\"status\":\"");
    base_buf_text(buf, synth_untidy(out, 10) ? "not-done" : "completed");
    SYNTH_PUT(buf, "\",\"code\":");
    synth_put_text(buf, synth_codes[code].concept);
    SYNTH_PUT(buf, ",\"subject\":");
    synth_put_subject(out, buf, visit);
    put_visit(out, buf, visit);
    SYNTH_PUT(buf, ",\"performedPeriod\":{\"start\":\"");
    synth_put_time(buf, v->day, v->second + 400, offset);
    SYNTH_PUT(buf, "\",\"end\":\"");
    synth_put_time(buf, v->day, v->second + 400 + minutes * 60, offset);
    SYNTH_PUT(buf, "\"}");
    synth_end(out);
    if (out->procedure_count < 16) {
        out->procedures[out->procedure_count] = id;
        out->procedure_codes[out->procedure_count++] = code;
    }
}

static void procedures_of_pregnancy(synth_out *out, int visit)
{
    synth_person *p = out->person;
    const synth_visit *v = &p->visits[visit];
    if (v->kind == SYNTH_VISIT_DELIVERY) {
        const bool cesarean = p->pregnancies[v->pregnancy].cesarean;
        procedure(out, visit, synth_terms[cesarean ? SYNTH_T_PROC_CESAREAN : SYNTH_T_PROC_DELIVERY], 60);
        if (synth_percent(&p->data, 65))
            procedure(out, visit, synth_terms[SYNTH_T_PROC_EPIDURAL], 30);
    } else if (v->kind == SYNTH_VISIT_PRENATAL) {
        const int32_t days = v->day - p->pregnancies[v->pregnancy].lmp;
        if (days > 125 && days < 155)
            procedure(out, visit, synth_terms[SYNTH_T_PROC_FETAL_SCAN], 30);
        if (days > 140 && synth_percent(&p->data, 60))
            procedure(out, visit, synth_terms[SYNTH_T_PROC_FUNDAL], 5);
        if (synth_percent(&p->data, 60))
            procedure(out, visit, synth_terms[SYNTH_T_PROC_FETAL_HEART], 5);
    }
}

static void screening(synth_out *out, int visit)
{
    synth_person *p = out->person;
    const synth_visit *v = &p->visits[visit];
    const int32_t age = synth_age(p, v->day);
    if (v->kind == SYNTH_VISIT_BIRTH)
        procedure(out, visit, synth_terms[SYNTH_T_PROC_NEONATAL], 15);
    if (v->kind != SYNTH_VISIT_CHECKUP)
        return;
    if (synth_percent(&p->data, 30))
        procedure(out, visit, synth_terms[SYNTH_T_PROC_MED_REVIEW], 10);
    if (synth_percent(&p->data, 25))
        procedure(out, visit, synth_terms[SYNTH_T_PROC_DEPRESSION], 10);
    if (age >= 45 && age < 80 && synth_percent(&p->data, 11))
        procedure(out, visit, synth_terms[SYNTH_T_PROC_COLONOSCOPY], 45);
    if (p->female && age >= 40 && age < 76 && synth_percent(&p->data, 45))
        procedure(out, visit, synth_terms[SYNTH_T_PROC_MAMMOGRAPHY], 20);
}

void synth_write_procedures(synth_out *out, int visit)
{
    synth_person *p = out->person;
    const synth_visit *v = &p->visits[visit];
    out->procedure_count = 0;
    procedures_of_pregnancy(out, visit);
    screening(out, visit);
    if (out->options->bytes == SYNTH_SYNTHEA_LIKE && synth_percent(&p->data, 45))
        procedure(out, visit, synth_terms[SYNTH_T_PROC_HISTORY], 10);
    if (v->condition >= 0) {
        const synth_condition *c = &p->conditions[v->condition];
        const synth_disease *d = &synth_diseases[c->disease];
        for (size_t i = 0; i < d->procedure_count; i++) {
            const uint32_t percent = (uint32_t)d->procedures[i].percent;
            if (synth_percent(&p->data, c->visit == visit ? percent : percent / 6))
                procedure(out, visit, d->procedures[i].index, 30);
        }
    }
    if (v->setting == SYNTH_IMP && v->day != p->death)
        procedure(out, visit, synth_terms[SYNTH_T_PROC_DISCHARGE], 20);
}

static void immunize(synth_out *out, int visit, int16_t code)
{
    const synth_visit *v = &out->person->visits[visit];
    const synth_id id = synth_id_next(out);
    base_buf *buf = synth_begin(out, SYNTH_IMMUNIZATION, &id, v->day, 0);
    SYNTH_PUT(buf, ",\"status\":\"");
    base_buf_text(buf, synth_untidy(out, 15) ? "not-done" : "completed");
    SYNTH_PUT(buf, "\",\"vaccineCode\":");
    synth_put_text(buf, synth_codes[code].concept);
    SYNTH_PUT(buf, ",\"patient\":");
    synth_put_subject(out, buf, visit);
    put_visit(out, buf, visit);
    SYNTH_PUT(buf, ",\"occurrenceDateTime\":\"");
    synth_put_time(buf, v->day, v->second + 900, synth_person_home(out->person, v->day)->offset);
    SYNTH_PUT(buf, "\",\"primarySource\":true");
    synth_end(out);
}

/* Whether a dose fell due since the check-up before: its month lies in (from, to]. */
static bool falls_due(const synth_immunization *dose, int32_t from, int32_t to)
{
    for (size_t i = 0; i < dose->dose_count; i++)
        if (dose->months[i] > from && dose->months[i] <= to)
            return true;
    const int32_t last = dose->months[dose->dose_count - 1];
    return dose->every != 0 && to > last &&
           (to - last) / dose->every > (from < last ? -1 : (from - last) / dose->every) && to - last >= dose->every;
}

void synth_write_immunizations(synth_out *out, int visit)
{
    synth_person *p = out->person;
    const synth_visit *v = &p->visits[visit];
    if (v->kind != SYNTH_VISIT_CHECKUP && v->kind != SYNTH_VISIT_CHILD && v->kind != SYNTH_VISIT_BIRTH)
        return;
    int32_t before = p->first > p->birth ? p->first - 365 : p->birth - 40;
    for (int i = visit - 1; i >= 0; i--) {
        const uint8_t kind = p->visits[i].kind;
        if (kind == SYNTH_VISIT_CHECKUP || kind == SYNTH_VISIT_CHILD || kind == SYNTH_VISIT_BIRTH) {
            before = p->visits[i].day;
            break;
        }
    }
    const int32_t from = before < p->birth ? -1 : base_months_between(p->birth, before);
    const int32_t to = base_months_between(p->birth, v->day);
    const base_civil civil = base_civil_of(v->day);
    for (int i = 0; i < SYNTH_V_COUNT; i++) {
        const synth_immunization *dose = &synth_immunizations[i];
        if (civil.year < dose->first_year)
            continue;
        const bool season = civil.month >= 9 || civil.month <= 2;
        const bool due = i == SYNTH_V_FLU ? season && to >= 6 : falls_due(dose, from, to);
        if (due && synth_percent(&p->data, p->vaccinated))
            immunize(out, visit, dose->code);
    }
}

static void allergy(synth_out *out, int term, int32_t day)
{
    static const char *const criticality[] = {"low", "low", "high", "unable-to-assess"};
    synth_person *p = out->person;
    const bool drug = term >= SYNTH_T_ALLERGY_PENICILLIN;
    const bool food = term >= SYNTH_T_ALLERGY_SHELLFISH && term != SYNTH_T_ALLERGY_BEE && term != SYNTH_T_ALLERGY_LATEX;
    const synth_id id = synth_id_next(out);
    base_buf *buf = synth_begin(out, SYNTH_ALLERGY_INTOLERANCE, &id, day, 0);
    SYNTH_PUT(buf, ",\"clinicalStatus\":{\"coding\":[{\"system\":\"http://terminology.hl7.org/CodeSystem/"
                   "allergyintolerance-clinical\","
                   "\"code\":\"active\"}]},\"verificationStatus\":{\"coding\":[{\"system\":"
                   "\"http://terminology.hl7.org/CodeSystem/allergyintolerance-verification\",\"code\":\"");
    base_buf_text(buf, synth_untidy(out, 60) ? "refuted" : "confirmed");
    SYNTH_PUT(buf, "\"}]},\"type\":\"allergy\",\"category\":[\"");
    base_buf_text(buf, drug ? "medication" : food ? "food" : "environment");
    SYNTH_PUT(buf, "\"],\"criticality\":\"");
    base_buf_text(buf, criticality[synth_below(&p->data, 4)]);
    SYNTH_PUT(buf, "\",\"code\":");
    synth_put_text(buf, synth_term(term)->concept);
    SYNTH_PUT(buf, ",\"patient\":");
    synth_put_subject(out, buf, -1);
    SYNTH_PUT(buf, ",\"recordedDate\":\"");
    synth_put_time(buf, day, 43200, synth_person_home(p, day)->offset);
    base_buf_byte(buf, '"');
    synth_end(out);
}

static void write_allergies(synth_out *out)
{
    synth_person *p = out->person;
    const int32_t day = p->visits[0].day;
    const int count = SYNTH_T_ALLERGY_CEPHALEXIN - SYNTH_T_ALLERGY_MOLD + 1;
    const uint32_t drugs = 8, airborne = 5;
    if (synth_percent(&p->data, synth_age(p, day) < 10 ? 4 : 14))
        allergy(out, SYNTH_T_ALLERGY_PENICILLIN + (int)(synth_percent(&p->data, 50) ? 0 : synth_below(&p->data, 6)),
                day);
    if (synth_person_has(p, SYNTH_D_HAY_FEVER, p->last) || synth_percent(&p->data, 6))
        for (uint32_t n = 1 + synth_below(&p->data, 3); n > 0; n--)
            allergy(out, SYNTH_T_ALLERGY_MOLD + (int)synth_below(&p->data, airborne), day);
    if (synth_person_has(p, SYNTH_D_FOOD_ALLERGY, p->last) || synth_percent(&p->data, 3))
        allergy(out, SYNTH_T_ALLERGY_SHELLFISH + (int)synth_below(&p->data, (uint32_t)count - drugs - airborne + 2),
                day);
}

/* Another person's diseases: nothing here is the patient's. */
static void write_family(synth_out *out)
{
    static const uint8_t diseases[] = {SYNTH_D_DIABETES2, SYNTH_D_BREAST_CANCER, SYNTH_D_COLON_CANCER,
                                       SYNTH_D_MI,        SYNTH_D_STROKE,        SYNTH_D_HYPERTENSION,
                                       SYNTH_D_DEMENTIA,  SYNTH_D_HUNTINGTON};
    static const char *const relations[] = {"MTH\",\"display\":\"mother", "FTH\",\"display\":\"father",
                                            "SIB\",\"display\":\"sibling"};
    synth_person *p = out->person;
    if (!synth_percent(&p->data, 14))
        return;
    const synth_id id = synth_id_next(out);
    const synth_disease *d = &synth_diseases[diseases[synth_below(&p->data, 8)]];
    base_buf *buf = synth_begin(out, SYNTH_FAMILY_MEMBER_HISTORY, &id, p->visits[0].day, 0);
    SYNTH_PUT(buf, ",\"status\":\"completed\",\"patient\":");
    synth_put_subject(out, buf, -1);
    SYNTH_PUT(buf, ",\"date\":\"");
    synth_put_date(buf, p->visits[0].day);
    SYNTH_PUT(buf, "\",\"relationship\":{\"coding\":[{\"system\":\"http://terminology.hl7.org/CodeSystem/"
                   "v3-RoleCode\",\"code\":\"");
    base_buf_text(buf, relations[synth_below(&p->data, 3)]);
    SYNTH_PUT(buf, "\"}]},\"condition\":[{\"code\":");
    synth_put_text(buf, p->coding == SYNTH_CODES_ICD10 ? d->concept_icd10 : d->concept_snomed);
    SYNTH_PUT(buf, "}]");
    synth_end(out);
}

void synth_write_background(synth_out *out)
{
    write_allergies(out);
    write_family(out);
}

static int plan_for(uint8_t disease)
{
    switch (disease) {
    case SYNTH_D_DIABETES2:
    case SYNTH_D_DIABETES1:
        return SYNTH_T_PLAN_DIABETES;
    case SYNTH_D_HYPERTENSION:
        return SYNTH_T_PLAN_HYPERTENSION;
    case SYNTH_D_ASTHMA:
        return SYNTH_T_PLAN_ASTHMA;
    case SYNTH_D_HEART_FAILURE:
        return SYNTH_T_PLAN_HEART;
    case SYNTH_D_BREAST_CANCER:
    case SYNTH_D_LUNG_CANCER:
    case SYNTH_D_COLON_CANCER:
    case SYNTH_D_PROSTATE_CANCER:
        return SYNTH_T_PLAN_CANCER;
    case SYNTH_D_DEPRESSION:
    case SYNTH_D_BIPOLAR:
        return SYNTH_T_PLAN_MENTAL;
    case SYNTH_D_PREGNANCY:
        return SYNTH_T_PLAN_ANTENATAL;
    default:
        return SYNTH_T_PLAN_GENERAL;
    }
}

static void write_team(synth_out *out, int visit, int condition)
{
    const synth_visit *v = &out->person->visits[visit];
    const synth_id id = synth_id_next(out), reason = synth_id_of(out, SYNTH_OF_CONDITION, (uint32_t)condition);
    const synth_id doctor = synth_id_of(out, SYNTH_OF_PRACTITIONER, synth_practitioner_at(out, v));
    base_buf *buf = synth_begin(out, SYNTH_CARE_TEAM, &id, v->day, 0);
    SYNTH_PUT(buf, ",\"status\":\"active\",\"subject\":");
    synth_put_subject(out, buf, visit);
    put_visit(out, buf, visit);
    SYNTH_PUT(buf, ",\"participant\":[{\"member\":");
    synth_put_reference(out, buf, SYNTH_PRACTITIONER, &doctor);
    SYNTH_PUT(buf, "}],\"reasonReference\":[");
    synth_put_reference(out, buf, SYNTH_CONDITION, &reason);
    base_buf_byte(buf, ']');
    synth_end(out);
}

void synth_write_plan(synth_out *out, int visit)
{
    synth_person *p = out->person;
    const synth_visit *v = &p->visits[visit];
    for (int i = 0; i < p->condition_count; i++) {
        const synth_condition *c = &p->conditions[i];
        const int term = plan_for(c->disease);
        if (c->visit != visit || term == SYNTH_T_PLAN_GENERAL || !synth_person_recorded(p, i))
            continue;
        const synth_id id = synth_id_next(out), reason = synth_id_of(out, SYNTH_OF_CONDITION, (uint32_t)i);
        base_buf *buf = synth_begin(out, SYNTH_CARE_PLAN, &id, v->day, 0);
        SYNTH_PUT(buf, ",\"status\":\"active\",\"intent\":\"order\",\"category\":[");
        synth_put_text(buf, synth_term(term)->concept);
        SYNTH_PUT(buf, "],\"subject\":");
        synth_put_subject(out, buf, visit);
        put_visit(out, buf, visit);
        SYNTH_PUT(buf, ",\"period\":{\"start\":\"");
        synth_put_date(buf, v->day);
        SYNTH_PUT(buf, "\"},\"addresses\":[");
        synth_put_reference(out, buf, SYNTH_CONDITION, &reason);
        base_buf_byte(buf, ']');
        synth_end(out);
        write_team(out, visit, i);
    }
}
