/* SPDX-License-Identifier: Apache-2.0 */
#include <lethe/dp.h>

#include "base/arena.h"
#include "crypt/random.h"
#include "engine/dp_plan.h"
#include "engine/settings.h"
#include "privacy/dp_decimal.h"

#include <stdio.h>
#include <stdlib.h>

#define ANSWER_BYTES_MAX ((size_t)8 << 30)
#define MEAN_PARTS       1000
#define MEAN_PLACES      3
#define LEDGER_PLACES    18

typedef struct answered {
    lethe_dp_answer answer; /* first: what the caller has */
    base_arena arena;
} answered;

/* What is open while a query is answered. */
typedef struct session {
    engine_dp_plan plan;
    engine_purse purse;
    crypt_rng *rng;
    dp_people *people;
    engine_dp_keys keys;
    dp_ledger ledger;
} session;

/* -- the budget -----------------------------------------------------------------------------------------------------
 */

void engine_dp_describe(const dp_ledger *ledger, lethe_dp_budget_info *ret_info)
{
    lethe_dp_budget_info info = {.answers = ledger->entries, .unfinished = ledger->unfinished_bytes != 0};
    memcpy(info.composition, ledger->budget.zcdp ? "zcdp" : "basic", 6 - ledger->budget.zcdp);
    dp_decimal_write((dp_i128)ledger->budget.epsilon, LEDGER_PLACES, info.epsilon);
    dp_decimal_write((dp_i128)ledger->budget.delta, LEDGER_PLACES, info.delta);
    dp_decimal_write((dp_i128)ledger->spent.epsilon, LEDGER_PLACES, info.spent_epsilon);
    dp_decimal_write((dp_i128)ledger->spent.delta, LEDGER_PLACES, info.spent_delta);
    dp_decimal_write((dp_i128)ledger->spent.rho, LEDGER_PLACES, info.spent_rho);
    dp_decimal_write((dp_i128)dp_budget_left(&ledger->budget, &ledger->spent), LEDGER_PLACES, info.left_epsilon);
    for (size_t i = 0; i < CRYPT_SHA256_BYTES; i++)
        (void)snprintf(info.head + 2 * i, 3, "%02x", ledger->tag[i]);
    *ret_info = info;
}

static int read_budget(const lethe_dp_budget_options *options, dp_budget *ret_budget, lethe_error *error)
{
    dp_budget budget = {.zcdp = false};
    dp_fraction epsilon, delta = {0, 1};
    const char *composition = options->composition != NULL ? options->composition : "basic";
    if (options->size_bytes != sizeof(*options))
        return engine_bad_option(error, "size_bytes");
    budget.zcdp = strcmp(composition, "zcdp") == 0;
    if (!budget.zcdp && strcmp(composition, "basic") != 0)
        return engine_bad_option(error, "composition");
    if (options->epsilon == NULL || !dp_decimal_fraction(base_span_of(options->epsilon), &epsilon) ||
        dp_atto_up(epsilon, &budget.epsilon, NULL) != 0)
        return engine_bad_option(error, "epsilon");
    if (options->delta != NULL && strcmp(options->delta, "0") != 0 &&
        (!dp_decimal_fraction(base_span_of(options->delta), &delta) || delta.num >= delta.den))
        return engine_bad_option(error, "delta");
    if (budget.zcdp && delta.num == 0)
        return engine_bad_option(error, "delta"); /* ρ says nothing of ε without one */
    BASE_TRY(dp_atto_up(delta, &budget.delta, error));
    *ret_budget = budget;
    return 0;
}

int lethe_dp_budget_new(const char *path, const lethe_dp_budget_options *options, lethe_error *error)
{
    dp_budget budget;
    engine_purse purse;
    BASE_TRY(read_budget(options, &budget, error));
    BASE_TRY(engine_purse_open(options->key_file, &purse, error));
    const int status = engine_budget_create(path, &purse, &budget, error);
    engine_purse_close(&purse);
    return status;
}

int lethe_dp_budget_read(const char *path, const char *key_file, lethe_dp_budget_info *ret_info, lethe_error *error)
{
    engine_purse purse;
    dp_ledger ledger;
    BASE_TRY(engine_purse_open(key_file, &purse, error));
    const int status = engine_budget_read(path, &purse, &ledger, error);
    engine_purse_close(&purse);
    if (status == 0)
        engine_dp_describe(&ledger, ret_info);
    return status;
}

/* -- answers --------------------------------------------------------------------------------------------------------
 */

static int take_cells(answered *all, size_t count, lethe_dp_cell **ret_cells, lethe_error *error)
{
    lethe_dp_cell *cells = base_arena_take_array(&all->arena, count + 1, sizeof(*cells));
    if (cells == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    for (size_t i = 0; i < count; i++)
        cells[i] = (lethe_dp_cell){.key = ""};
    all->answer.cells = cells;
    all->answer.count = count;
    *ret_cells = cells;
    return 0;
}

static int draw_number(const session *with, const int64_t *values, size_t count, dp_i128 *ret_value, unsigned *places,
                       lethe_error *error)
{
    const engine_dp_plan *plan = &with->plan;
    int64_t value = 0;
    *places = plan->places;
    switch (plan->query->kind) {
    case LETHE_DP_SUM:
        BASE_TRY(dp_sum(&plan->limits, &plan->noise.sum, with->rng, values, count, &value, error));
        break;
    case LETHE_DP_MEAN:
        BASE_TRY(dp_mean(&plan->limits, &plan->noise, with->rng, values, count, MEAN_PARTS, &value, error));
        *places += MEAN_PLACES;
        break;
    case LETHE_DP_QUANTILE:
        BASE_TRY(dp_quantile(&plan->quantile, with->rng, values, count, &value, error));
        break;
    case LETHE_DP_COUNT:
    case LETHE_DP_HISTOGRAM:
    default:
        BASE_TRY(dp_noise_add(&plan->noise.sum, with->rng, (dp_i128)count, &value, error));
        break;
    }
    *ret_value = value;
    return 0;
}

static int answer_number(const session *with, answered *all, lethe_error *error)
{
    const size_t count = dp_people_rows(with->people);
    lethe_dp_cell *cells = NULL;
    dp_i128 value = 0;
    unsigned places = 0;
    int64_t *values = malloc((count + 1) * sizeof(*values));
    if (values == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    dp_people_values(with->people, values);
    int status = draw_number(with, values, count, &value, &places, error);
    free(values);
    BASE_TRY(status);
    BASE_TRY(take_cells(all, 1, &cells, error));
    dp_decimal_write(value, places, cells[0].value);
    return 0;
}

/* People by key, in byte order of the keys. */
static int count_keys(const session *with, answered *all, uint32_t **ret_order, uint64_t **ret_counts,
                      lethe_error *error)
{
    const size_t count = with->keys.count;
    uint32_t *order = base_arena_take_array(&all->arena, count + 1, sizeof(*order));
    uint32_t *place = base_arena_take_array(&all->arena, count + 1, sizeof(*place));
    uint64_t *counts = base_arena_take_array(&all->arena, count + 1, sizeof(*counts));
    int64_t *kept = base_arena_take_array(&all->arena, with->plan.limits.rows, sizeof(*kept));
    if (order == NULL || place == NULL || counts == NULL || kept == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    memset(counts, 0, (count + 1) * sizeof(*counts));
    engine_dp_keys_sort(&with->keys, order);
    for (uint32_t i = 0; i < count; i++)
        place[order[i]] = i;
    for (size_t p = 0; p < dp_people_count(with->people); p++) {
        size_t rows = 0;
        dp_people_of(with->people, p, kept, &rows);
        for (size_t r = 0; r < rows; r++)
            counts[place[kept[r]]]++;
    }
    *ret_order = order;
    *ret_counts = counts;
    return 0;
}

static int draw_histogram(const session *with, const uint64_t *counts, size_t count, int64_t *drawn, bool *shown,
                          lethe_error *error)
{
    const engine_dp_plan *plan = &with->plan;
    if (!plan->keys_given)
        return dp_histogram_unknown(&plan->noise.sum, plan->threshold, with->rng, counts, count, drawn, shown, error);
    memset(shown, true, count);
    return dp_histogram(&plan->noise.sum, with->rng, counts, count, drawn, error);
}

/* Keys that nobody kept have no count to be noisy: they are not drawn for, as if they did not stand in the file. */
static size_t drop_empty(uint32_t *order, uint64_t *counts, size_t count)
{
    size_t left = 0;
    for (size_t i = 0; i < count; i++)
        if (counts[i] != 0) {
            order[left] = order[i];
            counts[left++] = counts[i];
        }
    return left;
}

static int answer_histogram(const session *with, answered *all, lethe_error *error)
{
    size_t count = with->keys.count, shown_count = 0;
    uint32_t *order = NULL;
    uint64_t *counts = NULL;
    lethe_dp_cell *cells = NULL;
    BASE_TRY(count_keys(with, all, &order, &counts, error));
    if (!with->plan.keys_given)
        count = drop_empty(order, counts, count);
    int64_t *drawn = base_arena_take_array(&all->arena, count + 1, sizeof(*drawn));
    bool *shown = base_arena_take_array(&all->arena, count + 1, sizeof(*shown));
    if (drawn == NULL || shown == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    BASE_TRY(draw_histogram(with, counts, count, drawn, shown, error));
    for (size_t i = 0; i < count; i++)
        shown_count += shown[i];
    BASE_TRY(take_cells(all, shown_count, &cells, error));
    for (size_t i = 0, at = 0; i < count; i++) {
        if (!shown[i])
            continue;
        const base_span key = base_arena_copy(&all->arena, base_span_of(engine_dp_key(&with->keys, order[i])));
        if (key.data == NULL)
            return base_fail(error, LETHE_E_BASE_MEMORY);
        cells[at].key = key.data;
        dp_decimal_write(drawn[i], 0, cells[at++].value);
    }
    all->answer.threshold = with->plan.threshold;
    return 0;
}

static void say_noise(const engine_dp_plan *plan, lethe_dp_answer *answer)
{
    const lethe_dp_kind kind = plan->query->kind;
    answer->noise = strcmp(plan->spending.noise, "flip") == 0       ? "permute-and-flip"
                    : strcmp(plan->spending.noise, "gaussian") == 0 ? "gaussian"
                                                                    : "laplace";
    if (kind == LETHE_DP_COUNT || kind == LETHE_DP_SUM || kind == LETHE_DP_HISTOGRAM)
        dp_decimal_write((dp_i128)dp_noise_width(&plan->noise.sum), plan->places, answer->width);
}

/* -- in order -------------------------------------------------------------------------------------------------------
 */

static int open_session(const lethe_dp_query *query, session *with, lethe_error *error)
{
    base_hash_key hash_key;
    dp_ledger ledger;
    BASE_TRY(engine_dp_plan_make(query, &with->plan, error));
    BASE_TRY(engine_purse_open(query->key_file, &with->purse, error));
    BASE_TRY(crypt_rng_new(&with->rng, error));
    BASE_TRY(crypt_rng_fill(with->rng, &hash_key, sizeof(hash_key), error));
    engine_dp_keys_init(&with->keys, hash_key);
    BASE_TRY(dp_people_new(with->plan.limits.rows, with->rng, &with->people, error));
    BASE_TRY(
        engine_budget_read(query->budget, &with->purse, &ledger, error)); /* a damaged one is refused before reading */
    return engine_dp_read_keys(query, &with->keys, error);
}

static void close_session(session *with)
{
    dp_people_free(with->people);
    engine_dp_keys_done(&with->keys);
    crypt_rng_free(with->rng);
    engine_purse_close(&with->purse);
}

/* Nothing is drawn before engine_budget_spend has come back: then the spending is on the disk. */
static int ask(const lethe_dp_query *query, session *with, answered *all, lethe_error *error)
{
    BASE_TRY(open_session(query, with, error));
    BASE_TRY(engine_dp_read(&with->plan, with->people, &with->keys, error));
    BASE_TRY(engine_budget_spend(query->budget, &with->purse, &with->plan.spending, &with->ledger, error));
    if (with->plan.is_histogram)
        BASE_TRY(answer_histogram(with, all, error));
    else
        BASE_TRY(answer_number(with, all, error));
    say_noise(&with->plan, &all->answer);
    engine_dp_describe(&with->ledger, &all->answer.budget);
    return 0;
}

int lethe_dp_ask(const lethe_dp_query *query, lethe_dp_answer **ret_answer, lethe_error *error)
{
    session with = {.rng = NULL};
    answered *all = calloc(1, sizeof(*all));
    if (all == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    base_arena_init(&all->arena, ANSWER_BYTES_MAX);
    const int status = ask(query, &with, all, error);
    close_session(&with);
    if (status != 0)
        lethe_dp_answer_free(&all->answer);
    else
        *ret_answer = &all->answer;
    return status;
}

void lethe_dp_answer_free(lethe_dp_answer *answer)
{
    if (answer == NULL)
        return;
    answered *all = (answered *)answer; /* its first member */
    base_arena_done(&all->arena);
    free(all);
}
