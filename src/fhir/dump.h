/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FHIR_DUMP_H
#define FHIR_DUMP_H

/*
 * For tests: reads a document and writes what came out as lines of text, so that a test is a document and the lines
 * that it must give. Only what is there is printed.
 *
 *   Condition/c1 of Patient/p1 updated=0
 *     condition code=[sct|1|Name] start=2020-01 known=2020-01-02 encounter=Encounter/e1
 *   withheld FHIR_TYPE Condition.code at [{"c
 *
 * The last four bytes are those of the document to which the error points.
 *
 * Keys are printed by name when the name was announced with dump_names, else as "?"; strings of `system` that are known
 * long URLs are printed by a short name.
 */
#include "fhir/reader.h"

void dump_open(void);
void dump_close(void);

/* What the sink returns from now on, to see it passed through; 0 again by the next dump_open. */
void dump_sink_status(int status);
int dump_read_status(const char *text, lethe_error *error);

/* "Type/id" texts, ended by NULL; they stay until the next call. */
void dump_names(const char *const *names);

/* Compares what came out of a document, written with ' for ", with lines that each end in '\n'. */
void dump_expect(const char *text, const char *lines);

const fhir_stats *dump_stats(void);

#endif
