/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LETHE_CONFIG_H
#define LETHE_CONFIG_H

#include <lethe/error.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Called for each key of a configuration; a non-zero return stops with LETHE_E_JSON_CONFIG at that line. */
typedef int (*lethe_config_visit)(void *context, const char *key, const char *value, int64_t line);

/* Reads a configuration file, JSON or YAML (a mapping of names to scalars; no anchors, aliases or tags). */
LETHE_API int lethe_config_read(const char *path, lethe_config_visit visit, void *context, lethe_error *error);

#ifdef __cplusplus
}
#endif

#endif
