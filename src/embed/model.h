/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EMBED_MODEL_H
#define EMBED_MODEL_H

#include "base/buf.h"
#include "embed/layout.h"
#include "record/row.h"

/*
 * The default vector: 768 floats of unit length, a function of a released row and of the vocabulary, without weights
 * learnt from anything. Equal rows give bit-equal vectors on every machine: sums are integers, and the one division
 * and square root a block are IEEE double. It is a lexical model; it has nothing of a language model in it.
 *
 * A model borrows the items' names; const calls may be made by many threads.
 */
#define EMBED_MODEL_NAME  "lethe-lexical-1.0.0"
#define EMBED_VERSION_MAX 64          /* bytes of a vocabulary version */
#define EMBED_NAME_MAX    128         /* bytes of an item's name */
#define EMBED_TEXT_MAX    (256 << 10) /* bytes of an enhanced text */

typedef struct embed_item {
    const char *name;     /* lower_snake_case */
    record_column column; /* outcomes may be among the items; they are ignored */
    record_item parent;   /* the category, or RECORD_ITEM_NONE */
    uint8_t weight;       /* 1 ubiquitous .. 4 rare and specific, from the vocabulary */
    uint16_t rank;        /* 0: none; else items with a smaller rank come first for an axis of their own */
} embed_item;

typedef struct embed_model embed_model;

/* `items[i]` describes record_item i. LETHE_E_EMBED_INPUT where an item is impossible. */
int embed_model_new(const embed_item *items, size_t count, const char *vocabulary_version, embed_model **ret_model,
                    lethe_error *error);
void embed_model_free(embed_model *model);

/* Works out ahead what every item adds: worth it before many rows, not before one. The vectors are the same. */
int embed_model_prepare(embed_model *model, lethe_error *error);

/* "lethe-lexical-1.0.0+<vocabulary version>": the value of the column embedding_model. */
const char *embed_model_id(const embed_model *model);

/* The axis that an item has for itself, or -1. */
int embed_model_axis(const embed_model *model, record_item item);

/* LETHE_E_EMBED_INPUT where a value is none that the contract knows; `ret_vector` is then untouched. */
int embed_encode(const embed_model *model, const record_released *row, float ret_vector[EMBED_DIMENSIONS],
                 lethe_error *error);

/* Appends "history: …; medications: …. Patient characteristics: pregnant patient, age group 25-30, during winter
 * season, in urban_northeast environment." Vocabulary values only; what is withheld or unknown is left out. */
int embed_enhanced_text(const embed_model *model, const record_released *row, base_buf *text, lethe_error *error);

/* The vector under other block weights (each >= 0, not all 0), again of unit length: exact up to float rounding, see
 * docs/SPEC-vector.md. LETHE_E_EMBED_INPUT otherwise. May be in place. */
int embed_reweight(const float vector[EMBED_DIMENSIONS], double medical, double demographic, double temporal,
                   float ret_vector[EMBED_DIMENSIONS], lethe_error *error);

#endif
