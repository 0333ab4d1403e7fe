/* SPDX-License-Identifier: Apache-2.0 */
#include "clinical/person.h"

#include "clinical/tables.h"
#include "clinical/vocabulary.h"

/*
 * What someone is exposed to at a visit: of all that the record gives evidence of, the leaf of highest precedence. A
 * flat record's own statement comes first. Conditions count while they last, visits and everything else for a year, the
 * latest answer to a social question for three.
 */
#define EVIDENCE_DAYS 365
#define ANSWER_DAYS   (3 * 365)
#define QUESTIONS_MAX 64

static bool exposes_now(const person_fact *fact, const person_visit *visit)
{
    if (fact->source == RECORD_CONDITION && (fact->flags & CLINICAL_FACT_HISTORICAL) == 0)
        return fact->end == MOMENT_NONE || fact->end > visit->cutoff;
    return person_within_days(fact->known, visit, EVIDENCE_DAYS);
}

static uint32_t leaf_of_target(uint16_t target, uint32_t none)
{
    if (target >= CLINICAL_TARGET_EXPOSURE && target < CLINICAL_TARGET_PREGNANCY)
        return target - CLINICAL_TARGET_EXPOSURE;
    if (target < clinical_concepts_count && clinical_concepts[target].exposure != 255)
        return clinical_concepts[target].exposure;
    return none;
}

static uint32_t lower(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

/* Only the latest answer to each question counts: who has stopped smoking no longer smokes. */
static uint32_t answered_exposure(const person *p, const person_visit *visit, uint32_t none)
{
    const person_fact *latest[QUESTIONS_MAX] = {NULL};
    for (size_t i = 0; i < p->answers.count; i++) {
        const person_fact *fact = &p->answers.items[i];
        if (fact->number >= QUESTIONS_MAX || !person_visible(fact, visit->cutoff) ||
            !person_within_days(fact->known, visit, ANSWER_DAYS))
            continue;
        const person_fact *old = latest[fact->number];
        const bool same = old != NULL && old->known == fact->known;
        const bool stronger =
            same && fact->target_count != 0 && (old->target_count == 0 || fact->targets[0] < old->targets[0]);
        if (old == NULL || fact->known > old->known || stronger)
            latest[fact->number] = fact;
    }
    uint32_t leaf = none;
    for (size_t q = 0; q < QUESTIONS_MAX; q++)
        for (uint32_t t = 0; latest[q] != NULL && t < latest[q]->target_count; t++)
            leaf = lower(leaf, leaf_of_target(latest[q]->targets[t], none));
    return leaf;
}

uint8_t person_exposure(const person *p, const person_visit *visit, uint32_t visit_index)
{
    const uint32_t none = clinical_exposure_count() - 1;
    uint32_t leaf = none;
    for (size_t i = 0; i < p->stated_count; i++)
        if (p->stated[i].stated == CLINICAL_STATED_EXPOSURE && p->stated[i].visit == visit_index)
            leaf = lower(leaf, p->stated[i].number);
    if (leaf != none)
        return (uint8_t)leaf;
    for (size_t i = 0; i < p->coded.count; i++) {
        const person_fact *fact = &p->coded.items[i];
        for (uint32_t t = 0; t < fact->target_count; t++) {
            const uint32_t here = leaf_of_target(fact->targets[t], none);
            if (here < leaf && person_visible(fact, visit->cutoff) && exposes_now(fact, visit))
                leaf = here;
        }
    }
    return (uint8_t)lower(leaf, answered_exposure(p, visit, none));
}
