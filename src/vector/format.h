/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VECTOR_FORMAT_H
#define VECTOR_FORMAT_H

#include <stdint.h>

/*
 * An image (docs/SPEC-vectors.md), little endian:
 *
 *     0     header, 4096 bytes:   0  magic   8  version   12  dimensions   16  generation
 *                                24  rows   28  groups   32  terms   36  columns   40  blocks   44  id widths
 *                                64  blocks, 8 × {u32 at, u32 size, f64 weight}
 *                               192  sections, 24 × {u32 CRC-32C, u32 0, u64 offset, u64 size}
 *                              1024  stamp, 5 × 256 bytes ending in NUL
 *                              4092  CRC-32C of what stands before
 *     4096  sections, each at a multiple of 64, in the order of their numbers
 *
 * The log of generation g:
 *
 *     0     header, 64 bytes: magic, version, dimensions, generation, CRC of the base's header, …, own CRC at 60
 *     64    commits, each at a multiple of 8: magic, payload size, sequence 1, 2, …, CRC of the payload, CRC of these
 * 20 bytes, payload: operations one after the other
 */
#define VECTOR_BASE_NAME "base.lvx"
#define VECTOR_NEXT_NAME ".base.lvx.writing"
#define VECTOR_LOCK_NAME "lock"
#define VECTOR_LOG_NAME  "log-%llu.lvl"

#define VECTOR_IMAGE_MAGIC "LETHELVX"
#define VECTOR_LOG_MAGIC   "LETHELVL"
#define VECTOR_VERSION     1

#define VECTOR_HEADER_BYTES 4096
#define VECTOR_HEADER_CRC   4092
#define VECTOR_ALIGNMENT    64
#define VECTOR_BLOCKS_AT    64
#define VECTOR_SECTIONS_AT  192
#define VECTOR_SECTION_SIZE 24
#define VECTOR_STAMP_AT     1024
#define VECTOR_STAMP_BYTES  256
#define VECTOR_STAMPS       5

typedef enum vector_section {
    VECTOR_VECTORS,        /* f32 × dimensions a row */
    VECTOR_CODES,          /* i8 × dimensions a row, -127 .. 127 */
    VECTOR_MEASURES,       /* 3 × f32 a row: vector_measure */
    VECTOR_ROW_IDS,        /* width bytes a row, NUL at the end */
    VECTOR_ROW_TABLE,      /* u32 × a power of two: row + 1 by the id's hash, 0 empty */
    VECTOR_GROUP_IDS,      /* width bytes a group */
    VECTOR_GROUP_TABLE,    /* as the row's */
    VECTOR_ROW_GROUPS,     /* u32 a row */
    VECTOR_GROUP_STARTS,   /* u32 × groups + 1: into */
    VECTOR_GROUP_ROWS,     /* u32 a row: rows by group, ascending within one */
    VECTOR_SNAPSHOTS,      /* u32 a row */
    VECTOR_COLUMNS,        /* a column: kind (= or ~), name, NUL; byte order */
    VECTOR_TERM_STARTS,    /* u32 × terms + 1: into */
    VECTOR_TERM_TEXT,      /* terms in byte order, each with its NUL */
    VECTOR_POSTING_STARTS, /* u64 × terms + 1: in words into */
    VECTOR_POSTINGS,       /* u32 words: a bitmap of ⌈rows / 64⌉ × 2 words, or rows ascending, fewer than those */
    VECTOR_ROW_STARTS,     /* u64 × rows + 1: into */
    VECTOR_ROW_TERMS,      /* u32: term numbers of each row, ascending */
    VECTOR_SECTION_COUNT,
} vector_section;

/* How a code stands for its vector: v is about scale × code. Norms are rounded up. */
typedef struct vector_measure {
    float scale;
    float norm;  /* of scale × code */
    float error; /* of v - scale × code */
} vector_measure;

#define VECTOR_LOG_HEADER   64
#define VECTOR_COMMIT_MAGIC 0x4d4d4f43U /* "COMM" */
#define VECTOR_COMMIT_HEAD  24

enum {
    VECTOR_OP_PUT = 1, /* u8 size, row id, u8 size, group id, u32 snapshot, u16 terms, each u8 size and text, vector */
    VECTOR_OP_DELETE_ROW,   /* u8 size, id */
    VECTOR_OP_DELETE_GROUP, /* u8 size, id */
    VECTOR_OP_ERASE_GROUP,  /* the same, and a promise to compact */
};

#endif
