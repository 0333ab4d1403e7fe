/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LETHE_H
#define LETHE_H

#include <lethe/attack.h>
#include <lethe/config.h>
#include <lethe/counts.h>
#include <lethe/csv.h>
#include <lethe/deid.h>
#include <lethe/dp.h>
#include <lethe/erase.h>
#include <lethe/error.h>
#include <lethe/export.h>
#include <lethe/hierarchy.h>
#include <lethe/keys.h>
#include <lethe/policy.h>
#include <lethe/predict.h>
#include <lethe/profile.h>
#include <lethe/publish.h>
#include <lethe/risk.h>
#include <lethe/run.h>
#include <lethe/search.h>
#include <lethe/synth.h>
#include <lethe/validate.h>
#include <lethe/verify.h>

#ifdef __cplusplus
extern "C" {
#endif

/* "0.1.0" */
LETHE_API const char *lethe_version(void);

/* No core dumps, no attaching: for programs that hold keys; call it first. */
LETHE_API void lethe_harden_process(void);

#ifdef __cplusplus
}
#endif

#endif
