/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLINICAL_DERIVE_H
#define CLINICAL_DERIVE_H

#include "base/arena.h"
#include "clinical/coverage.h"
#include "record/key.h"
#include "record/row.h"

/*
 * One person's packed resources to snapshots in values of closed vocabularies: what MAP emits.
 *
 * Time. A snapshot is a visit. Its row describes the patient as of t, the end of the visit (at most 30 days after its
 * beginning, never after --as-of); season, age and period are those of its beginning. At t only what was recorded,
 * issued or authored by t is known; where a source does not say when, the later of clinical date and visit is taken; a
 * date of month or year counts from its last day. What nobody can date is not used. Outcomes look into (t, t +
 * horizon].
 *
 * A function of its arguments: the order of the resources does not matter.
 */
typedef enum clinical_snapshots {
    CLINICAL_SNAPSHOTS_VISITS, /* one per encounter, at most visits_max a person, those with the smallest digests */
    CLINICAL_SNAPSHOTS_YEARLY, /* the last encounter of each calendar year, at most visits_max likewise */
    CLINICAL_SNAPSHOTS_LATEST, /* the last encounter */
    CLINICAL_SNAPSHOTS_FOLLOWED, /* the last encounter whose horizon ends by --as-of, else the last */
} clinical_snapshots;

#define CLINICAL_VISITS_MAX_DEFAULT     10
#define CLINICAL_VISITS_MAX             64
#define CLINICAL_HORIZON_MONTHS_DEFAULT 12
#define CLINICAL_VISIT_DAYS_MAX         30
#define CLINICAL_FACTS_MAX              ((size_t)1 << 22) /* of one person: LETHE_E_BASE_LIMIT beyond */

typedef struct clinical_derive_options {
    clinical_snapshots snapshots;
    uint32_t visits_max;     /* 0: CLINICAL_VISITS_MAX_DEFAULT */
    int32_t as_of_day;       /* nothing later is used */
    uint32_t horizon_months; /* 0: CLINICAL_HORIZON_MONTHS_DEFAULT */
} clinical_derive_options;

typedef struct clinical_derive_hooks {
    void *context;
    /* The packed bytes of a shared resource (Medication, Location); size 0 where it was never seen. NULL: none are
     * known. */
    base_span (*resolve)(void *context, record_key key);
    /* Keyed digest of an encounter's id: the row's name, and the draw that chooses visits. */
    int (*digest)(void *context, base_span encounter_id, uint8_t ret_digest[32], lethe_error *error);
    clinical_coverage *coverage; /* occurrences of medications named by reference are added; may be NULL */
} clinical_derive_hooks;

/* Whether a released row is ready for prediction, or why not. */
typedef enum clinical_not_ready {
    CLINICAL_READY,
    CLINICAL_NOT_READY_AGE_UNKNOWN,
    CLINICAL_NOT_READY_AGE_WITHHELD,
    CLINICAL_NOT_READY_NO_CONTENT,   /* no history, medication, allergy, symptom, procedure or flag */
    CLINICAL_NOT_READY_COUNT,
} clinical_not_ready;

/* Rows by time, in the arena together with their items; no rows where nothing can be dated. Errors:
 * LETHE_E_CLINICAL_DAMAGED, LETHE_E_BASE_MEMORY, LETHE_E_BASE_LIMIT, or what the digest hook returned. */
int clinical_derive(const clinical_derive_options *options, const base_span *resources, size_t resource_count,
                    const clinical_derive_hooks *hooks, base_arena *arena, record_row **ret_rows, size_t *ret_count,
                    lethe_error *error);

/* Leaf of RECORD_QI_GAP from one row's day to the next: calendar months, so that gaps of dropped rows add up. */
uint8_t clinical_gap_leaf(int32_t previous_day, int32_t day);
uint8_t clinical_age_leaf(int32_t age_years); /* negative: unknown */
uint8_t clinical_season_leaf(int32_t month, bool southern);

#endif
