/* SPDX-License-Identifier: Apache-2.0 */
/* Packed events, damaged in any way. What is read and written again reads the same; what derive makes of it, it makes
 * in bounded memory and in any order of the halves. */
#include "clinical/derive.h"
#include "clinical/pack.h"
#include "clinical/packed.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define ARENA_MAX ((size_t)1 << 26)

static const base_hash_key SECRET = {7, 8};

/* Reads every fact and writes it again; returns the status, and where the fact in the middle begins. */
static int read_facts(base_span packed, base_buf *again, size_t *ret_middle)
{
    base_cursor cursor = base_cursor_of(packed);
    size_t middle = 0;
    for (bool more = true; more;) {
        clinical_fact fact;
        const int status = clinical_fact_read(&cursor, &more, &fact, NULL);
        if (status != 0)
            return status;
        if (!more)
            break;
        assert(fact.kind > 0 && fact.kind < CLINICAL_FACT_KINDS && fact.target_count <= CLINICAL_FACT_TARGETS_MAX);
        for (uint32_t i = 1; i < fact.target_count; i++)
            assert(fact.targets[i] >= fact.targets[i - 1]);
        clinical_fact_write(again, &fact);
        if (middle == 0 && again->size > packed.size / 2)
            middle = again->size;
    }
    *ret_middle = middle;
    return base_buf_check(again, NULL);
}

static int digest(void *context, base_span id, uint8_t ret_digest[32], lethe_error *error)
{
    const base_hash128 hash = base_hash(&SECRET, id);
    (void)context;
    (void)error;
    memset(ret_digest, 0, 32);
    memcpy(ret_digest, &hash, sizeof(hash));
    return 0;
}

static base_span resolve(void *context, record_key key)
{
    const base_span *packed = context;
    return key.low % 2 == 0 ? *packed : (base_span){"", 0};
}

static size_t derive(const base_span *spans, size_t count, base_span shared, base_arena *arena, record_row **rows)
{
    const clinical_derive_options options = {.as_of_day = 20000};
    const clinical_derive_hooks hooks = {&shared, resolve, digest, NULL};
    size_t row_count = 0;
    const int status = clinical_derive(&options, spans, count, &hooks, arena, rows, &row_count, NULL);
    assert(status == 0 || status == LETHE_E_BASE_LIMIT || status == LETHE_E_BASE_MEMORY);
    assert(row_count <= CLINICAL_VISITS_MAX_DEFAULT);
    return row_count;
}

static void check_rows(base_span packed, size_t middle)
{
    const base_span halves[2] = {{packed.data, middle}, {packed.data + middle, packed.size - middle}};
    const base_span swapped[2] = {halves[1], halves[0]};
    base_arena arena;
    record_row *a = NULL, *b = NULL;
    base_arena_init(&arena, ARENA_MAX);
    const size_t count = derive(halves, 2, packed, &arena, &a);
    assert(derive(swapped, 2, packed, &arena, &b) == count);
    for (size_t i = 0; i < count; i++) {
        assert(memcmp(&a[i].qi, &b[i].qi, sizeof(a[i].qi)) == 0 && a[i].item_count == b[i].item_count);
        assert(a[i].item_count == 0 || memcmp(a[i].items, b[i].items, a[i].item_count * sizeof(record_item)) == 0);
    }
    base_arena_done(&arena);
}

static int count_link(void *context, record_key patient)
{
    (void)context;
    assert(!record_key_none(patient));
    return 0;
}

static int count_identifier(void *context, base_span value)
{
    (void)context;
    assert(value.size <= CLINICAL_FACT_ID_MAX);
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const base_span packed = {(const char *)data, size};
    const clinical_identity_visitor visitor = {NULL, count_link, count_identifier};
    base_buf again, third;
    size_t middle = 0, unused = 0;
    base_buf_init(&again, 4 * size + 4096);
    base_buf_init(&third, 4 * size + 4096);
    const int status = read_facts(packed, &again, &middle);
    const int identity = clinical_packed_identity(packed, &visitor, NULL);
    if (status == 0) {
        assert(read_facts(base_buf_view(&again), &third, &unused) == 0);
        assert(base_span_equal(base_buf_view(&again), base_buf_view(&third)));
        if (identity == 0)
            check_rows(base_buf_view(&again), middle);
    } else {
        assert(status == LETHE_E_CLINICAL_DAMAGED && identity == LETHE_E_CLINICAL_DAMAGED);
    }
    base_buf_done(&again);
    base_buf_done(&third);
    return 0;
}
