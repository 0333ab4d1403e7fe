/* SPDX-License-Identifier: Apache-2.0 */
#include "synth/out.h"
#include "synth/truth.h"

/* Millionths, rounded; what rounds to nothing is not written. */
static void put_probability(base_buf *buf, double p)
{
    const uint64_t millionths = (uint64_t)(p * 1e6 + 0.5);
    char digits[8] = {0};
    uint64_t rest = millionths % 1000000;
    for (int i = 5; i >= 0; i--, rest /= 10)
        digits[i] = (char)('0' + rest % 10);
    SYNTH_PUT(buf, ":");
    base_buf_int(buf, (int64_t)(millionths / 1000000));
    base_buf_byte(buf, '.');
    base_buf_append(buf, digits, 6);
}

static void put_name(base_buf *buf, int outcome, bool *first)
{
    if (!*first)
        base_buf_byte(buf, ',');
    *first = false;
    base_buf_byte(buf, '"');
    base_buf_text(buf, synth_outcomes[outcome]);
    base_buf_byte(buf, '"');
}

static void put_map(base_buf *buf, const char *name, const synth_truth *truth, synth_history history)
{
    bool first = true;
    SYNTH_PUT(buf, ",\"");
    base_buf_text(buf, name);
    SYNTH_PUT(buf, "\":{");
    for (int i = 0; i < SYNTH_OUTCOME_COUNT; i++) {
        if (truth->history[i] != history || truth->begins[i] < 0.5e-6)
            continue;
        put_name(buf, i, &first);
        put_probability(buf, truth->begins[i]);
    }
    base_buf_byte(buf, '}');
}

/* What the generator knew: also illnesses that no record has. */
static void put_known(base_buf *buf, const synth_person *p, const synth_visit *v, const synth_truth *truth)
{
    static const char *const kinds[] = {"urban", "suburban", "rural"};
    const synth_place *home = synth_person_home(p, v->day);
    const int32_t gestation = synth_person_gestation(p, v->day, NULL);
    bool first = true;
    SYNTH_PUT(buf, ",\"age\":");
    base_buf_int(buf, synth_age(p, v->day));
    SYNTH_PUT(buf, ",\"sex\":\"");
    base_buf_text(buf, p->female ? "female" : "male");
    SYNTH_PUT(buf, "\",\"state\":\"");
    base_buf_text(buf, home->state);
    SYNTH_PUT(buf, "\",\"place\":\"");
    base_buf_text(buf, kinds[home->kind]);
    SYNTH_PUT(buf, "\"");
    if (gestation >= 0) {
        SYNTH_PUT(buf, ",\"gestation_days\":");
        base_buf_int(buf, gestation);
    }
    SYNTH_PUT(buf, ",\"history\":[");
    for (int i = 0; i < SYNTH_OUTCOME_COUNT; i++)
        if (truth->history[i] != SYNTH_NOT_YET)
            put_name(buf, i, &first);
    base_buf_byte(buf, ']');
}

static void put_drawn(base_buf *buf, const synth_truth *truth)
{
    bool first = true;
    SYNTH_PUT(buf, ",\"drawn\":[");
    for (int i = 0; i < SYNTH_OUTCOME_COUNT; i++)
        if (truth->drawn[i])
            put_name(buf, i, &first);
    SYNTH_PUT(buf, "],\"observed\":");
    base_buf_text(buf, truth->observed ? "true" : "false");
}

void synth_write_truth(synth_out *out)
{
    const synth_person *p = out->person;
    const synth_id patient = synth_id_of(out, SYNTH_OF_PATIENT, 0);
    const uint32_t seen = 35u + p->intensity / 8u;
    base_buf *buf = &out->bufs[SYNTH_TRUTH];
    for (int i = 0; i < p->visit_count; i++) {
        const synth_visit *v = &p->visits[i];
        const synth_id encounter = synth_id_of(out, SYNTH_OF_VISIT, (uint32_t)i);
        synth_truth truth;
        synth_truth_at(p, v->day, &truth);
        SYNTH_PUT(buf, "{\"patient\":\"");
        base_buf_append(buf, patient.text, SYNTH_ID_SIZE);
        SYNTH_PUT(buf, "\",\"encounter\":\"");
        base_buf_append(buf, encounter.text, SYNTH_ID_SIZE);
        SYNTH_PUT(buf, "\",\"time\":\"");
        synth_put_time(buf, v->day, v->second, synth_person_home(p, v->day)->offset);
        SYNTH_PUT(buf, "\",\"seen\":0.");
        base_buf_int(buf, seen > 96 ? 96 : seen);
        put_known(buf, p, v, &truth);
        put_map(buf, "probability", &truth, SYNTH_NOT_YET);
        put_map(buf, "again", &truth, SYNTH_HAD_MAY_RETURN);
        put_drawn(buf, &truth);
        SYNTH_PUT(buf, "}\n");
    }
}
