/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ENGINE_GATHERED_H
#define ENGINE_GATHERED_H

#include "engine/version.h"

/*
 * One packed resource of a patient as assembly stores it, and where it came from, so that a resource that turns out to
 * be nobody's can be named. The form lives for one run.
 *
 *   u32 size of all · patient 16 · resource 16 · lastUpdated 8 · digest 32 · file u32 · line u64 · byte u64
 *   · u16 size of patient_id · patient_id (where the record describes the patient) · u16 codes · code … · packed events
 */
#define ENGINE_GATHERED_CODES_MAX 4096

/* A raw code before the vocabulary, as the measure of similarity needs it: its keyed hash, and the day it was known. */
typedef struct engine_code {
    uint32_t hash;
    int32_t day;
} engine_code;

typedef struct engine_gathered {
    record_key patient;
    engine_version version; /* its key is the resource's; none where it has no id */
    uint32_t file;
    int64_t line, byte;
    base_span patient_id;
    base_span codes; /* of engine_code, unaligned */
    base_span packed;
} engine_gathered;

void engine_gathered_write(base_buf *out, const engine_gathered *record);

/* The next record of a partition; false at its end. LETHE_E_ENGINE_SPILL where the bytes are none of ours. */
int engine_gathered_read(base_cursor *cursor, bool *ret_more, engine_gathered *ret_record, lethe_error *error);

#endif
