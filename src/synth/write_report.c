/* SPDX-License-Identifier: Apache-2.0 */
/* DiagnosticReport over the laboratory panels of a visit, and the visit's note. */
#include "synth/out.h"

static void report(synth_out *out, int visit, int group, int term)
{
    size_t found = 0;
    for (size_t i = 0; i < out->observed_count && i < 64; i++)
        found += synth_measurements[out->observed[i]].group == group;
    if (found < 3)
        return;
    const synth_visit *v = &out->person->visits[visit];
    const synth_id id = synth_id_next(out), encounter = synth_id_of(out, SYNTH_OF_VISIT, (uint32_t)visit);
    base_buf *buf = synth_begin(out, SYNTH_DIAGNOSTIC_REPORT, &id, v->day, 0);
    SYNTH_PUT(buf, ",\"status\":\"final\",\"category\":[{\"coding\":[{\"system\":\"http://terminology.hl7.org/"
                   "CodeSystem/v2-0074\","
                   "\"code\":\"LAB\",\"display\":\"Laboratory\"}]}],\"code\":");
    synth_put_text(buf, synth_term(term)->concept);
    SYNTH_PUT(buf, ",\"subject\":");
    synth_put_subject(out, buf, visit);
    SYNTH_PUT(buf, ",\"encounter\":");
    synth_put_reference(out, buf, SYNTH_ENCOUNTER, &encounter);
    SYNTH_PUT(buf, ",\"effectiveDateTime\":\"");
    synth_put_time(buf, v->day, v->second + 120, synth_person_home(out->person, v->day)->offset);
    SYNTH_PUT(buf, "\",\"result\":[");
    for (size_t i = 0; i < out->observed_count && i < 64; i++) {
        if (synth_measurements[out->observed[i]].group != group)
            continue;
        if (buf->data[buf->size - 1] == '}')
            base_buf_byte(buf, ',');
        synth_put_reference(out, buf, SYNTH_OBSERVATION, &out->observations[i]);
    }
    base_buf_byte(buf, ']');
    synth_end(out);
}

void synth_write_reports(synth_out *out, int visit)
{
    report(out, visit, SYNTH_GROUP_BMP, SYNTH_T_PANEL_BMP);
    report(out, visit, SYNTH_GROUP_CMP, SYNTH_T_PANEL_CMP);
    report(out, visit, SYNTH_GROUP_LIPID, SYNTH_T_PANEL_LIPID);
    report(out, visit, SYNTH_GROUP_CBC, SYNTH_T_PANEL_CBC);
}

static void put_history(const synth_out *out, base_buf *text, int visit)
{
    const synth_person *p = out->person;
    size_t listed = 0;
    for (size_t i = 0; i < p->condition_count && listed < 12; i++) {
        const synth_condition *c = &p->conditions[i];
        if (c->visit > visit || c->abatement < p->visits[visit].day || !synth_person_recorded(p, (int)i))
            continue;
        const synth_disease *d = &synth_diseases[c->disease];
        base_buf_text(text, listed++ == 0 ? "History of:\n- " : "- ");
        synth_put_text(text, synth_codes[d->snomed >= 0 ? d->snomed : d->icd10].display);
        base_buf_byte(text, '\n');
    }
}

/* The note names the patient, dates, places and numbers on purpose: it is what a search for leaks looks for. */
static void put_note(synth_out *out, base_buf *text, int visit)
{
    const synth_person *p = out->person;
    const synth_visit *v = &p->visits[visit];
    const synth_place *home = synth_person_home(p, v->day);
    synth_put_date(text, v->day);
    SYNTH_PUT(text, "\n\nPatient: ");
    synth_put_given(out, text);
    base_buf_byte(text, ' ');
    synth_put_family(out, text);
    SYNTH_PUT(text, "  ");
    synth_put_mrn(out, text);
    SYNTH_PUT(text, "  DOB ");
    synth_put_date(text, p->birth);
    SYNTH_PUT(text, "  Phone ");
    synth_put_phone(out, text);
    SYNTH_PUT(text, "\n\n# Chief complaint\n");
    if (v->condition < 0 || synth_diseases[p->conditions[v->condition].disease].symptom_count == 0) {
        base_buf_text(text, v->pregnancy >= 0 ? "Pregnancy\n" : "Routine visit\n");
    } else {
        const synth_disease *d = &synth_diseases[p->conditions[v->condition].disease];
        for (size_t i = 0; i < d->symptom_count; i++) {
            base_buf_text(text, "- ");
            synth_put_text(text, synth_codes[d->symptoms[i]].display);
            base_buf_byte(text, '\n');
        }
    }
    SYNTH_PUT(text, "\n# History of present illness\n");
    synth_put_given(out, text);
    base_buf_text(text, " is a ");
    const int32_t age = synth_age(p, v->day);
    base_buf_int(text, age < 2 ? synth_age_days(p, v->day) / 30 : age);
    base_buf_text(text, age < 2 ? "-month-old" : "-year-old");
    base_buf_text(text, age < 16 ? (p->female ? " girl" : " boy") : p->female ? " woman" : " man");
    SYNTH_PUT(text, " who lives at ");
    uint32_t at = p->home_count - 1u;
    while (at > 0 && p->homes[at].from > v->day)
        at--;
    synth_put_street(out, text, at);
    SYNTH_PUT(text, " in ");
    synth_put_text(text, home->city);
    SYNTH_PUT(text, ", ");
    base_buf_text(text, home->state);
    SYNTH_PUT(text, ".\n");
    put_history(out, text, visit);
    SYNTH_PUT(text, "Denies chest pain. No fever. No family history of breast cancer.\n\n# Plan\nSeen at ");
    synth_put_organization_name(text, synth_organization_at(out, v));
    SYNTH_PUT(text, ". Return in three months, or call if symptoms worsen.\n");
}

void synth_write_note(synth_out *out, int visit)
{
    const synth_visit *v = &out->person->visits[visit];
    const synth_id id = synth_id_next(out), encounter = synth_id_of(out, SYNTH_OF_VISIT, (uint32_t)visit);
    base_buf text;
    base_buf_init(&text, 1 << 16);
    put_note(out, &text, visit);
    base_buf *buf = synth_begin(out, SYNTH_DOCUMENT_REFERENCE, &id, v->day, 0);
    SYNTH_PUT(buf, ",\"status\":\"current\",\"type\":{\"coding\":[");
    synth_put_text(buf, synth_term(v->setting == SYNTH_EMER ? SYNTH_T_NOTE_EMERGENCY : SYNTH_T_NOTE_VISIT)->coding);
    base_buf_byte(buf, ',');
    synth_put_text(buf, synth_term(SYNTH_T_NOTE_PLAN)->coding);
    SYNTH_PUT(buf, "]},\"subject\":");
    synth_put_subject(out, buf, visit);
    SYNTH_PUT(buf, ",\"date\":\"");
    synth_put_time(buf, v->day, v->second + 1200, synth_person_home(out->person, v->day)->offset);
    SYNTH_PUT(buf, "\",\"content\":[{\"attachment\":{\"contentType\":\"text/plain; charset=utf-8\",\"data\":\"");
    synth_put_base64(buf, base_buf_view(&text));
    SYNTH_PUT(buf, "\"}}],\"context\":{\"encounter\":[");
    synth_put_reference(out, buf, SYNTH_ENCOUNTER, &encounter);
    SYNTH_PUT(buf, "]}");
    synth_end(out);
    if (text.failed != 0)
        buf->failed = text.failed;
    base_buf_done(&text);
}
