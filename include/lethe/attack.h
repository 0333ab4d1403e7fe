/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LETHE_ATTACK_H
#define LETHE_ATTACK_H

#include <lethe/csv.h>
#include <lethe/risk.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Attacks on a table that was released, with the table it was made of and, better, a control group: people of the same
 * kind who are not in it. Columns are those that the release shares with the original by name. A released value that
 * generalizes by its text (35-39, [35, 40[, 65+, 123**) is compared with what it covers; `*` fits nothing. What each
 * attack does: docs/SPEC-risk.md.
 */
typedef struct lethe_attack_options {
    uint32_t size_bytes;
    const lethe_csv *original, *released;
    const lethe_csv *control; /* NULL: none; then risks are not relative to anything */
    const char *const *known; /* columns that an attacker knows; default: all */
    size_t known_count;
    const char *const *secrets; /* columns that are inferred from the known ones; default: each in turn */
    size_t secret_count;
    uint32_t attempts; /* guesses of an attack; default 2000, at most a million */
    uint64_t seed;
    size_t threads; /* default: all processors; the result is the same */
} lethe_attack_options;

/* "singling_out", "linking" or "inference". */
typedef struct lethe_contest {
    const char *attack;
    const char *columns;                                 /* a number of columns, a split, or the secret */
    lethe_rate against_original, against_control, blind; /* control: 0 trials where there is none */
    double risk, low, high;                              /* what the release adds, with its 95 % interval */
    uint8_t beats_blind;                                 /* an attack that does not, says nothing about the release */
} lethe_contest;

typedef struct lethe_closeness {
    uint64_t rows, copies;       /* released rows; those that are a person's row */
    double least, fifth, median; /* distances to the closest person: 0 … number of columns */
    uint8_t has_control;
    uint64_t control_copies;
    double control_fifth, control_median;
    lethe_rate closer; /* rows that are closer to the original than to the control group; one half is chance */
} lethe_closeness;

typedef struct lethe_attack_result {
    uint64_t original_rows, released_rows, control_rows;
    const char *columns; /* that were attacked, with commas between */
    size_t contest_count;
    const lethe_contest *contests;
    lethe_closeness closeness;
    uint8_t has_membership;
    lethe_rate membership; /* pairs told apart; one half is chance */
    const char *json;      /* all of it */
} lethe_attack_result;

/*
 * LETHE_E_PRIVACY_OPTION (path: original, released, known, secret, attempts), LETHE_E_TABLE_*, LETHE_E_BASE_*. The
 * result is freed by lethe_attack_free.
 */
LETHE_API int lethe_attack(const lethe_attack_options *options, lethe_attack_result **ret_result, lethe_error *error);
LETHE_API void lethe_attack_free(lethe_attack_result *result); /* NULL-safe */

#ifdef __cplusplus
}
#endif

#endif
