/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PRIVACY_DP_LEDGER_H
#define PRIVACY_DP_LEDGER_H

#include "base/buf.h"
#include "crypt/digest.h"
#include "privacy/dp_account.h"

/*
 * The text of a budget's ledger (docs/SPEC-budget.md): a line that says what there is, then a line for each answer.
 * Each ends with a tag over the tag before and itself: SHA-256, which finds damage, or HMAC-SHA-256 under the project's
 * audit key, which nobody without the key can forge. Bytes in, bytes out; the file is engine's.
 */
#define DP_LEDGER_BYTES_MAX ((size_t)64 << 20)
#define DP_LEDGER_LINE_MAX  512
#define DP_LEDGER_WORD_MAX  16

typedef struct dp_ledger_key {
    crypt_mac *mac;      /* NULL: plain SHA-256 */
    const char *project; /* whose key it is; NULL without one */
} dp_ledger_key;

typedef struct dp_ledger {
    dp_budget budget;
    dp_cost spent;
    uint64_t entries;
    uint8_t tag[CRYPT_SHA256_BYTES]; /* of the last line */
    size_t size_bytes;               /* of its whole lines */
    size_t unfinished_bytes;         /* behind them: a line that a crash cut, for which nothing was answered */
} dp_ledger;

/* Reads and proves all of it. LETHE_E_PRIVACY_LEDGER with line and byte where it is not whole lines of this format with
 * fitting tags, or spends more than there is; LETHE_E_PRIVACY_LEDGER_KEY where it has another key, or none. */
int dp_ledger_read(base_span text, const dp_ledger_key *key, dp_ledger *ret_ledger, lethe_error *error);

/* The first line, appended to `buf`. */
int dp_ledger_begin(const dp_budget *budget, const dp_ledger_key *key, base_buf *buf, lethe_error *error);

/* One more line, appended to `buf`; `ledger` then includes it. LETHE_E_PRIVACY_BUDGET where it does not fit: nothing
 * was changed. `time` is YYYY-MM-DDTHH:MM:SSZ; `what` and `noise` are words of a..z. */
typedef struct dp_ledger_entry {
    const char *time, *what, *noise;
    dp_cost cost;
} dp_ledger_entry;

int dp_ledger_spend(dp_ledger *ledger, const dp_ledger_entry *entry, const dp_ledger_key *key, base_buf *buf,
                    lethe_error *error);

#endif
