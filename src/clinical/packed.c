/* SPDX-License-Identifier: Apache-2.0 */
#include "clinical/packed.h"

#include "clinical/tables.h"
#include "clinical/vocabulary.h"

/* Bits of a fact's mask, in the order of the fields. */
enum {
    HAS_FLAGS = 1 << 0,
    HAS_START = 1 << 1,
    HAS_END = 1 << 2,
    HAS_KNOWN = 1 << 3,
    HAS_SELF = 1 << 4,
    HAS_ENCOUNTER = 1 << 5,
    HAS_REFERENCE = 1 << 6,
    HAS_ID = 1 << 7,
    HAS_TARGETS = 1 << 8,
    HAS_VALUE = 1 << 9,
    HAS_RESULT = 1 << 10,
    HAS_ALL = (1 << 11) - 1,
};

static uint64_t zigzag(int32_t value)
{
    return ((uint64_t)(int64_t)value << 1) ^ (uint64_t)((int64_t)value >> 63);
}

static int64_t unzigzag(uint64_t value)
{
    return (int64_t)(value >> 1) ^ -(int64_t)(value & 1);
}

/* As base_cursor_u8 and _varint, here inline: derive reads every fact of a person twice. */
static inline uint8_t read_u8(base_cursor *cursor)
{
    if (cursor->failed || cursor->at == cursor->size) {
        cursor->failed = true;
        return 0;
    }
    return cursor->data[cursor->at++];
}

static inline uint64_t read_varint(base_cursor *cursor)
{
    const uint8_t first = read_u8(cursor);
    if ((first & 0x80) == 0)
        return first;
    uint64_t value = first & 0x7f;
    for (unsigned shift = 7; shift < 64; shift += 7) {
        const uint8_t byte = read_u8(cursor);
        value |= (uint64_t)(byte & 0x7f) << shift;
        if ((byte & 0x80) == 0)
            return value;
    }
    cursor->failed = true;
    return 0;
}

/* Little endian, as base_buf_u64 writes; the machines we run on are too (base/hash_test.c would fail on others). */
static inline uint64_t read_u64(base_cursor *cursor)
{
    uint64_t value = 0;
    const base_span bytes = base_cursor_take(cursor, sizeof(value));
    if (bytes.size == sizeof(value))
        memcpy(&value, bytes.data, sizeof(value));
    return value;
}

static void write_time(base_buf *out, base_time time)
{
    base_buf_byte(out, (char)time.precision);
    base_buf_varint(out, zigzag(time.day));
    if (time.precision == BASE_PRECISION_TIME)
        base_buf_varint(out, (uint64_t)time.second);
}

static base_time read_time(base_cursor *cursor)
{
    const uint8_t precision = read_u8(cursor);
    const int64_t day = unzigzag(read_varint(cursor));
    const uint64_t second = precision == BASE_PRECISION_TIME ? read_varint(cursor) : 0;
    if (precision == BASE_PRECISION_NONE || precision > BASE_PRECISION_TIME || day < BASE_DAY_MIN ||
        day > BASE_DAY_MAX || second >= 86400)
        cursor->failed = true;
    if (cursor->failed)
        return (base_time){0};
    return (base_time){.day = (int32_t)day, .second = (int32_t)second, .precision = precision};
}

static void write_key(base_buf *out, record_key key)
{
    base_buf_u64(out, key.high);
    base_buf_u64(out, key.low);
}

static record_key read_key(base_cursor *cursor)
{
    record_key key;
    key.high = read_u64(cursor);
    key.low = read_u64(cursor);
    return key;
}

static uint32_t mask_of(const clinical_fact *fact)
{
    uint32_t mask = 0;
    mask |= fact->flags != 0 ? HAS_FLAGS : 0u;
    mask |= base_time_known(fact->start) ? HAS_START : 0u;
    mask |= base_time_known(fact->end) ? HAS_END : 0u;
    mask |= base_time_known(fact->known) ? HAS_KNOWN : 0u;
    mask |= !record_key_none(fact->self) ? HAS_SELF : 0u;
    mask |= !record_key_none(fact->encounter) ? HAS_ENCOUNTER : 0u;
    mask |= !record_key_none(fact->reference) ? HAS_REFERENCE : 0u;
    mask |= fact->id.size != 0 ? HAS_ID : 0u;
    mask |= fact->target_count != 0 ? HAS_TARGETS : 0u;
    mask |= fact->has_value ? HAS_VALUE : 0u;
    mask |= fact->result != 0 ? HAS_RESULT : 0u;
    return mask;
}

/* What only facts of one kind have. */
static void write_kind(base_buf *out, const clinical_fact *fact)
{
    switch (fact->kind) {
    case CLINICAL_FACT_PATIENT:
        base_buf_byte(out, (char)fact->gender);
        base_buf_varint(out, (uint64_t)(fact->age_years + 1));
        break;
    case CLINICAL_FACT_ADDRESS:
        base_buf_byte(out, (char)fact->density);
        base_buf_byte(out, (char)fact->region);
        break;
    case CLINICAL_FACT_ENCOUNTER:
        base_buf_byte(out, (char)fact->class_of_encounter);
        break;
    case CLINICAL_FACT_STATED:
        base_buf_byte(out, (char)fact->stated);
        base_buf_varint(out, fact->number);
        break;
    case CLINICAL_FACT_VALUE:
    case CLINICAL_FACT_ANSWER:
        base_buf_varint(out, fact->number);
        break;
    default:
        break;
    }
}

void clinical_fact_add_target(clinical_fact *fact, uint16_t target)
{
    if (fact->target_count == CLINICAL_FACT_TARGETS_MAX)
        return;
    uint32_t at = fact->target_count++;
    for (; at != 0 && fact->targets[at - 1] > target; at--)
        fact->targets[at] = fact->targets[at - 1];
    fact->targets[at] = target;
}

void clinical_fact_write(base_buf *out, const clinical_fact *fact)
{
    const uint32_t mask = mask_of(fact);
    base_buf_byte(out, (char)fact->kind);
    base_buf_byte(out, (char)fact->source);
    base_buf_varint(out, mask);
    write_kind(out, fact);
    if ((mask & HAS_FLAGS) != 0)
        base_buf_byte(out, (char)fact->flags);
    if ((mask & HAS_START) != 0)
        write_time(out, fact->start);
    if ((mask & HAS_END) != 0)
        write_time(out, fact->end);
    if ((mask & HAS_KNOWN) != 0)
        write_time(out, fact->known);
    if ((mask & HAS_SELF) != 0)
        write_key(out, fact->self);
    if ((mask & HAS_ENCOUNTER) != 0)
        write_key(out, fact->encounter);
    if ((mask & HAS_REFERENCE) != 0)
        write_key(out, fact->reference);
    if ((mask & HAS_ID) != 0) {
        base_buf_varint(out, fact->id.size);
        base_buf_span(out, fact->id);
    }
    if ((mask & HAS_TARGETS) != 0) {
        base_buf_byte(out, (char)fact->target_count);
        for (uint32_t i = 0; i < fact->target_count; i++)
            base_buf_u16(out, fact->targets[i]);
    }
    if ((mask & HAS_VALUE) != 0) {
        uint64_t bits = 0;
        memcpy(&bits, &fact->value, sizeof(bits));
        base_buf_u64(out, bits);
    }
    if ((mask & HAS_RESULT) != 0)
        base_buf_byte(out, (char)fact->result);
}

/* A number below `limit`, or damage. */
static uint32_t read_below(base_cursor *cursor, uint64_t value, uint64_t limit)
{
    if (value < limit)
        return (uint32_t)value;
    cursor->failed = true;
    return 0;
}

static void read_kind(base_cursor *cursor, clinical_fact *fact)
{
    static const uint8_t gender_count = RECORD_SEX_COUNT;
    fact->age_years = -1;
    switch (fact->kind) {
    case CLINICAL_FACT_PATIENT:
        fact->gender = (uint8_t)read_below(cursor, read_u8(cursor), gender_count);
        fact->age_years = (int16_t)((int)read_below(cursor, read_varint(cursor), 1000) - 1);
        break;
    case CLINICAL_FACT_ADDRESS:
        fact->density = (uint8_t)read_below(cursor, read_u8(cursor), RECORD_DENSITY_COUNT);
        fact->region = (uint8_t)read_below(cursor, read_u8(cursor), RECORD_REGION_COUNT);
        break;
    case CLINICAL_FACT_ENCOUNTER:
        fact->class_of_encounter = (uint8_t)read_below(cursor, read_u8(cursor), RECORD_CLASS_COUNT);
        break;
    case CLINICAL_FACT_STATED:
        fact->stated = (uint8_t)read_below(cursor, read_u8(cursor), CLINICAL_STATED_COUNT);
        fact->number = read_below(cursor, read_varint(cursor), 16);
        break;
    case CLINICAL_FACT_VALUE:
        fact->number = read_below(cursor, read_varint(cursor), clinical_analytes_count);
        break;
    case CLINICAL_FACT_ANSWER:
        fact->number = read_below(cursor, read_varint(cursor), clinical_question_count);
        break;
    default:
        break;
    }
}

static bool target_exists(uint16_t target)
{
    if (target >= CLINICAL_TARGET_PREGNANCY)
        return target < CLINICAL_TARGET_CUE &&
               target - CLINICAL_TARGET_PREGNANCY < (int)clinical_pregnancy_values_count;
    if (target >= CLINICAL_TARGET_EXPOSURE)
        return target - CLINICAL_TARGET_EXPOSURE < (int)clinical_exposure_leaves_count;
    return target < clinical_concepts_count;
}

static void read_targets(base_cursor *cursor, clinical_fact *fact)
{
    fact->target_count = read_below(cursor, read_u8(cursor), CLINICAL_FACT_TARGETS_MAX + 1);
    for (uint32_t i = 0; i < fact->target_count; i++) {
        fact->targets[i] = base_cursor_u16(cursor);
        if (!target_exists(fact->targets[i]) || (i != 0 && fact->targets[i] < fact->targets[i - 1]))
            cursor->failed = true;
    }
}

static void read_value(base_cursor *cursor, clinical_fact *fact)
{
    const uint64_t bits = read_u64(cursor);
    memcpy(&fact->value, &bits, sizeof(bits));
    fact->has_value = true;
    if (!(fact->value >= -1e300 && fact->value <= 1e300))
        cursor->failed = true;
}

static void read_fields(base_cursor *cursor, uint32_t mask, clinical_fact *fact)
{
    if ((mask & HAS_FLAGS) != 0)
        fact->flags = read_u8(cursor);
    if ((mask & HAS_START) != 0)
        fact->start = read_time(cursor);
    if ((mask & HAS_END) != 0)
        fact->end = read_time(cursor);
    if ((mask & HAS_KNOWN) != 0)
        fact->known = read_time(cursor);
    if ((mask & HAS_SELF) != 0)
        fact->self = read_key(cursor);
    if ((mask & HAS_ENCOUNTER) != 0)
        fact->encounter = read_key(cursor);
    if ((mask & HAS_REFERENCE) != 0)
        fact->reference = read_key(cursor);
    if ((mask & HAS_ID) != 0)
        fact->id = base_cursor_take(cursor, read_below(cursor, read_varint(cursor), CLINICAL_FACT_ID_MAX + 1));
    if ((mask & HAS_TARGETS) != 0)
        read_targets(cursor, fact);
    if ((mask & HAS_VALUE) != 0)
        read_value(cursor, fact);
    if ((mask & HAS_RESULT) != 0)
        fact->result = read_u8(cursor);
}

/* Everything but the targets, of which only `target_count` are ever read. */
static void clear(clinical_fact *fact)
{
    memset(fact, 0, offsetof(clinical_fact, targets));
    memset((char *)fact + offsetof(clinical_fact, target_count), 0,
           sizeof(*fact) - offsetof(clinical_fact, target_count));
}

int clinical_fact_read(base_cursor *cursor, bool *ret_more, clinical_fact *ret_fact, lethe_error *error)
{
    if (!cursor->failed && cursor->at == cursor->size) {
        *ret_more = false;
        return 0;
    }
    clear(ret_fact);
    ret_fact->kind = (uint8_t)read_below(cursor, read_u8(cursor), CLINICAL_FACT_KINDS);
    ret_fact->source = read_u8(cursor);
    const uint32_t mask = read_below(cursor, read_varint(cursor), HAS_ALL + 1);
    if (ret_fact->kind == 0 || ret_fact->source == 0 || ret_fact->source > RECORD_STATED)
        cursor->failed = true;
    read_kind(cursor, ret_fact);
    read_fields(cursor, mask, ret_fact);
    if (cursor->failed)
        return base_fail_at(error, LETHE_E_CLINICAL_DAMAGED, cursor->at);
    *ret_more = true;
    return 0;
}
