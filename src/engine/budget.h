/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ENGINE_BUDGET_H
#define ENGINE_BUDGET_H

#include "crypt/keyring.h"
#include "privacy/dp_ledger.h"

/*
 * The file of a budget (docs/SPEC-budget.md). Invariants:
 * 1. Whoever reads in order to spend holds the lock (flock) until the new line is on the disk: two processes cannot
 * both spend what there is once.
 * 2. Nothing is drawn before that. A crash can lose an answer that was paid, never give one that was not.
 * 3. What stands there is only ever added to; but a line without its end, for which nothing can have been answered, is
 *    cut off by the next that spends.
 * 4. A ledger with any other flaw is refused as a whole.
 */
typedef struct engine_purse {
    crypt_keyring *ring; /* NULL without a key file */
    crypt_mac *mac;
    dp_ledger_key key;
} engine_purse;

int engine_purse_open(const char *key_file, engine_purse *ret_purse, lethe_error *error); /* NULL: without a key */
void engine_purse_close(engine_purse *purse);

int engine_budget_create(const char *path, const engine_purse *purse, const dp_budget *budget, lethe_error *error);
int engine_budget_read(const char *path, const engine_purse *purse, dp_ledger *ret_ledger, lethe_error *error);

/* What an answer costs. `zcdp_is_rho`: its δ is only of the conversion from ρ, which a zCDP ledger makes once for all.
 */
typedef struct engine_spending {
    const char *what, *noise;
    dp_cost cost;
    bool zcdp_is_rho;
} engine_spending;

int engine_budget_spend(const char *path, const engine_purse *purse, const engine_spending *spending,
                        dp_ledger *ret_ledger, lethe_error *error);

#endif
