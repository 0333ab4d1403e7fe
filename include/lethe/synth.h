/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LETHE_SYNTH_H
#define LETHE_SYNTH_H

#include <lethe/error.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct lethe_synth_options {
    uint32_t size_bytes;
    const char *output;   /* folder to make; it must not exist */
    const char *format;   /* "ndjson" (default): a file per resource type; "bundle": a file per patient */
    const char *contents; /* "compact" (default); "full": claims, notes and the rest, in Synthea's proportions */
    uint64_t patients;    /* default 1000 */
    uint64_t seed;
    const char *as_of; /* last day of the records; default 2025-06-30 */
    int (*progress)(void *context, uint64_t done, uint64_t total);
    void *progress_context;
    const char *truth; /* a file to make, mode 0600, outside of output: how likely each outcome was after each visit
                          (docs/SPEC-synth.md); NULL for none. The population's bytes are the same either way. */
} lethe_synth_options;

typedef struct lethe_synth_result {
    uint64_t patients, resources, bytes, files;
} lethe_synth_result;

/* Makes a synthetic population: the same bytes for the same options on any machine. */
LETHE_API int lethe_synth(const lethe_synth_options *options, lethe_synth_result *ret_result, lethe_error *error);

#ifdef __cplusplus
}
#endif

#endif
