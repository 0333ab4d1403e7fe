/* SPDX-License-Identifier: Apache-2.0 */
#include "vector/seek.h"

#include <stdlib.h>

static const float *vector_of(const vector_view *view, uint32_t row)
{
    const vector_part *part = vector_view_part(view, row);
    return part->segment->vectors + (size_t)(row - part->first) * part->segment->store.schema.dimensions;
}

/* Exact similarities in the order of the bounds, until no bound can reach the k-th. */
static uint32_t compare(vector_seeker *seeker, vector_best *nearest, vector_hit *hits)
{
    const vector_query *query = seeker->query;
    const size_t dimensions = vector_view_schema(seeker->view)->dimensions;
    uint32_t count = 0;
    for (size_t i = 0; i < seeker->count; i++) {
        const vector_candidate *candidate = &seeker->candidates[i];
        if (query->rerank == 0 && candidate->upper < vector_best_threshold(nearest))
            break;
        if (i + 1 < seeker->count)
            __builtin_prefetch(vector_of(seeker->view, seeker->candidates[i + 1].row));
        const double similarity =
            seeker->kernel->inner(seeker->vector, vector_of(seeker->view, candidate->row), dimensions);
        hits[count++] = (vector_hit){candidate->row, candidate->group, similarity};
        vector_best_offer(nearest, query->rows ? candidate->row : candidate->group, similarity);
    }
    return count;
}

int vector_rank(vector_seeker *seeker, vector_result *ret_result, lethe_error *error)
{
    const vector_query *query = seeker->query;
    vector_best nearest;
    vector_hit *hits = malloc((seeker->count + 1) * sizeof(*hits));
    int status = vector_best_init(&nearest, query->k, error);
    if (status == 0 && hits == NULL)
        status = base_fail(error, LETHE_E_BASE_MEMORY);
    if (status == 0) {
        vector_order_candidates(seeker->candidates, seeker->count);
        const uint32_t compared = compare(seeker, &nearest, hits);
        uint32_t count = query->rows ? compared : vector_order_groups(hits, compared);
        vector_order_hits(hits, count);
        count = count < query->k ? count : query->k;
        *ret_result = (vector_result){hits, count, seeker->scanned, compared, query->rerank == 0};
        hits = NULL;
    }
    free(hits);
    vector_best_done(&nearest);
    return status;
}
