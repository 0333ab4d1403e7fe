/* SPDX-License-Identifier: Apache-2.0 */
#include "privacy/frame.h"

#include "privacy/metrics.h"

#include <stdlib.h>

/* All leaves but the gap's in 31 bits, in the order in which signatures are sorted. */
static const uint8_t leaf_bits[RECORD_QI_COUNT] = {
    [RECORD_QI_PERIOD] = 8,    [RECORD_QI_GAP] = 0,      [RECORD_QI_AGE] = 5,    [RECORD_QI_SEX] = 2,
    [RECORD_QI_PREGNANCY] = 3, [RECORD_QI_DENSITY] = 2,  [RECORD_QI_REGION] = 3, [RECORD_QI_SEASON] = 3,
    [RECORD_QI_EXPOSURE] = 4,  [RECORD_QI_OBSERVED] = 1,
};

static uint32_t pack(const record_tuple *tuple)
{
    uint32_t packed = 0;
    for (int i = 0; i < RECORD_QI_COUNT; i++) {
        const uint8_t qi = privacy_qi_order[i];
        if (leaf_bits[qi] != 0)
            packed = packed << leaf_bits[qi] | tuple->leaf[qi];
    }
    return packed;
}

static record_tuple unpack(uint32_t packed)
{
    record_tuple tuple = {{0}};
    for (int i = RECORD_QI_COUNT - 1; i >= 0; i--) {
        const uint8_t qi = privacy_qi_order[i];
        tuple.leaf[qi] = (uint8_t)(packed & ((1U << leaf_bits[qi]) - 1));
        packed >>= leaf_bits[qi];
    }
    return tuple;
}

static int compare_u32(const void *a, const void *b)
{
    const uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return x < y ? -1 : x > y;
}

static size_t unique(uint32_t *values, size_t count)
{
    size_t kept = 0;
    for (size_t i = 0; i < count; i++)
        if (kept == 0 || values[kept - 1] != values[i])
            values[kept++] = values[i];
    return kept;
}

static int number_cells(privacy_frame *frame, lethe_error *error)
{
    const size_t bytes = (frame->row_count + 1) * sizeof(uint32_t);
    uint32_t *const sorted = malloc(bytes);
    frame->cell = malloc(bytes);
    frame->gap = malloc(frame->row_count + 1);
    if (sorted == NULL || frame->cell == NULL || frame->gap == NULL)
        goto memory;
    for (size_t row = 0; row < frame->row_count; row++) {
        sorted[row] = frame->cell[row] = pack(&frame->set->tuples[row]);
        frame->gap[row] = frame->set->tuples[row].leaf[RECORD_QI_GAP];
    }
    qsort(sorted, frame->row_count, sizeof(*sorted), compare_u32);
    frame->cell_count = unique(sorted, frame->row_count);
    frame->cells = malloc((frame->cell_count + 1) * sizeof(*frame->cells));
    if (frame->cells == NULL)
        goto memory;
    for (size_t cell = 0; cell < frame->cell_count; cell++)
        frame->cells[cell] = unpack(sorted[cell]);
    for (size_t row = 0; row < frame->row_count; row++) {
        const uint32_t *const found =
            bsearch(&frame->cell[row], sorted, frame->cell_count, sizeof(*sorted), compare_u32);
        frame->cell[row] = (uint32_t)(found - sorted);
    }
    free(sorted);
    return 0;
memory:
    free(sorted);
    return base_fail(error, LETHE_E_BASE_MEMORY);
}

static int compare_u64(const void *a, const void *b)
{
    const uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return x < y ? -1 : x > y;
}

/* One piece for each run of equal cell and bucket; within it, equal patients stand together and count once. */
static void join_pieces(privacy_frame *frame, const uint64_t *keys)
{
    for (size_t i = 0; i < frame->row_count; i++) {
        const uint32_t cell_and_bucket = (uint32_t)(keys[i] >> 32), sig = (uint32_t)keys[i];
        struct privacy_piece *piece = &frame->pieces[frame->piece_count];
        if (i == 0 || (uint32_t)(keys[i - 1] >> 32) != cell_and_bucket) {
            *piece = (struct privacy_piece){.cell = cell_and_bucket / 8, .bucket = cell_and_bucket % 8};
            frame->piece_count++;
        } else {
            piece--;
        }
        piece->rows += frame->set->people[sig];
        if (i == 0 || keys[i - 1] != keys[i])
            piece->people += frame->set->people[sig];
    }
}

static int cut_pieces(privacy_frame *frame, lethe_error *error)
{
    const privacy_signatures *const set = frame->set;
    const uint8_t *const bucket = frame->hierarchies->qi[RECORD_QI_GAP].group[0];
    uint64_t *const keys = malloc((frame->row_count + 1) * sizeof(*keys));
    frame->pieces = malloc((frame->row_count + 1) * sizeof(*frame->pieces));
    if (keys == NULL || frame->pieces == NULL) {
        free(keys);
        return base_fail(error, LETHE_E_BASE_MEMORY);
    }
    for (uint32_t sig = 0; sig < set->count; sig++)
        for (uint32_t row = set->offset[sig]; row < set->offset[sig + 1]; row++)
            keys[row] = (uint64_t)(frame->cell[row] * 8 + bucket[frame->gap[row]]) << 32 | sig;
    qsort(keys, frame->row_count, sizeof(*keys), compare_u64);
    join_pieces(frame, keys);
    free(keys);
    return 0;
}

static void sum_leaves(privacy_frame *frame, const uint64_t rows[RECORD_QI_COUNT][PRIVACY_LEAVES_MAX])
{
    for (int qi = 0; qi < RECORD_QI_COUNT; qi++) {
        const privacy_hierarchy *const h = &frame->hierarchies->qi[qi];
        for (uint32_t level = 0; level < h->level_count; level++) {
            uint8_t digit_of[PRIVACY_LEAVES_MAX];
            bool seen[PRIVACY_LEAVES_MAX] = {false};
            for (uint32_t leaf = 0; leaf < h->leaf_count; leaf++) {
                const uint8_t group = h->group[level][leaf];
                if (rows[qi][leaf] == 0)
                    continue;
                if (!seen[group])
                    digit_of[group] = (uint8_t)frame->radix[qi][level]++;
                seen[group] = true;
                frame->digit[qi][level][leaf] = digit_of[group];
                frame->leaves[qi][level] += rows[qi][leaf] * h->leaves[level][group];
            }
        }
    }
}

int privacy_frame_init(privacy_frame *frame, const privacy_signatures *set, const privacy_hierarchies *hierarchies,
                       lethe_error *error)
{
    static const uint64_t none[RECORD_QI_COUNT][PRIVACY_LEAVES_MAX];
    *frame = (privacy_frame){.set = set, .hierarchies = hierarchies};
    if (!set->sealed || set->count == 0)
        return base_fail(error, LETHE_E_PRIVACY_TOO_FEW);
    frame->row_count = set->offset[set->count];
    uint64_t(*const rows)[PRIVACY_LEAVES_MAX] = malloc(sizeof(none));
    if (rows == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    memcpy(rows, none, sizeof(none));
    for (size_t i = 0; i < set->count; i++)
        for (size_t row = set->offset[i]; row < set->offset[i + 1]; row++)
            for (int qi = 0; qi < RECORD_QI_COUNT; qi++)
                rows[qi][set->tuples[row].leaf[qi]] += set->people[i];
    frame->people = privacy_signatures_people(set);
    frame->rows = privacy_signatures_rows(set);
    if (frame->rows > UINT32_MAX) { /* counts are 32-bit */
        free(rows);
        return base_fail(error, LETHE_E_BASE_LIMIT);
    }
    sum_leaves(frame, (const uint64_t(*)[PRIVACY_LEAVES_MAX])rows);
    int status = 0;
    for (uint32_t leaf = hierarchies->qi[RECORD_QI_EXPOSURE].leaf_count; leaf < PRIVACY_LEAVES_MAX; leaf++)
        if (rows[RECORD_QI_EXPOSURE][leaf] != 0)
            status = base_fail(error, LETHE_E_PRIVACY_OPTION); /* of another vocabulary */
    free(rows);
    if (status == 0)
        status = number_cells(frame, error);
    if (status == 0)
        status = cut_pieces(frame, error);
    if (status != 0)
        privacy_frame_done(frame);
    return status;
}

void privacy_frame_done(privacy_frame *frame)
{
    free(frame->cell);
    free(frame->cells);
    free(frame->gap);
    free(frame->pieces);
    *frame = (privacy_frame){.set = NULL};
}

void privacy_frame_codes(const privacy_frame *frame, const privacy_node *node, uint32_t *ret_codes)
{
    uint8_t said[RECORD_QI_COUNT]; /* the QIs that say anything at this node */
    int count = 0;
    for (int i = 0; i < RECORD_QI_COUNT; i++) {
        const uint8_t qi = privacy_qi_order[i];
        if (qi != RECORD_QI_GAP && frame->radix[qi][node->level[qi]] > 1)
            said[count++] = qi;
    }
    for (size_t cell = 0; cell < frame->cell_count; cell++) {
        uint32_t code = 0; /* all radices together stay below 2^32 (frame_test) */
        for (int i = 0; i < count; i++) {
            const uint32_t level = node->level[said[i]];
            code = code * frame->radix[said[i]][level] + frame->digit[said[i]][level][frame->cells[cell].leaf[said[i]]];
        }
        ret_codes[cell] = code;
    }
}

bool privacy_frame_same_split(const privacy_frame *frame, record_qi qi, uint32_t fine, uint32_t coarse)
{
    /* Radices count the groups that occur: as many groups of a nested level are the same groups. */
    return privacy_level_nested(&frame->hierarchies->qi[qi], fine, coarse) &&
           frame->radix[qi][fine] == frame->radix[qi][coarse];
}

double privacy_frame_loss(const privacy_frame *frame, const privacy_node *node, const double *weights,
                          uint64_t suppressed, const uint64_t *gone_leaves, double *ret_columns)
{
    double columns[RECORD_QI_COUNT];
    for (int qi = 0; qi < RECORD_QI_COUNT; qi++)
        columns[qi] = privacy_loss_column(frame->leaves[qi][node->level[qi]] - gone_leaves[qi], suppressed, frame->rows,
                                          frame->hierarchies->qi[qi].domain);
    if (ret_columns != NULL)
        memcpy(ret_columns, columns, sizeof(columns));
    return privacy_loss_product(columns, weights, RECORD_QI_COUNT);
}

double privacy_frame_bound(const privacy_frame *frame, const privacy_node *node, const double *weights,
                           uint64_t suppressed)
{
    uint64_t gone[RECORD_QI_COUNT];
    for (int qi = 0; qi < RECORD_QI_COUNT; qi++) {
        const privacy_hierarchy *const h = &frame->hierarchies->qi[qi];
        const uint32_t level = node->level[qi];
        uint32_t widest = 0;
        for (uint32_t group = 0; group < h->group_count[level]; group++)
            widest = h->leaves[level][group] > widest ? h->leaves[level][group] : widest;
        const uint64_t all = frame->leaves[qi][level];
        gone[qi] = suppressed * widest < all ? suppressed * widest : all;
    }
    return privacy_frame_loss(frame, node, weights, suppressed, gone, NULL);
}
