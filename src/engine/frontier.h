/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ENGINE_FRONTIER_H
#define ENGINE_FRONTIER_H

#include "engine/release.h"
#include "report/report.h"

/*
 * What other guarantees would have kept, and what attackers would have got (`lethe run --frontier`): for each level and
 * some k the plan and the list rule are found anew on the same people, and measured as the release is. Nothing of them
 * is written but figures that know the input.
 */
int engine_frontier_measure(const engine_release *release, report_frontier *ret_frontier, lethe_error *error);

#endif
