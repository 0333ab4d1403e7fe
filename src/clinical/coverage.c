/* SPDX-License-Identifier: Apache-2.0 */
#include "clinical/coverage.h"

#include <stdlib.h>

#define SET_SIZE_FIRST 256u

/* The slot of a code in a table that is never full. */
static base_hash128 *find_slot(base_hash128 *slots, uint32_t size, base_hash128 code)
{
    uint32_t at = (uint32_t)code.high & (size - 1);
    while ((slots[at].high | slots[at].low) != 0 &&
           (slots[at].high != code.high || (slots[at].low | 1) != (code.low | 1)))
        at = (at + 1) & (size - 1);
    return &slots[at];
}

/* Twice the table; where memory or the maximum is reached, the set stays as it is. */
static bool grow(clinical_code_set *set)
{
    const uint32_t size = set->size == 0 ? SET_SIZE_FIRST : set->size * 2;
    base_hash128 *slots = size <= CLINICAL_COVERAGE_CODES_MAX * 2 ? calloc(size, sizeof(*slots)) : NULL;
    if (slots == NULL)
        return false;
    for (uint32_t i = 0; i < set->size; i++)
        if ((set->slots[i].high | set->slots[i].low) != 0)
            *find_slot(slots, size, set->slots[i]) = set->slots[i];
    free(set->slots);
    set->slots = slots;
    set->size = size;
    return true;
}

static void add_code(clinical_coverage *coverage, clinical_domain domain, base_hash128 code, bool covered)
{
    clinical_code_set *set = &coverage->sets[domain];
    clinical_coverage_count *count = &coverage->domains[domain];
    code.high |= code.high == 0;
    code.low = (code.low & ~(uint64_t)1) | (covered ? 1 : 0);
    base_hash128 *slot = set->size != 0 ? find_slot(set->slots, set->size, code) : NULL;
    if (slot != NULL && slot->high != 0) {
        if (covered && (slot->low & 1) == 0) { /* one code, displayed once in words that are known */
            slot->low |= 1;
            count->codes_covered++;
        }
        return;
    }
    if (set->used * 2 >= set->size && !grow(set)) {
        count->codes_full = true;
        return;
    }
    *find_slot(set->slots, set->size, code) = code;
    set->used++;
    count->codes++;
    count->codes_covered += covered;
}

void clinical_coverage_occurrence(clinical_coverage *coverage, clinical_domain domain, bool covered)
{
    coverage->domains[domain].occurrences++;
    coverage->domains[domain].covered += covered;
}

void clinical_coverage_add(clinical_coverage *coverage, clinical_domain domain, base_hash128 code, bool covered)
{
    clinical_coverage_occurrence(coverage, domain, covered);
    add_code(coverage, domain, code, covered);
}

void clinical_coverage_merge(clinical_coverage *into, const clinical_coverage *from)
{
    for (unsigned d = 0; d < CLINICAL_DOMAIN_COUNT; d++) {
        into->domains[d].occurrences += from->domains[d].occurrences;
        into->domains[d].covered += from->domains[d].covered;
        into->domains[d].codes_full |= from->domains[d].codes_full;
        for (uint32_t i = 0; i < from->sets[d].size; i++) {
            const base_hash128 code = from->sets[d].slots[i];
            if ((code.high | code.low) != 0)
                add_code(into, (clinical_domain)d, code, (code.low & 1) != 0);
        }
    }
}

void clinical_coverage_done(clinical_coverage *coverage)
{
    if (coverage == NULL)
        return;
    for (unsigned d = 0; d < CLINICAL_DOMAIN_COUNT; d++)
        free(coverage->sets[d].slots);
    memset(coverage, 0, sizeof(*coverage));
}
