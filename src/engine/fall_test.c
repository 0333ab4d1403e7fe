/* SPDX-License-Identifier: Apache-2.0 */
/* Which visits fall, against the promise counted naively: no tuple and no ordered pair that 1 .. k-1 people hold. */
#include "engine/fall.h"

#include "base/test.h"
#include "engine/compose.h"

#include <stdlib.h>
#include <string.h>

#define PEOPLE   120
#define ROWS_MAX 6
#define TUPLES   400

typedef struct world {
    uint32_t tuples[PEOPLE * ROWS_MAX], starts[PEOPLE + 1];
    uint8_t rows[PEOPLE * ROWS_MAX];
    engine_fall fall;
    engine_fallen fallen;
    privacy_hierarchies *hierarchies;
} world;

static uint32_t next(uint64_t *state)
{
    *state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(*state >> 33);
}

/* Few tuples that many have, and now and then a rare one; numbers from all over the range. */
static void fill(world *w, uint64_t seed, uint32_t common, uint32_t spread)
{
    uint64_t state = seed;
    uint32_t row = 0;
    memset(w->rows, 0, sizeof(w->rows));
    for (size_t person = 0; person < PEOPLE; person++) {
        w->starts[person] = row;
        for (uint32_t i = 0, count = 1 + next(&state) % ROWS_MAX; i < count; i++)
            w->tuples[row++] = (next(&state) % 10 == 0 ? next(&state) % TUPLES : next(&state) % common) * spread;
    }
    w->starts[PEOPLE] = row;
}

static void erase(world *w, size_t person)
{
    for (uint32_t row = w->starts[person]; row < w->starts[person + 1]; row++)
        w->rows[row] = ENGINE_ROW_ERASED;
}

static void fall(world *w, uint32_t k, uint32_t visits)
{
    w->fall = (engine_fall){k, visits, w->hierarchies, w->tuples, w->starts, PEOPLE};
    assert_int_equal(engine_fall_visits(&w->fall, w->rows, &w->fallen, NULL), 0);
}

static bool holds(const world *w, size_t person, const uint32_t *wanted, size_t count)
{
    size_t at = 0;
    for (uint32_t row = w->starts[person]; row < w->starts[person + 1] && at < count; row++)
        at += w->rows[row] == ENGINE_ROW_STAYS && w->tuples[row] == wanted[at];
    return at == count;
}

static uint32_t holders(const world *w, const uint32_t *wanted, size_t count)
{
    uint32_t people = 0;
    for (size_t person = 0; person < PEOPLE; person++)
        people += holds(w, person, wanted, count);
    return people;
}

/* The rarest single and pair that anybody has. */
static uint32_t rarest(const world *w, uint32_t visits)
{
    uint32_t least = UINT32_MAX;
    for (size_t person = 0; person < PEOPLE; person++)
        for (uint32_t i = w->starts[person]; i < w->starts[person + 1]; i++)
            for (uint32_t j = i; j < w->starts[person + 1] && w->rows[i] == ENGINE_ROW_STAYS; j++) {
                const uint32_t wanted[] = {w->tuples[i], w->tuples[j]};
                if (w->rows[j] != ENGINE_ROW_STAYS || (j != i && visits == 1))
                    continue;
                const uint32_t people = holders(w, wanted, j == i ? 1 : 2);
                least = people < least ? people : least;
            }
    return least;
}

static size_t staying(const world *w)
{
    size_t count = 0;
    for (uint32_t row = 0; row < w->starts[PEOPLE]; row++)
        count += w->rows[row] == ENGINE_ROW_STAYS;
    return count;
}

static void test_rule_holds_after(void **state)
{
    world *w = calloc(1, sizeof(*w));
    int broken = 0;
    (void)state;
    assert_int_equal(engine_hierarchies_new(&w->hierarchies, NULL), 0);
    for (uint64_t seed = 1; seed <= 12; seed++) {
        const uint32_t visits = 1 + seed % 2;
        fill(w, seed, 9, seed % 3 == 0 ? 90001 : 1);
        fall(w, 4, visits); /* a dataset that keeps the rule */
        assert_true(rarest(w, visits) >= 4 && staying(w) > 20);
        const size_t before = staying(w);
        for (size_t person = 0; person < 60; person += 1 + seed % 7)
            erase(w, person);
        /* what was withheld before is not there any more: the rows close up */
        world *next_one = calloc(1, sizeof(*next_one));
        uint32_t row = 0;
        for (size_t person = 0; person < PEOPLE; person++) {
            next_one->starts[person] = row;
            for (uint32_t at = w->starts[person]; at < w->starts[person + 1]; at++)
                if (w->rows[at] != ENGINE_ROW_WITHHELD) {
                    next_one->rows[row] = w->rows[at];
                    next_one->tuples[row++] = w->tuples[at];
                }
        }
        next_one->starts[PEOPLE] = row;
        next_one->hierarchies = w->hierarchies;
        broken += rarest(next_one, visits) < 4;
        fall(next_one, 4, visits);
        assert_true(staying(next_one) == 0 || rarest(next_one, visits) >= 4);
        assert_true(staying(next_one) < before);
        free(next_one);
    }
    assert_true(broken >= 3); /* the check sees where the rule is broken */
    free(w->hierarchies);
    free(w);
}

/* Where the rule holds anyway, nothing falls; what is erased is not counted as withheld. */
static void test_nothing_falls(void **state)
{
    world *w = calloc(1, sizeof(*w));
    (void)state;
    assert_int_equal(engine_hierarchies_new(&w->hierarchies, NULL), 0);
    for (uint32_t person = 0; person <= PEOPLE; person++)
        w->starts[person] = 2 * person;
    for (uint32_t row = 0; row < 2 * PEOPLE; row++)
        w->tuples[row] = row % 2;
    erase(w, 7);
    fall(w, 5, 2);
    assert_int_equal(w->fallen.visits, 0);
    assert_int_equal(w->fallen.people, 0);
    assert_int_equal(staying(w), 2 * PEOPLE - 2);
    for (size_t person = 0; person < PEOPLE - 4; person++)
        erase(w, person);
    fall(w, 5, 2); /* four are left: all of them fall */
    assert_int_equal(w->fallen.people, 4);
    assert_int_equal(w->fallen.visits, 8);
    w->starts[PEOPLE] = 2 * PEOPLE;
    w->starts[1] = 0;
    free(w->hierarchies);
    free(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rule_holds_after),
        cmocka_unit_test(test_nothing_falls),
    };
    return cmocka_run_group_tests_name("engine/fall", tests, NULL, NULL);
}
