/* SPDX-License-Identifier: Apache-2.0 */
#include "privacy/nearest.h"

#include <stdlib.h>
#include <string.h>

#if defined(__x86_64__)
#include <immintrin.h>
#define HAVE_AVX2 1
#endif

#define STEPS       255
#define BLOCK       32  /* rows compared at once */
#define COLUMNS_MAX 255 /* 255 steps of each fit 16 bits, and their count a byte */

/*
 * Columns that count, text first. A text column's byte is its code where there are at most 256 values, else a hash of
 * it: unequal bytes are unequal values, equal ones are looked at again. A number's byte is its step; a missing number
 * is no number, and its column is then compared in full only (0 is a lower bound of any distance).
 */
typedef struct column {
    const privacy_field *field;
    const uint32_t *codes;
    uint32_t index;     /* of the field */
    double scale;       /* 1 / range; 0 where there is none */
    uint8_t *byte_of;   /* of a code */
    uint8_t *bytes;     /* of a row, filled up to a multiple of BLOCK */
    bool number, loose; /* loose: has missing numbers, so its steps bound nothing */
} column;

struct privacy_nearest {
    uint32_t rows, padded, count, text_count, number_count;
    column *columns;
    const uint8_t **bytes; /* of each column */
    uint32_t (*block)(const struct privacy_nearest *nearest, const uint8_t *target, uint32_t first, uint16_t most);
};

/* --- bytes --- */

static uint8_t step_of(const column *c, double smallest, double x)
{
    const double at = (x - smallest) * c->scale * STEPS;
    return at <= 0 ? 0 : at >= STEPS ? STEPS : (uint8_t)at;
}

static void measure_range(column *c, double *ret_smallest)
{
    double smallest = 0, largest = 0;
    bool any = false;
    for (uint32_t code = 0; code < c->field->value_count; code++) {
        const double x = c->field->number[code];
        if (code == c->field->missing)
            continue;
        smallest = !any || x < smallest ? x : smallest;
        largest = !any || x > largest ? x : largest;
        any = true;
    }
    c->scale = largest > smallest ? 1 / (largest - smallest) : 0;
    *ret_smallest = smallest;
}

static int fill_column(column *c, uint32_t rows, uint32_t padded, lethe_error *error)
{
    const uint32_t values = c->field->value_count;
    double smallest = 0;
    c->byte_of = malloc((size_t)values + 1);
    c->bytes = aligned_alloc(BLOCK, (size_t)padded + BLOCK);
    if (c->byte_of == NULL || c->bytes == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    if (c->number)
        measure_range(c, &smallest);
    for (uint32_t code = 0; code < values; code++) {
        if (c->number)
            c->byte_of[code] = code == c->field->missing ? 0 : step_of(c, smallest, c->field->number[code]);
        else
            c->byte_of[code] = values <= 256 ? (uint8_t)code : (uint8_t)(code * 0x9e3779b1U >> 24);
    }
    memset(c->bytes, 0, padded);
    for (uint32_t row = 0; row < rows; row++)
        c->bytes[row] = c->byte_of[c->codes[row]];
    return 0;
}

/*
 * --- blocks ---
 *
 * Which rows of a block may be close, a bit a row: those whose sum, 255 a text column that differs and the difference
 * of steps a number column, is at most `most`.
 */
static uint32_t block_plain(const privacy_nearest *nearest, const uint8_t *target, uint32_t first, uint16_t most)
{
    uint32_t in = 0;
    for (uint32_t i = 0; i < BLOCK; i++) {
        uint32_t sum = 0;
        for (uint32_t c = 0; c < nearest->text_count; c++)
            sum += nearest->bytes[c][first + i] != target[c] ? STEPS : 0;
        for (uint32_t c = nearest->text_count; c < nearest->text_count + nearest->number_count; c++) {
            const int a = nearest->bytes[c][first + i], b = target[c];
            sum += (uint32_t)(a > b ? a - b : b - a);
        }
        in |= (uint32_t)(sum <= most) << i;
    }
    return in;
}

#ifdef HAVE_AVX2
#define AVX2 __attribute__((target("avx2")))

AVX2 static inline __m256i apart(const privacy_nearest *nearest, const uint8_t *target, uint32_t c, uint32_t first)
{
    const __m256i x = _mm256_load_si256((const __m256i *)(const void *)(nearest->bytes[c] + first));
    const __m256i y = _mm256_set1_epi8((char)target[c]);
    return _mm256_or_si256(_mm256_subs_epu8(x, y), _mm256_subs_epu8(y, x));
}

/* Two number columns at a time: their bytes side by side become one sum of 16 bits. */
AVX2 static uint32_t block_avx2(const privacy_nearest *nearest, const uint8_t *target, uint32_t first, uint16_t most)
{
    const __m256i zero = _mm256_setzero_si256(), ones = _mm256_set1_epi8(1), steps = _mm256_set1_epi16(STEPS);
    const uint32_t text = nearest->text_count, all = text + nearest->number_count;
    __m256i equal = zero;
    uint32_t c = 0;
    for (; c < text; c++) {
        const __m256i x = _mm256_load_si256((const __m256i *)(const void *)(nearest->bytes[c] + first));
        equal = _mm256_sub_epi8(equal, _mm256_cmpeq_epi8(x, _mm256_set1_epi8((char)target[c])));
    }
    const __m256i differ = _mm256_sub_epi8(_mm256_set1_epi8((char)text), equal);
    __m256i low = _mm256_mullo_epi16(_mm256_unpacklo_epi8(differ, zero), steps); /* rows 0-7 and 16-23 */
    __m256i high = _mm256_mullo_epi16(_mm256_unpackhi_epi8(differ, zero), steps);
    for (; c < all; c += 2) {
        const __m256i a = apart(nearest, target, c, first);
        const __m256i b = c + 1 < all ? apart(nearest, target, c + 1, first) : zero;
        low = _mm256_add_epi16(low, _mm256_maddubs_epi16(_mm256_unpacklo_epi8(a, b), ones));
        high = _mm256_add_epi16(high, _mm256_maddubs_epi16(_mm256_unpackhi_epi8(a, b), ones));
    }
    const __m256i limit = _mm256_set1_epi16((short)most);
    const __m256i low_in = _mm256_cmpeq_epi16(_mm256_min_epu16(low, limit), low);
    const __m256i high_in = _mm256_cmpeq_epi16(_mm256_min_epu16(high, limit), high);
    return (uint32_t)_mm256_movemask_epi8(_mm256_packs_epi16(low_in, high_in));
}
#endif

/* --- in full --- */

static double cell_distance(const column *c, uint32_t a, uint32_t b)
{
    if (a == b)
        return 0;
    if (!c->number || a == c->field->missing || b == c->field->missing)
        return 1;
    const double x = c->field->number[a], y = c->field->number[b];
    return (x > y ? x - y : y - x) * c->scale;
}

static double distance(const privacy_nearest *nearest, uint32_t row, const uint32_t *target)
{
    double sum = 0;
    for (uint32_t c = 0; c < nearest->count; c++)
        sum += cell_distance(&nearest->columns[c], nearest->columns[c].codes[row], target[c]);
    return sum;
}

/*
 * The largest sum of a row that may be closer than `best`: a step's difference is off by less than one either way, and
 * a little more for the rounding of steps and sums.
 */
static uint16_t bound_of(const privacy_nearest *nearest, double best)
{
    const double most = best * STEPS + nearest->number_count + 1;
    return most < UINT16_MAX ? (uint16_t)most : UINT16_MAX;
}

uint32_t privacy_nearest_find(const privacy_nearest *nearest, const privacy_cast *other, uint32_t row,
                              double *ret_distance)
{
    uint8_t bytes[COLUMNS_MAX];
    uint32_t target[COLUMNS_MAX], best_row = 0;
    for (uint32_t c = 0; c < nearest->count; c++) {
        target[c] = other->codes[nearest->columns[c].index][row];
        bytes[c] = nearest->columns[c].byte_of[target[c]];
    }
    double best = distance(nearest, 0, target);
    uint16_t most = bound_of(nearest, best);
    for (uint32_t first = 0; first < nearest->padded; first += BLOCK) {
        uint32_t in = nearest->block(nearest, bytes, first, most);
        for (; in != 0; in &= in - 1) {
            const uint32_t at = first + (uint32_t)__builtin_ctz(in);
            const double one = at < nearest->rows ? distance(nearest, at, target) : best;
            if (one < best) {
                best = one;
                best_row = at;
                most = bound_of(nearest, best);
            }
        }
    }
    *ret_distance = best;
    return best_row;
}

uint32_t privacy_nearest_find_plain(const privacy_nearest *nearest, const privacy_cast *other, uint32_t row,
                                    double *ret_distance)
{
    uint32_t target[COLUMNS_MAX], best_row = 0;
    for (uint32_t c = 0; c < nearest->count; c++)
        target[c] = other->codes[nearest->columns[c].index][row];
    double best = distance(nearest, 0, target);
    for (uint32_t at = 1; at < nearest->rows; at++) {
        const double one = distance(nearest, at, target);
        if (one < best) {
            best = one;
            best_row = at;
        }
    }
    *ret_distance = best;
    return best_row;
}

static int add_columns(privacy_nearest *nearest, const privacy_stage *stage, const privacy_cast *cast,
                       const uint32_t *columns, uint32_t column_count, lethe_error *error)
{
    for (int pass = 0; pass < 3; pass++) /* text, numbers, numbers with gaps */
        for (uint32_t i = 0; i < column_count; i++) {
            const privacy_field *field = &stage->fields[columns[i]];
            const bool number = field->number != NULL, loose = number && field->missing < field->value_count;
            if (pass != (loose ? 2 : number ? 1 : 0))
                continue;
            column *c = &nearest->columns[nearest->count++];
            *c = (column){.field = field,
                          .codes = cast->codes[columns[i]],
                          .index = columns[i],
                          .number = number,
                          .loose = loose};
            nearest->text_count += !number;
            nearest->number_count += number && !loose;
            BASE_TRY(fill_column(c, nearest->rows, nearest->padded, error));
            nearest->bytes[nearest->count - 1] = c->bytes;
        }
    return 0;
}

int privacy_nearest_new(const privacy_stage *stage, const privacy_cast *cast, const uint32_t *columns,
                        uint32_t column_count, privacy_nearest **ret_nearest, lethe_error *error)
{
    if (column_count > COLUMNS_MAX || cast->row_count == 0 || cast->row_count > UINT32_MAX - BLOCK)
        return base_fail(error, LETHE_E_BASE_LIMIT);
    privacy_nearest *nearest = calloc(1, sizeof(*nearest));
    if (nearest == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    nearest->rows = cast->row_count;
    nearest->padded = (cast->row_count + BLOCK - 1) / BLOCK * BLOCK;
    nearest->columns = calloc((size_t)column_count + 1, sizeof(*nearest->columns));
    nearest->bytes = calloc((size_t)column_count + 1, sizeof(*nearest->bytes));
    nearest->block = block_plain;
#ifdef HAVE_AVX2
    if (__builtin_cpu_supports("avx2"))
        nearest->block = block_avx2;
#endif
    int status = nearest->columns == NULL || nearest->bytes == NULL ? base_fail(error, LETHE_E_BASE_MEMORY) : 0;
    if (status == 0)
        status = add_columns(nearest, stage, cast, columns, column_count, error);
    if (status != 0)
        privacy_nearest_free(nearest);
    else
        *ret_nearest = nearest;
    return status;
}

void privacy_nearest_free(privacy_nearest *nearest)
{
    if (nearest == NULL)
        return;
    for (uint32_t c = 0; nearest->columns != NULL && c < nearest->count; c++) {
        free(nearest->columns[c].byte_of);
        free(nearest->columns[c].bytes);
    }
    free(nearest->columns);
    free(nearest->bytes);
    free(nearest);
}
