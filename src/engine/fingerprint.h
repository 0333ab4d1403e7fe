/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ENGINE_FINGERPRINT_H
#define ENGINE_FINGERPRINT_H

#include "base/buf.h"
#include "engine/settings.h"

/*
 * What the bits of a dataset depend on beside input and key: a name and a value a line. Threads, memory and how often
 * a run notes how far it is are not among them.
 */
#define ENGINE_FINGERPRINT_MAX 65536

void engine_fingerprint(const engine_settings *settings, base_buf *ret_lines);

/* LETHE_E_ENGINE_RESUME with the first name that differs as the path. */
int engine_fingerprint_compare(base_span then, base_span now, lethe_error *error);

#endif
