/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/external.h"

#define CLASS_GROWTH 4

typedef struct candidate {
    privacy_plan plan;
    privacy_list_result lists;
    double worth;
} candidate;

static void candidate_done(candidate *c)
{
    privacy_plan_done(&c->plan);
    privacy_list_result_done(&c->lists);
}

static double share_kept(const privacy_list_result *lists)
{
    uint64_t before = 0, after = 0;
    for (int column = 0; column < RECORD_COLUMN_COUNT; column++) {
        before += lists->before[column];
        after += lists->after[column];
    }
    return before != 0 ? (double)after / (double)before : 1;
}

/* A plan for classes of at least `size` people, with what the lists keep in them. */
static int make_candidate(engine_cohort *cohort, const privacy_decide_options *options, uint32_t size,
                          const engine_list_rule *rule, privacy_decide_effort *effort, candidate *ret_candidate,
                          lethe_error *error)
{
    candidate made = {0};
    privacy_decide_options sized = *options;
    privacy_decide_effort tried = {0};
    sized.k = size;
    BASE_TRY(engine_cohort_decide(cohort, &sized, &tried, error));
    effort->nodes += tried.nodes;
    effort->tried += tried.tried;
    effort->finished += tried.finished;
    const int status = engine_pool_decide(cohort, rule, engine_pool_rows, NULL, &made.lists, error);
    made.plan = cohort->plan;
    cohort->plan = (privacy_plan){0};
    if (status != 0) {
        candidate_done(&made);
        return status;
    }
    made.worth = (1 - made.plan.loss) * share_kept(&made.lists);
    *ret_candidate = made;
    return 0;
}

int engine_external_decide(engine_cohort *cohort, const privacy_decide_options *options, const engine_list_rule *rule,
                           privacy_decide_effort *ret_effort, lethe_error *error)
{
    candidate best = {.worth = -1};
    privacy_decide_effort effort = {0};
    for (uint64_t size = options->k; size <= cohort->person_count; size *= CLASS_GROWTH) {
        candidate next = {0};
        const int status = make_candidate(cohort, options, (uint32_t)size, rule, &effort, &next, error);
        if (status != 0 && best.worth >= 0 && status == LETHE_E_PRIVACY_NO_PLAN)
            break; /* no plan for larger ones either */
        if (status != 0) {
            candidate_done(&best);
            return status;
        }
        const bool better = next.worth > best.worth;
        candidate_done(better ? &best : &next);
        if (better)
            best = next;
    }
    if (best.worth < 0)
        return base_fail(error, LETHE_E_PRIVACY_TOO_FEW);
    cohort->plan = best.plan;
    cohort->plan.k = options->k; /* what is promised; that classes are larger nobody is told */
    cohort->lists = best.lists;
    if (ret_effort != NULL)
        *ret_effort = effort;
    return 0;
}
