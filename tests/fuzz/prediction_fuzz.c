/* SPDX-License-Identifier: Apache-2.0 */
/*
 * models/prediction.bin on any bytes. What is taken is asked as lethe predict asks it. The checksum is made right, so
 * that what it would catch is reached; the bytes as they are go first.
 */
#include "engine/bundle.h"
#include "vector/crc32c.h"

#include <assert.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define HEADER 24

static void ask(const engine_bundle *bundle)
{
    const engine_fitted *fitted = &bundle->fitted;
    uint32_t items[64], count = 0;
    double *p = calloc(fitted->outcome_count, sizeof(*p));
    if (p == NULL)
        abort();
    for (; count < 64 && count < bundle->feature_count; count++)
        items[count] = count;
    learn_logistic_predict(&fitted->logistic, (learn_set){items, count}, p);
    for (uint32_t o = 0; o < fitted->outcome_count; o++) {
        const double q = learn_calibrated(&fitted->calibrations[o], p[o]);
        const learn_interval interval = learn_reliability_interval(&fitted->reliability[o], q);
        learn_reason reasons[4];
        assert(q >= 0 && q <= 1 && interval.low <= interval.high);
        assert(learn_explain_logistic(&fitted->logistic, (learn_set){items, count}, o, 4, reasons) <= 4);
        (void)engine_answer_of(fitted, o, ENGINE_FEW);
        (void)learn_conformal_holds(&fitted->conformal, o, q);
        (void)learn_baseline_of(&fitted->baseline, o)[o];
        assert(engine_name_find(bundle->outcomes, bundle->outcome_count, bundle->outcomes[o]) == o);
    }
    free(p);
}

static void read_bytes(const uint8_t *data, size_t size)
{
    engine_bundle bundle;
    const int status = engine_bundle_read((base_span){(const char *)data, size}, &bundle, NULL);
    if (status == 0) {
        ask(&bundle);
        engine_bundle_done(&bundle);
    } else {
        assert(status == LETHE_E_ENGINE_MODEL || status == LETHE_E_BASE_MEMORY);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    read_bytes(data, size);
    if (size < HEADER)
        return 0;
    uint8_t *copy = malloc(size);
    if (copy == NULL)
        abort();
    memcpy(copy, data, size);
    const uint32_t crc = vector_crc32c(0, copy + HEADER, size - HEADER);
    const uint64_t bytes = size - HEADER;
    for (int i = 0; i < 4; i++)
        copy[12 + i] = (uint8_t)(crc >> (8 * i));
    for (int i = 0; i < 8; i++)
        copy[16 + i] = (uint8_t)(bytes >> (8 * i));
    read_bytes(copy, size);
    free(copy);
    return 0;
}
