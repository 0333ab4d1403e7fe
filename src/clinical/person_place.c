/* SPDX-License-Identifier: Apache-2.0 */
#include "clinical/person.h"

#include "clinical/tables.h"

/*
 * Where someone lived at the time of a visit. In this order: the place that a flat record states for the visit; an
 * address whose period covers it (the one that began last); an address without a period, unless the place of care lies
 * in another region, for an undated address is today's and not history; the place of care.
 */

static bool is_known(const person_place *place)
{
    return place->density != RECORD_DENSITY_UNKNOWN || place->region != RECORD_REGION_UNKNOWN;
}

/* An order of values, so that the choice among several does not depend on the order of the input. */
static bool smaller(const person_place *a, const person_place *b)
{
    if (is_known(a) != is_known(b))
        return is_known(a);
    if (a->region != b->region)
        return a->region < b->region;
    if (a->density != b->density)
        return a->density < b->density;
    if (a->hemisphere_known != b->hemisphere_known) /* it turns seasons round */
        return a->hemisphere_known;
    return !a->southern && b->southern;
}

static bool covers(const person_place *place, moment at)
{
    const bool dated = place->start != MOMENT_NONE || place->end != MOMENT_NONE;
    return dated && (place->start == MOMENT_NONE || place->start <= at) && at <= place->end;
}

static bool began_later(const person_place *a, const person_place *b)
{
    const moment start_a = a->start == MOMENT_NONE ? INT64_MIN : a->start;
    const moment start_b = b->start == MOMENT_NONE ? INT64_MIN : b->start;
    return start_a != start_b ? start_a > start_b : smaller(a, b);
}

/* The place of a shared resource; a Location without one refers to its Organization, and that is followed once. */
static bool shared_place(const person *p, record_key key, bool follow, person_place *ret_place)
{
    if (record_key_none(key) || p->hooks->resolve == NULL)
        return false;
    base_cursor cursor = base_cursor_of(p->hooks->resolve(p->hooks->context, key));
    record_key owner = {0, 0};
    bool found = false;
    for (bool more = true; more;) {
        clinical_fact fact;
        /* Damage was found when the resource was packed or will be found by its owner: no place is known here. */
        if (clinical_fact_read(&cursor, &more, &fact, NULL) != 0)
            return false;
        if (!more || fact.kind != CLINICAL_FACT_ADDRESS)
            continue;
        const person_place place = {
            .density = fact.density,
            .region = fact.region,
            .southern = (fact.flags & CLINICAL_FACT_SOUTHERN) != 0,
            .hemisphere_known = (fact.flags & CLINICAL_FACT_HEMISPHERE) != 0,
        };
        if (!record_key_none(fact.reference))
            owner = fact.reference;
        if (!found || smaller(&place, ret_place))
            *ret_place = place;
        found = true;
    }
    if (found && is_known(ret_place))
        return true;
    return follow && shared_place(p, owner, false, ret_place);
}

void person_location(const person *p, const person_visit *visit, uint32_t visit_index, person_place *ret_place)
{
    const person_place *stated = NULL, *dated = NULL, *undated = NULL;
    for (size_t i = 0; i < p->place_count; i++) {
        const person_place *place = &p->places[i];
        if (place->visit != NO_VISIT) {
            if (place->visit == visit_index && (stated == NULL || smaller(place, stated)))
                stated = place;
        } else if (covers(place, visit->start)) {
            dated = dated == NULL || began_later(place, dated) ? place : dated;
        } else if (place->start == MOMENT_NONE && place->end == MOMENT_NONE && !place->old) {
            undated = undated == NULL || smaller(place, undated) ? place : undated;
        }
    }
    person_place care = {.density = RECORD_DENSITY_UNKNOWN, .region = RECORD_REGION_UNKNOWN};
    const bool care_known = shared_place(p, visit->place, true, &care);
    if (stated != NULL)
        *ret_place = *stated;
    else if (dated != NULL)
        *ret_place = *dated;
    else if (undated != NULL && (!care_known || care.region == undated->region || care.region == RECORD_REGION_UNKNOWN))
        *ret_place = *undated;
    else
        *ret_place = care;
}
