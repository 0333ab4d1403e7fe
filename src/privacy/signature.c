/* SPDX-License-Identifier: Apache-2.0 */
#include "privacy/signature.h"

#include <stdlib.h>

const uint8_t privacy_qi_order[RECORD_QI_COUNT] = {
    RECORD_QI_SEX,      RECORD_QI_REGION,   RECORD_QI_DENSITY, RECORD_QI_AGE,    RECORD_QI_PREGNANCY,
    RECORD_QI_EXPOSURE, RECORD_QI_OBSERVED, RECORD_QI_PERIOD,  RECORD_QI_SEASON, RECORD_QI_GAP,
};

void privacy_signatures_init(privacy_signatures *set)
{
    *set = (privacy_signatures){.sealed = true};
}

void privacy_signatures_done(privacy_signatures *set)
{
    if (set == NULL)
        return;
    free(set->tuples);
    free(set->offset);
    free(set->people);
    privacy_signatures_init(set);
}

static bool valid_leaves(const record_tuple *tuple)
{
    /* Exposure leaves are the vocabulary's: DECIDE checks them against its hierarchy. */
    static const uint16_t counts[RECORD_QI_COUNT] = {
        RECORD_PERIOD_COUNT,  RECORD_GAP_COUNT,    RECORD_AGE_COUNT,    RECORD_SEX_COUNT,    RECORD_PREGNANCY_COUNT,
        RECORD_DENSITY_COUNT, RECORD_REGION_COUNT, RECORD_SEASON_COUNT, RECORD_EXPOSURE_MAX, 2,
    };
    for (int qi = 0; qi < RECORD_QI_COUNT; qi++)
        if (tuple->leaf[qi] >= counts[qi])
            return false;
    return true;
}

static bool valid_signature(const record_tuple *tuples, size_t row_count)
{
    if (row_count == 0 || row_count > PRIVACY_PATIENT_ROWS_MAX)
        return false;
    for (size_t i = 0; i < row_count; i++)
        if (!valid_leaves(&tuples[i]) || (tuples[i].leaf[RECORD_QI_GAP] == RECORD_GAP_FIRST) != (i == 0))
            return false;
    return true;
}

static int grow(privacy_signatures *set, size_t rows, lethe_error *error)
{
    const size_t used = set->count != 0 ? set->offset[set->count] : 0;
    if (used + rows > PRIVACY_SIGNATURE_ROWS_MAX)
        return base_fail(error, LETHE_E_BASE_LIMIT);
    if (used + rows > set->tuple_capacity) {
        const size_t capacity = (used + rows) * 3 / 2 + 256;
        record_tuple *const tuples = realloc(set->tuples, capacity * sizeof(*tuples));
        if (tuples == NULL)
            return base_fail(error, LETHE_E_BASE_MEMORY);
        set->tuples = tuples;
        set->tuple_capacity = capacity;
    }
    if (set->count + 1 > set->count_capacity) {
        const size_t capacity = set->count * 3 / 2 + 64;
        uint32_t *const offset = realloc(set->offset, (capacity + 1) * sizeof(*offset));
        if (offset == NULL)
            return base_fail(error, LETHE_E_BASE_MEMORY);
        set->offset = offset;
        uint32_t *const people = realloc(set->people, capacity * sizeof(*people));
        if (people == NULL)
            return base_fail(error, LETHE_E_BASE_MEMORY);
        set->people = people;
        set->count_capacity = capacity;
    }
    return 0;
}

static int append(privacy_signatures *set, const record_tuple *tuples, size_t rows, uint32_t people, lethe_error *error)
{
    BASE_TRY(grow(set, rows, error));
    if (set->count == 0)
        set->offset[0] = 0;
    memcpy(&set->tuples[set->offset[set->count]], tuples, rows * sizeof(*tuples));
    set->offset[set->count + 1] = set->offset[set->count] + (uint32_t)rows;
    set->people[set->count] = people;
    set->count++;
    set->sealed = false;
    return 0;
}

int privacy_signatures_add(privacy_signatures *set, const record_tuple *tuples, size_t row_count, uint32_t people,
                           lethe_error *error)
{
    if (people == 0 || !valid_signature(tuples, row_count))
        return base_fail(error, LETHE_E_PRIVACY_OPTION);
    /* Joining equal signatures whenever the set has doubled keeps its memory within twice that of the distinct ones. */
    if (set->count >= 2 * set->sealed_at + 4096)
        BASE_TRY(privacy_signatures_seal(set, error));
    return append(set, tuples, row_count, people, error);
}

int privacy_signatures_merge(privacy_signatures *into, const privacy_signatures *from, lethe_error *error)
{
    for (size_t i = 0; i < from->count; i++)
        BASE_TRY(privacy_signatures_add(into, &from->tuples[from->offset[i]], from->offset[i + 1] - from->offset[i],
                                        from->people[i], error));
    return 0;
}

static base_span signature_bytes(const record_tuple *tuples, size_t rows)
{
    return (base_span){(const char *)tuples, rows * sizeof(*tuples)};
}

static base_span bytes_at(const privacy_signatures *set, size_t i)
{
    return signature_bytes(&set->tuples[set->offset[i]], set->offset[i + 1] - set->offset[i]);
}

static int compare_signatures(base_span a, base_span b)
{
    const size_t size = a.size < b.size ? a.size : b.size;
    for (size_t at = 0; at < size; at += sizeof(record_tuple)) {
        if (memcmp(a.data + at, b.data + at, sizeof(record_tuple)) == 0)
            continue;
        for (int i = 0; i < RECORD_QI_COUNT; i++) {
            const uint8_t x = (uint8_t)a.data[at + privacy_qi_order[i]], y = (uint8_t)b.data[at + privacy_qi_order[i]];
            if (x != y)
                return x < y ? -1 : 1;
        }
    }
    return a.size < b.size ? -1 : a.size > b.size;
}

static int compare_at(const void *a, const void *b, void *context)
{
    const privacy_signatures *const set = context;
    return compare_signatures(bytes_at(set, *(const uint32_t *)a), bytes_at(set, *(const uint32_t *)b));
}

/* Appends the signatures of `set` in `order` to the empty `sorted`, equal ones joined. */
static int gather(const privacy_signatures *set, const uint32_t *order, privacy_signatures *sorted, lethe_error *error)
{
    for (size_t i = 0; i < set->count; i++) {
        const base_span bytes = bytes_at(set, order[i]);
        if (sorted->count != 0 && base_span_equal(bytes, bytes_at(sorted, sorted->count - 1))) {
            uint32_t *const people = &sorted->people[sorted->count - 1];
            if (*people > UINT32_MAX - set->people[order[i]])
                return base_fail(error, LETHE_E_BASE_LIMIT);
            *people += set->people[order[i]];
        } else {
            BASE_TRY(append(sorted, &set->tuples[set->offset[order[i]]], bytes.size / sizeof(record_tuple),
                            set->people[order[i]], error));
        }
    }
    return 0;
}

int privacy_signatures_seal(privacy_signatures *set, lethe_error *error)
{
    if (set->sealed)
        return 0;
    uint32_t *const order = malloc((set->count + 1) * sizeof(*order));
    if (order == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    for (size_t i = 0; i < set->count; i++)
        order[i] = (uint32_t)i;
    qsort_r(order, set->count, sizeof(*order), compare_at, set);

    privacy_signatures sorted;
    privacy_signatures_init(&sorted);
    const int status = gather(set, order, &sorted, error);
    free(order);
    if (status != 0) {
        privacy_signatures_done(&sorted);
        return status;
    }
    privacy_signatures_done(set);
    *set = sorted;
    set->sealed = true;
    set->sealed_at = set->count;
    return 0;
}

size_t privacy_signatures_find(const privacy_signatures *set, const record_tuple *tuples, size_t row_count)
{
    const base_span wanted = signature_bytes(tuples, row_count);
    size_t low = 0, high = set->count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        const int order = compare_signatures(bytes_at(set, middle), wanted);
        if (order == 0)
            return middle;
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return SIZE_MAX;
}

uint64_t privacy_signatures_people(const privacy_signatures *set)
{
    uint64_t people = 0;
    for (size_t i = 0; i < set->count; i++)
        people += set->people[i];
    return people;
}

uint64_t privacy_signatures_rows(const privacy_signatures *set)
{
    uint64_t rows = 0;
    for (size_t i = 0; i < set->count; i++)
        rows += (uint64_t)set->people[i] * (set->offset[i + 1] - set->offset[i]);
    return rows;
}

static const char magic[8] = "LSIG\0\0\0\1";

void privacy_signatures_encode(const privacy_signatures *set, base_buf *ret_bytes)
{
    base_buf_append(ret_bytes, magic, sizeof(magic));
    base_buf_varint(ret_bytes, set->count);
    for (size_t i = 0; i < set->count; i++) {
        const base_span bytes = bytes_at(set, i);
        base_buf_varint(ret_bytes, bytes.size / sizeof(record_tuple));
        base_buf_varint(ret_bytes, set->people[i]);
        base_buf_span(ret_bytes, bytes);
    }
}

static int decode_one(base_cursor *cursor, privacy_signatures *set, lethe_error *error)
{
    const uint64_t rows = base_cursor_varint(cursor), people = base_cursor_varint(cursor);
    if (cursor->failed || rows == 0 || rows > PRIVACY_PATIENT_ROWS_MAX || people == 0 || people > UINT32_MAX)
        return base_fail_at(error, LETHE_E_PRIVACY_OPTION, cursor->at);
    const base_span bytes = base_cursor_take(cursor, (size_t)rows * sizeof(record_tuple));
    record_tuple tuples[PRIVACY_PATIENT_ROWS_MAX];
    if (cursor->failed)
        return base_fail_at(error, LETHE_E_PRIVACY_OPTION, cursor->at);
    memcpy(tuples, bytes.data, bytes.size);
    const bool ascending = set->count == 0 || compare_signatures(bytes_at(set, set->count - 1), bytes) < 0;
    if (!ascending || !valid_signature(tuples, (size_t)rows))
        return base_fail_at(error, LETHE_E_PRIVACY_OPTION, cursor->at);
    return append(set, tuples, (size_t)rows, (uint32_t)people, error);
}

int privacy_signatures_decode(base_span bytes, privacy_signatures *ret_set, lethe_error *error)
{
    base_cursor cursor = base_cursor_of(bytes);
    const base_span head = base_cursor_take(&cursor, sizeof(magic));
    if (cursor.failed || memcmp(head.data, magic, sizeof(magic)) != 0)
        return base_fail_at(error, LETHE_E_PRIVACY_OPTION, 0);
    privacy_signatures set;
    privacy_signatures_init(&set);
    const uint64_t count = base_cursor_varint(&cursor);
    int status = cursor.failed ? base_fail_at(error, LETHE_E_PRIVACY_OPTION, cursor.at) : 0;
    for (uint64_t i = 0; i < count && status == 0; i++)
        status = decode_one(&cursor, &set, error);
    if (status == 0 && cursor.at != cursor.size)
        status = base_fail_at(error, LETHE_E_PRIVACY_OPTION, cursor.at);
    if (status != 0) {
        privacy_signatures_done(&set);
        return status;
    }
    set.sealed = true;
    set.sealed_at = set.count;
    *ret_set = set;
    return 0;
}
