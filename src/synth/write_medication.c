/* SPDX-License-Identifier: Apache-2.0 */
#include "synth/out.h"

static void put_drug(synth_out *out, base_buf *buf, int medication)
{
    const synth_code *code = &synth_codes[synth_medications[medication].code];
    if (out->medication_files) {
        const synth_id id = synth_id_of(out, SYNTH_OF_MEDICATION, (uint32_t)medication);
        SYNTH_PUT(buf, ",\"medicationReference\":");
        synth_put_reference(out, buf, SYNTH_MEDICATION, &id);
        out->medications_used[medication / 8] |= (uint8_t)(1u << (medication % 8));
    } else if (synth_untidy(out, 20)) {
        SYNTH_PUT(buf, ",\"contained\":[{\"resourceType\":\"Medication\",\"id\":\"drug\",\"code\":");
        synth_put_text(buf, code->concept);
        SYNTH_PUT(buf, "}],\"medicationReference\":{\"reference\":\"#drug\"}");
    } else if (synth_untidy(out, 20)) {
        SYNTH_PUT(buf, ",\"medicationCodeableConcept\":{\"text\":\"");
        synth_put_text(buf, code->display);
        SYNTH_PUT(buf, "\"}");
    } else {
        SYNTH_PUT(buf, ",\"medicationCodeableConcept\":");
        synth_put_text(buf, code->concept);
    }
}

static void put_dosage(base_buf *buf, const synth_medication *m)
{
    SYNTH_PUT(buf, ",\"dosageInstruction\":[{\"sequence\":1,\"timing\":{\"repeat\":{\"frequency\":");
    base_buf_int(buf, m->daily);
    SYNTH_PUT(buf,
              ",\"period\":1,\"periodUnit\":\"d\"}}}],\"dispenseRequest\":{\"expectedSupplyDuration\":{\"value\":");
    base_buf_int(buf, m->days);
    SYNTH_PUT(buf, ",\"unit\":\"d\",\"system\":\"http://unitsofmeasure.org\",\"code\":\"d\"}}");
}

static void prescribe(synth_out *out, int visit, int condition, int medication)
{
    synth_person *p = out->person;
    const synth_visit *v = &p->visits[visit];
    const synth_medication *m = &synth_medications[medication];
    const synth_id id = synth_id_next(out), encounter = synth_id_of(out, SYNTH_OF_VISIT, (uint32_t)visit);
    const synth_id doctor = synth_id_of(out, SYNTH_OF_PRACTITIONER, synth_practitioner_at(out, v));
    const bool running =
        m->long_term != 0 && v->day + 400 > p->last && (condition < 0 || p->conditions[condition].abatement > p->last);
    base_buf *buf = synth_begin(out, SYNTH_MEDICATION_REQUEST, &id, v->day, 0);
    SYNTH_PUT(buf, ",\"status\":\"");
    base_buf_text(buf, synth_untidy(out, 10) ? "cancelled"
                       : running             ? "active"
                       : m->long_term != 0   ? "stopped"
                                             : "completed");
    SYNTH_PUT(buf, "\",\"intent\":\"order\"");
    put_drug(out, buf, medication);
    SYNTH_PUT(buf, ",\"subject\":");
    synth_put_subject(out, buf, visit);
    SYNTH_PUT(buf, ",\"encounter\":");
    synth_put_reference(out, buf, SYNTH_ENCOUNTER, &encounter);
    SYNTH_PUT(buf, ",\"authoredOn\":\"");
    synth_put_time(buf, v->day, v->second + 600, synth_person_home(p, v->day)->offset);
    SYNTH_PUT(buf, "\",\"requester\":");
    synth_put_reference(out, buf, SYNTH_PRACTITIONER, &doctor);
    if (condition >= 0 && synth_person_recorded(p, condition)) {
        const synth_id reason = synth_id_of(out, SYNTH_OF_CONDITION, (uint32_t)condition);
        SYNTH_PUT(buf, ",\"reasonReference\":[");
        synth_put_reference(out, buf, SYNTH_CONDITION, &reason);
        base_buf_byte(buf, ']');
    }
    put_dosage(buf, m);
    synth_end(out);
    if (out->prescription_count < 16) {
        out->prescriptions[out->prescription_count] = id;
        out->prescribed[out->prescription_count++] = (int16_t)medication;
    }
}

/* What is new, and once a year what goes on; acute courses only at their own visit. */
static bool is_due(const synth_condition *c, const synth_visit *v, int visit)
{
    if (c->visit < 0 || c->visit > visit || c->abatement < v->day || c->medications == 0)
        return false;
    if (c->visit == visit)
        return true;
    const uint8_t kind = synth_diseases[c->disease].kind;
    return kind != SYNTH_ACUTE && c->prescribed > INT32_MIN && v->day - c->prescribed > 330 &&
           (v->kind == SYNTH_VISIT_CHECKUP || v->kind == SYNTH_VISIT_CHILD || v->kind == SYNTH_VISIT_CHRONIC);
}

static void prescribe_contraception(synth_out *out, int visit)
{
    static const uint8_t choices[] = {SYNTH_R_CONTRACEPTIVE_PILL, SYNTH_R_CONTRACEPTIVE_PILL,
                                      SYNTH_R_CONTRACEPTIVE_IMPLANT, SYNTH_R_MEDROXYPROGESTERONE};
    synth_person *p = out->person;
    const synth_visit *v = &p->visits[visit];
    const int32_t age = synth_age(p, v->day);
    if (v->kind != SYNTH_VISIT_CHECKUP || !p->female || age < 17 || age > 46 || (p->key & 7) > 2 ||
        synth_person_gestation(p, v->day, NULL) >= 0)
        return;
    prescribe(out, visit, -1, choices[(p->key >> 8) & 3]);
}

void synth_write_medications(synth_out *out, int visit)
{
    synth_person *p = out->person;
    out->prescription_count = 0;
    for (int i = 0; i < p->condition_count; i++) {
        synth_condition *c = &p->conditions[i];
        if (!is_due(c, &p->visits[visit], visit))
            continue;
        const synth_disease *d = &synth_diseases[c->disease];
        for (size_t k = 0; k < d->medication_count; k++)
            if ((c->medications >> k & 1) != 0)
                prescribe(out, visit, i, d->medications[k].index);
        c->prescribed = p->visits[visit].day;
    }
    prescribe_contraception(out, visit);
}
