/* SPDX-License-Identifier: Apache-2.0 */
#include "privacy/singling.h"

#include "privacy/predicate.h"

#include <stdlib.h>

#define TRIES_A_GUESS 500 /* random rows that are looked at for one predicate, before fewer guesses are made */

/* Predicates, `width` terms each. */
typedef struct guesses {
    uint32_t width, count, capacity;
    privacy_term *terms;
} guesses;

typedef struct singling {
    const privacy_stage *stage;
    privacy_sorted released, original, control, sample; /* sample: people of the larger side */
    uint32_t *medians;                                  /* of a field: the code of the released median */
    uint32_t *scratch;
    uint32_t **sampled; /* [field][row] */
} singling;

static int guesses_init(guesses *all, uint32_t width, uint32_t capacity, lethe_error *error)
{
    *all = (guesses){.width = width, .capacity = capacity};
    all->terms = calloc((size_t)width * capacity + 1, sizeof(*all->terms));
    return all->terms == NULL ? base_fail(error, LETHE_E_BASE_MEMORY) : 0;
}

static uint32_t count_hits(const guesses *all, const privacy_sorted *people)
{
    uint32_t hits = 0;
    for (uint32_t i = 0; i < all->count; i++)
        hits += privacy_predicate_count(people, all->terms + (size_t)i * all->width, all->width, 2) == 1;
    return hits;
}

/* Codes of numbers without the missing one, which is kept last. */
static uint32_t last_number(const privacy_field *field)
{
    return field->missing == field->value_count - 1 ? field->value_count - 2 : field->value_count - 1;
}

static bool is_number(const privacy_field *field, uint32_t code)
{
    return field->number != NULL && code != field->missing;
}

/* --- univariate --- */

static void offer(const singling *s, guesses *all, privacy_term term)
{
    if (all->count < all->capacity && privacy_predicate_count(&s->released, &term, 1, 2) == 1)
        all->terms[all->count++] = term;
}

/* "At most the smallest" and "at least the largest" hold for one row where that value stands once. */
static void offer_ends(const singling *s, uint32_t field, guesses *all)
{
    const privacy_field *about = &s->stage->fields[field];
    const uint32_t *from = s->released.from[field], last = last_number(about);
    uint32_t low = 0, high = last;
    if (about->number == NULL || about->missing == 0)
        return;
    while (low < last && from[low + 1] == from[low])
        low++;
    while (high > low && from[high + 1] == from[high])
        high--;
    offer(s, all, (privacy_term){field, 0, low, false});
    offer(s, all, (privacy_term){field, high, last, false});
}

static int make_univariate(const singling *s, guesses *ret_guesses, lethe_error *error)
{
    guesses all;
    size_t possible = 0;
    for (uint32_t field = 0; field < s->stage->field_count; field++)
        possible += (size_t)s->stage->fields[field].value_count + 2;
    if (possible > UINT32_MAX)
        return base_fail(error, LETHE_E_BASE_LIMIT);
    BASE_TRY(guesses_init(&all, 1, (uint32_t)possible, error));
    for (uint32_t field = 0; field < s->stage->field_count; field++) {
        offer_ends(s, field, &all);
        for (uint32_t code = 0; code < s->stage->fields[field].value_count; code++)
            offer(s, &all, (privacy_term){field, code, code, false});
    }
    privacy_dice dice = privacy_dice_of(s->stage->seed, 1);
    const uint32_t wanted = all.count < s->stage->attempts ? all.count : s->stage->attempts;
    for (uint32_t i = 0; i < wanted; i++) { /* a random choice where there are more than are wanted */
        const uint32_t at = i + privacy_dice_below(&dice, all.count - i);
        const privacy_term term = all.terms[i];
        all.terms[i] = all.terms[at];
        all.terms[at] = term;
    }
    all.count = wanted;
    *ret_guesses = all;
    return 0;
}

/* --- multivariate --- */

static privacy_term term_of(const singling *s, uint32_t field, uint32_t code)
{
    const privacy_field *about = &s->stage->fields[field];
    if (!is_number(about, code) || about->missing == 0)
        return (privacy_term){field, code, code, false};
    if (code > s->medians[field])
        return (privacy_term){field, code, last_number(about), false};
    return (privacy_term){field, 0, code, false};
}

static bool same_guess(const guesses *all, uint32_t a, const privacy_term *terms)
{
    for (uint32_t i = 0; i < all->width; i++) {
        const privacy_term *x = &all->terms[(size_t)a * all->width + i];
        if (x->field != terms[i].field || x->low != terms[i].low || x->high != terms[i].high)
            return false;
    }
    return true;
}

/* Open addressing over the guesses made so far, so that none is made twice. */
static bool is_new(const guesses *all, uint32_t *slots, uint32_t mask, const privacy_term *terms)
{
    uint64_t hash = 0;
    for (uint32_t i = 0; i < all->width; i++)
        hash = (hash ^ terms[i].field ^ (uint64_t)terms[i].low << 8 ^ (uint64_t)terms[i].high << 32) *
               0x9e3779b97f4a7c15ULL;
    uint32_t at = (uint32_t)(hash >> 32) & mask;
    while (slots[at] != 0 && !same_guess(all, slots[at] - 1, terms))
        at = (at + 1) & mask;
    if (slots[at] != 0)
        return false;
    slots[at] = all->count + 1;
    return true;
}

static int compare_numbers(const void *a, const void *b)
{
    const uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return x < y ? -1 : x > y;
}

static int make_multivariate(const singling *s, uint32_t columns, guesses *ret_guesses, lethe_error *error)
{
    guesses all;
    uint32_t mask = 63, chosen[PRIVACY_TERMS_MAX];
    privacy_dice dice = privacy_dice_of(s->stage->seed, columns);
    while (mask < 2 * s->stage->attempts)
        mask = mask * 2 + 1;
    BASE_TRY(guesses_init(&all, columns, s->stage->attempts, error));
    uint32_t *slots = calloc((size_t)mask + 1, sizeof(*slots));
    if (slots == NULL) {
        free(all.terms);
        return base_fail(error, LETHE_E_BASE_MEMORY);
    }
    for (uint64_t tried = 0; all.count < all.capacity && tried < (uint64_t)TRIES_A_GUESS * all.capacity; tried++) {
        privacy_term *terms = all.terms + (size_t)all.count * columns;
        const uint32_t row = privacy_dice_below(&dice, s->released.cast.row_count);
        privacy_dice_choose(&dice, s->stage->field_count, columns, s->scratch, chosen);
        qsort(chosen, columns, sizeof(*chosen), compare_numbers);
        for (uint32_t i = 0; i < columns; i++)
            terms[i] = term_of(s, chosen[i], s->released.cast.codes[chosen[i]][row]);
        if (privacy_predicate_count(&s->released, terms, columns, 2) == 1 && is_new(&all, slots, mask, terms))
            all.count++;
    }
    free(slots);
    *ret_guesses = all;
    return 0;
}

/* --- without the release --- */

/* A random comparison of a random column with a random value of it. */
static privacy_term blind_term(const singling *s, privacy_dice *dice, uint32_t field)
{
    const privacy_field *about = &s->stage->fields[field];
    const uint32_t code = privacy_dice_below(dice, about->value_count), last = last_number(about);
    if (!is_number(about, code) || about->missing == 0)
        return (privacy_term){field, code, code, privacy_dice_below(dice, 2) != 0};
    switch (privacy_dice_below(dice, 6)) {
    case 0:
        return (privacy_term){field, code, code, false};
    case 1:
        return (privacy_term){field, code, code, true};
    case 2:
    case 3:
        return (privacy_term){field, code, last, false};
    default:
        return (privacy_term){field, 0, code, false};
    }
}

static int make_blind(const singling *s, uint32_t columns, guesses *ret_guesses, lethe_error *error)
{
    uint32_t chosen[PRIVACY_TERMS_MAX];
    privacy_dice dice = privacy_dice_of(s->stage->seed, 1000 + columns);
    BASE_TRY(guesses_init(ret_guesses, columns, s->stage->attempts, error));
    for (; ret_guesses->count < ret_guesses->capacity; ret_guesses->count++) {
        privacy_dice_choose(&dice, s->stage->field_count, columns, s->scratch, chosen);
        for (uint32_t i = 0; i < columns; i++)
            ret_guesses->terms[(size_t)ret_guesses->count * columns + i] = blind_term(s, &dice, chosen[i]);
    }
    return 0;
}

/* --- the contest --- */

/* As many people of the larger side as the smaller one has, chosen at random. */
static int draw_sample(singling *s, const privacy_cast *larger, uint32_t wanted, lethe_error *error)
{
    privacy_dice dice = privacy_dice_of(s->stage->seed, 77);
    uint32_t *order = malloc(((size_t)larger->row_count + 1) * 2 * sizeof(*order));
    s->sampled = calloc((size_t)s->stage->field_count + 1, sizeof(*s->sampled));
    int status = order == NULL || s->sampled == NULL ? base_fail(error, LETHE_E_BASE_MEMORY) : 0;
    if (status == 0)
        privacy_dice_choose(&dice, larger->row_count, wanted, order, order + larger->row_count);
    for (uint32_t field = 0; status == 0 && field < s->stage->field_count; field++) {
        uint32_t *codes = malloc(((size_t)wanted + 1) * sizeof(*codes));
        s->sampled[field] = codes;
        if (codes == NULL)
            status = base_fail(error, LETHE_E_BASE_MEMORY);
        for (uint32_t i = 0; status == 0 && i < wanted; i++)
            codes[i] = larger->codes[field][order[larger->row_count + i]];
    }
    free(order);
    if (status != 0)
        return status;
    const privacy_cast cast = {wanted, (const uint32_t *const *)s->sampled};
    return privacy_sorted_init(&s->sample, s->stage, &cast, error);
}

static int prepare(singling *s, lethe_error *error)
{
    const privacy_stage *stage = s->stage;
    const uint32_t people = stage->original.row_count, others = stage->control.row_count;
    s->medians = calloc((size_t)stage->field_count + 1, sizeof(*s->medians));
    s->scratch = calloc((size_t)stage->field_count + 1, sizeof(*s->scratch));
    if (s->medians == NULL || s->scratch == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    BASE_TRY(privacy_sorted_init(&s->released, stage, &stage->released, error));
    BASE_TRY(privacy_sorted_init(&s->original, stage, &stage->original, error));
    if (others != 0) {
        BASE_TRY(privacy_sorted_init(&s->control, stage, &stage->control, error));
        if (others != people)
            BASE_TRY(draw_sample(s, people > others ? &stage->original : &stage->control,
                                 people > others ? others : people, error));
    }
    for (uint32_t field = 0; field < stage->field_count; field++) {
        const privacy_field *about = &stage->fields[field];
        const uint32_t *from = s->released.from[field];
        const uint32_t known = about->missing < about->value_count && about->missing != 0 ? from[about->missing]
                                                                                          : stage->released.row_count;
        while (known != 0 && from[s->medians[field] + 1] <= known / 2)
            s->medians[field]++;
    }
    return 0;
}

static int run(singling *s, uint32_t columns, privacy_singling *ret_singling, lethe_error *error)
{
    const uint32_t people = s->stage->original.row_count, others = s->stage->control.row_count;
    guesses made = {0}, blind = {0};
    BASE_TRY(columns == 1 ? make_univariate(s, &made, error) : make_multivariate(s, columns, &made, error));
    const int status = make_blind(s, columns, &blind, error);
    if (status == 0) {
        const privacy_sorted *us = others != 0 && people > others ? &s->sample : &s->original;
        const privacy_sorted *them = others > people ? &s->sample : &s->control;
        const uint32_t found = count_hits(&made, us);
        ret_singling->contest =
            privacy_contest_of(found, made.count, others != 0 ? count_hits(&made, them) : 0,
                               others != 0 ? made.count : 0, count_hits(&blind, us), blind.count, others != 0);
        ret_singling->all = privacy_rate_of(us == &s->original ? found : count_hits(&made, &s->original), made.count);
        ret_singling->asked = us->cast.row_count;
    }
    free(made.terms);
    free(blind.terms);
    return status;
}

int privacy_single_out(const privacy_stage *stage, uint32_t columns, privacy_singling *ret_singling, lethe_error *error)
{
    singling s = {.stage = stage};
    if (columns == 0 || columns > stage->field_count || columns > PRIVACY_TERMS_MAX) {
        base_fail(error, LETHE_E_PRIVACY_OPTION);
        base_error_path(error, "columns");
        return LETHE_E_PRIVACY_OPTION;
    }
    int status = prepare(&s, error);
    if (status == 0 && stage->released.row_count != 0)
        status = run(&s, columns, ret_singling, error);
    else if (status == 0)
        *ret_singling = (privacy_singling){.contest = privacy_contest_of(0, 0, 0, 0, 0, 0, false)};
    privacy_sorted_done(&s.released);
    privacy_sorted_done(&s.original);
    privacy_sorted_done(&s.control);
    privacy_sorted_done(&s.sample);
    for (uint32_t field = 0; s.sampled != NULL && field < stage->field_count; field++)
        free(s.sampled[field]);
    free(s.sampled);
    free(s.medians);
    free(s.scratch);
    return status;
}
