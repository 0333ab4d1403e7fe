/* SPDX-License-Identifier: Apache-2.0 */
#include "synth/synth.h"

#include "base/date.h"
#include "synth/out.h"

#include <stdlib.h>

struct synth_state {
    synth_options options;
    synth_person person;
    synth_out out;
};

synth_options synth_options_default(void)
{
    return (synth_options){.seed = 1, .patients = 2000, .as_of = base_day_of(2025, 6, 30), .untidy_mille = 300};
}

int synth_new(const synth_options *options, synth_state **ret_state, lethe_error *error)
{
    const bool bad = options->patients > SYNTH_PATIENTS_MAX || options->first > UINT64_MAX / 2 ||
                     options->untidy_mille > 1000 || options->format > SYNTH_BUNDLES ||
                     options->bytes > SYNTH_SYNTHEA_LIKE || options->as_of < base_day_of(1980, 1, 1) ||
                     options->as_of > base_day_of(2200, 1, 1);
    if (bad)
        return base_fail(error, LETHE_E_SYNTH_OPTION);
    synth_state *state = calloc(1, sizeof(*state));
    if (state == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    state->options = *options;
    state->out.options = &state->options;
    state->out.person = &state->person;
    state->out.shared_key = synth_mix(synth_mix(options->seed) ^ 0x5eed);
    for (int i = 0; i < SYNTH_TYPE_COUNT; i++)
        base_buf_init(&state->out.bufs[i], SYNTH_PATIENT_BYTES_MAX);
    *ret_state = state;
    return 0;
}

void synth_free(synth_state *state)
{
    if (state == NULL)
        return;
    for (int i = 0; i < SYNTH_TYPE_COUNT; i++)
        base_buf_done(&state->out.bufs[i]);
    free(state);
}

static int hand_over(synth_out *out, const synth_sink *sink, lethe_error *error)
{
    for (int i = 0; i < SYNTH_TYPE_COUNT; i++) {
        base_buf *buf = &out->bufs[i];
        BASE_TRY(base_buf_check(buf, error));
        if (buf->size != 0)
            BASE_TRY(sink->append(sink->context, (synth_type)i, base_buf_view(buf), error));
    }
    return 0;
}

static void clear(synth_out *out)
{
    for (int i = 0; i < SYNTH_TYPE_COUNT; i++)
        base_buf_reset(&out->bufs[i]);
    out->next = 0;
    out->absolute = out->twice = out->medication_files = false;
    memset(out->medications_used, 0, sizeof(out->medications_used));
}

int synth_shared(synth_state *state, const synth_sink *sink, lethe_error *error)
{
    synth_out *out = &state->out;
    clear(out);
    if (state->options.format == SYNTH_BUNDLES)
        return 0;
    for (uint32_t i = 0; i < SYNTH_STATE_COUNT; i++)
        synth_write_state(out, i);
    for (int i = 0; i < SYNTH_R_COUNT; i++)
        synth_write_medication(out, i);
    return hand_over(out, sink, error);
}

static void write_visit(synth_out *out, int visit)
{
    const bool rich = out->options->bytes == SYNTH_SYNTHEA_LIKE;
    synth_person *p = out->person;
    synth_write_encounter(out, visit);
    for (int i = 0; i < p->condition_count; i++)
        if (p->conditions[i].visit == visit)
            synth_write_condition(out, i);
    synth_write_observations(out, visit);
    synth_write_medications(out, visit);
    synth_write_procedures(out, visit);
    synth_write_immunizations(out, visit);
    if (rich) {
        synth_write_reports(out, visit);
        synth_write_plan(out, visit);
        synth_write_claims(out, visit);
    }
    if (synth_percent(&p->money, rich ? 12 : 6))
        synth_write_note(out, visit);
}

/* A Bundle stands alone: what its resources refer to is in it. */
static void write_surroundings(synth_out *out)
{
    uint8_t seen[SYNTH_STATE_COUNT] = {0};
    for (size_t i = 0; i < out->person->home_count; i++) {
        const uint8_t place_state = synth_places[out->person->homes[i].place].state_index;
        if (seen[place_state]++ == 0)
            synth_write_state(out, place_state);
    }
    for (int i = 0; i < SYNTH_R_COUNT; i++)
        if ((out->medications_used[i / 8] >> (i % 8) & 1) != 0)
            synth_write_medication(out, i);
}

static void write_person(synth_out *out)
{
    synth_person *p = out->person;
    const bool bundle = out->options->format == SYNTH_BUNDLES;
    out->absolute = synth_untidy(out, 250);
    out->twice = synth_untidy(out, 30);
    out->medication_files = synth_untidy(out, 350);
    if (bundle)
        SYNTH_PUT(&out->bufs[SYNTH_BUNDLE], "{\"resourceType\":\"Bundle\",\"type\":\"transaction\",\"entry\":[");
    synth_write_patient(out);
    synth_write_background(out);
    for (int i = 0; i < p->visit_count; i++)
        write_visit(out, i);
    if (out->options->bytes == SYNTH_SYNTHEA_LIKE)
        synth_write_provenance(out);
    if (bundle) {
        write_surroundings(out);
        SYNTH_PUT(&out->bufs[SYNTH_BUNDLE], "]}\n");
    }
}

int synth_patient(synth_state *state, uint64_t index, const synth_sink *sink, lethe_error *error)
{
    synth_person *person = &state->person;
    clear(&state->out);
    synth_person_draw(person, &state->options, index);
    synth_person_live(person);
    synth_person_visit(person);
    write_person(&state->out);
    if (state->options.truth)
        synth_write_truth(&state->out);
    return hand_over(&state->out, sink, error);
}

int synth_run(const synth_options *options, const synth_sink *sink, lethe_error *error)
{
    synth_state *state = NULL;
    BASE_TRY(synth_new(options, &state, error));
    int status = options->first == 0 ? synth_shared(state, sink, error) : 0;
    for (uint64_t i = 0; status == 0 && i < options->patients; i++)
        status = synth_patient(state, options->first + i, sink, error);
    synth_free(state);
    return status;
}
