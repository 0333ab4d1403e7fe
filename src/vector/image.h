/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VECTOR_IMAGE_H
#define VECTOR_IMAGE_H

#include "vector/row.h"

/*
 * Writes an image into an open, empty file, which stays the caller's. Vectors go to the file as they come; ids and
 * terms are held in memory until the end. What an image is made of may have been made before: rows of one id may come
 * more than once where `repeats` says so, for an image of late rows of which the older are dead.
 */
typedef struct vector_image vector_image;

int vector_image_begin(int file, const vector_schema *schema, uint64_t generation, bool repeats,
                       vector_image **ret_image, lethe_error *error);
int vector_image_add(vector_image *image, const vector_row *row, lethe_error *error);
uint32_t vector_image_rows(const vector_image *image);
/* Writes what remains, not synced; frees the image, failed or not. */
int vector_image_finish(vector_image **image, lethe_error *error);
void vector_image_free(vector_image *image);

/* Of what was added so far: the last row of an id, or VECTOR_NO_ROW; whether a row is of a group. */
uint32_t vector_image_find(const vector_image *image, const char *row_id);
uint32_t vector_image_find_group(const vector_image *image, const char *group_id);
uint32_t vector_image_group_of(const vector_image *image, uint32_t row);

/* LETHE_E_VECTOR_INPUT where a row is none: ids, terms, elements. */
int vector_row_check(const vector_schema *schema, const vector_row *row, lethe_error *error);

#endif
