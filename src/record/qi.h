/* SPDX-License-Identifier: Apache-2.0 */
#ifndef RECORD_QI_H
#define RECORD_QI_H

#include <stdint.h>

/*
 * The quasi-identifiers of a released row, and their leaves (the finest values). How they generalize is the privacy
 * module's; their names are CONTRACTS'. location_category is two QIs in one name.
 */
typedef enum record_qi {
    RECORD_QI_PERIOD, /* leaf: calendar year - RECORD_PERIOD_BASE */
    RECORD_QI_GAP,    /* leaf: calendar months since the previous row, 0..36 (36 and more), RECORD_GAP_FIRST */
    RECORD_QI_AGE,    /* record_age */
    RECORD_QI_SEX,
    RECORD_QI_PREGNANCY,
    RECORD_QI_DENSITY,
    RECORD_QI_REGION,
    RECORD_QI_SEASON,
    RECORD_QI_EXPOSURE, /* index into the vocabulary's exposure leaves, highest precedence first; last: unknown */
    RECORD_QI_OBSERVED, /* outcome_observed, 0 or 1: with created_at it dates a visit. Last, since those before it
                         * generalize and it is only counted */
    RECORD_QI_COUNT,
} record_qi;

#define RECORD_PERIOD_BASE    1900 /* leaves 0..255: years 1900..2155 */
#define RECORD_PERIOD_COUNT   256
#define RECORD_GAP_MONTHS_MAX 36
#define RECORD_GAP_FIRST      37
#define RECORD_GAP_COUNT      38
#define RECORD_EXPOSURE_MAX   15 /* leaves at most, `unknown` included */

/* Lower bounds in years of the age leaves: [0,1) [1,5) [5,10) [10,15) [15,18) [18,20) [20,25) [25,30) … [85,90) [90,∞),
 * then unknown. */
#define RECORD_AGE_LEAVES  21
#define RECORD_AGE_UNKNOWN 21
#define RECORD_AGE_COUNT   22

enum { RECORD_SEX_FEMALE, RECORD_SEX_MALE, RECORD_SEX_OTHER, RECORD_SEX_UNKNOWN, RECORD_SEX_COUNT };
enum {
    RECORD_PREGNANT_TRIMESTER_1,
    RECORD_PREGNANT_TRIMESTER_2,
    RECORD_PREGNANT_TRIMESTER_3,
    RECORD_PREGNANT,
    RECORD_POSTPARTUM,
    RECORD_NOT_PREGNANT,
    RECORD_PREGNANCY_NOT_APPLICABLE,
    RECORD_PREGNANCY_UNKNOWN,
    RECORD_PREGNANCY_COUNT,
};
enum { RECORD_URBAN, RECORD_SUBURBAN, RECORD_RURAL, RECORD_DENSITY_UNKNOWN, RECORD_DENSITY_COUNT };
enum {
    RECORD_NORTHEAST,
    RECORD_MIDWEST,
    RECORD_SOUTH,
    RECORD_WEST,
    RECORD_REGION_OTHER,
    RECORD_REGION_UNKNOWN,
    RECORD_REGION_COUNT,
};
enum { RECORD_WINTER, RECORD_SPRING, RECORD_SUMMER, RECORD_FALL, RECORD_SEASON_UNKNOWN, RECORD_SEASON_COUNT };

/* A row's leaf values, one byte a QI: also what a patient signature is made of. */
typedef struct record_tuple {
    uint8_t leaf[RECORD_QI_COUNT];
} record_tuple;

#endif
