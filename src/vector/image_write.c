/* SPDX-License-Identifier: Apache-2.0 */
#include "vector/image_internal.h"

#include "vector/crc32c.h"

#include <stdlib.h>
#include <sys/mman.h>

/* Codes are made from the vectors as they stand in the file. */
static int write_codes(vector_image *image, const float *vectors, vector_measure *measures, lethe_error *error)
{
    const size_t dimensions = image->store.schema.dimensions;
    int8_t code[VECTOR_DIMENSIONS_MAX];
    BASE_TRY(vector_out_begin(&image->out, VECTOR_CODES, error));
    for (size_t row = 0; row < image->rows; row++) {
        measures[row] = vector_quantize(vectors + row * dimensions, dimensions, code);
        BASE_TRY(vector_out_put(&image->out, code, dimensions, error));
    }
    vector_out_end(&image->out, VECTOR_CODES);
    return 0;
}

static int put_section(vector_out *out, vector_section section, const void *bytes, size_t size, lethe_error *error)
{
    BASE_TRY(vector_out_begin(out, section, error));
    BASE_TRY(vector_out_put(out, bytes, size, error));
    vector_out_end(out, section);
    return 0;
}

static int write_measures(vector_image *image, const float *vectors, lethe_error *error)
{
    vector_measure *measures = malloc((image->rows + 1ULL) * sizeof(*measures));
    if (measures == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    int status = write_codes(image, vectors, measures, error);
    if (status == 0)
        status = put_section(&image->out, VECTOR_MEASURES, measures, image->rows * sizeof(*measures), error);
    free(measures);
    return status;
}

static int write_from_vectors(vector_image *image, lethe_error *error)
{
    const size_t size = (size_t)image->out.places[VECTOR_VECTORS].size;
    BASE_TRY(vector_out_flush(&image->out, error));
    if (size == 0)
        return write_measures(image, NULL, error);
    char *map = mmap(NULL, VECTOR_HEADER_BYTES + size, PROT_READ, MAP_SHARED, image->out.file, 0);
    if (map == MAP_FAILED)
        return base_fail_errno(error, LETHE_E_BASE_IO);
    const int status = write_measures(image, (const float *)(const void *)(map + VECTOR_HEADER_BYTES), error);
    (void)munmap(map, VECTOR_HEADER_BYTES + size);
    return status;
}

/* Ids of `count` things, item i of them being names[i], or i where names is NULL; then their table. */
static int write_ids(vector_image *image, vector_section section, const vector_names *ids, const uint32_t *names,
                     uint32_t count, size_t width, lethe_error *error)
{
    vector_out *out = &image->out;
    const uint64_t size = vector_table_size(count);
    uint32_t *table = calloc(size, sizeof(*table));
    int status = table != NULL ? 0 : base_fail(error, LETHE_E_BASE_MEMORY);
    if (status == 0)
        status = vector_out_begin(out, section, error);
    for (uint32_t i = 0; i < count && status == 0; i++) {
        const uint32_t name = names != NULL ? names[i] : i;
        uint64_t at = ids->hashes[name] & (size - 1);
        while (table[at] != 0)
            at = (at + 1) & (size - 1);
        table[at] = i + 1;
        char id[VECTOR_ID_MAX + 1] = {0};
        memcpy(id, vector_names_text(ids, name), strlen(vector_names_text(ids, name)));
        status = vector_out_put(out, id, width, error);
    }
    vector_out_end(out, section);
    if (status == 0)
        status = put_section(out, section + 1, table, size * sizeof(*table), error);
    free(table);
    return status;
}

/* Counting sort of rows by group. */
static int write_groups(vector_image *image, lethe_error *error)
{
    const uint32_t rows = image->rows, groups = image->groups.count;
    const uint32_t *group_of = image->row_groups.items;
    uint32_t *starts = calloc(groups + 2ULL, sizeof(*starts)), *sorted = calloc(rows + 1ULL, sizeof(*sorted));
    int status = starts != NULL && sorted != NULL ? 0 : base_fail(error, LETHE_E_BASE_MEMORY);
    if (status == 0) {
        for (uint32_t row = 0; row < rows; row++)
            starts[group_of[row] + 2]++;
        for (uint32_t group = 1; group <= groups; group++)
            starts[group + 1] += starts[group];
        for (uint32_t row = 0; row < rows; row++)
            sorted[starts[group_of[row] + 1]++] = row;
        status = put_section(&image->out, VECTOR_ROW_GROUPS, group_of, rows * sizeof(*group_of), error);
    }
    if (status == 0)
        status = put_section(&image->out, VECTOR_GROUP_STARTS, starts, (groups + 1ULL) * sizeof(*starts), error);
    if (status == 0)
        status = put_section(&image->out, VECTOR_GROUP_ROWS, sorted, rows * sizeof(*sorted), error);
    free(starts);
    free(sorted);
    return status;
}

static int write_columns(vector_image *image, lethe_error *error)
{
    const vector_schema *schema = &image->store.schema;
    BASE_TRY(vector_out_begin(&image->out, VECTOR_COLUMNS, error));
    for (uint32_t i = 0; i < schema->column_count; i++) {
        const vector_column *column = &schema->columns[i];
        BASE_TRY(vector_out_put(&image->out, column->list ? "~" : "=", 1, error));
        BASE_TRY(vector_out_put(&image->out, column->name, strlen(column->name) + 1, error));
    }
    vector_out_end(&image->out, VECTOR_COLUMNS);
    return 0;
}

static void put_blocks(base_buf *header, const vector_schema *schema)
{
    for (uint32_t i = 0; i < VECTOR_BLOCKS_MAX; i++) {
        const vector_block block = i < schema->block_count ? schema->blocks[i] : (vector_block){0};
        uint64_t weight;
        memcpy(&weight, &block.weight, sizeof(weight));
        base_buf_u32(header, block.at);
        base_buf_u32(header, block.size);
        base_buf_u64(header, weight);
    }
}

static void pad_to(base_buf *header, size_t size)
{
    while (header->size < size && header->failed == 0)
        base_buf_byte(header, '\0');
}

static void fill_header(const vector_image *image, base_buf *header)
{
    const vector_schema *schema = &image->store.schema;
    base_buf_append(header, VECTOR_IMAGE_MAGIC, 8);
    base_buf_u32(header, VECTOR_VERSION);
    base_buf_u32(header, schema->dimensions);
    base_buf_u64(header, image->generation);
    base_buf_u32(header, image->rows);
    base_buf_u32(header, image->groups.count);
    base_buf_u32(header, image->terms.count);
    base_buf_u32(header, schema->column_count);
    base_buf_u32(header, schema->block_count);
    base_buf_u16(header, (uint16_t)image->id_width);
    base_buf_u16(header, (uint16_t)image->group_width);
    pad_to(header, VECTOR_BLOCKS_AT);
    put_blocks(header, schema);
    pad_to(header, VECTOR_SECTIONS_AT);
    for (size_t i = 0; i < VECTOR_SECTION_COUNT; i++) {
        base_buf_u32(header, image->out.places[i].crc);
        base_buf_u32(header, 0);
        base_buf_u64(header, image->out.places[i].offset);
        base_buf_u64(header, image->out.places[i].size);
    }
    pad_to(header, VECTOR_STAMP_AT);
    for (size_t i = 0; i < VECTOR_STAMPS; i++)
        base_buf_append(header, image->store.stamp[i], VECTOR_STAMP_BYTES);
    pad_to(header, VECTOR_HEADER_CRC);
    base_buf_u32(header, vector_crc32c(0, header->data, header->size));
}

static int write_header(const vector_image *image, lethe_error *error)
{
    base_buf header;
    base_buf_init(&header, VECTOR_HEADER_BYTES);
    fill_header(image, &header);
    int status = base_buf_check(&header, error);
    if (status == 0)
        status = vector_write_at(image->out.file, header.data, header.size, 0, error);
    base_buf_done(&header);
    return status;
}

int vector_image_write(vector_image *image, lethe_error *error)
{
    vector_out_end(&image->out, VECTOR_VECTORS);
    BASE_TRY(write_from_vectors(image, error));
    BASE_TRY(
        write_ids(image, VECTOR_ROW_IDS, &image->row_ids, image->row_names.items, image->rows, image->id_width, error));
    BASE_TRY(write_ids(image, VECTOR_GROUP_IDS, &image->groups, NULL, image->groups.count, image->group_width, error));
    BASE_TRY(write_groups(image, error));
    BASE_TRY(put_section(&image->out, VECTOR_SNAPSHOTS, image->snapshots.items, image->rows * sizeof(uint32_t), error));
    BASE_TRY(write_columns(image, error));
    BASE_TRY(vector_image_write_terms(image, error));
    BASE_TRY(vector_out_flush(&image->out, error));
    return write_header(image, error);
}
