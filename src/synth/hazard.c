/* SPDX-License-Identifier: Apache-2.0 */
#include "synth/hazard.h"

#include "base/date.h"

/* INVENTED, the shape of life tables. */
uint32_t synth_death_rate(int32_t age)
{
    static const struct {
        int16_t below;
        uint16_t rate;
    } table[] = {{1, 560},   {5, 25},    {15, 14},   {25, 75},   {35, 130},   {45, 200},   {55, 400},   {65, 900},
                 {70, 1500}, {75, 2300}, {80, 3700}, {85, 6200}, {90, 11000}, {95, 18500}, {100, 28000}};
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
        if (age < table[i].below)
            return table[i].rate;
    return 38000;
}

/* INVENTED round numbers. */
uint32_t synth_pregnancy_rate(int32_t age)
{
    return age < 15 || age >= 48 ? 0
           : age < 18            ? 900
           : age < 20            ? 3200
           : age < 25            ? 8200
           : age < 30            ? 11500
           : age < 35            ? 11800
           : age < 40            ? 6800
           : age < 45            ? 1700
                                 : 150;
}

/* Days from `day` to the end of its month. */
static int32_t rest_of_month(base_civil civil)
{
    return base_days_in_month(civil.year, civil.month) - civil.day + 1;
}

void synth_months_of(int32_t from, int32_t days, uint32_t ret_months[12])
{
    for (int i = 0; i < 12; i++)
        ret_months[i] = 0;
    while (days > 0) {
        const base_civil civil = base_civil_of(from);
        const int32_t rest = rest_of_month(civil), count = rest < days ? rest : days;
        ret_months[civil.month - 1] += (uint32_t)count;
        from += count;
        days -= count;
    }
}

int32_t synth_season_day(const uint8_t weights[12], int32_t from, uint32_t at)
{
    for (;;) {
        const base_civil civil = base_civil_of(from);
        const uint32_t rest = (uint32_t)rest_of_month(civil), weight = weights[civil.month - 1];
        if (at < rest * weight)
            return from + (int32_t)(at / weight);
        at -= rest * weight;
        from += (int32_t)rest;
    }
}
