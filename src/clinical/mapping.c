/* SPDX-License-Identifier: Apache-2.0 */
#include "clinical/mapping.h"

#include "clinical/codes.h"
#include "clinical/tables.h"
#include "clinical/vocabulary.h"

#include <stdlib.h>

#define CACHE_ENTRIES   4096u /* direct mapped: a display that collides pushes the older one out */
#define CACHE_MENTIONS  6
#define CACHED_TEXT_MAX 512u /* longer texts are notes and do not repeat */

typedef struct cache_entry {
    base_hash128 key; /* 128 keyed bits: not compared again */
    uint32_t count;
    clinical_mention mentions[CACHE_MENTIONS];
} cache_entry;

struct clinical_mapper {
    base_hash_key secret;
    clinical_words words;
    cache_entry *cache;
    clinical_mention scanned[CLINICAL_MENTIONS_MAX];
};

int clinical_mapper_new(const base_hash_key *secret, clinical_mapper **ret_mapper, lethe_error *error)
{
    clinical_mapper *mapper = calloc(1, sizeof(*mapper));
    /* calloc of this size comes from untouched pages: a process that maps one patient pays for what it uses. */
    cache_entry *cache = calloc(CACHE_ENTRIES, sizeof(*cache));
    if (mapper == NULL || cache == NULL) {
        free(mapper);
        free(cache);
        return base_fail(error, LETHE_E_BASE_MEMORY);
    }
    mapper->secret = *secret;
    mapper->cache = cache;
    *ret_mapper = mapper;
    return 0;
}

void clinical_mapper_free(clinical_mapper *mapper)
{
    if (mapper == NULL)
        return;
    clinical_words_done(&mapper->words);
    free(mapper->cache);
    free(mapper);
}

clinical_words *clinical_mapper_words(clinical_mapper *mapper)
{
    return &mapper->words;
}

static uint32_t domain_of_target(uint16_t target)
{
    if (target >= CLINICAL_TARGET_PREGNANCY)
        return CLINICAL_DOMAIN_PREGNANCY;
    if (target >= CLINICAL_TARGET_EXPOSURE)
        return CLINICAL_DOMAIN_EXPOSURE;
    return clinical_concepts[target].domain;
}

static bool is_catch_all(uint16_t target)
{
    return target < clinical_concepts_count && clinical_concepts[target].catch_all != 0;
}

/* Adds a target once, where its domain is wanted; a plain statement beats a historical one. */
static void add(clinical_mapped *mapped, clinical_mention mention, uint32_t domains)
{
    if (mention.target == CLINICAL_TARGET_NONE || mention.certainty == CLINICAL_NOT_SAID)
        return;
    const uint32_t domain = domain_of_target(mention.target);
    if ((domains >> domain & 1) == 0)
        return;
    mapped->covered = mapped->covered || !is_catch_all(mention.target);
    for (uint32_t i = 0; i < mapped->count; i++)
        if (mapped->mentions[i].target == mention.target && mapped->mentions[i].year == mention.year &&
            mapped->mentions[i].weeks == mention.weeks) {
            if (mention.certainty < mapped->mentions[i].certainty)
                mapped->mentions[i].certainty = mention.certainty;
            return;
        }
    if (mapped->count < CLINICAL_MAPPED_MAX) {
        mention.domain = (uint8_t)domain;
        mapped->mentions[mapped->count++] = mention;
    }
}

/* A specific concept says what its catch-all would only have hinted at. */
static void drop_catch_alls(clinical_mapped *mapped)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < mapped->count; i++)
        if (!is_catch_all(mapped->mentions[i].target))
            mapped->mentions[kept++] = mapped->mentions[i];
    mapped->count = kept != 0 ? kept : mapped->count;
}

static void add_found(clinical_mapped *mapped, clinical_found found, uint32_t domains)
{
    for (uint32_t i = 0; i < found.count; i++)
        add(mapped, (clinical_mention){.target = found.targets[i]}, domains);
}

/* All that the tables say of the codes; true where some code is known, were it as meaning nothing. */
static bool map_codes(const record_concept *concept, uint32_t domains, clinical_mapped *mapped)
{
    bool known = false;
    for (uint32_t i = 0; i < concept->count; i++) {
        const record_coding *coding = &concept->codings[i];
        const clinical_system system = clinical_system_of(coding->system);
        if (system == CLINICAL_SYSTEM_UNKNOWN)
            continue;
        const clinical_found found = clinical_code_find(system, CLINICAL_LAYER_CONCEPT, coding->code);
        known = known || (found.count == 1 && found.targets[0] == CLINICAL_TARGET_NONE && !found.prefix);
        add_found(mapped, found, domains);
        add_found(mapped, clinical_code_find(system, CLINICAL_LAYER_EXPOSURE, coding->code), domains);
        add_found(mapped, clinical_code_find(system, CLINICAL_LAYER_PREGNANCY, coding->code), domains);
    }
    return known;
}

static cache_entry *cache_slot(clinical_mapper *mapper, base_span text, clinical_text_kind kind, uint32_t domains,
                               base_hash128 *ret_key)
{
    const uint32_t context[2] = {(uint32_t)kind, domains};
    *ret_key = base_hash_pair(&mapper->secret, (base_span){(const char *)context, sizeof(context)}, text);
    ret_key->high |= ret_key->high == 0;
    return &mapper->cache[ret_key->low & (CACHE_ENTRIES - 1)];
}

int clinical_map_text(clinical_mapper *mapper, base_span text, clinical_text_kind kind, uint32_t domains,
                      uint32_t accepted, clinical_mapped *ret_mapped, lethe_error *error)
{
    base_hash128 key = {0, 0};
    cache_entry *entry = NULL;
    if (text.size <= CACHED_TEXT_MAX) {
        entry = cache_slot(mapper, text, kind, domains, &key);
        if (entry->key.high == key.high && entry->key.low == key.low) {
            for (uint32_t i = 0; i < entry->count; i++)
                add(ret_mapped, entry->mentions[i], accepted);
            return 0;
        }
    }
    uint32_t count = 0;
    BASE_TRY(clinical_text_scan(&mapper->words, text, kind, domains, mapper->scanned, &count, error));
    for (uint32_t i = 0; i < count; i++)
        add(ret_mapped, mapper->scanned[i], accepted);
    if (entry != NULL && count <= CACHE_MENTIONS) {
        entry->key = key;
        entry->count = count;
        memcpy(entry->mentions, mapper->scanned, count * sizeof(mapper->scanned[0]));
    }
    return 0;
}

int clinical_map_label(clinical_mapper *mapper, base_span text, const clinical_wanted *wanted,
                       clinical_mapped *ret_mapped, lethe_error *error)
{
    if (text.size == 0)
        return 0;
    BASE_TRY(clinical_map_text(mapper, text, CLINICAL_TEXT_LABEL, wanted->words, wanted->accepted, ret_mapped, error));
    if (ret_mapped->count == 0 && wanted->fallback != 0)
        return clinical_map_text(mapper, text, CLINICAL_TEXT_LABEL, wanted->fallback, wanted->accepted, ret_mapped,
                                 error);
    return 0;
}

static int map_words(clinical_mapper *mapper, const record_concept *concept, const clinical_wanted *wanted,
                     clinical_mapped *mapped, lethe_error *error)
{
    for (uint32_t i = 0; i < concept->count && !mapped->covered; i++)
        BASE_TRY(clinical_map_label(mapper, concept->codings[i].display, wanted, mapped, error));
    return mapped->covered ? 0 : clinical_map_label(mapper, concept->text, wanted, mapped, error);
}

static bool shares_target(const clinical_mapped *a, const clinical_mapped *b)
{
    for (uint32_t i = 0; i < a->count; i++)
        for (uint32_t j = 0; j < b->count; j++)
            if (a->mentions[i].target == b->mentions[j].target)
                return true;
    return false;
}

/* CVX 103 is a meningococcal vaccine, and its display says "Tetanus and diphtheria": nobody knows which of the two was
 * mistyped. A vaccine that was not given must not be released, so neither counts. */
static int drop_contradicted(clinical_mapper *mapper, const record_concept *concept, const clinical_wanted *wanted,
                             clinical_mapped *mapped, lethe_error *error)
{
    for (uint32_t i = 0; i < concept->count && mapped->count != 0; i++) {
        clinical_mapped said;
        said.count = 0;
        said.covered = false;
        BASE_TRY(clinical_map_label(mapper, concept->codings[i].display, wanted, &said, error));
        if (said.covered && !shares_target(&said, mapped))
            mapped->count = 0;
    }
    mapped->covered = mapped->covered && mapped->count != 0;
    return 0;
}

int clinical_map_concept(clinical_mapper *mapper, const record_concept *concept, const clinical_wanted *wanted,
                         clinical_mapped *ret_mapped, lethe_error *error)
{
    clinical_mapped mapped;
    mapped.count = 0;
    mapped.covered = false;
    const bool known = map_codes(concept, wanted->accepted, &mapped);
    if (!mapped.covered && !known)
        BASE_TRY(map_words(mapper, concept, wanted, &mapped, error));
    else if (mapped.covered && wanted->words == CLINICAL_DOMAIN_BIT(CLINICAL_IMMUNIZATION))
        BASE_TRY(drop_contradicted(mapper, concept, wanted, &mapped, error));
    drop_catch_alls(&mapped);
    ret_mapped->count = mapped.count;
    ret_mapped->covered = mapped.covered;
    memcpy(ret_mapped->mentions, mapped.mentions, mapped.count * sizeof(mapped.mentions[0]));
    return 0;
}

base_hash128 clinical_concept_hash(const base_hash_key *secret, const record_concept *concept)
{
    for (uint32_t i = 0; i < concept->count; i++)
        if (concept->codings[i].code.size != 0)
            return base_hash_pair(secret, concept->codings[i].system, concept->codings[i].code);
    if (concept->text.size == 0 && concept->count != 0)
        return base_hash_pair(secret, BASE_SPAN("display"), concept->codings[0].display);
    return base_hash_pair(secret, BASE_SPAN("text"), concept->text);
}
