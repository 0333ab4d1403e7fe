/* SPDX-License-Identifier: Apache-2.0 */
/* Claim and ExplanationOfBenefit in the shape of Synthea's exports (amounts in US dollars, INVENTED). */
#include "synth/out.h"

static int64_t amount(synth_out *out, uint32_t low_cents, uint32_t high_cents)
{
    return synth_between(&out->person->money, (int32_t)low_cents, (int32_t)high_cents);
}

static void put_money(base_buf *buf, const char *name, int64_t cents)
{
    base_buf_text(buf, name);
    SYNTH_PUT(buf, "{\"value\":");
    synth_put_number(buf, cents, 2);
    SYNTH_PUT(buf, ",\"currency\":\"USD\"}");
}

static void put_period(synth_out *out, base_buf *buf, const char *name, const synth_visit *v)
{
    const char *offset = synth_person_home(out->person, v->day)->offset;
    base_buf_text(buf, name);
    SYNTH_PUT(buf, "{\"start\":\"");
    synth_put_time(buf, v->day, v->second, offset);
    SYNTH_PUT(buf, "\",\"end\":\"");
    synth_put_time(buf, v->day, v->second + v->length, offset);
    SYNTH_PUT(buf, "\"}");
}

static const char *payer(const synth_out *out, const synth_visit *v)
{
    static const char *const payers[] = {"Synthetic Mutual", "Synthetic Health Plan", "Synthetic Blue", "NO_INSURANCE"};
    if (synth_age(out->person, v->day) >= 65)
        return "Medicare";
    return synth_percent(&out->person->money, 18) ? "Medicaid" : payers[(out->person->key >> 20) & 3];
}

static const synth_code *visit_code(const synth_visit *v)
{
    return synth_term(v->setting == SYNTH_EMER  ? SYNTH_T_VISIT_EMERGENCY
                      : v->setting == SYNTH_IMP ? SYNTH_T_VISIT_ADMISSION
                                                : SYNTH_T_VISIT_CHECKUP);
}

static void put_claim_head(synth_out *out, base_buf *buf, const synth_visit *v, int visit, const char *type)
{
    SYNTH_PUT(buf, ",\"status\":\"active\",\"type\":{\"coding\":[{\"system\":\"http://terminology.hl7.org/CodeSystem/"
                   "claim-type\",\"code\":\"");
    base_buf_text(buf, type);
    SYNTH_PUT(buf, "\"}]},\"use\":\"claim\",\"patient\":");
    synth_put_subject(out, buf, visit);
    put_period(out, buf, ",\"billablePeriod\":", v);
    SYNTH_PUT(buf, ",\"created\":\"");
    synth_put_time(buf, v->day, v->second + v->length, synth_person_home(out->person, v->day)->offset);
    base_buf_byte(buf, '"');
}

static void put_insurance(base_buf *buf, const char *name)
{
    SYNTH_PUT(buf, ",\"priority\":{\"coding\":[{\"system\":\"http://terminology.hl7.org/CodeSystem/"
                   "processpriority\",\"code\":\"normal\"}]},"
                   "\"insurance\":[{\"sequence\":1,\"focal\":true,\"coverage\":{\"display\":\"");
    base_buf_text(buf, name);
    SYNTH_PUT(buf, "\"}}],\"item\":[{\"sequence\":1,\"productOrService\":");
}

static void write_pharmacy(synth_out *out, int visit, size_t at)
{
    const synth_visit *v = &out->person->visits[visit];
    const synth_id id = synth_id_next(out), encounter = synth_id_of(out, SYNTH_OF_VISIT, (uint32_t)visit);
    const synth_id house = synth_id_of(out, SYNTH_OF_ORGANIZATION, synth_organization_at(out, v));
    const int64_t cents = amount(out, 300, 42000);
    base_buf *buf = synth_begin(out, SYNTH_CLAIM, &id, v->day, 0);
    put_claim_head(out, buf, v, visit, "pharmacy");
    SYNTH_PUT(buf, ",\"provider\":");
    synth_put_reference(out, buf, SYNTH_ORGANIZATION, &house);
    SYNTH_PUT(buf, ",\"prescription\":");
    synth_put_reference(out, buf, SYNTH_MEDICATION_REQUEST, &out->prescriptions[at]);
    put_insurance(buf, payer(out, v));
    synth_put_text(buf, synth_codes[synth_medications[out->prescribed[at]].code].concept);
    SYNTH_PUT(buf, ",\"encounter\":[");
    synth_put_reference(out, buf, SYNTH_ENCOUNTER, &encounter);
    SYNTH_PUT(buf, "]}]");
    put_money(buf, ",\"total\":", cents);
    synth_end(out);
}

/* Diagnoses recorded at the visit, and its procedures: what the claim is about. */
static int64_t write_institutional(synth_out *out, int visit, const synth_id *id, int64_t base)
{
    const synth_person *p = out->person;
    const synth_visit *v = &p->visits[visit];
    const synth_id house = synth_id_of(out, SYNTH_OF_ORGANIZATION, synth_organization_at(out, v));
    const synth_id encounter = synth_id_of(out, SYNTH_OF_VISIT, (uint32_t)visit);
    int64_t total = base;
    base_buf *buf = synth_begin(out, SYNTH_CLAIM, id, v->day, 0);
    put_claim_head(out, buf, v, visit, "institutional");
    SYNTH_PUT(buf, ",\"provider\":");
    synth_put_reference(out, buf, SYNTH_ORGANIZATION, &house);
    if (v->condition >= 0 && synth_person_recorded(p, v->condition)) {
        const synth_id reason = synth_id_of(out, SYNTH_OF_CONDITION, (uint32_t)v->condition);
        SYNTH_PUT(buf, ",\"diagnosis\":[{\"sequence\":1,\"diagnosisReference\":");
        synth_put_reference(out, buf, SYNTH_CONDITION, &reason);
        SYNTH_PUT(buf, "}]");
    }
    for (size_t i = 0; i < out->procedure_count; i++) {
        base_buf_text(buf, i == 0 ? ",\"procedure\":[" : ",");
        SYNTH_PUT(buf, "{\"sequence\":");
        base_buf_int(buf, (int64_t)i + 1);
        SYNTH_PUT(buf, ",\"procedureReference\":");
        synth_put_reference(out, buf, SYNTH_PROCEDURE, &out->procedures[i]);
        base_buf_text(buf, i + 1 == out->procedure_count ? "}]" : "}");
    }
    put_insurance(buf, payer(out, v));
    synth_put_text(buf, visit_code(v)->concept);
    SYNTH_PUT(buf, ",\"encounter\":[");
    synth_put_reference(out, buf, SYNTH_ENCOUNTER, &encounter);
    SYNTH_PUT(buf, "]}");
    for (size_t i = 0; i < out->procedure_count; i++) {
        const int64_t cents = amount(out, 15000, 180000);
        total += cents;
        SYNTH_PUT(buf, ",{\"sequence\":");
        base_buf_int(buf, (int64_t)i + 2);
        SYNTH_PUT(buf, ",\"procedureSequence\":[");
        base_buf_int(buf, (int64_t)i + 1);
        SYNTH_PUT(buf, "],\"productOrService\":");
        synth_put_text(buf, synth_codes[out->procedure_codes[i]].concept);
        put_money(buf, ",\"net\":", cents);
        base_buf_byte(buf, '}');
    }
    base_buf_byte(buf, ']');
    put_money(buf, ",\"total\":", total);
    synth_end(out);
    return total;
}

static void put_adjudication(base_buf *buf, const char *code, const char *display, int64_t cents)
{
    SYNTH_PUT(buf,
              "{\"category\":{\"coding\":[{\"system\":\"https://bluebutton.cms.gov/resources/codesystem/adjudication\","
              "\"code\":\"https://bluebutton.cms.gov/resources/variables/");
    base_buf_text(buf, code);
    SYNTH_PUT(buf, "\",\"display\":\"");
    base_buf_text(buf, display);
    SYNTH_PUT(buf, "\"}]}");
    put_money(buf, ",\"amount\":", cents);
    base_buf_byte(buf, '}');
}

static void put_adjudications(base_buf *buf, int64_t cents)
{
    SYNTH_PUT(buf, ",\"adjudication\":[");
    put_adjudication(buf, "line_coinsrnc_amt", "Line Beneficiary Coinsurance Amount", cents / 5);
    base_buf_byte(buf, ',');
    put_adjudication(buf, "line_prvdr_pmt_amt", "Line Provider Payment Amount", cents - cents / 5);
    base_buf_byte(buf, ',');
    put_adjudication(buf, "line_sbmtd_chrg_amt", "Line Submitted Charge Amount", cents);
    base_buf_byte(buf, ',');
    put_adjudication(buf, "line_alowd_chrg_amt", "Line Allowed Charge Amount", cents);
    base_buf_byte(buf, ',');
    put_adjudication(buf, "line_bene_ptb_ddctbl_amt", "Line Beneficiary Part B Deductible Amount", 0);
    base_buf_byte(buf, ',');
    put_adjudication(buf, "line_processing_ind_cd", "Line Processing Indicator Code", cents);
    base_buf_byte(buf, ']');
}

static void put_item(synth_out *out, base_buf *buf, int visit, size_t sequence, synth_text concept, int64_t cents)
{
    const synth_visit *v = &out->person->visits[visit];
    const synth_id encounter = synth_id_of(out, SYNTH_OF_VISIT, (uint32_t)visit);
    base_buf_text(buf, sequence == 1 ? "{\"sequence\":" : ",{\"sequence\":");
    base_buf_int(buf, (int64_t)sequence);
    SYNTH_PUT(buf, ",\"category\":{\"coding\":[{\"system\":\"https://bluebutton.cms.gov/resources/variables/"
                   "line_cms_type_srvc_cd\","
                   "\"code\":\"1\",\"display\":\"Medical care\"}]},\"productOrService\":");
    synth_put_text(buf, concept);
    put_period(out, buf, ",\"servicedPeriod\":", v);
    SYNTH_PUT(buf, ",\"locationCodeableConcept\":{\"coding\":[{\"system\":\"http://terminology.hl7.org/CodeSystem/"
                   "ex-serviceplace\","
                   "\"code\":\"19\",\"display\":\"Off Campus-Outpatient Hospital\"}]}");
    if (sequence == 1) {
        SYNTH_PUT(buf, ",\"encounter\":[");
        synth_put_reference(out, buf, SYNTH_ENCOUNTER, &encounter);
        base_buf_byte(buf, ']');
    }
    put_money(buf, ",\"net\":", cents);
    put_adjudications(buf, cents);
    base_buf_byte(buf, '}');
}

static void put_contained(synth_out *out, base_buf *buf, int visit, const synth_id *doctor, const char *name)
{
    SYNTH_PUT(buf, ",\"contained\":[{\"resourceType\":\"ServiceRequest\",\"id\":\"referral\",\"status\":\"completed\","
                   "\"intent\":\"order\",\"subject\":");
    synth_put_subject(out, buf, visit);
    SYNTH_PUT(buf, ",\"requester\":");
    synth_put_reference(out, buf, SYNTH_PRACTITIONER, doctor);
    SYNTH_PUT(buf, ",\"performer\":[");
    synth_put_reference(out, buf, SYNTH_PRACTITIONER, doctor);
    SYNTH_PUT(buf, "]},{\"resourceType\":\"Coverage\",\"id\":\"coverage\",\"status\":\"active\",\"type\":{\"text\":\"");
    base_buf_text(buf, name);
    SYNTH_PUT(buf, "\"},\"beneficiary\":");
    synth_put_subject(out, buf, visit);
    SYNTH_PUT(buf, ",\"payor\":[{\"display\":\"");
    base_buf_text(buf, name);
    SYNTH_PUT(buf, "\"}]}]");
}

static void write_benefit(synth_out *out, int visit, const synth_id *claim, int64_t base, int64_t total)
{
    const synth_visit *v = &out->person->visits[visit];
    const synth_id id = synth_id_next(out);
    const synth_id doctor = synth_id_of(out, SYNTH_OF_PRACTITIONER, synth_practitioner_at(out, v));
    const char *name = payer(out, v);
    base_buf *buf = synth_begin(out, SYNTH_EXPLANATION_OF_BENEFIT, &id, v->day, 0);
    put_contained(out, buf, visit, &doctor, name);
    SYNTH_PUT(buf,
              ",\"identifier\":[{\"system\":\"https://bluebutton.cms.gov/resources/variables/clm_id\",\"value\":\"");
    base_buf_append(buf, claim->text, SYNTH_ID_SIZE);
    SYNTH_PUT(
        buf,
        "\"},{\"system\":\"https://bluebutton.cms.gov/resources/identifier/claim-group\",\"value\":\"99999999999\"}]");
    put_claim_head(out, buf, v, visit, "institutional");
    SYNTH_PUT(buf, ",\"insurer\":{\"display\":\"");
    base_buf_text(buf, name);
    SYNTH_PUT(buf, "\"},\"provider\":");
    synth_put_reference(out, buf, SYNTH_PRACTITIONER, &doctor);
    SYNTH_PUT(buf, ",\"referral\":{\"reference\":\"#referral\"},\"claim\":");
    synth_put_reference(out, buf, SYNTH_CLAIM, claim);
    SYNTH_PUT(buf, ",\"outcome\":\"complete\",\"careTeam\":[{\"sequence\":1,\"provider\":");
    synth_put_reference(out, buf, SYNTH_PRACTITIONER, &doctor);
    SYNTH_PUT(buf, ",\"role\":{\"coding\":[{\"system\":\"http://terminology.hl7.org/CodeSystem/"
                   "claimcareteamrole\",\"code\":\"primary\","
                   "\"display\":\"Primary provider\"}]}}],\"insurance\":[{\"focal\":true,\"coverage\":"
                   "{\"reference\":\"#coverage\",\"display\":\"");
    base_buf_text(buf, name);
    SYNTH_PUT(buf, "\"}}],\"item\":[");
    put_item(out, buf, visit, 1, visit_code(v)->concept, base);
    for (size_t i = 0; i < out->procedure_count && i < 6; i++)
        put_item(out, buf, visit, i + 2, synth_codes[out->procedure_codes[i]].concept, amount(out, 15000, 180000));
    SYNTH_PUT(
        buf,
        "],\"total\":[{\"category\":{\"coding\":[{\"system\":\"http://terminology.hl7.org/CodeSystem/adjudication\","
        "\"code\":\"submitted\",\"display\":\"Submitted Amount\"}],\"text\":\"Submitted Amount\"}");
    put_money(buf, ",\"amount\":", total);
    put_money(buf, "}],\"payment\":{\"amount\":", total - total / 5);
    base_buf_byte(buf, '}');
    synth_end(out);
}

void synth_write_claims(synth_out *out, int visit)
{
    for (size_t i = 0; i < out->prescription_count; i++)
        write_pharmacy(out, visit, i);
    const synth_id claim = synth_id_next(out);
    const int64_t base = amount(out, 7500, 14000);
    const int64_t total = write_institutional(out, visit, &claim, base);
    write_benefit(out, visit, &claim, base, total);
}
