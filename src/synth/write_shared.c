/* SPDX-License-Identifier: Apache-2.0 */
/* What belongs to no patient: organizations, their locations and practitioners of each state; medications. */
#include "base/date.h"
#include "synth/out.h"

static const synth_place *first_place(uint32_t state)
{
    size_t i = 0;
    while (synth_places[i].state_index != state)
        i++;
    return &synth_places[i];
}

void synth_put_organization_name(base_buf *buf, uint32_t organization)
{
    const synth_place *place = first_place(organization / SYNTH_ORGANIZATIONS_A_STATE);
    synth_put_text(buf, place->city);
    base_buf_text(buf, organization % SYNTH_ORGANIZATIONS_A_STATE == 0 ? " Synthetic Hospital" : " Synthetic Clinic");
}

static void put_address(base_buf *buf, const synth_place *place, bool list)
{
    base_buf_text(buf, list ? ",\"address\":[{" : ",\"address\":{");
    SYNTH_PUT(buf, "\"line\":[\"1 Synthetic Way\"],\"city\":\"");
    synth_put_text(buf, place->city);
    SYNTH_PUT(buf, "\",\"state\":\"");
    base_buf_text(buf, place->state);
    SYNTH_PUT(buf, "\",\"postalCode\":\"");
    base_buf_text(buf, place->zip);
    base_buf_text(buf, list ? "\",\"country\":\"US\"}]" : "\",\"country\":\"US\"}");
}

static void write_organization(synth_out *out, uint32_t number)
{
    const synth_place *place = first_place(number / SYNTH_ORGANIZATIONS_A_STATE);
    const synth_id house = synth_id_of(out, SYNTH_OF_ORGANIZATION, number),
                   room = synth_id_of(out, SYNTH_OF_LOCATION, number);
    const int32_t day = base_day_of(2000, 1, 1);
    base_buf *buf = synth_begin(out, SYNTH_ORGANIZATION, &house, day, 0);
    SYNTH_PUT(buf, ",\"active\":true,\"type\":[{\"coding\":[{\"system\":\"http://terminology.hl7.org/CodeSystem/"
                   "organization-type\","
                   "\"code\":\"prov\",\"display\":\"Healthcare Provider\"}]}],\"name\":\"");
    synth_put_organization_name(buf, number);
    base_buf_byte(buf, '"');
    put_address(buf, place, true);
    synth_end(out);
    buf = synth_begin(out, SYNTH_LOCATION, &room, day, 0);
    SYNTH_PUT(buf, ",\"status\":\"active\",\"name\":\"");
    synth_put_organization_name(buf, number);
    base_buf_byte(buf, '"');
    put_address(buf, place, false);
    SYNTH_PUT(buf, ",\"managingOrganization\":");
    synth_put_reference(out, buf, SYNTH_ORGANIZATION, &house);
    synth_end(out);
}

static void write_practitioner(synth_out *out, uint32_t number)
{
    const synth_id id = synth_id_of(out, SYNTH_OF_PRACTITIONER, number);
    const uint64_t hash = synth_mix(out->shared_key ^ number);
    const bool female = (hash & 1) != 0;
    base_buf *buf = synth_begin(out, SYNTH_PRACTITIONER, &id, base_day_of(2000, 1, 1), 0);
    SYNTH_PUT(buf, ",\"identifier\":[{\"system\":\"http://hl7.org/fhir/sid/us-npi\",\"value\":\"99999");
    base_buf_int(buf, 10000 + number);
    SYNTH_PUT(buf, "\"}],\"active\":true,\"name\":[{\"family\":\"");
    synth_put_text(buf, synth_names_le[(hash >> 8) % SYNTH_NAMES_LE]);
    base_buf_int(buf, 100 + number);
    SYNTH_PUT(buf, "\",\"given\":[\"");
    synth_put_text(buf, female ? synth_names_fe[(hash >> 30) % SYNTH_NAMES_FE]
                               : synth_names_me[(hash >> 30) % SYNTH_NAMES_ME]);
    base_buf_text(buf, female ? "\"],\"prefix\":[\"Dr.\"]}],\"gender\":\"female\""
                              : "\"],\"prefix\":[\"Dr.\"]}],\"gender\":\"male\"");
    synth_end(out);
}

void synth_write_state(synth_out *out, uint32_t state)
{
    for (uint32_t i = 0; i < SYNTH_ORGANIZATIONS_A_STATE; i++)
        write_organization(out, state * SYNTH_ORGANIZATIONS_A_STATE + i);
    for (uint32_t i = 0; i < SYNTH_PRACTITIONERS_A_STATE; i++)
        write_practitioner(out, state * SYNTH_PRACTITIONERS_A_STATE + i);
}

void synth_write_medication(synth_out *out, int medication)
{
    const synth_id id = synth_id_of(out, SYNTH_OF_MEDICATION, (uint32_t)medication);
    base_buf *buf = synth_begin(out, SYNTH_MEDICATION, &id, base_day_of(2000, 1, 1), 0);
    SYNTH_PUT(buf, ",\"status\":\"active\",\"code\":");
    synth_put_text(buf, synth_codes[synth_medications[medication].code].concept);
    synth_end(out);
}

void synth_write_provenance(synth_out *out)
{
    const synth_person *p = out->person;
    const synth_id id = synth_id_next(out), patient = synth_id_of(out, SYNTH_OF_PATIENT, 0);
    const synth_visit *last = &p->visits[p->visit_count - 1u];
    const synth_id house = synth_id_of(out, SYNTH_OF_ORGANIZATION, synth_organization_at(out, last));
    base_buf *buf = synth_begin(out, SYNTH_PROVENANCE, &id, p->last, 0);
    SYNTH_PUT(buf, ",\"target\":[");
    synth_put_reference(out, buf, SYNTH_PATIENT, &patient);
    for (uint32_t i = 0; i < p->visit_count; i++) {
        const synth_id visit = synth_id_of(out, SYNTH_OF_VISIT, i);
        base_buf_byte(buf, ',');
        synth_put_reference(out, buf, SYNTH_ENCOUNTER, &visit);
    }
    SYNTH_PUT(buf, "],\"recorded\":\"");
    synth_put_date(buf, p->last);
    SYNTH_PUT(buf, "T23:00:00Z\",\"agent\":[{\"who\":");
    synth_put_reference(out, buf, SYNTH_ORGANIZATION, &house);
    SYNTH_PUT(buf, "}]");
    synth_end(out);
}
