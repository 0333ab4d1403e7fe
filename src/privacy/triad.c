/* SPDX-License-Identifier: Apache-2.0 */
#include "privacy/triad.h"

#include "base/real.h"
#include "privacy/metrics.h"

/* A rate as Wilson's centre and half of his interval. */
typedef struct centred {
    double value, error;
} centred;

static centred centre_of(const privacy_rate *rate)
{
    double low, high;
    privacy_wilson(rate->hits, rate->trials, &low, &high);
    return (centred){(low + high) / 2, (high - low) / 2};
}

static double within(double x)
{
    return x < 0 ? 0 : x > 1 ? 1 : x;
}

privacy_contest privacy_contest_of(uint64_t hits, uint64_t trials, uint64_t control_hits, uint64_t control_trials,
                                   uint64_t baseline_hits, uint64_t baseline_trials, bool has_control)
{
    privacy_contest contest = {.attack = privacy_rate_of(hits, trials),
                               .control = privacy_rate_of(control_hits, control_trials),
                               .baseline = privacy_rate_of(baseline_hits, baseline_trials),
                               .has_control = has_control};
    const centred attack = centre_of(&contest.attack), baseline = centre_of(&contest.baseline);
    centred rest = attack;
    if (has_control) {
        const centred control = centre_of(&contest.control);
        const double margin = 1 - control.value;
        const double by_attack = attack.error / margin,
                     by_control = control.error * (attack.value - 1) / (margin * margin);
        rest.value = (attack.value - control.value) / margin;
        rest.error = base_square_root(by_attack * by_attack + by_control * by_control);
    }
    contest.risk = within(rest.value);
    contest.low = within(rest.value - rest.error);
    contest.high = within(rest.value + rest.error);
    contest.beats_baseline = attack.value > baseline.value;
    return contest;
}

static uint64_t next(privacy_dice *dice)
{
    uint64_t x = dice->state;
    x ^= x >> 12;
    x ^= x << 25;
    x ^= x >> 27;
    dice->state = x;
    return x * 0x2545f4914f6cdd1dULL;
}

privacy_dice privacy_dice_of(uint64_t seed, uint64_t stream)
{
    privacy_dice dice = {(seed + 1) * 0x9e3779b97f4a7c15ULL ^ (stream + 1) * 0xd1342543de82ef95ULL};
    if (dice.state == 0)
        dice.state = 1;
    for (int i = 0; i < 8; i++)
        (void)next(&dice);
    return dice;
}

uint32_t privacy_dice_below(privacy_dice *dice, uint32_t limit)
{
    return (uint32_t)(((next(dice) >> 32) * limit) >> 32);
}

void privacy_dice_choose(privacy_dice *dice, uint32_t limit, uint32_t count, uint32_t *scratch, uint32_t *ret_chosen)
{
    for (uint32_t i = 0; i < limit; i++)
        scratch[i] = i;
    for (uint32_t i = 0; i < count; i++) {
        const uint32_t at = i + privacy_dice_below(dice, limit - i);
        ret_chosen[i] = scratch[at];
        scratch[at] = scratch[i];
    }
}
