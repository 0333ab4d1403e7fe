/* SPDX-License-Identifier: Apache-2.0 */
#include "privacy/singling.h"

#include "privacy/predicate.h"
#include "privacy/unique_rows.h"

#include <stdlib.h>
#include <string.h>

#define SETS_MAX         65536 /* of columns that are remembered */
#define TRIES_BEFORE_ALL 200
#define RARE             50
#define TRIES_A_GUESS    20 /* as many times the guesses wanted are tried in vain, before fewer are made */

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

static uint32_t count_hits(const guesses *all, privacy_sorted *people)
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

static void offer(singling *s, guesses *all, privacy_term term)
{
    if (all->count < all->capacity && privacy_predicate_count(&s->released, &term, 1, 2) == 1)
        all->terms[all->count++] = term;
}

/* "At most the smallest" and "at least the largest" hold for one row where that value stands once. */
static void offer_ends(singling *s, uint32_t field, guesses *all)
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

static int make_univariate(singling *s, guesses *ret_guesses, lethe_error *error)
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
            if (code != s->stage->fields[field].star)
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
    if (code == about->star)
        return (privacy_term){field, 0, about->value_count - 1, false};
    if (!is_number(about, code) || about->missing == 0)
        return (privacy_term){field, code, code, false};
    if (code > s->medians[field])
        return (privacy_term){field, code, last_number(about), false};
    return (privacy_term){field, 0, code, false};
}

/*
 * Sets of columns that were tried: after some tries all rows that one singles out are found at once, and a try is a
 * look at a bit. `made`: which rows a guess was made of; a guess singles out its own row, so that no other row makes
 * it.
 */
typedef struct tried {
    uint32_t fields[PRIVACY_TERMS_MAX];
    uint32_t tries, hits;
    bool asked; /* for all at once */
    uint64_t *unique, *made;
} tried;

typedef struct trials {
    tried *sets;
    uint32_t *slots, mask, count, width;
    size_t words, bytes;
    privacy_unique_rows finder;
} trials;

static int trials_init(trials *all, const singling *s, uint32_t columns, lethe_error *error)
{
    *all = (trials){.mask = 4 * SETS_MAX - 1, .width = columns};
    all->words = ((size_t)s->released.cast.row_count + 63) / 64;
    all->sets = calloc(SETS_MAX, sizeof(*all->sets));
    all->slots = calloc((size_t)all->mask + 1, sizeof(*all->slots));
    if (all->sets == NULL || all->slots == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    return privacy_unique_rows_init(&all->finder, s->stage, s->medians, error);
}

static void trials_done(trials *all)
{
    for (uint32_t i = 0; all->sets != NULL && i < all->count; i++) {
        free(all->sets[i].unique);
        free(all->sets[i].made);
    }
    free(all->sets);
    free(all->slots);
    privacy_unique_rows_done(&all->finder);
}

/* The set of these columns, which are sorted; NULL where no more are remembered. */
static tried *find_set(trials *all, const uint32_t *fields)
{
    uint64_t hash = 0;
    for (uint32_t i = 0; i < all->width; i++)
        hash = (hash ^ fields[i]) * 0x9e3779b97f4a7c15ULL;
    uint32_t at = (uint32_t)(hash >> 32) & all->mask;
    while (all->slots[at] != 0) {
        tried *set = &all->sets[all->slots[at] - 1];
        if (memcmp(set->fields, fields, all->width * sizeof(*fields)) == 0)
            return set;
        at = (at + 1) & all->mask;
    }
    if (all->count == SETS_MAX)
        return NULL;
    all->slots[at] = ++all->count;
    memcpy(all->sets[all->count - 1].fields, fields, all->width * sizeof(*fields));
    return &all->sets[all->count - 1];
}

static bool make_room(trials *all, uint64_t **bits)
{
    if (*bits != NULL)
        return true;
    if (all->bytes + all->words * 8 > PRIVACY_BITMAPS_BYTES_MAX)
        return false;
    *bits = calloc(all->words + 1, sizeof(**bits));
    all->bytes += *bits != NULL ? all->words * 8 : 0;
    return *bits != NULL;
}

/* Where a set was tried often: whether it singles out the row, without a count. */
static bool known_unique(trials *all, tried *set, uint32_t row, bool *ret_unique)
{
    if (++set->tries < TRIES_BEFORE_ALL || (!set->asked && set->hits * RARE > set->tries))
        return false; /* what is found often costs few tries */
    if (!set->asked) {
        set->asked = true;
        if (make_room(all, &set->unique) &&
            !privacy_unique_rows_find(&all->finder, set->fields, all->width, set->unique)) {
            free(set->unique);
            set->unique = NULL;
        }
    }
    if (set->unique == NULL)
        return false;
    *ret_unique = (set->unique[row / 64] >> row % 64 & 1) != 0;
    return true;
}

/* Whether the set and the row make a new guess; they are remembered. */
static bool try_row(singling *s, trials *all, const uint32_t *fields, uint32_t row, privacy_term *ret_terms)
{
    bool unique = false;
    tried *set = find_set(all, fields);
    if (set == NULL)
        return false;
    const bool known = known_unique(all, set, row, &unique);
    if (known && !unique)
        return false;
    for (uint32_t i = 0; i < all->width; i++)
        ret_terms[i] = term_of(s, fields[i], s->released.cast.codes[fields[i]][row]);
    if (!known && privacy_predicate_count(&s->released, ret_terms, all->width, 2) != 1)
        return false;
    set->hits++;
    if (!make_room(all, &set->made) || (set->made[row / 64] >> row % 64 & 1) != 0)
        return false;
    set->made[row / 64] |= (uint64_t)1 << row % 64;
    return true;
}

/* So few that sorting them by hand is fastest. */
static void sort_fields(uint32_t *fields, uint32_t count)
{
    for (uint32_t i = 1; i < count; i++)
        for (uint32_t at = i; at > 0 && fields[at - 1] > fields[at]; at--) {
            const uint32_t field = fields[at];
            fields[at] = fields[at - 1];
            fields[at - 1] = field;
        }
}

static int make_multivariate(singling *s, uint32_t columns, guesses *ret_guesses, lethe_error *error)
{
    guesses all;
    trials tries;
    uint32_t chosen[PRIVACY_TERMS_MAX];
    privacy_dice dice = privacy_dice_of(s->stage->seed, columns);
    BASE_TRY(guesses_init(&all, columns, s->stage->attempts, error));
    const int status = trials_init(&tries, s, columns, error);
    const uint64_t most = (uint64_t)TRIES_A_GUESS * all.capacity;
    for (uint64_t in_vain = 0; status == 0 && all.count < all.capacity && in_vain < most; in_vain++) {
        const uint32_t row = privacy_dice_below(&dice, s->released.cast.row_count);
        privacy_dice_choose(&dice, s->stage->field_count, columns, s->scratch, chosen);
        sort_fields(chosen, columns);
        if (try_row(s, &tries, chosen, row, all.terms + (size_t)all.count * columns)) {
            all.count++;
            in_vain = 0;
        }
    }
    trials_done(&tries);
    if (status != 0)
        free(all.terms);
    else
        *ret_guesses = all;
    return status;
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
        privacy_sorted *us = others != 0 && people > others ? &s->sample : &s->original;
        privacy_sorted *them = others > people ? &s->sample : &s->control;
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
