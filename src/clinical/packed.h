/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLINICAL_PACKED_H
#define CLINICAL_PACKED_H

#include "base/buf.h"
#include "record/event.h"

/*
 * A resource in the compact form that assembly holds and spills: facts of numbers. Inside this module, and for the
 * engine's eyes only where packed.h's readers below are concerned. The form is of one run of one build, never of a file
 * that is kept: it has no version.
 *
 *   resource = fact …            fact = kind u8 · source u8 · mask varint · fields that the mask names, in mask order
 *   time = precision u8 · zigzag day varint · second varint where precision is TIME
 */
typedef enum clinical_fact_kind {
    CLINICAL_FACT_PATIENT = 1, /* gender, age; start birth, end death */
    CLINICAL_FACT_ADDRESS,     /* location; start, end; reference to where it lies, if unknown */
    CLINICAL_FACT_LINK,        /* reference */
    CLINICAL_FACT_IDENTIFIER,  /* id: the value under the system that was asked for */
    CLINICAL_FACT_ENCOUNTER,   /* id, self, class, reference to its Location */
    CLINICAL_FACT_CODED,       /* targets of a code or a text; reference to a Medication that has them */
    CLINICAL_FACT_VALUE,       /* analyte and number in its canonical unit, or the meaning of a word ("elevated") */
    CLINICAL_FACT_ANSWER,      /* an answer to a question of exposures.tsv; no target: it says that there is none */
    CLINICAL_FACT_STATED,      /* a feature said outright: name and value */
    CLINICAL_FACT_KINDS,
} clinical_fact_kind;

typedef enum clinical_stated {
    CLINICAL_STATED_PREGNANCY, /* RECORD_PREGNANT_TRIMESTER_1 … */
    CLINICAL_STATED_SEASON,
    CLINICAL_STATED_EXPOSURE, /* leaf */
    CLINICAL_STATED_UNDATED,  /* the visit has no date of its own: it is the one of --as-of */
    CLINICAL_STATED_COUNT,
} clinical_stated;

#define CLINICAL_FACT_TARGETS_MAX 32
#define CLINICAL_FACT_ID_MAX      1024 /* bytes of an identifier or of the id of an encounter */

enum {
    CLINICAL_FACT_DECEASED = 1 << 0,   /* the person, day unknown; an encounter: discharged dead */
    CLINICAL_FACT_HISTORICAL = 1 << 1, /* of the past: no symptom of this visit */
    CLINICAL_FACT_SOUTHERN = 1 << 2,
    CLINICAL_FACT_HEMISPHERE = 1 << 3, /* known */
    CLINICAL_FACT_BELOW = 1 << 4,      /* comparator < or <= */
    CLINICAL_FACT_ABOVE = 1 << 5,      /* comparator > or >= */
};

typedef struct clinical_fact {
    uint8_t kind;
    uint8_t source; /* record_kind */
    uint8_t flags;
    uint8_t class_of_encounter, gender, density, region, stated;
    int16_t age_years; /* stated; -1 none */
    base_time start, end, known;
    record_key self, encounter, reference;
    base_span id; /* borrowed from the packed bytes */
    uint16_t targets[CLINICAL_FACT_TARGETS_MAX];
    uint32_t target_count;
    uint32_t number; /* analyte, question, or the value of what is stated */
    double value;
    uint8_t result; /* meaning of a result in words ("elevated"), or 0 */
    bool has_value;
} clinical_fact;

/* Adds a target in sorted order (concepts, exposures, pregnancy); more than fit are dropped. */
void clinical_fact_add_target(clinical_fact *fact, uint16_t target);

void clinical_fact_write(base_buf *out, const clinical_fact *fact);

/* The next fact into the caller's storage (undefined after a failure); false at the end. Damage (a number out of its
 * range, an early end) is LETHE_E_CLINICAL_DAMAGED. */
int clinical_fact_read(base_cursor *cursor, bool *ret_more, clinical_fact *ret_fact, lethe_error *error);

#endif
