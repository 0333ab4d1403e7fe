/* SPDX-License-Identifier: Apache-2.0 */
#include "learn/calibrate.h"
#include "learn/bytes.h"
#include "learn/real.h"

#include <stdlib.h>

#define SCORE_MIN 1e-9 /* a score is never more certain than that, as in learn_logit */

typedef struct point {
    double x, weight, y; /* y: share of positives */
} point;

static int by_score(const void *a, const void *b)
{
    const point *p = a, *q = b;
    if (p->x != q->x)
        return p->x < q->x ? -1 : 1;
    if (p->y != q->y) /* a full order, so that sums are in the same order whatever the sort does */
        return p->y < q->y ? -1 : 1;
    return p->weight < q->weight ? -1 : p->weight > q->weight;
}

/* Sorted by score; equal scores become one point. */
static size_t pool_ties(point *points, size_t count)
{
    size_t kept = 0;
    qsort(points, count, sizeof(*points), by_score);
    for (size_t i = 0; i < count; i++) {
        if (kept > 0 && points[kept - 1].x == points[i].x) {
            point *same = &points[kept - 1];
            const double weight = same->weight + points[i].weight;
            same->y = (same->y * same->weight + points[i].y * points[i].weight) / weight;
            same->weight = weight;
        } else {
            points[kept++] = points[i];
        }
    }
    return kept;
}

/* The two ends of every block (one where they are the same point). */
static uint32_t ends_of_blocks(const double *x, const double *y, size_t count, double *to_x, double *to_y)
{
    uint32_t knots = 0;
    for (size_t i = 0; i < count; i++)
        if (i == 0 || i + 1 == count || y[i - 1] != y[i] || y[i + 1] != y[i]) {
            to_x[knots] = x[i];
            to_y[knots++] = y[i];
        }
    return knots;
}

static void thin(learn_calibration *c, size_t max)
{
    if (c->knots <= max)
        return;
    for (size_t i = 0; i < max; i++) {
        const size_t from = i * (c->knots - 1) / (max - 1); /* never below i: in place */
        c->x[i] = c->x[from];
        c->y[i] = c->y[from];
    }
    c->knots = (uint32_t)max;
}

static int fit_isotonic(const learn_column *column, const double *scores, learn_calibration *c, lethe_error *error)
{
    const size_t count = column->count;
    point *points = malloc(count * sizeof(*points));
    double *room = malloc(3 * count * sizeof(*room));
    size_t *scratch = malloc(count * sizeof(*scratch));
    c->x = malloc(2 * count * sizeof(*c->x));
    c->y = c->x != NULL ? c->x + count : NULL;
    int status =
        points == NULL || room == NULL || scratch == NULL || c->x == NULL ? base_fail(error, LETHE_E_BASE_MEMORY) : 0;
    if (status == 0) {
        double *x = room, *y = room + count, *weights = room + 2 * count;
        for (size_t i = 0; i < count; i++)
            points[i] = (point){scores[i], column->weights[i], column->positive[i]};
        const size_t kept = pool_ties(points, count);
        for (size_t i = 0; i < kept; i++) {
            x[i] = points[i].x;
            y[i] = points[i].y;
            weights[i] = points[i].weight;
        }
        learn_isotonic(y, weights, kept, scratch);
        c->knots = ends_of_blocks(x, y, kept, c->x, c->y);
        thin(c, LEARN_KNOTS_MAX);
    } else {
        learn_calibration_done(c);
    }
    free(points);
    free(room);
    free(scratch);
    return status;
}

static int fit_platt(const learn_column *column, const double *scores, learn_calibration *c, lethe_error *error)
{
    double *logits = malloc(column->count * sizeof(*logits));
    if (logits == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    for (size_t i = 0; i < column->count; i++)
        logits[i] = learn_logit(scores[i]);
    if (c->kind == LEARN_PLATT)
        learn_platt(logits, column->positive, column->weights, column->count, &c->slope, &c->intercept);
    else
        c->intercept = learn_move_level(logits, column->positive, column->weights, column->count);
    free(logits);
    return 0;
}

int learn_calibrate(const learn_column *column, const double *scores, learn_calibration *ret_calibration,
                    lethe_error *error)
{
    learn_calibration c = {
        .kind = LEARN_IDENTITY, .slope = 1, .patients = column->patients, .positives = column->positives};
    c.limit = 1 / ((double)column->patients + 2);
    if (column->count != 0) {
        c.kind = column->positives >= LEARN_ISOTONIC_PATIENTS ? LEARN_ISOTONIC
                 : column->positives >= LEARN_SLOPE_PATIENTS  ? LEARN_PLATT
                                                              : LEARN_LEVEL;
        BASE_TRY(c.kind == LEARN_ISOTONIC ? fit_isotonic(column, scores, &c, error)
                                          : fit_platt(column, scores, &c, error));
    }
    *ret_calibration = c;
    return 0;
}

static double on_line(const learn_calibration *c, double score)
{
    if (!(score > c->x[0]))
        return c->y[0];
    if (score >= c->x[c->knots - 1])
        return c->y[c->knots - 1];
    uint32_t low = 0, high = c->knots - 1; /* x[low] ≤ score < x[high] */
    while (high - low > 1) {
        const uint32_t middle = low + (high - low) / 2;
        *(c->x[middle] <= score ? &low : &high) = middle;
    }
    const double share = (score - c->x[low]) / (c->x[high] - c->x[low]);
    const double y = c->y[low] + share * (c->y[high] - c->y[low]);
    return y < c->y[high] ? y : c->y[high]; /* not by a last bit above it */
}

double learn_calibrated(const learn_calibration *calibration, double score)
{
    if (calibration->kind == LEARN_IDENTITY)
        return score;
    const double p = calibration->kind == LEARN_ISOTONIC
                         ? on_line(calibration, score)
                         : learn_sigmoid(calibration->slope * learn_logit(score) + calibration->intercept);
    const double held = score < SCORE_MIN ? SCORE_MIN : score > 1 - SCORE_MIN ? 1 - SCORE_MIN : score;
    const double low = held < calibration->limit ? held : calibration->limit;
    const double high = held > 1 - calibration->limit ? held : 1 - calibration->limit;
    return p < low ? low : p > high ? high : p;
}

void learn_calibration_done(learn_calibration *calibration)
{
    if (calibration == NULL)
        return;
    free(calibration->x);
    *calibration = (learn_calibration){.kind = LEARN_IDENTITY, .slope = 1};
}

void learn_calibration_write(const learn_calibration *calibration, base_buf *out)
{
    base_buf_byte(out, (char)calibration->kind);
    base_buf_u32(out, calibration->patients);
    base_buf_u32(out, calibration->positives);
    learn_put_double(out, calibration->slope);
    learn_put_double(out, calibration->intercept);
    base_buf_u32(out, calibration->knots);
    for (uint32_t i = 0; i < calibration->knots; i++) {
        learn_put_double(out, calibration->x[i]);
        learn_put_double(out, calibration->y[i]);
    }
}

static bool read_knots(base_cursor *in, learn_calibration *c)
{
    for (uint32_t i = 0; i < c->knots; i++) {
        c->x[i] = learn_take_double(in);
        c->y[i] = learn_take_double(in);
        if (c->y[i] < 0 || c->y[i] > 1 || (i > 0 && (c->x[i] <= c->x[i - 1] || c->y[i] < c->y[i - 1])))
            return false;
    }
    return !in->failed;
}

int learn_calibration_read(base_cursor *in, learn_calibration *ret_calibration, lethe_error *error)
{
    const uint8_t kind = base_cursor_u8(in);
    learn_calibration c = {.kind = (learn_calibration_kind)kind};
    c.patients = base_cursor_u32(in);
    c.positives = base_cursor_u32(in);
    c.limit = 1 / ((double)c.patients + 2);
    c.slope = learn_take_double(in);
    c.intercept = learn_take_double(in);
    c.knots = base_cursor_u32(in);
    if (in->failed || kind > LEARN_ISOTONIC || c.slope < 0 || c.positives > c.patients || c.knots > LEARN_KNOTS_MAX ||
        (kind == LEARN_ISOTONIC) != (c.knots != 0) || !learn_bytes_hold(in, c.knots, 16))
        return base_fail(error, LETHE_E_LEARN_MODEL);
    if (c.knots != 0) {
        c.x = malloc(2 * (size_t)c.knots * sizeof(*c.x));
        if (c.x == NULL)
            return base_fail(error, LETHE_E_BASE_MEMORY);
        c.y = c.x + c.knots;
        if (!read_knots(in, &c)) {
            learn_calibration_done(&c);
            return base_fail(error, LETHE_E_LEARN_MODEL);
        }
    }
    *ret_calibration = c;
    return 0;
}
