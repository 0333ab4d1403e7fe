/* SPDX-License-Identifier: Apache-2.0 */
#ifndef RECORD_EVENT_H
#define RECORD_EVENT_H

#include "base/date.h"
#include "record/key.h"

/*
 * What a source says about a patient, out of its source format: FHIR and flat readers make these, clinical turns them
 * into values of its vocabulary. Everything here is borrowed from the document that is being read: it lives as long as
 * one call of the sink. This is identifiable data: it is never stored in this form.
 *
 * A resource is one head and its events. Retracted, refuted, negated and family entries are heads without events: a
 * newer retraction must win over an older assertion, so the head must arrive.
 */
typedef enum record_kind {
    RECORD_PATIENT = 1, /* start: birth, end: death; value.kind TEXT: administrative gender; deceased in `flags` */
    RECORD_ADDRESS,     /* of the patient or of a shared Location: place; start, end: its period */
    RECORD_LINK,        /* reference: another Patient who is the same person */
    RECORD_IDENTIFIER,  /* place.state: system, place.city: value */
    RECORD_ENCOUNTER,   /* code: type; value.kind CONCEPT: class; start, end: period; self: key of the encounter */
    RECORD_REASON,      /* code: why the encounter took place; self: the encounter's key */
    RECORD_CONDITION,   /* start: onset, end: abatement */
    RECORD_OBSERVATION, /* one for each component too; start: effective; value */
    RECORD_MEDICATION,  /* requests, statements, administrations, dispenses; code, or reference to a Medication */
    RECORD_ALLERGY,
    RECORD_PROCEDURE,
    RECORD_IMMUNIZATION,
    RECORD_SUBSTANCE, /* shared Medication: its code or one ingredient */
    RECORD_SYMPTOM,   /* flat input: a symptom of this visit; code.text */
    RECORD_NOTE,      /* flat input: clinical_text in code.text; passes the vocabulary, nothing else survives */
    RECORD_STATED,    /* flat input: a feature said outright; code.text: its name, value TEXT: what it says */
} record_kind;

enum {
    RECORD_FLAG_DECEASED = 1 << 0,   /* died, the day unknown */
    RECORD_FLAG_AGE_STATED = 1 << 1, /* RECORD_PATIENT of flat input: value.number is the age in years at the visit */
    RECORD_FLAG_HISTORICAL = 1 << 2, /* reported as past or by the patient; no visit of its own */
    RECORD_FLAG_FULL_URL = 1 << 3,   /* reference came from a Bundle's fullUrl */
};

typedef struct record_coding {
    base_span system, code, display;
} record_coding;

typedef struct record_concept {
    const record_coding *codings;
    uint32_t count;
    base_span text;
} record_concept;

typedef enum record_value_kind {
    RECORD_VALUE_NONE,
    RECORD_VALUE_QUANTITY, /* number, unit; comparator '<' 'l' (<=) '>' 'g' (>=) or 0 */
    RECORD_VALUE_CONCEPT,
    RECORD_VALUE_TEXT,
    RECORD_VALUE_BOOLEAN,
    RECORD_VALUE_TIME,
} record_value_kind;

typedef struct record_value {
    record_value_kind kind;
    double number;
    base_span unit; /* UCUM code where the source has one, else the printed unit */
    char comparator;
    bool truth;
    record_concept concept;
    base_span text;
    base_time time;
} record_value;

typedef struct record_place {
    base_span city, state, postal_code, country, text;
} record_place;

typedef struct record_event {
    record_kind kind;
    uint32_t flags;
    base_time start, end; /* clinical time */
    base_time known;      /* when it was recorded, issued or authored; absent where the source does not say */
    base_span id;         /* of an encounter, as written: row_id is keyed by it */
    record_key self;      /* encounters and reasons */
    record_key encounter; /* the visit it belongs to, or none */
    record_key reference; /* what remains to be resolved from another resource, or none */
    record_concept code;
    record_concept interpretation; /* observations */
    record_value value;
    record_place place;
} record_event;

typedef struct record_head {
    record_key resource;     /* of "Type/id": what duplicates share; none where the resource has no id */
    record_key patient;      /* whom it is about; none for shared resources */
    bool shared;             /* Medication, Location, …: belongs to no patient */
    base_span patient_id;    /* Patient.id of the patient (from the reference, or of the resource itself) */
    int64_t last_updated_us; /* instant of meta.lastUpdated, microseconds since 1970 UTC; INT64_MIN unknown */
    base_span text;          /* the bytes of the resource, for its digest */
} record_head;

/* Receives what a reader finds. A non-zero return stops the reader, which returns it. */
typedef struct record_sink {
    void *context;
    int (*resource)(void *context, const record_head *head, const record_event *events, size_t event_count,
                    lethe_error *error);
    /* One record could not be used: place and code are in `trouble`. The reader goes on with the next record. */
    int (*withheld)(void *context, const lethe_error *trouble);
} record_sink;

#endif
