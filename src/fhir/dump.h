/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FHIR_DUMP_H
#define FHIR_DUMP_H

/*
 * For tests: reads a document and writes what came out as lines of text, so that a test is a document and the lines that
 * it must give. Only what is there is printed.
 *
 *   Condition/c1 of Patient/p1 updated=0
 *     condition code=[sct|1|Name] start=2020-01 known=2020-01-02 encounter=Encounter/e1
 *   withheld LETHE_E_FHIR_TYPE Condition.code 17
 *
 * Keys are printed by name when the name was announced with dump_names, else as "?"; strings of `system` that are known
 * long URLs are printed by a short name.
 */
#include "fhir/reader.h"

void dump_open(void);
void dump_close(void);

/* "Type/id" texts, ended by NULL; they stay until the next call. */
void dump_names(const char *const *names);

/* What came out, valid until the next call. Fails the test on a fatal error. */
const char *dump_read(const char *text);

/* As dump_read, comparing with the concatenation of lines, each ended by '\n'. */
void dump_expect(const char *text, const char *lines);

const fhir_stats *dump_stats(void);

#endif
