/* SPDX-License-Identifier: Apache-2.0 */
#include "base/date.h"
#include "synth/out.h"

static const char *const categories[] = {"vital-signs", "survey", "laboratory", "laboratory", "social-history", "exam"};
enum { CATEGORY_VITAL, CATEGORY_SURVEY, CATEGORY_LAB, CATEGORY_CODED, CATEGORY_SOCIAL, CATEGORY_EXAM };

typedef struct scene {
    synth_out *out;
    const synth_visit *v;
    int visit;
    const char *offset;
    synth_id encounter;
} scene;

static void put_concept(base_buf *buf, int16_t code, bool rich)
{
    if (rich) {
        synth_put_text(buf, synth_codes[code].concept);
        return;
    }
    SYNTH_PUT(buf, "{\"coding\":[");
    synth_put_text(buf, synth_codes[code].coding);
    SYNTH_PUT(buf, "]}");
}

static base_buf *begin(scene *s, const synth_id *id, int category, int16_t code, int version)
{
    synth_out *out = s->out;
    base_buf *buf = synth_begin(out, SYNTH_OBSERVATION, id, s->v->day, version);
    SYNTH_PUT(buf, ",\"status\":\"");
    base_buf_text(buf, version < 0 ? "preliminary" : synth_untidy(out, 4) ? "entered-in-error" : "final");
    SYNTH_PUT(buf, "\",\"category\":[{\"coding\":[{\"system\":\"http://terminology.hl7.org/CodeSystem/"
                   "observation-category\",\"code\":\"");
    base_buf_text(buf, categories[category]);
    SYNTH_PUT(buf, "\"}]}],\"code\":");
    const bool rich = out->options->bytes == SYNTH_SYNTHEA_LIKE;
    put_concept(buf, code, rich);
    if (!synth_untidy(out, 3)) { /* results that lost their patient */
        SYNTH_PUT(buf, ",\"subject\":");
        synth_put_subject(out, buf, s->visit);
    }
    SYNTH_PUT(buf, ",\"encounter\":");
    synth_put_reference(out, buf, SYNTH_ENCOUNTER, &s->encounter);
    SYNTH_PUT(buf, ",\"effectiveDateTime\":\"");
    const int32_t second = s->v->second + 120 + (int32_t)(s->out->observed_count * 7);
    synth_put_time(buf, s->v->day, second, s->offset);
    if (rich || category == CATEGORY_LAB) {
        SYNTH_PUT(buf, "\",\"issued\":\"");
        synth_put_time(buf, s->v->day, second + (category == CATEGORY_LAB ? 5400 : 60), s->offset);
    }
    base_buf_byte(buf, '"');
    return buf;
}

/* A Quantity; untidily without its unit, or with one that does not belong there. */
static void put_quantity(synth_out *out, base_buf *buf, int measurement, int32_t value)
{
    const synth_measurement *m = &synth_measurements[measurement];
    SYNTH_PUT(buf, "{\"value\":");
    synth_put_number(buf, value, m->decimals);
    if (synth_untidy(out, 12))
        base_buf_byte(buf, '}');
    else if (synth_untidy(out, 5))
        SYNTH_PUT(buf, ",\"unit\":\"units\",\"system\":\"http://unitsofmeasure.org\",\"code\":\"[arb'U]/mL\"}");
    else if (synth_untidy(out, 12)) { /* the unit as words, no code */
        SYNTH_PUT(buf, ",\"unit\":\"see report\"}");
    } else
        synth_put_text(buf, m->unit);
}

static void put_coded(synth_out *out, base_buf *buf, int32_t percent)
{
    SYNTH_PUT(buf, ",\"valueCodeableConcept\":");
    const bool positive = synth_percent(&out->person->data, (uint32_t)percent);
    synth_put_text(buf, synth_term(positive ? SYNTH_T_POSITIVE : SYNTH_T_NEGATIVE)->concept);
}

static synth_id remember(synth_out *out, int measurement)
{
    const synth_id id = synth_id_next(out);
    if (out->observed_count < sizeof(out->observed) / sizeof(out->observed[0])) {
        out->observations[out->observed_count] = id;
        out->observed[out->observed_count] = (int16_t)measurement;
    }
    out->observed_count++;
    return id;
}

static void measure(scene *s, int measurement)
{
    synth_out *out = s->out;
    const synth_measurement *m = &synth_measurements[measurement];
    const int32_t value = synth_person_measure(out->person, measurement, s->v->day);
    const synth_id id = remember(out, measurement);
    const bool copy = out->options->format == SYNTH_NDJSON && synth_untidy(out, 4);
    for (int version = copy ? -1 : 0; version <= 0; version++) {
        base_buf *buf = begin(s, &id, m->kind, m->code, version);
        if (m->kind == SYNTH_CODED) {
            put_coded(out, buf, value);
        } else {
            SYNTH_PUT(buf, ",\"valueQuantity\":");
            put_quantity(out, buf, measurement, value);
        }
        synth_end(out);
    }
}

static void measure_pressure(scene *s)
{
    synth_out *out = s->out;
    const synth_id id = remember(out, SYNTH_M_SBP);
    base_buf *buf = begin(s, &id, CATEGORY_VITAL, synth_terms[SYNTH_T_OBS_BP], 0);
    SYNTH_PUT(buf, ",\"component\":[{\"code\":");
    put_concept(buf, synth_measurements[SYNTH_M_DBP].code, false);
    SYNTH_PUT(buf, ",\"valueQuantity\":");
    put_quantity(out, buf, SYNTH_M_DBP, synth_person_measure(out->person, SYNTH_M_DBP, s->v->day));
    SYNTH_PUT(buf, "},{\"code\":");
    put_concept(buf, synth_measurements[SYNTH_M_SBP].code, false);
    SYNTH_PUT(buf, ",\"valueQuantity\":");
    put_quantity(out, buf, SYNTH_M_SBP, synth_person_measure(out->person, SYNTH_M_SBP, s->v->day));
    SYNTH_PUT(buf, "}]");
    synth_end(out);
}

static void answer(scene *s, int category, int question, int term)
{
    const synth_id id = synth_id_next(s->out);
    base_buf *buf = begin(s, &id, category, synth_terms[question], 0);
    SYNTH_PUT(buf, ",\"valueCodeableConcept\":");
    synth_put_text(buf, synth_term(term)->concept);
    synth_end(s->out);
}

static int smoking_at(const synth_person *p, int32_t day)
{
    bool ever = false;
    for (size_t i = 0; i < p->condition_count; i++) {
        const synth_condition *c = &p->conditions[i];
        if (c->disease != SYNTH_D_SMOKING || c->onset > day)
            continue;
        if (c->abatement > day)
            return SYNTH_T_SMOKE_DAILY;
        ever = true;
    }
    return ever ? SYNTH_T_SMOKE_FORMER : SYNTH_T_SMOKE_NEVER;
}

static int work_at(const synth_person *p, int32_t day)
{
    const int32_t age = synth_age(p, day);
    if (age >= 66)
        return SYNTH_T_WORK_OUT;
    return p->work < 6   ? SYNTH_T_WORK_FULL
           : p->work < 8 ? SYNTH_T_WORK_PART
           : p->work < 9 ? SYNTH_T_WORK_NONE
                         : SYNTH_T_WORK_OUT;
}

static void ask_history(scene *s)
{
    synth_person *p = s->out->person;
    const int32_t age = synth_age(p, s->v->day);
    if (age < 13)
        return;
    answer(s, CATEGORY_SOCIAL, SYNTH_T_OBS_SMOKING, smoking_at(p, s->v->day));
    if (age < 20 || !synth_percent(&p->data, 35))
        return;
    answer(s, CATEGORY_SOCIAL, SYNTH_T_OBS_WORK, work_at(p, s->v->day));
    answer(s, CATEGORY_SOCIAL, SYNTH_T_OBS_EDUCATION, SYNTH_T_EDU_LESS + p->education);
    answer(s, CATEGORY_SOCIAL, SYNTH_T_OBS_HOUSING,
           synth_person_has(p, SYNTH_D_HOMELESS, s->v->day) ? SYNTH_T_HOUSE_NO : SYNTH_T_HOUSE_YES);
}

static void gestation(scene *s, int question, int32_t days)
{
    const synth_id id = synth_id_next(s->out);
    base_buf *buf = begin(s, &id, CATEGORY_EXAM, synth_terms[question], 0);
    SYNTH_PUT(buf, ",\"valueQuantity\":{\"value\":");
    base_buf_int(buf, days / 7);
    SYNTH_PUT(buf, ",\"unit\":\"wk\",\"system\":\"http://unitsofmeasure.org\",\"code\":\"wk\"}");
    synth_end(s->out);
}

static void ask_pregnancy(scene *s)
{
    synth_person *p = s->out->person;
    const int32_t age = synth_age(p, s->v->day);
    int which = 0;
    const int32_t days = synth_person_gestation(p, s->v->day, &which);
    if (days < 35) {
        if (days < 0 && p->female && age >= 15 && age < 50 && synth_percent(&p->data, 30))
            answer(s, CATEGORY_SOCIAL, SYNTH_T_OBS_PREGNANCY, SYNTH_T_PREG_NO);
        return;
    }
    const bool prenatal = s->v->kind == SYNTH_VISIT_PRENATAL;
    if (prenatal || synth_percent(&p->data, 60))
        answer(s, CATEGORY_SOCIAL, SYNTH_T_OBS_PREGNANCY, SYNTH_T_PREG_YES);
    if (!prenatal && s->v->kind != SYNTH_VISIT_DELIVERY)
        return;
    if (synth_percent(&p->data, 75))
        gestation(s, (p->key & 1) != 0 ? SYNTH_T_OBS_GA_ESTIMATED : SYNTH_T_OBS_GA, days);
    if (prenatal && synth_percent(&p->data, 55)) {
        const synth_id id = synth_id_next(s->out);
        base_buf *buf = begin(s, &id, CATEGORY_EXAM, synth_terms[SYNTH_T_OBS_EDD], 0);
        SYNTH_PUT(buf, ",\"valueDateTime\":\"");
        synth_put_date(buf, p->pregnancies[which].lmp + 280);
        base_buf_byte(buf, '"');
        synth_end(s->out);
    }
}

static void measure_vitals(scene *s)
{
    synth_person *p = s->out->person;
    const int32_t age = synth_age(p, s->v->day);
    const uint8_t kind = s->v->kind;
    const bool checkup = kind == SYNTH_VISIT_CHECKUP || kind == SYNTH_VISIT_CHILD || kind == SYNTH_VISIT_BIRTH;
    const bool acute = kind == SYNTH_VISIT_ACUTE || kind == SYNTH_VISIT_SYMPTOM;
    const bool rich = s->out->options->bytes == SYNTH_SYNTHEA_LIKE;
    if (age >= 3 && (checkup || rich || synth_percent(&p->data, acute ? 55 : 42)))
        measure_pressure(s);
    if (checkup || synth_percent(&p->data, rich ? 60 : 12))
        measure(s, SYNTH_M_WEIGHT);
    if (checkup) {
        measure(s, SYNTH_M_HEIGHT);
        if (age >= 2)
            measure(s, SYNTH_M_BMI);
    }
    if (acute || synth_percent(&p->data, rich ? 70 : 8))
        measure(s, SYNTH_M_HR);
    if (acute) {
        measure(s, SYNTH_M_TEMP);
        measure(s, SYNTH_M_SPO2);
    }
    if (rich && (acute || checkup)) {
        measure(s, SYNTH_M_RR);
        if (age > 12)
            measure(s, SYNTH_M_PAIN);
    }
}

static void measure_group(scene *s, int group)
{
    for (int i = 0; i < SYNTH_M_COUNT; i++)
        if (synth_measurements[i].group == group)
            measure(s, i);
}

static bool already(const synth_out *out, int measurement)
{
    for (size_t i = 0; i < out->observed_count && i < 64; i++)
        if (out->observed[i] == measurement)
            return true;
    return false;
}

static void measure_labs(scene *s)
{
    synth_person *p = s->out->person;
    const bool rich = s->out->options->bytes == SYNTH_SYNTHEA_LIKE;
    const int32_t age = synth_age(p, s->v->day);
    if (s->v->kind == SYNTH_VISIT_CHECKUP && synth_percent(&p->data, age >= 40 ? 60 : 25)) {
        static const uint8_t few[] = {SYNTH_M_GLUCOSE, SYNTH_M_EGFR, SYNTH_M_HEMOGLOBIN, SYNTH_M_LDL};
        for (size_t i = 0; !rich && i < sizeof(few); i++)
            measure(s, few[i]);
        for (int group = SYNTH_GROUP_BMP; rich && group <= SYNTH_GROUP_CBC; group++)
            if (group != SYNTH_GROUP_LIPID)
                measure_group(s, group);
        if (rich)
            measure_group(s, SYNTH_GROUP_LIPID);
        if (synth_percent(&p->data, 45))
            measure(s, SYNTH_M_HBA1C);
        if (!p->female && age >= 55 && synth_percent(&p->data, 40))
            measure(s, SYNTH_M_PSA);
    } else if (rich && s->v->setting != SYNTH_VR && synth_percent(&p->data, 7)) {
        measure_group(s, SYNTH_GROUP_BMP);
        measure_group(s, SYNTH_GROUP_CBC);
    }
    if (s->v->condition < 0)
        return;
    const synth_disease *d = &synth_diseases[p->conditions[s->v->condition].disease];
    const bool acute = s->v->kind == SYNTH_VISIT_ACUTE;
    for (size_t i = 0; i < d->measurement_count; i++)
        if (!already(s->out, d->measurements[i]) && synth_percent(&p->data, acute ? 70 : rich ? 30 : 22))
            measure(s, d->measurements[i]);
}

void synth_write_observations(synth_out *out, int visit)
{
    const synth_visit *v = &out->person->visits[visit];
    scene s = {out, v, visit, synth_person_home(out->person, v->day)->offset,
               synth_id_of(out, SYNTH_OF_VISIT, (uint32_t)visit)};
    out->observed_count = 0;
    if (v->setting != SYNTH_VR && v->day != out->person->death)
        measure_vitals(&s);
    if (v->kind == SYNTH_VISIT_CHECKUP || v->kind == SYNTH_VISIT_CHILD || v->kind == SYNTH_VISIT_PRENATAL)
        ask_history(&s);
    ask_pregnancy(&s);
    if (v->setting != SYNTH_VR)
        measure_labs(&s);
}
