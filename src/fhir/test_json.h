/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FHIR_TEST_JSON_H
#define FHIR_TEST_JSON_H

#include "json/json.h"

/* For tests: equal JSON, members in any order, numbers by their text; the path of the first difference otherwise. */
bool test_json_equal(json_value a, json_value b, char *path, size_t path_size);

#endif
