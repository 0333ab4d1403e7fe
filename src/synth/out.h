/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SYNTH_OUT_H
#define SYNTH_OUT_H

#include "base/buf.h"
#include "synth/person.h"

/*
 * Writes resources as text, straight into one buffer a resource type (one for all in Bundle format); no tree in
 * between. Names of things are hashed from the person and a number, so anything can be referred to before it is
 * written.
 */
#define SYNTH_ID_SIZE           36
#define SYNTH_PUT(buf, literal) base_buf_append((buf), (literal), sizeof(literal) - 1)

typedef struct synth_id {
    char text[SYNTH_ID_SIZE];
} synth_id;

typedef enum synth_name_of {
    SYNTH_OF_PATIENT = 1,
    SYNTH_OF_VISIT,
    SYNTH_OF_CONDITION,
    SYNTH_OF_OBSERVATION,
    SYNTH_OF_PRESCRIPTION,
    SYNTH_OF_OTHER,
    SYNTH_OF_ORGANIZATION,
    SYNTH_OF_LOCATION,
    SYNTH_OF_PRACTITIONER,
    SYNTH_OF_MEDICATION,
} synth_name_of;

typedef struct synth_out {
    const synth_options *options;
    synth_person *person;
    base_buf bufs[SYNTH_TYPE_COUNT];
    uint64_t shared_key;          /* of what belongs to no patient */
    uint32_t next;                /* numbers for resources without a place of their own */
    size_t line;                  /* where the resource being written begins */
    synth_type type;              /* of it */
    bool absolute;                /* this person's systems write absolute references */
    bool twice;                   /* registered twice: some visits hang on the other Patient */
    bool medication_files;        /* medications are references to Medication */
    uint8_t medications_used[32]; /* bits, for the Bundle */
    synth_id observations[64];    /* of the visit, for its reports */
    int16_t observed[64];         /* their measurements */
    size_t observed_count;
    synth_id procedures[16];
    int16_t procedure_codes[16];
    size_t procedure_count;
    synth_id prescriptions[16]; /* of the visit */
    int16_t prescribed[16];
    size_t prescription_count;
} synth_out;

synth_id synth_id_of(const synth_out *out, synth_name_of what, uint32_t number);
synth_id synth_id_next(synth_out *out);

/* The buffer, after {"resourceType":…,"id":…,"meta":{…}; `day` gives lastUpdated; version -1 is an older copy. */
base_buf *synth_begin(synth_out *out, synth_type type, const synth_id *id, int32_t day, int version);
void synth_end(synth_out *out);

/* True in `mille` of 1,000 cases at full untidiness, from the person's stream of noise. */
bool synth_untidy(synth_out *out, uint32_t mille);

void synth_put_text(base_buf *buf, synth_text text);
void synth_put_date(base_buf *buf, int32_t day);
void synth_put_time(base_buf *buf, int32_t day, int32_t second, const char *offset); /* 2020-01-02T03:04:05-05:00 */
void synth_put_number(base_buf *buf, int64_t value, unsigned decimals);
void synth_put_reference(synth_out *out, base_buf *buf, synth_type type, const synth_id *id); /* {"reference":…} */
void synth_put_subject(synth_out *out, base_buf *buf, int visit);                             /* the patient */
void synth_put_base64(base_buf *buf, base_span bytes);

/* Which organization, and which of its practitioners, sees the person at a visit: numbers of shared resources. */
uint32_t synth_organization_at(const synth_out *out, const synth_visit *visit);
uint32_t synth_practitioner_at(const synth_out *out, const synth_visit *visit);
#define SYNTH_ORGANIZATIONS_A_STATE 2u
#define SYNTH_PRACTITIONERS_A_STATE 4u

/* One writer a kind of resource. */
void synth_write_patient(synth_out *out);
void synth_write_encounter(synth_out *out, int visit);
void synth_write_condition(synth_out *out, int condition);
void synth_write_observations(synth_out *out, int visit);
void synth_write_medications(synth_out *out, int visit);
void synth_write_procedures(synth_out *out, int visit);
void synth_write_immunizations(synth_out *out, int visit);
void synth_write_background(synth_out *out); /* allergies, family history, care team */
void synth_write_reports(synth_out *out, int visit);
void synth_write_plan(synth_out *out, int visit);
void synth_write_note(synth_out *out, int visit);
void synth_write_claims(synth_out *out, int visit);
void synth_write_provenance(synth_out *out);
void synth_write_state(synth_out *out, uint32_t state); /* its organizations, locations, practitioners */
void synth_write_medication(synth_out *out, int medication);
void synth_write_truth(synth_out *out); /* a line a visit */

/* The names of the person, the same wherever they are written: given, family with digits. */
void synth_put_given(const synth_out *out, base_buf *buf);
void synth_put_family(const synth_out *out, base_buf *buf);
void synth_put_phone(const synth_out *out, base_buf *buf);
void synth_put_mrn(const synth_out *out, base_buf *buf);
void synth_put_street(const synth_out *out, base_buf *buf, uint32_t home);
void synth_put_organization_name(base_buf *buf, uint32_t organization);

#endif
