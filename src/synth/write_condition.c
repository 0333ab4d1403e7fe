/* SPDX-License-Identifier: Apache-2.0 */
#include "synth/out.h"

static void put_status(base_buf *buf, bool active, const char *verification)
{
    if (verification[0] != 'e') { /* con-5: no clinical status where the entry was an error */
        SYNTH_PUT(buf, ",\"clinicalStatus\":{\"coding\":[{\"system\":\"http://terminology.hl7.org/CodeSystem/"
                       "condition-clinical\",\"code\":\"");
        base_buf_text(buf, active ? "active" : "resolved");
        SYNTH_PUT(buf, "\"}]}");
    }
    SYNTH_PUT(buf, ",\"verificationStatus\":{\"coding\":[{\"system\":\"http://terminology.hl7.org/CodeSystem/"
                   "condition-ver-status\",\"code\":\"");
    base_buf_text(buf, verification);
    SYNTH_PUT(buf, "\"}]}");
}

static void put_code(synth_out *out, base_buf *buf, const synth_disease *d)
{
    const int16_t named = d->snomed >= 0 ? d->snomed : d->icd10;
    SYNTH_PUT(buf, ",\"code\":");
    if (synth_untidy(out, 25)) { /* words only */
        SYNTH_PUT(buf, "{\"text\":\"");
        synth_put_text(buf, synth_codes[named].display);
        SYNTH_PUT(buf, "\"}");
    } else if (synth_untidy(out, 15)) { /* a code of the house */
        SYNTH_PUT(buf, "{\"coding\":[{\"system\":\"http://hospital.example.org/problems\",\"code\":\"P");
        base_buf_int(buf, (int64_t)(d - synth_diseases) + 1000);
        SYNTH_PUT(buf, "\",\"display\":\"");
        synth_put_text(buf, synth_codes[named].display);
        SYNTH_PUT(buf, "\"}]}");
    } else {
        const uint8_t coding = out->person->coding;
        synth_put_text(buf, coding == SYNTH_CODES_SNOMED  ? d->concept_snomed
                            : coding == SYNTH_CODES_ICD10 ? d->concept_icd10
                                                          : d->concept_both);
    }
}

static void put_dates(synth_out *out, base_buf *buf, const synth_condition *c, const synth_visit *v, const char *offset)
{
    SYNTH_PUT(buf, ",\"onsetDateTime\":\"");
    synth_put_date(buf, c->onset);
    if (synth_untidy(out, 60))
        buf->size -= synth_percent(&out->person->noise, 50) ? 6 : 3;
    base_buf_byte(buf, '"');
    if (c->abatement <= out->person->last) {
        SYNTH_PUT(buf, ",\"abatementDateTime\":\"");
        synth_put_date(buf, c->abatement);
        base_buf_byte(buf, '"');
    }
    if (synth_untidy(out, 60))
        return;
    SYNTH_PUT(buf, ",\"recordedDate\":\"");
    synth_put_time(buf, v->day, v->second + 300, offset);
    base_buf_byte(buf, '"');
}

static void write_one(synth_out *out, const synth_id *id, const synth_condition *c, const char *verification,
                      int version)
{
    const synth_person *p = out->person;
    const synth_visit *v = &p->visits[c->visit];
    const synth_id encounter = synth_id_of(out, SYNTH_OF_VISIT, (uint32_t)c->visit);
    base_buf *buf = synth_begin(out, SYNTH_CONDITION, id, v->day, version);
    put_status(buf, c->abatement > p->last, verification);
    SYNTH_PUT(buf, ",\"category\":[{\"coding\":[{\"system\":\"http://terminology.hl7.org/CodeSystem/"
                   "condition-category\",\"code\":\"");
    base_buf_text(buf, synth_diseases[c->disease].kind == SYNTH_ACUTE ? "encounter-diagnosis" : "problem-list-item");
    SYNTH_PUT(buf, "\"}]}]");
    put_code(out, buf, &synth_diseases[c->disease]);
    SYNTH_PUT(buf, ",\"subject\":");
    synth_put_subject(out, buf, c->visit);
    SYNTH_PUT(buf, ",\"encounter\":");
    synth_put_reference(out, buf, SYNTH_ENCOUNTER, &encounter);
    put_dates(out, buf, c, v, synth_person_home(p, v->day)->offset);
    synth_end(out);
}

/* A diagnosis that was entered and taken back, or looked for and not found: another disease, at the same visit. */
static void write_wrong(synth_out *out, int at)
{
    const bool refuted = synth_percent(&out->person->noise, 50);
    synth_condition wrong = out->person->conditions[at];
    wrong.disease = (uint8_t)synth_below(&out->person->noise, SYNTH_D_COUNT);
    const synth_disease *d = &synth_diseases[wrong.disease];
    if (d->kind == SYNTH_STATE || d->kind == SYNTH_CONGENITAL || d->snomed < 0)
        return;
    const synth_id id = synth_id_next(out);
    write_one(out, &id, &wrong, refuted ? "refuted" : "entered-in-error", 0);
}

void synth_write_condition(synth_out *out, int at)
{
    const synth_condition *c = &out->person->conditions[at];
    if (!synth_person_recorded(out->person, at))
        return;
    const synth_id id = synth_id_of(out, SYNTH_OF_CONDITION, (uint32_t)at);
    const char *verification = synth_untidy(out, 60) ? "provisional" : "confirmed";
    if (out->options->format == SYNTH_NDJSON &&
        synth_untidy(out, 12)) /* an older copy with the same id, anywhere in the file */
        write_one(out, &id, c, "provisional", -1);
    write_one(out, &id, c, verification, 0);
    if (synth_untidy(out, 30))
        write_wrong(out, at);
}
