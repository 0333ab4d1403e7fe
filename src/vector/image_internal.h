/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VECTOR_IMAGE_INTERNAL_H
#define VECTOR_IMAGE_INTERNAL_H

#include "vector/format.h"
#include "vector/image.h"
#include "vector/kernel.h"
#include "vector/names.h"
#include "vector/out.h"
#include "vector/schema.h"

/* Numbers of 32 bits that become more. */
typedef struct vector_list {
    uint32_t *items;
    size_t count, capacity;
} vector_list;

struct vector_image {
    vector_schema_store store;
    uint64_t generation;
    bool repeats;
    vector_out out;
    vector_names row_ids, groups, terms;
    vector_list last_rows;   /* of each row id */
    vector_list row_names;   /* row id of each row */
    vector_list row_groups;  /* group of each row */
    vector_list snapshots;   /* of each row */
    vector_list term_counts; /* of each row */
    vector_list row_terms;   /* of all rows, by the numbers of `terms` */
    uint32_t rows;
    size_t id_width, group_width; /* with the NUL */
};

int vector_image_write(vector_image *image, lethe_error *error); /* all but the vectors */
int vector_image_write_terms(vector_image *image, lethe_error *error);

#endif
