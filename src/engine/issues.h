/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ENGINE_ISSUES_H
#define ENGINE_ISSUES_H

#include "fhir/validate.h"

/*
 * Issues of many documents: all are counted by rule, the first by place are kept. Which are kept does not depend on the
 * order in which they come, so each worker has its own list, and lists are merged.
 */
typedef struct engine_issue {
    uint32_t file;
    uint16_t rule;
    int64_t line, byte;
    char *path; /* owned */
} engine_issue;

typedef struct engine_issues {
    engine_issue *issues;
    size_t count, capacity;
    size_t max; /* to keep */
    bool full;  /* `last` is the last one that is kept: what comes behind it is only counted */
    engine_issue last;
    uint64_t *counts; /* by rule */
} engine_issues;

int engine_issues_init(engine_issues *list, size_t max, lethe_error *error);
void engine_issues_done(engine_issues *list);
int engine_issues_add(engine_issues *list, uint32_t file, int64_t line, int64_t byte, const fhir_issue *issue);

/* Takes what `from` holds. */
int engine_issues_merge(engine_issues *list, engine_issues *from);
void engine_issues_sort(engine_issues *list); /* by file, line, byte, path, rule; at most `max` are left */

#endif
