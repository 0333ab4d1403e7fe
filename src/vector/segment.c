/* SPDX-License-Identifier: Apache-2.0 */
#include "vector/segment.h"

#include "vector/crc32c.h"
#include "vector/names.h"

#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>

static const char *const SECTION_NAMES[VECTOR_SECTION_COUNT] = {
    "vectors",     "codes",      "measures",       "row_ids",    "row_table",  "group_ids",
    "group_table", "row_groups", "group_starts",   "group_rows", "snapshots",  "columns",
    "term_starts", "term_text",  "posting_starts", "postings",   "row_starts", "row_terms",
};

const char *vector_section_name(vector_section section)
{
    return SECTION_NAMES[section];
}

int vector_segment_damaged(vector_section section, lethe_error *error)
{
    base_fail(error, LETHE_E_VECTOR_DAMAGED);
    base_error_path(error, SECTION_NAMES[section]);
    return LETHE_E_VECTOR_DAMAGED;
}

static int damaged_header(lethe_error *error)
{
    base_fail(error, LETHE_E_VECTOR_DAMAGED);
    base_error_path(error, "header");
    return LETHE_E_VECTOR_DAMAGED;
}

static void read_blocks(vector_segment *segment, vector_schema *schema, vector_block *blocks)
{
    base_cursor cursor =
        base_cursor_of((base_span){(const char *)segment->map + VECTOR_BLOCKS_AT, 16UL * VECTOR_BLOCKS_MAX});
    for (uint32_t i = 0; i < VECTOR_BLOCKS_MAX; i++) {
        blocks[i].at = base_cursor_u32(&cursor);
        blocks[i].size = base_cursor_u32(&cursor);
        const uint64_t weight = base_cursor_u64(&cursor);
        memcpy(&blocks[i].weight, &weight, sizeof(weight));
    }
    schema->blocks = blocks;
}

/* Columns as texts that end in NUL: they stay borrowed from the map until the schema is kept. */
static int read_columns(const vector_segment *segment, vector_schema *schema, vector_column *columns,
                        lethe_error *error)
{
    const base_span bytes = segment->sections[VECTOR_COLUMNS];
    size_t at = 0;
    for (uint32_t i = 0; i < schema->column_count; i++) {
        const char *end = at < bytes.size ? memchr(bytes.data + at, '\0', bytes.size - at) : NULL;
        if (end == NULL || (bytes.data[at] != '=' && bytes.data[at] != '~'))
            return vector_segment_damaged(VECTOR_COLUMNS, error);
        columns[i] = (vector_column){bytes.data + at + 1, bytes.data[at] == '~'};
        at = (size_t)(end - bytes.data) + 1;
    }
    schema->columns = columns;
    return at == bytes.size ? 0 : vector_segment_damaged(VECTOR_COLUMNS, error);
}

static int read_stamp(const vector_segment *segment, vector_stamp *ret_stamp, lethe_error *error)
{
    const char *texts[VECTOR_STAMPS];
    for (size_t i = 0; i < VECTOR_STAMPS; i++) {
        texts[i] = (const char *)segment->map + VECTOR_STAMP_AT + i * VECTOR_STAMP_BYTES;
        if (texts[i][VECTOR_STAMP_BYTES - 1] != '\0')
            return damaged_header(error);
    }
    *ret_stamp = (vector_stamp){texts[0], texts[1], texts[2], texts[3], texts[4]};
    return 0;
}

static int read_numbers(vector_segment *segment, bool trusting, vector_schema *schema, lethe_error *error)
{
    const char *map = (const char *)segment->map;
    base_cursor cursor = base_cursor_of((base_span){map + 8, VECTOR_BLOCKS_AT - 8});
    base_cursor last = base_cursor_of((base_span){map + VECTOR_HEADER_CRC, 4});
    if (memcmp(map, VECTOR_IMAGE_MAGIC, 8) != 0 || base_cursor_u32(&cursor) != VECTOR_VERSION)
        return base_fail(error, LETHE_E_VECTOR_FORMAT);
    segment->header_crc = base_cursor_u32(&last);
    if (!trusting && segment->header_crc != vector_crc32c(0, map, VECTOR_HEADER_CRC))
        return damaged_header(error);
    schema->dimensions = base_cursor_u32(&cursor);
    segment->generation = base_cursor_u64(&cursor);
    segment->rows = base_cursor_u32(&cursor);
    segment->groups = base_cursor_u32(&cursor);
    segment->terms = base_cursor_u32(&cursor);
    schema->column_count = base_cursor_u32(&cursor);
    schema->block_count = base_cursor_u32(&cursor);
    segment->id_width = base_cursor_u16(&cursor);
    segment->group_width = base_cursor_u16(&cursor);
    const bool fits = segment->rows <= VECTOR_ROWS_MAX && segment->groups <= segment->rows &&
                      segment->terms <= VECTOR_TERMS_MAX && schema->column_count <= VECTOR_COLUMNS_MAX &&
                      schema->dimensions <= VECTOR_DIMENSIONS_MAX && segment->id_width - 1U <= VECTOR_ID_MAX &&
                      segment->group_width - 1U <= VECTOR_ID_MAX;
    return fits ? 0 : damaged_header(error);
}

/* What a section must measure; UINT64_MAX where that does not follow from the header. */
static uint64_t expected_size(const vector_segment *segment, uint64_t dimensions, vector_section section)
{
    const uint64_t rows = segment->rows;
    switch (section) {
    case VECTOR_VECTORS:
        return rows * dimensions * 4;
    case VECTOR_CODES:
        return rows * dimensions;
    case VECTOR_MEASURES:
        return rows * sizeof(vector_measure);
    case VECTOR_ROW_IDS:
        return rows * segment->id_width;
    case VECTOR_ROW_TABLE:
        return vector_table_size(rows) * 4;
    case VECTOR_GROUP_IDS:
        return (uint64_t)segment->groups * segment->group_width;
    case VECTOR_GROUP_TABLE:
        return vector_table_size(segment->groups) * 4;
    case VECTOR_ROW_GROUPS:
    case VECTOR_GROUP_ROWS:
    case VECTOR_SNAPSHOTS:
        return rows * 4;
    case VECTOR_GROUP_STARTS:
        return (segment->groups + 1ULL) * 4;
    case VECTOR_TERM_STARTS:
        return (segment->terms + 1ULL) * 4;
    case VECTOR_POSTING_STARTS:
        return (segment->terms + 1ULL) * 8;
    case VECTOR_ROW_STARTS:
        return (rows + 1) * 8;
    case VECTOR_COLUMNS:
    case VECTOR_TERM_TEXT:
    case VECTOR_POSTINGS:
    case VECTOR_ROW_TERMS:
    case VECTOR_SECTION_COUNT:
        break;
    }
    return UINT64_MAX;
}

static int read_section(vector_segment *segment, bool trusting, uint64_t dimensions, vector_section section,
                        uint64_t *end, lethe_error *error)
{
    const char *map = (const char *)segment->map;
    base_cursor cursor = base_cursor_of(
        (base_span){map + VECTOR_SECTIONS_AT + (size_t)section * VECTOR_SECTION_SIZE, VECTOR_SECTION_SIZE});
    segment->crcs[section] = base_cursor_u32(&cursor);
    (void)base_cursor_u32(&cursor);
    const uint64_t offset = base_cursor_u64(&cursor), size = base_cursor_u64(&cursor);
    const uint64_t expected = expected_size(segment, dimensions, section);
    const uint64_t begin = (*end + VECTOR_ALIGNMENT - 1) / VECTOR_ALIGNMENT * VECTOR_ALIGNMENT;
    if (offset != begin || offset > segment->size || size > segment->size - offset ||
        (expected != UINT64_MAX && size != expected))
        return vector_segment_damaged(section, error);
    for (uint64_t at = *end; at < offset; at++)
        if (map[at] != '\0')
            return vector_segment_damaged(section, error);
    segment->sections[section] = (base_span){map + offset, (size_t)size};
    *end = offset + size;
    if (!trusting && size <= VECTOR_CHECKED_BYTES &&
        vector_crc32c(0, map + offset, (size_t)size) != segment->crcs[section])
        return vector_segment_damaged(section, error);
    return 0;
}

static const void *section_at(const vector_segment *segment, vector_section section)
{
    return segment->sections[section].data;
}

static int read_sections(vector_segment *segment, bool trusting, uint64_t dimensions, lethe_error *error)
{
    uint64_t end = VECTOR_HEADER_BYTES;
    for (int section = 0; section < VECTOR_SECTION_COUNT; section++)
        BASE_TRY(read_section(segment, trusting, dimensions, (vector_section)section, &end, error));
    if (end != segment->size)
        return damaged_header(error);
    const base_span text = segment->sections[VECTOR_TERM_TEXT];
    if (text.size != 0 && text.data[text.size - 1] != '\0')
        return vector_segment_damaged(VECTOR_TERM_TEXT, error);
    segment->vectors = section_at(segment, VECTOR_VECTORS);
    segment->codes = section_at(segment, VECTOR_CODES);
    segment->measures = section_at(segment, VECTOR_MEASURES);
    segment->row_groups = section_at(segment, VECTOR_ROW_GROUPS);
    segment->snapshots = section_at(segment, VECTOR_SNAPSHOTS);
    return 0;
}

static int read_image(vector_segment *segment, bool trusting, lethe_error *error)
{
    vector_schema schema = {0};
    vector_block blocks[VECTOR_BLOCKS_MAX];
    vector_column columns[VECTOR_COLUMNS_MAX];
    BASE_TRY(read_numbers(segment, trusting, &schema, error));
    read_blocks(segment, &schema, blocks);
    BASE_TRY(read_stamp(segment, &schema.stamp, error));
    BASE_TRY(read_sections(segment, trusting, schema.dimensions, error));
    BASE_TRY(read_columns(segment, &schema, columns, error));
    return vector_schema_keep(&schema, &segment->store, error) == 0 ? 0 : damaged_header(error);
}

int vector_segment_open(int file, bool trusting, vector_segment **ret_segment, lethe_error *error)
{
    struct stat status;
    if (fstat(file, &status) != 0)
        return base_fail_errno(error, LETHE_E_BASE_IO);
    if (status.st_size < VECTOR_HEADER_BYTES)
        return base_fail(error, LETHE_E_VECTOR_FORMAT);
    vector_segment *segment = calloc(1, sizeof(*segment));
    if (segment == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    atomic_init(&segment->references, 1);
    segment->size = (size_t)status.st_size;
    segment->map = mmap(NULL, segment->size, PROT_READ, MAP_SHARED, file, 0);
    if (segment->map == MAP_FAILED) {
        free(segment);
        return base_fail_errno(error, LETHE_E_BASE_IO);
    }
    const int result = read_image(segment, trusting, error);
    if (result != 0) {
        vector_segment_release(segment);
        return result;
    }
    *ret_segment = segment;
    return 0;
}

vector_segment *vector_segment_hold(vector_segment *segment)
{
    atomic_fetch_add_explicit(&segment->references, 1, memory_order_relaxed);
    return segment;
}

void vector_segment_release(vector_segment *segment)
{
    if (segment == NULL || atomic_fetch_sub_explicit(&segment->references, 1, memory_order_acq_rel) != 1)
        return;
    (void)munmap(segment->map, segment->size);
    free(segment);
}
