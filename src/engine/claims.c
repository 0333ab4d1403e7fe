/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/claims.h"

#include "base/threads.h"
#include "engine/gather.h"
#include "engine/ingest.h"

#include <stdlib.h>

#define SLICE_ENTRIES ((size_t)1 << 17) /* a table of 4 MB a thread */
#define FILTER_BITS   23                /* a megabyte, so that the second reading passes over nearly all */
#define SEVERAL       0                 /* instead of a patient */

typedef struct seen_pair {
    uint64_t resource, patient; /* the low halves of keyed hashes; never 0 */
} seen_pair;

/* A version that names `leader`; without one it says that the resource is contested, and nothing else. */
typedef struct claim {
    record_key resource, leader;
    int64_t last_updated_us;
    uint8_t digest[32];
} claim;

typedef struct settling {
    engine_claims *claims;
    engine_parts *records, *contested;
    const engine_people *people;
    uint8_t *filter; /* of contested resources; changed atomically */
    bool any;        /* as well */
} settling;

int engine_claims_init(engine_claims *claims, engine_store *store, lethe_error *error)
{
    *claims = (engine_claims){.store = store};
    return engine_parts_new(ENGINE_CLAIMS_PARTS, store, &claims->seen, error);
}

void engine_claims_done(engine_claims *claims)
{
    engine_parts_free(claims->seen);
    engine_parts_free(claims->lost);
    *claims = (engine_claims){0};
}

static size_t part_of(record_key resource)
{
    return (size_t)(resource.high % ENGINE_CLAIMS_PARTS);
}

static uint64_t low_of(record_key key)
{
    return key.low != 0 ? key.low : 1;
}

int engine_claims_add(engine_claims *claims, record_key resource, record_key patient, lethe_error *error)
{
    const seen_pair pair = {low_of(resource), low_of(patient)};
    return engine_parts_append(claims->seen, part_of(resource), (base_span){(const char *)&pair, sizeof(pair)}, error);
}

typedef int (*entry_visitor)(void *context, const void *entry, lethe_error *error);

/* Every entry of a partition, each of `size` bytes, a piece of it in memory at a time. */
static int visit_entries(engine_parts *parts, size_t part, size_t size, entry_visitor visit, void *context,
                         lethe_error *error)
{
    base_buf window;
    int status = 0;
    const uint64_t end = engine_parts_size(parts, part);
    base_buf_init(&window, 2 * ENGINE_SLOTS_AT_ONCE * ENGINE_PAGE_BYTES);
    for (uint64_t at = 0; status == 0 && at < end;) {
        size_t used = 0;
        status = engine_parts_load_some(parts, part, &at, &window, error);
        for (; status == 0 && window.size - used >= size; used += size)
            status = visit(context, window.data + used, error);
        if (status == 0) {
            memmove(window.data, window.data + used, window.size - used);
            window.size -= used;
        }
    }
    if (status == 0 && window.size != 0)
        status = base_fail(error, LETHE_E_ENGINE_SPILL);
    base_buf_done(&window);
    return status;
}

/* In how many slices, by the resource, a partition is looked at. */
static size_t slices_of(const engine_claims *claims, engine_parts *parts, size_t part, size_t size)
{
    const size_t most = claims->slice_entries != 0 ? claims->slice_entries : SLICE_ENTRIES;
    return 1 + (size_t)(engine_parts_size(parts, part) / size / most);
}

static bool in_slice(uint64_t resource, size_t slice, size_t slices)
{
    return slices == 1 || (resource >> 32) % slices == slice;
}

/* --- which resources are contested --- */

typedef struct seen_table {
    settling *all;
    size_t part, slice, slices;
    seen_pair *slots; /* open addressing */
    size_t capacity, used, expected;
} seen_table;

static seen_pair *find_slot(seen_pair *slots, size_t capacity, uint64_t resource)
{
    size_t at = (size_t)resource & (capacity - 1);
    while (slots[at].resource != 0 && slots[at].resource != resource)
        at = (at + 1) & (capacity - 1);
    return &slots[at];
}

static int grow(seen_table *table, lethe_error *error)
{
    size_t capacity = 2 * table->capacity;
    if (capacity == 0) /* most resources have one version: as many as there are entries */
        for (capacity = 1024; capacity < 2 * table->expected;)
            capacity *= 2;
    seen_pair *slots = calloc(capacity, sizeof(*slots));
    if (slots == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    for (size_t i = 0; i < table->capacity; i++)
        if (table->slots[i].resource != 0)
            *find_slot(slots, capacity, table->slots[i].resource) = table->slots[i];
    free(table->slots);
    table->slots = slots;
    table->capacity = capacity;
    return 0;
}

static size_t filter_bit(uint64_t resource)
{
    return (size_t)(resource >> (64 - FILTER_BITS));
}

static int note_contested(seen_table *table, uint64_t resource, lethe_error *error)
{
    const claim mark = {.resource = {0, resource}};
    const size_t bit = filter_bit(resource);
    __atomic_or_fetch(&table->all->filter[bit / 8], (uint8_t)(1u << bit % 8), __ATOMIC_RELAXED);
    __atomic_store_n(&table->all->any, true, __ATOMIC_RELAXED);
    return engine_parts_append(table->all->contested, table->part, (base_span){(const char *)&mark, sizeof(mark)},
                               error);
}

static int compare_patient(void *context, const void *entry, lethe_error *error)
{
    seen_table *table = context;
    const seen_pair *pair = entry;
    if (!in_slice(pair->resource, table->slice, table->slices))
        return 0;
    if (2 * table->used >= table->capacity)
        BASE_TRY(grow(table, error));
    seen_pair *slot = find_slot(table->slots, table->capacity, pair->resource);
    if (slot->resource == 0) {
        *slot = *pair;
        table->used++;
    } else if (slot->patient != pair->patient && slot->patient != SEVERAL) {
        slot->patient = SEVERAL;
        return note_contested(table, pair->resource, error);
    }
    return 0;
}

static int find_contested(void *context, size_t part, size_t number, lethe_error *error)
{
    settling *all = context;
    engine_parts *seen = all->claims->seen;
    seen_table table = {all, part, .slices = slices_of(all->claims, seen, part, sizeof(seen_pair))};
    int status = 0;
    (void)number;
    table.expected = (size_t)(engine_parts_size(seen, part) / sizeof(seen_pair) / table.slices);
    for (; status == 0 && table.slice < table.slices; table.slice++) {
        if (table.capacity != 0)
            memset(table.slots, 0, table.capacity * sizeof(*table.slots));
        table.used = 0;
        status = visit_entries(seen, part, sizeof(seen_pair), compare_patient, &table, error);
    }
    free(table.slots);
    if (status == 0)
        engine_parts_drop(seen, part);
    return status;
}

/* --- their versions, from the records --- */

static int claim_record(void *context, const engine_gathered *record, base_span bytes, lethe_error *error)
{
    const settling *all = context;
    const engine_version *version = &record->version;
    const size_t bit = filter_bit(low_of(version->key));
    (void)bytes;
    if (record_key_none(version->key) || (all->filter[bit / 8] >> bit % 8 & 1) == 0)
        return 0;
    claim made = {version->key, engine_people_leader(all->people, record->patient), version->last_updated_us, {0}};
    memcpy(made.digest, version->digest, sizeof(made.digest));
    return engine_parts_append(all->contested, part_of(version->key), (base_span){(const char *)&made, sizeof(made)},
                               error);
}

static int claim_part(void *context, size_t part, size_t number, lethe_error *error)
{
    settling *all = context;
    (void)number;
    return engine_gather_visit(all->records, part, claim_record, all, error);
}

/* --- whose they are --- */

typedef struct judging {
    settling *all;
    size_t slice, slices;
    base_buf best; /* of claim, sorted by resource.low: the preferred one of each contested resource */
} judging;

static int by_resource(const void *left, const void *right)
{
    const uint64_t a = low_of(((const claim *)left)->resource), b = low_of(((const claim *)right)->resource);
    return a < b ? -1 : a > b;
}

static int list_contested(void *context, const void *entry, lethe_error *error)
{
    judging *judge = context;
    const claim *mark = entry;
    if (!record_key_none(mark->leader) || !in_slice(mark->resource.low, judge->slice, judge->slices))
        return 0;
    base_buf_append(&judge->best, mark, sizeof(*mark));
    return base_buf_check(&judge->best, error);
}

/* The preferred claim so far; NULL where the resource is not contested, or not of this slice. */
static claim *find_best(const judging *judge, const claim *made)
{
    const size_t count = judge->best.size / sizeof(claim);
    if (record_key_none(made->leader) || count == 0)
        return NULL;
    return bsearch(made, judge->best.data, count, sizeof(claim), by_resource);
}

/* The newer version; of the same bytes, whose subject each Bundle resolved for itself, the smaller leader. */
static bool is_better(const claim *made, const claim *best)
{
    engine_version a = {made->resource, made->last_updated_us, {0}}, b = {best->resource, best->last_updated_us, {0}};
    memcpy(a.digest, made->digest, sizeof(a.digest));
    memcpy(b.digest, best->digest, sizeof(b.digest));
    const int order = engine_version_prefer(&a, &b);
    return order != 0 ? order < 0 : record_key_compare(made->leader, best->leader) < 0;
}

static int prefer_claim(void *context, const void *entry, lethe_error *error)
{
    const claim *made = entry;
    claim *best = find_best(context, made);
    (void)error;
    if (best != NULL && (record_key_none(best->leader) || is_better(made, best)))
        *best = *made;
    return 0;
}

/* Where no version says when it was updated, nothing says that they are versions: ids may be numbered file by file, and
 * then each patient keeps what is theirs. */
static int lose_claim(void *context, const void *entry, lethe_error *error)
{
    const judging *judge = context;
    const claim *made = entry, *best = find_best(judge, made);
    if (best == NULL || best->last_updated_us == INT64_MIN || record_key_equal(best->leader, made->leader))
        return 0;
    const engine_loss loss = {made->leader, made->resource};
    return engine_parts_append(judge->all->claims->lost,
                               engine_part_of(made->leader, engine_parts_count(judge->all->records)),
                               (base_span){(const char *)&loss, sizeof(loss)}, error);
}

static int judge_slice(judging *judge, size_t part, lethe_error *error)
{
    engine_parts *contested = judge->all->contested;
    base_buf_reset(&judge->best);
    BASE_TRY(visit_entries(contested, part, sizeof(claim), list_contested, judge, error));
    if (judge->best.size == 0)
        return 0;
    qsort(judge->best.data, judge->best.size / sizeof(claim), sizeof(claim), by_resource);
    BASE_TRY(visit_entries(contested, part, sizeof(claim), prefer_claim, judge, error));
    return visit_entries(contested, part, sizeof(claim), lose_claim, judge, error);
}

static int judge_part(void *context, size_t part, size_t number, lethe_error *error)
{
    settling *all = context;
    judging judge = {.all = all, .slices = slices_of(all->claims, all->contested, part, sizeof(claim))};
    int status = 0;
    (void)number;
    base_buf_init(&judge.best, (size_t)1 << 32);
    for (; status == 0 && judge.slice < judge.slices; judge.slice++)
        status = judge_slice(&judge, part, error);
    base_buf_done(&judge.best);
    return status;
}

static int settle(settling *all, size_t threads, lethe_error *error)
{
    engine_claims *claims = all->claims;
    BASE_TRY(engine_parts_new(ENGINE_CLAIMS_PARTS, claims->store, &all->contested, error));
    BASE_TRY(base_parallel(threads, ENGINE_CLAIMS_PARTS, find_contested, all, error));
    if (!all->any)
        return 0;
    BASE_TRY(engine_parts_new(engine_parts_count(all->records), claims->store, &claims->lost, error));
    BASE_TRY(base_parallel(threads, engine_parts_count(all->records), claim_part, all, error));
    return base_parallel(threads, ENGINE_CLAIMS_PARTS, judge_part, all, error);
}

int engine_claims_settle(engine_claims *claims, engine_parts *records, const engine_people *people, size_t threads,
                         lethe_error *error)
{
    settling all = {.claims = claims, .records = records, .people = people};
    all.filter = calloc((size_t)1 << (FILTER_BITS - 3), 1);
    const int status = all.filter != NULL ? settle(&all, threads, error) : base_fail(error, LETHE_E_BASE_MEMORY);
    engine_parts_free(all.contested);
    free(all.filter);
    engine_parts_free(claims->seen);
    claims->seen = NULL;
    return status;
}

/* --- for whoever gathers --- */

typedef struct loading {
    size_t slice, slices;
    base_buf *bytes;
} loading;

static int keep_loss(void *context, const void *entry, lethe_error *error)
{
    const loading *load = context;
    const engine_loss *loss = entry;
    if (loss->leader.low % load->slices == load->slice)
        base_buf_append(load->bytes, loss, sizeof(*loss));
    return base_buf_check(load->bytes, error);
}

static int by_leader(const void *left, const void *right)
{
    return engine_loss_compare(left, right);
}

int engine_claims_lost(engine_parts *lost, size_t part, size_t slice, size_t slices, base_buf *bytes,
                       lethe_error *error)
{
    loading load = {slice, slices, bytes};
    BASE_TRY(visit_entries(lost, part, sizeof(engine_loss), keep_loss, &load, error));
    if (bytes->size != 0)
        qsort(bytes->data, bytes->size / sizeof(engine_loss), sizeof(engine_loss), by_leader);
    return 0;
}
