/* SPDX-License-Identifier: Apache-2.0 */
#include "vector/image_internal.h"

#include "vector/index.h"

#include <stdlib.h>

static int list_reserve(vector_list *list, size_t extra, lethe_error *error)
{
    if (list->capacity - list->count >= extra)
        return 0;
    size_t capacity = list->capacity == 0 ? 256 : 2 * list->capacity;
    while (capacity - list->count < extra)
        capacity *= 2;
    uint32_t *items = realloc(list->items, capacity * sizeof(*items));
    if (items == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    list->items = items;
    list->capacity = capacity;
    return 0;
}

int vector_image_begin(int file, const vector_schema *schema, uint64_t generation, bool repeats,
                       vector_image **ret_image, lethe_error *error)
{
    vector_image *image = calloc(1, sizeof(*image));
    if (image == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    image->generation = generation;
    image->repeats = repeats;
    image->id_width = image->group_width = 1;
    vector_names_init(&image->row_ids, VECTOR_ROWS_MAX, true);
    vector_names_init(&image->groups, VECTOR_ROWS_MAX, true);
    vector_names_init(&image->terms, VECTOR_TERMS_MAX, false);
    int status = vector_schema_keep(schema, &image->store, error);
    if (status == 0)
        status = vector_out_init(&image->out, file, error);
    if (status == 0)
        status = vector_out_begin(&image->out, VECTOR_VECTORS, error);
    if (status != 0) {
        vector_image_free(image);
        return status;
    }
    *ret_image = image;
    return 0;
}

void vector_image_free(vector_image *image)
{
    if (image == NULL)
        return;
    vector_out_done(&image->out);
    vector_names_done(&image->row_ids);
    vector_names_done(&image->groups);
    vector_names_done(&image->terms);
    vector_list *const lists[] = {&image->last_rows, &image->row_names,   &image->row_groups,
                                  &image->snapshots, &image->term_counts, &image->row_terms};
    for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++)
        free(lists[i]->items);
    free(image);
}

static bool id_fits(const char *id)
{
    const size_t size = id != NULL ? strnlen(id, VECTOR_ID_MAX + 1) : 0;
    return size != 0 && size <= VECTOR_ID_MAX;
}

/* Not NaN either: as bits it is above every number. */
static bool elements_fit(const float *vector, uint32_t dimensions)
{
    static const float most = VECTOR_AMPLITUDE_MAX;
    uint32_t bits;
    memcpy(&bits, &most, sizeof(bits));
    return vector_kernel_best()->top(vector, dimensions) <= bits;
}

static int check_body(const vector_schema *schema, const vector_row *row, lethe_error *error)
{
    const bool fits = id_fits(row->row_id) && id_fits(row->group_id) && row->term_count <= VECTOR_ROW_TERMS_MAX &&
                      row->vector != NULL && elements_fit(row->vector, schema->dimensions);
    return fits ? 0 : base_fail(error, LETHE_E_VECTOR_INPUT);
}

static int check_term(const vector_schema *schema, const char *term, lethe_error *error)
{
    if (vector_schema_has_term(schema, base_span_of(term)))
        return 0;
    return base_fail(error, LETHE_E_VECTOR_INPUT);
}

int vector_row_check(const vector_schema *schema, const vector_row *row, lethe_error *error)
{
    BASE_TRY(check_body(schema, row, error));
    for (uint32_t i = 0; i < row->term_count; i++)
        BASE_TRY(check_term(schema, row->terms[i], error));
    return 0;
}

/* Only a term that was not seen before needs to be checked. */
static int add_terms(vector_image *image, const vector_row *row, lethe_error *error)
{
    BASE_TRY(list_reserve(&image->row_terms, row->term_count, error));
    for (uint32_t i = 0; i < row->term_count; i++) {
        const uint32_t known = image->terms.count;
        uint32_t number = 0;
        BASE_TRY(vector_names_add(&image->terms, base_span_of(row->terms[i]), &number, error));
        if (number == known)
            BASE_TRY(check_term(&image->store.schema, row->terms[i], error));
        image->row_terms.items[image->row_terms.count++] = number;
    }
    return 0;
}

static void widen(size_t *width, const char *id)
{
    const size_t size = strlen(id) + 1;
    if (size > *width)
        *width = size;
}

static int add_ids(vector_image *image, const vector_row *row, lethe_error *error)
{
    uint32_t name = 0, group = 0;
    const uint32_t known = image->row_ids.count;
    BASE_TRY(vector_names_add(&image->row_ids, base_span_of(row->row_id), &name, error));
    if (name != known && !image->repeats)
        return base_fail(error, LETHE_E_VECTOR_EXISTS);
    BASE_TRY(vector_names_add(&image->groups, base_span_of(row->group_id), &group, error));
    if (name == known) {
        BASE_TRY(list_reserve(&image->last_rows, 1, error));
        image->last_rows.count++;
    }
    image->last_rows.items[name] = image->rows;
    image->row_names.items[image->row_names.count++] = name;
    image->row_groups.items[image->row_groups.count++] = group;
    widen(&image->id_width, row->row_id);
    widen(&image->group_width, row->group_id);
    return 0;
}

int vector_image_add(vector_image *image, const vector_row *row, lethe_error *error)
{
    vector_list *const lists[] = {&image->row_names, &image->row_groups, &image->snapshots, &image->term_counts};
    if (image->rows >= VECTOR_ROWS_MAX)
        return base_fail(error, LETHE_E_BASE_LIMIT);
    BASE_TRY(check_body(&image->store.schema, row, error));
    for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++)
        BASE_TRY(list_reserve(lists[i], 1, error));
    BASE_TRY(add_ids(image, row, error));
    BASE_TRY(add_terms(image, row, error));
    image->snapshots.items[image->snapshots.count++] = row->snapshot;
    image->term_counts.items[image->term_counts.count++] = row->term_count;
    image->rows++;
    return vector_out_put(&image->out, row->vector, image->store.schema.dimensions * sizeof(float), error);
}

uint32_t vector_image_rows(const vector_image *image)
{
    return image->rows;
}

uint32_t vector_image_find(const vector_image *image, const char *row_id)
{
    const uint32_t name = vector_names_find(&image->row_ids, base_span_of(row_id));
    return name == VECTOR_NO_NAME ? VECTOR_NO_ROW : image->last_rows.items[name];
}

uint32_t vector_image_find_group(const vector_image *image, const char *group_id)
{
    return vector_names_find(&image->groups, base_span_of(group_id));
}

uint32_t vector_image_group_of(const vector_image *image, uint32_t row)
{
    return image->row_groups.items[row];
}

int vector_image_finish(vector_image **image, lethe_error *error)
{
    const int status = vector_image_write(*image, error);
    vector_image_free(*image);
    *image = NULL;
    return status;
}
