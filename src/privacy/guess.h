/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PRIVACY_GUESS_H
#define PRIVACY_GUESS_H

#include "privacy/nearest.h"

/*
 * Attacks on a target through the released row that is closest to what is known of them (privacy/nearest.h):
 *
 *   linking     two attackers hold different columns of the same people. The closest released row by the one's
 *               columns and by the other's is the same row: then both know that they speak of one person.
 *   inference   all columns but a secret one are known; the secret is guessed to be that of the closest row. A number
 *               counts as found within 5 %.
 *   membership  of one person in the original and one in the control group, the closer one to the release is said to
 *               be in it; a draw is half a hit, rounded down. One half is no better than chance.
 *
 * Targets are drawn with replacement; blind guesses name random rows.
 */
#define PRIVACY_SECRET_TOLERANCE 0.05

int privacy_link(const privacy_stage *stage, const uint32_t *first, uint32_t first_count, const uint32_t *second,
                 uint32_t second_count, size_t threads, privacy_contest *ret_contest, lethe_error *error);
int privacy_infer(const privacy_stage *stage, const uint32_t *known, uint32_t known_count, uint32_t secret,
                  size_t threads, privacy_contest *ret_contest, lethe_error *error);

/* Needs a control group. */
int privacy_member(const privacy_stage *stage, const uint32_t *known, uint32_t known_count, size_t threads,
                   privacy_rate *ret_rate, lethe_error *error);

/*
 * How close released rows are to people: the distance of each to the closest original row and, with a control group, to
 * the closest of as many control rows. A release that copies nobody is as close to the one as to the other.
 */
typedef struct privacy_closeness {
    uint64_t rows, copies;       /* copies: of a person's row, distance 0 */
    double least, fifth, median; /* of the distances, in columns: 0 … number of columns */
    bool has_control;
    uint64_t control_copies;
    double control_fifth, control_median;
    privacy_rate closer; /* released rows that are closer to the original than to the control; draws are left out */
} privacy_closeness;

int privacy_measure_closeness(const privacy_stage *stage, const uint32_t *columns, uint32_t column_count,
                              size_t threads, privacy_closeness *ret_closeness, lethe_error *error);

#endif
