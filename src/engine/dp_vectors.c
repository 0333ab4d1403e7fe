/* SPDX-License-Identifier: Apache-2.0 */
#include "crypt/random.h"
#include "engine/dp_plan.h"
#include "engine/settings.h"

#include <stdlib.h>

static int check(const lethe_dp_vectors *query, lethe_error *error)
{
    if (query->size_bytes != sizeof(*query))
        return engine_bad_option(error, "size_bytes");
    if (query->dimensions == 0 || query->dimensions > DP_VECTOR_DIMENSIONS_MAX)
        return engine_bad_option(error, "dimensions");
    if (query->vectors == NULL && query->people != 0)
        return engine_bad_option(error, "vectors");
    if (query->norm == 0 || query->norm > DP_VECTOR_NORM_MAX)
        return engine_bad_option(error, "norm");
    return query->budget == NULL ? engine_bad_option(error, "budget") : 0;
}

/* Paid first, drawn then. */
static int answer(const lethe_dp_vectors *query, const engine_purse *purse, crypt_rng *rng, int64_t *ret_sum,
                  dp_ledger *ret_ledger, lethe_error *error)
{
    engine_spending spending = {.what = "vector", .noise = "gaussian", .zcdp_is_rho = true};
    dp_fraction epsilon;
    dp_noise noise;
    BASE_TRY(engine_dp_amount(query->epsilon, "epsilon", &epsilon, error));
    BASE_TRY(
        engine_dp_gaussian((dp_u128)query->norm * query->norm, epsilon, query->delta, &noise, &spending.cost, error));
    BASE_TRY(engine_budget_spend(query->budget, purse, &spending, ret_ledger, error));
    return dp_vector_sum(&noise, query->norm, rng, query->vectors, query->people, query->dimensions, ret_sum, error);
}

int lethe_dp_vector_sum(const lethe_dp_vectors *query, int64_t *ret_sum, lethe_dp_budget_info *ret_budget,
                        lethe_error *error)
{
    engine_purse purse;
    crypt_rng *rng = NULL;
    dp_ledger ledger;
    BASE_TRY(check(query, error));
    BASE_TRY(engine_purse_open(query->key_file, &purse, error));
    int status = crypt_rng_new(&rng, error);
    if (status == 0)
        status = answer(query, &purse, rng, ret_sum, &ledger, error);
    crypt_rng_free(rng);
    engine_purse_close(&purse);
    if (status == 0 && ret_budget != NULL)
        engine_dp_describe(&ledger, ret_budget);
    return status;
}
