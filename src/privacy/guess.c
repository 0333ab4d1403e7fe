/* SPDX-License-Identifier: Apache-2.0 */
#include "privacy/guess.h"

#include "base/threads.h"

#include <stdlib.h>
#include <string.h>

#define PIECE 64 /* targets of one piece of work */

enum { LINK = 2000, INFER, MEMBER }; /* streams of dice */

/* Targets and what was found for each, so that threads change nothing. */
typedef struct hunt {
    const privacy_nearest *nearest;
    const privacy_cast *cast;
    const uint32_t *targets; /* NULL: every row in order */
    uint32_t count;
    uint32_t *rows;
    double *distances;
} hunt;

static int hunt_piece(void *context, size_t index, size_t worker, lethe_error *error)
{
    (void)worker;
    (void)error;
    hunt *all = context;
    for (size_t i = index * PIECE; i < (index + 1) * PIECE && i < all->count; i++)
        all->rows[i] = privacy_nearest_find(all->nearest, all->cast,
                                            all->targets != NULL ? all->targets[i] : (uint32_t)i, &all->distances[i]);
    return 0;
}

static int hunt_all(hunt *all, size_t threads, lethe_error *error)
{
    return base_parallel(threads != 0 ? threads : 1, ((size_t)all->count + PIECE - 1) / PIECE, hunt_piece, all, error);
}

/* Room for the guesses of one attack on one group of people. */
typedef struct guesses {
    uint32_t *targets, *rows[2];
    double *distances[2];
    uint32_t count;
} guesses;

static void guesses_done(guesses *all)
{
    free(all->targets);
    for (size_t i = 0; i < 2; i++) {
        free(all->rows[i]);
        free(all->distances[i]);
    }
}

static int guesses_init(guesses *all, uint32_t count, lethe_error *error)
{
    bool whole = true;
    all->count = count;
    all->targets = malloc(((size_t)count + 1) * sizeof(*all->targets));
    for (size_t i = 0; i < 2; i++) {
        all->rows[i] = malloc(((size_t)count + 1) * sizeof(**all->rows));
        all->distances[i] = malloc(((size_t)count + 1) * sizeof(**all->distances));
        whole = whole && all->rows[i] != NULL && all->distances[i] != NULL;
    }
    if (whole && all->targets != NULL)
        return 0;
    guesses_done(all);
    return base_fail(error, LETHE_E_BASE_MEMORY);
}

static void draw_targets(guesses *all, const privacy_stage *stage, uint64_t stream, uint32_t people)
{
    privacy_dice dice = privacy_dice_of(stage->seed, stream);
    for (uint32_t i = 0; i < all->count; i++)
        all->targets[i] = privacy_dice_below(&dice, people);
}

static int find(guesses *all, int side, const privacy_nearest *nearest, const privacy_cast *cast, size_t threads,
                lethe_error *error)
{
    hunt one = {nearest, cast, all->targets, all->count, all->rows[side], all->distances[side]};
    return hunt_all(&one, threads, error);
}

/* --- linking --- */

static int link_people(const privacy_stage *stage, privacy_nearest *const nearest[2], const privacy_cast *people,
                       uint64_t stream, size_t threads, uint64_t *ret_hits, lethe_error *error)
{
    guesses all;
    *ret_hits = 0;
    BASE_TRY(guesses_init(&all, stage->attempts, error));
    draw_targets(&all, stage, stream, people->row_count);
    int status = find(&all, 0, nearest[0], people, threads, error);
    if (status == 0)
        status = find(&all, 1, nearest[1], people, threads, error);
    for (uint32_t i = 0; status == 0 && i < all.count; i++)
        *ret_hits += all.rows[0][i] == all.rows[1][i];
    guesses_done(&all);
    return status;
}

int privacy_link(const privacy_stage *stage, const uint32_t *first, uint32_t first_count, const uint32_t *second,
                 uint32_t second_count, size_t threads, privacy_contest *ret_contest, lethe_error *error)
{
    privacy_nearest *nearest[2] = {NULL, NULL};
    uint64_t hits = 0, control = 0, blind = 0;
    const bool has_control = stage->control.row_count != 0;
    int status = privacy_nearest_new(stage, &stage->released, first, first_count, &nearest[0], error);
    if (status == 0)
        status = privacy_nearest_new(stage, &stage->released, second, second_count, &nearest[1], error);
    if (status == 0)
        status = link_people(stage, nearest, &stage->original, LINK, threads, &hits, error);
    if (status == 0 && has_control)
        status = link_people(stage, nearest, &stage->control, LINK + 100, threads, &control, error);
    privacy_nearest_free(nearest[0]);
    privacy_nearest_free(nearest[1]);
    BASE_TRY(status);
    privacy_dice dice = privacy_dice_of(stage->seed, LINK + 200);
    for (uint32_t i = 0; i < stage->attempts; i++) {
        const uint32_t one = privacy_dice_below(&dice, stage->released.row_count);
        blind += one == privacy_dice_below(&dice, stage->released.row_count);
    }
    *ret_contest = privacy_contest_of(hits, stage->attempts, control, has_control ? stage->attempts : 0, blind,
                                      stage->attempts, has_control);
    return 0;
}

/* --- inference --- */

static bool is_right(const privacy_field *field, uint32_t guess, uint32_t truth)
{
    if (guess == truth)
        return true;
    if (field->number == NULL || guess == field->missing || truth == field->missing)
        return false;
    const double g = field->number[guess], t = field->number[truth], off = g > t ? g - t : t - g;
    return off <= PRIVACY_SECRET_TOLERANCE * (t < 0 ? -t : t);
}

static int infer_people(const privacy_stage *stage, const privacy_nearest *nearest, uint32_t secret,
                        const privacy_cast *people, uint64_t stream, size_t threads, uint64_t *ret_hits,
                        lethe_error *error)
{
    guesses all;
    *ret_hits = 0;
    BASE_TRY(guesses_init(&all, stage->attempts, error));
    draw_targets(&all, stage, stream, people->row_count);
    const int status = find(&all, 0, nearest, people, threads, error);
    for (uint32_t i = 0; status == 0 && i < all.count; i++)
        *ret_hits += is_right(&stage->fields[secret], stage->released.codes[secret][all.rows[0][i]],
                              people->codes[secret][all.targets[i]]);
    guesses_done(&all);
    return status;
}

int privacy_infer(const privacy_stage *stage, const uint32_t *known, uint32_t known_count, uint32_t secret,
                  size_t threads, privacy_contest *ret_contest, lethe_error *error)
{
    privacy_nearest *nearest = NULL;
    uint64_t hits = 0, control = 0, blind = 0;
    const bool has_control = stage->control.row_count != 0;
    BASE_TRY(privacy_nearest_new(stage, &stage->released, known, known_count, &nearest, error));
    int status = infer_people(stage, nearest, secret, &stage->original, INFER, threads, &hits, error);
    if (status == 0 && has_control)
        status = infer_people(stage, nearest, secret, &stage->control, INFER + 100, threads, &control, error);
    privacy_nearest_free(nearest);
    BASE_TRY(status);
    privacy_dice dice = privacy_dice_of(stage->seed, INFER + 200);
    for (uint32_t i = 0; i < stage->attempts; i++) {
        const uint32_t guess = stage->released.codes[secret][privacy_dice_below(&dice, stage->released.row_count)];
        const uint32_t truth = stage->original.codes[secret][privacy_dice_below(&dice, stage->original.row_count)];
        blind += is_right(&stage->fields[secret], guess, truth);
    }
    *ret_contest = privacy_contest_of(hits, stage->attempts, control, has_control ? stage->attempts : 0, blind,
                                      stage->attempts, has_control);
    return 0;
}

/* --- membership --- */

int privacy_member(const privacy_stage *stage, const uint32_t *known, uint32_t known_count, size_t threads,
                   privacy_rate *ret_rate, lethe_error *error)
{
    privacy_nearest *nearest = NULL;
    guesses all;
    uint64_t wins = 0, draws = 0;
    BASE_TRY(privacy_nearest_new(stage, &stage->released, known, known_count, &nearest, error));
    int status = guesses_init(&all, stage->attempts, error);
    if (status != 0) {
        privacy_nearest_free(nearest);
        return status;
    }
    draw_targets(&all, stage, MEMBER, stage->original.row_count);
    status = find(&all, 0, nearest, &stage->original, threads, error);
    draw_targets(&all, stage, MEMBER + 100, stage->control.row_count);
    if (status == 0)
        status = find(&all, 1, nearest, &stage->control, threads, error);
    for (uint32_t i = 0; status == 0 && i < all.count; i++) {
        wins += all.distances[0][i] < all.distances[1][i];
        draws += all.distances[0][i] == all.distances[1][i];
    }
    if (status == 0)
        *ret_rate = privacy_rate_of(wins + draws / 2, all.count);
    guesses_done(&all);
    privacy_nearest_free(nearest);
    return status;
}

/* --- closeness --- */

static int compare_doubles(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

/* Distances of all released rows to the closest of `people`. */
static int measure(const privacy_stage *stage, const privacy_cast *people, const uint32_t *columns, uint32_t count,
                   size_t threads, uint32_t *rows, double *ret_distances, lethe_error *error)
{
    privacy_nearest *nearest = NULL;
    BASE_TRY(privacy_nearest_new(stage, people, columns, count, &nearest, error));
    hunt all = {nearest, &stage->released, NULL, stage->released.row_count, rows, ret_distances};
    const int status = hunt_all(&all, threads, error);
    privacy_nearest_free(nearest);
    return status;
}

static uint64_t count_zeros(const double *sorted, uint32_t count)
{
    uint64_t zeros = 0;
    while (zeros < count && sorted[zeros] == 0)
        zeros++;
    return zeros;
}

/* Groups of one size: the first rows of the larger one. Rows of a table are in no order that means something. */
static privacy_cast cut(const privacy_cast *cast, uint32_t rows)
{
    return (privacy_cast){cast->row_count < rows ? cast->row_count : rows, cast->codes};
}

static int fill_closeness(const privacy_stage *stage, const uint32_t *columns, uint32_t column_count, size_t threads,
                          uint32_t *rows, double *distances, privacy_closeness *result, lethe_error *error)
{
    const uint32_t n = stage->released.row_count, control = stage->control.row_count;
    double *ours = distances, *fair = distances + n, *theirs = distances + 2 * (size_t)n;
    BASE_TRY(measure(stage, &stage->original, columns, column_count, threads, rows, ours, error));
    if (control != 0) {
        const privacy_cast us = cut(&stage->original, control), them = cut(&stage->control, us.row_count);
        if (us.row_count != stage->original.row_count)
            BASE_TRY(measure(stage, &us, columns, column_count, threads, rows, fair, error));
        else
            memcpy(fair, ours, n * sizeof(*fair));
        BASE_TRY(measure(stage, &them, columns, column_count, threads, rows, theirs, error));
        uint64_t closer = 0, farther = 0;
        for (uint32_t i = 0; i < n; i++) {
            closer += fair[i] < theirs[i];
            farther += fair[i] > theirs[i];
        }
        result->closer = privacy_rate_of(closer, closer + farther);
        qsort(theirs, n, sizeof(*theirs), compare_doubles);
        result->has_control = true;
        result->control_copies = count_zeros(theirs, n);
        result->control_fifth = theirs[n / 20];
        result->control_median = theirs[n / 2];
    }
    qsort(ours, n, sizeof(*ours), compare_doubles);
    result->rows = n;
    result->copies = count_zeros(ours, n);
    result->least = ours[0];
    result->fifth = ours[n / 20];
    result->median = ours[n / 2];
    return 0;
}

int privacy_measure_closeness(const privacy_stage *stage, const uint32_t *columns, uint32_t column_count,
                              size_t threads, privacy_closeness *ret_closeness, lethe_error *error)
{
    const size_t n = stage->released.row_count;
    privacy_closeness result = {0};
    uint32_t *rows = malloc((n + 1) * sizeof(*rows));
    double *distances = malloc((n + 1) * 3 * sizeof(*distances));
    int status = rows == NULL || distances == NULL ? base_fail(error, LETHE_E_BASE_MEMORY) : 0;
    if (status == 0)
        status = fill_closeness(stage, columns, column_count, threads, rows, distances, &result, error);
    free(rows);
    free(distances);
    if (status == 0)
        *ret_closeness = result;
    return status;
}
