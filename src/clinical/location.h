/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLINICAL_LOCATION_H
#define CLINICAL_LOCATION_H

#include "clinical/words.h"
#include "record/event.h"
#include "record/qi.h"

/*
 * Where a place lies, in the two quasi-identifiers: from ZIP, city and state (tables of census data), or from a free
 * string
 * ("Boston, MA", "rural Georgia farm", "downtown Chicago"). What is not known stays unknown: nothing is rural because
 * no table has it.
 */
typedef struct clinical_location {
    uint8_t density; /* RECORD_URBAN … RECORD_DENSITY_UNKNOWN */
    uint8_t region; /* RECORD_NORTHEAST … RECORD_REGION_UNKNOWN; abroad and the territories are RECORD_REGION_OTHER */
    bool southern;  /* hemisphere of the seasons */
    bool hemisphere_known;
} clinical_location;

int clinical_location_of(clinical_words *scratch, const record_place *place, clinical_location *ret_location,
                         lethe_error *error);

#endif
