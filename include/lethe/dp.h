/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LETHE_DP_H
#define LETHE_DP_H

#include <lethe/csv.h>
#include <lethe/error.h>

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Differentially private answers about people, paid from a budget that cannot be overdrawn. Two tables are neighbours
 * where one has one person more, with all rows of that person; of each person at most `max_rows` rows count. Noise is
 * exact (discrete Laplace or Gaussian: Canonne, Kamath and Steinke 2020), from a generator that nobody can seed. What
 * is spent is on the disk before anything is drawn. Each mechanism has its proof in docs/proofs/.
 *
 * Amounts are decimal text ("0.1", "1e-6"), because a tenth is no binary number. Strings are borrowed for the call.
 */

/* -- the budget -----------------------------------------------------------------------------------------------------
 */
typedef struct lethe_dp_budget_options {
    uint32_t size_bytes;
    const char *epsilon;     /* above 0, below 1000 */
    const char *delta;       /* 0 (default) up to below 1 */
    const char *composition; /* "basic" (default): ε and δ of the answers add; "zcdp": their ρ, for many answers */
    const char *key_file;    /* with it nobody without it can forge the ledger; NULL: damage is found, forgery is not */
} lethe_dp_budget_options;

/* Makes the ledger file, mode 0600. LETHE_E_BASE_EXISTS, LETHE_E_ENGINE_OPTION (path: the member), LETHE_E_CRYPT_KEY_*.
 */
LETHE_API int lethe_dp_budget_new(const char *path, const lethe_dp_budget_options *options, lethe_error *error);

#define LETHE_DP_AMOUNT_CHARS 48

typedef struct lethe_dp_budget_info {
    char composition[8];
    char epsilon[LETHE_DP_AMOUNT_CHARS], delta[LETHE_DP_AMOUNT_CHARS]; /* what there was */
    char spent_epsilon[LETHE_DP_AMOUNT_CHARS];                         /* basic: the sum of the answers' */
    char spent_delta[LETHE_DP_AMOUNT_CHARS];
    char spent_rho[LETHE_DP_AMOUNT_CHARS];    /* zcdp: the sum of the answers' */
    char left_epsilon[LETHE_DP_AMOUNT_CHARS]; /* for one more answer of pure ε, rounded down */
    char head[65];                            /* tag of the last line: kept elsewhere, it shows a ledger put back */
    uint64_t answers;
    int unfinished; /* a spending that a crash cut; nothing was answered for it, and the next answer removes it */
} lethe_dp_budget_info;

/* LETHE_E_PRIVACY_LEDGER (line, byte) where it is damaged, LETHE_E_PRIVACY_LEDGER_KEY; `key_file` as it was made with.
 */
LETHE_API int lethe_dp_budget_read(const char *path, const char *key_file, lethe_dp_budget_info *ret_info,
                                   lethe_error *error);

/* -- answers --------------------------------------------------------------------------------------------------------
 */
typedef enum lethe_dp_kind {
    LETHE_DP_COUNT,     /* rows, at most max_rows a person: people where that is 1 */
    LETHE_DP_SUM,       /* of a column clamped to lower..upper */
    LETHE_DP_MEAN,      /* a noisy sum over a noisy number of rows, half of ε each */
    LETHE_DP_HISTOGRAM, /* people by value of a column, each under at most max_rows values */
    LETHE_DP_QUANTILE,  /* among lower, lower + step, …, upper; by permute-and-flip */
} lethe_dp_kind;

/* A row in memory, instead of a file: UTF-8, not NUL-terminated. */
typedef struct lethe_dp_row {
    const char *person, *value;
    size_t person_size, value_size;
} lethe_dp_row;

/*
 * Exactly one of `input` and `rows`. Rows without a person, and rows whose value is no number where one is needed, are
 * left out and not spoken of: how many there are is a fact about people too.
 */
typedef struct lethe_dp_query {
    uint32_t size_bytes;
    lethe_dp_kind kind;
    const lethe_csv *input; /* what means missing there is no value */
    const char *person;     /* name of the column that says whose row it is */
    const char *column;     /* name of the column asked about; none for a count */
    const lethe_dp_row *rows;
    size_t row_count;
    const char *lower, *upper; /* decimals, multiples of `unit`: public limits, chosen without looking at the data */
    const char *step;          /* of a quantile; default `unit`; at most 2^20 candidates */
    const char *quantile;      /* 0..1, default "0.5" */
    const char *unit; /* 1, 0.1, … 0.000000001, default "0.01": values are rounded to it before they are clamped */
    const char *keys; /* histogram: file of the values asked about, one a line; NULL: those that enough people
                         have, for a delta */
    const char *const *key_list; /* or in memory */
    size_t key_count;
    uint32_t max_rows;   /* of a person, up to 4096; default 1 */
    const char *noise;   /* "laplace" (default), "gaussian": count, sum, histogram of given keys; needs a delta */
    const char *epsilon; /* what this answer costs */
    const char *delta;
    const char *budget; /* the ledger */
    const char *key_file;
} lethe_dp_query;

typedef struct lethe_dp_cell {
    const char *key; /* "" but for histograms, which come in byte order of their keys */
    char value[LETHE_DP_AMOUNT_CHARS];
} lethe_dp_cell;

typedef struct lethe_dp_answer {
    size_t count;
    const lethe_dp_cell *cells;
    const char *noise;                 /* "laplace", "gaussian", "permute-and-flip" */
    char width[LETHE_DP_AMOUNT_CHARS]; /* 19 of 20 draws stay within this of the value; "" where none is known */
    uint64_t threshold;                /* histogram of unknown keys: the least number of people that shows; else 0 */
    lethe_dp_budget_info budget;       /* after this answer */
} lethe_dp_answer;

/*
 * Checks, reads, spends, draws, in this order: a query that cannot be answered costs nothing, and one that was paid is
 * lost where the process ends before it prints. LETHE_E_PRIVACY_BUDGET where it does not fit; LETHE_E_ENGINE_OPTION
 * (path: the member), LETHE_E_PRIVACY_RANGE, LETHE_E_PRIVACY_LEDGER*, LETHE_E_TABLE_*, LETHE_E_CRYPT_*, LETHE_E_BASE_*.
 */
LETHE_API int lethe_dp_ask(const lethe_dp_query *query, lethe_dp_answer **ret_answer, lethe_error *error);
LETHE_API void lethe_dp_answer_free(lethe_dp_answer *answer); /* NULL-safe */

/*
 * Sums of vectors of integers, one vector a person: whoever has several rows of a person adds them up before. A vector
 * that is longer than `norm` (Euclidean) is shortened to it. Discrete Gaussian noise in every dimension, from the ρ
 * that ε and δ allow.
 */
typedef struct lethe_dp_vectors {
    uint32_t size_bytes;
    const int64_t *vectors; /* people · dimensions, one person behind the other; components within ±2^40 */
    size_t people;
    size_t dimensions; /* up to 65,536 */
    uint64_t norm;     /* 1..2^50, public */
    const char *epsilon, *delta;
    const char *budget, *key_file;
} lethe_dp_vectors;

/* `ret_sum` has room for `dimensions`; `ret_budget`, after this answer, may be NULL. Errors as lethe_dp_ask. */
LETHE_API int lethe_dp_vector_sum(const lethe_dp_vectors *query, int64_t *ret_sum, lethe_dp_budget_info *ret_budget,
                                  lethe_error *error);

#ifdef __cplusplus
}
#endif

#endif
