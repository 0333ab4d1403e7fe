/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/measure.h"

#include "embed/similarity.h"

#define SIMILARITY_PEOPLE_MIN 20

static int measure_similarity(const engine_release *release, lethe_run_result *result, lethe_error *error)
{
    const engine_sample *sample = &release->apply->sample;
    embed_agreement agreement = {0};
    if (sample->count < SIMILARITY_PEOPLE_MIN)
        return 0;
    const embed_comparison comparison = {
        .count = sample->count,
        .released = {.vectors = sample->released},
        .reference = {.vectors = sample->before},
        .seed = 1,
    };
    BASE_TRY(embed_compare(&comparison, &agreement, error));
    result->similarity_spearman = agreement.spearman;
    return 0;
}

int engine_measure(const engine_release *release, const clinical_coverage *coverage, lethe_run_result *result,
                   lethe_error *error)
{
    (void)coverage;
    return measure_similarity(release, result, error);
}
