/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ENGINE_MAP_H
#define ENGINE_MAP_H

#include "clinical/derive.h"
#include "crypt/keyring.h"
#include "engine/gather.h"
#include "engine/rows.h"
#include "engine/catalog.h"
#include "engine/gate.h"
#include "engine/source.h"
#include "engine/withheld.h"

/*
 * MAP: per person, from packed records to leaf rows under a pseudonym, on all threads. A patient whose Patient resource
 * is nowhere in the input has no demographics and is withheld.
 */
typedef struct engine_map {
    /* in */
    engine_gather gather;
    const engine_catalog *catalog;
    const crypt_keyring *ring;
    const char *patient_identifier; /* system, or NULL */
    clinical_derive_options derive;
    size_t threads;
    bool strict;
    const engine_source *source; /* names the files of records that are nobody's */
    int (*progress)(void *context, uint64_t done, uint64_t total);
    void *progress_context;
    engine_gate *gate; /* NULL: nobody notes how far the map is */
    /* out */
    engine_withheld *withheld;
    engine_parts *rows;         /* ENGINE_ROW_PARTS partitions by token */
    bool *mapped;               /* by partition of records; those that are set are passed over */
    struct map_worker *workers; /* while it runs */
    clinical_coverage coverage; /* of medications named by reference */
    uint64_t people, people_without_visits, rows_made, superseded, orphans;
} engine_map;

/* What was counted so far, added to what is in `map`; for the gate. `ret_map` is a copy with a coverage of its own. */
void engine_map_count(const engine_map *map, engine_map *ret_map);

int engine_map_run(engine_map *map, lethe_error *error);

/* The last day of the latest month in which at least k people have events; LETHE_E_ENGINE_AS_OF where there is none,
 * LETHE_E_ENGINE_NO_PEOPLE where there is nobody. */
int engine_map_latest_month(const engine_gather *gather, uint32_t k, size_t threads, int32_t *ret_day,
                            lethe_error *error);

#endif
