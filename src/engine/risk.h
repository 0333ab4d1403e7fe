/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ENGINE_RISK_H
#define ENGINE_RISK_H

#include "json/json_writer.h"
#include "privacy/risk.h"

#include <lethe/attack.h>
#include <lethe/risk.h>

lethe_rate engine_rate(const privacy_rate *rate);
void engine_rate_write(json_writer *json, const char *key, const lethe_rate *rate);

/* All of a result but its `json`, as JSON. */
void engine_risk_write(const lethe_risk_result *result, json_writer *json);
void engine_attack_write(const lethe_attack_result *result, json_writer *json);

#endif
