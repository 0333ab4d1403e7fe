/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ENGINE_PEOPLE_H
#define ENGINE_PEOPLE_H

#include "base/error.h"
#include "record/key.h"

#include <pthread.h>
#include <stddef.h>

/*
 * Which Patient resources are one person: Patient.link of any type, and equal values of the identifier system that the
 * caller named. A link that any version of a resource asserts counts: joining two people into one is safe for k,
 * splitting one into two is not. Any thread may add while the input is read; leaders are for after
 * engine_people_settle.
 */
#define ENGINE_LINKS_MAX ((size_t)1 << 24)

typedef struct engine_link {
    record_key a, b;
} engine_link;

typedef struct engine_people {
    pthread_mutex_t lock;
    engine_link *links;
    size_t link_count, link_capacity;
    record_key *members, *leaders; /* sorted by member; only people who have links */
    size_t member_count;
} engine_people;

void engine_people_init(engine_people *people);
void engine_people_done(engine_people *people);
int engine_people_link(engine_people *people, record_key a, record_key b, lethe_error *error);
int engine_people_settle(engine_people *people, lethe_error *error);

/* The key under which a patient's records are gathered: the smallest of those linked, or the patient's own. */
record_key engine_people_leader(const engine_people *people, record_key patient);

#endif
