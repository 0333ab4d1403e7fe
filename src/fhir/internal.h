/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FHIR_INTERNAL_H
#define FHIR_INTERNAL_H

#include "base/arena.h"
#include "fhir/reader.h"
#include "fhir/shape.h"

/* The entries of a Bundle by their fullUrl: reference -> Type/id, wherever the entry stands. */
typedef struct fhir_full_url {
    base_hash128 hash; /* of the fullUrl, keyed; low 0: free */
    fhir_resource_type type;
    base_span id;
} fhir_full_url;

typedef struct fhir_scope {
    fhir_full_url *slots;
    size_t capacity;      /* a power of two, or 0 */
    size_t used_capacity; /* of it, for this Bundle */
    uint32_t entry;       /* index of the entry that is being read */
} fhir_scope;

#define FHIR_BUNDLE_DEPTH_MAX 2 /* a Bundle, and Bundles that are its entries */

/* What is wrong with the record at hand. The place is a value; its path is found afterwards, from the tape. */
typedef struct fhir_trouble {
    int code;
    json_value at;
    const char *missing; /* name of an element that is not there, or NULL */
} fhir_trouble;

struct fhir_reader {
    fhir_options options;
    fhir_stats stats;
    const record_sink *sink;
    json_names names[FHIR_SHAPE_COUNT];
    fhir_scope scopes[FHIR_BUNDLE_DEPTH_MAX];
    size_t depth; /* how many scopes are open */

    /* Of the resource at hand. */
    base_arena arena;
    record_event *events;
    size_t event_count, event_capacity;
    json_value resource, contained;
    base_span id; /* of the resource, or empty */
    fhir_resource_type type;
    record_key self, encounter;
    size_t contained_steps; /* looked at so far, limited by FHIR_CONTAINED_STEPS_MAX */
    fhir_trouble trouble;
};

/* Contained resources are searched one by one; more steps than this in one resource are an attack, not a record. */
#define FHIR_CONTAINED_STEPS_MAX 1000000

/* Readers inside return 0 or the code that they have put into reader->trouble. */
int fhir_fail(fhir_reader *reader, int code, json_value at);
int fhir_fail_missing(fhir_reader *reader, int code, const char *element);

/* shape.c: the used elements of `object`, each absent or of the type of its shape. */
void fhir_shapes_init(fhir_reader *reader);
int fhir_pick(fhir_reader *reader, json_value object, fhir_shape shape, json_value *ret_values);

/* A new event of the resource, of its encounter, else zero. The pointer holds until the next one is added. */
int fhir_add(fhir_reader *reader, record_kind kind, record_event **ret_event);

/* element.c: data types. An absent value gives the zero of its type. */
int fhir_time(fhir_reader *reader, json_value value, base_time *ret_time);
int fhir_period(fhir_reader *reader, json_value value, base_time *ret_start, base_time *ret_end);
int fhir_instant_us(fhir_reader *reader, json_value value, int64_t *ret_us); /* INT64_MIN where absent */
int fhir_concept(fhir_reader *reader, json_value value, record_concept *ret_concept);
int fhir_concepts(fhir_reader *reader, json_value list, json_value one_more, record_concept *ret_concept);
int fhir_class(fhir_reader *reader, json_value value, record_concept *ret_concept);
int fhir_quantity(fhir_reader *reader, json_value value, record_value *ret_value);
int fhir_address(fhir_reader *reader, json_value value, record_event *event);
int fhir_check_id(fhir_reader *reader, base_span id, json_value at);
base_span fhir_alias(fhir_reader *reader, base_span system, base_span value); /* "?system|value"; NULL: no memory */

/* Text of "extension"[url].member, or an absent value. */
json_value fhir_extension(json_value extensions, const char *url, const char *member);

/* reference.c */
typedef struct fhir_target {
    fhir_resource_type type; /* FHIR_RESOURCE_TYPE_COUNT: unknown */
    base_span id;            /* empty: cannot be resolved */
    json_value contained;    /* the resource itself, where it is contained */
    base_span display;
    bool full_url;
} fhir_target;

/* `expected` is the type of a reference that says none (urn:uuid of another Bundle, a logical identifier). */
int fhir_resolve(fhir_reader *reader, json_value reference, fhir_resource_type expected, fhir_target *ret_target);
record_key fhir_key(const fhir_reader *reader, const fhir_target *target); /* none where it has no id */
/* The key of a target of the type `wanted`; none for any other. */
int fhir_resolve_key(fhir_reader *reader, json_value reference, fhir_resource_type wanted, record_key *ret_key);
base_span fhir_resource_type_span(fhir_resource_type type);
base_span fhir_last_part(base_span url); /* behind the last '/' or ':' */
base_hash128 fhir_url_hash(const fhir_reader *reader, base_span url);

/* bundle.c */
int fhir_read_bundle(fhir_reader *reader, json_value bundle, lethe_error *error);
const fhir_full_url *fhir_find_full_url(const fhir_reader *reader, base_span url);

/* resource.c: one resource; `full_url_id` is its id where it has none of its own. */
int fhir_read_resource(fhir_reader *reader, json_value resource, base_span full_url_id, lethe_error *error);

/* reader.c: reports reader->trouble, whose path begins at `place`: a resource, or the entry itself. */
typedef enum fhir_place { FHIR_PLACE_RESOURCE, FHIR_PLACE_ENTRY } fhir_place;
int fhir_withhold(fhir_reader *reader, fhir_place kind, json_value place, lethe_error *error);

/* One function a resource type, given its picked elements: adds the events. */
typedef int fhir_read_events(fhir_reader *reader, const json_value *elements);
fhir_read_events fhir_patient_events, fhir_encounter_events, fhir_condition_events, fhir_allergy_events,
    fhir_observation_events, fhir_request_events, fhir_statement_events, fhir_administration_events,
    fhir_dispense_events, fhir_procedure_events, fhir_immunization_events, fhir_medication_events,
    fhir_substance_events, fhir_location_events, fhir_organization_events;

/* used.c: how a type is read, and which of its states are no statement about the patient. */
typedef enum fhir_owner { FHIR_OWNER_SELF, FHIR_OWNER_SUBJECT, FHIR_OWNER_SHARED } fhir_owner;

typedef struct fhir_negation {
    uint8_t element;
    const char *value;  /* of a code, a CodeableConcept or a boolean; "*": any */
    const char *reason; /* for who reads the table */
} fhir_negation;

typedef struct fhir_used {
    fhir_resource_type type;
    fhir_shape shape;
    fhir_owner owner;
    uint8_t subject, encounter; /* their slots; NO_SLOT: none */
    uint8_t identifier;         /* a shared resource is found under its identifiers too */
    fhir_read_events *read;
    const fhir_negation *negations;
    size_t negation_count;
} fhir_used;

#define NO_SLOT UINT8_MAX

const fhir_used *fhir_used_of(fhir_resource_type type); /* NULL: its type gives nothing */
int fhir_is_negated(fhir_reader *reader, const fhir_used *used, const json_value *elements, bool *ret_negated);

#endif
