/* SPDX-License-Identifier: Apache-2.0 */
/* plan.json and support.bin of a release, behind each other with a zero byte between: what is accepted can be asked for
 * every item and pair, and what it keeps it keeps again. */
#include "clinical/vocabulary.h"
#include "engine/plan_check.h"

#include <assert.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define ITEMS_MAX 64

static void ask(const engine_plan_check *check, uint32_t first)
{
    const record_released row = {.index_period = "2020",
                                 .months_since_previous = "first",
                                 .age_group = "25-30",
                                 .sex = "female",
                                 .pregnancy_status = "*",
                                 .location_category = "*",
                                 .season_category = "winter",
                                 .exposure_risk = "*"};
    record_item items[ITEMS_MAX], again[ITEMS_MAX];
    size_t count = 0;
    for (uint32_t item = first; item < clinical_item_count() && count < ITEMS_MAX; item += 7)
        items[count++] = (record_item)item;
    count = engine_plan_check_items(check, items, count);
    memcpy(again, items, sizeof(items));
    assert(count <= ITEMS_MAX && engine_plan_check_items(check, again, count) == count);
    assert(memcmp(again, items, count * sizeof(*items)) == 0);
    const int status = engine_plan_check_tuple(check, &row, NULL);
    assert(status == 0 || status == LETHE_E_PRIVACY_SUPPORT);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint8_t *zero = size != 0 ? memchr(data, 0, size) : NULL;
    const size_t plan = zero != NULL ? (size_t)(zero - data) : size;
    const base_span support = zero != NULL ? (base_span){(const char *)zero + 1, size - plan - 1} : (base_span){"", 0};
    engine_plan_check *check = NULL;
    lethe_error error = {0};
    const int status = engine_plan_check_parse((base_span){(const char *)data, plan}, support, &check, &error);
    if (status == 0) {
        ask(check, 0);
        ask(check, 3);
        engine_plan_check_free(check);
    } else {
        assert(status == LETHE_E_ENGINE_DATASET && error.file[0] != '\0');
    }
    return 0;
}
