/* SPDX-License-Identifier: Apache-2.0 */
/* A budget's ledger of any bytes, and decimals of any text. What is accepted holds its budget, can be spent from as far
 * as it goes, and reads back as what it then is; what is refused has a place. */
#include "privacy/dp_decimal.h"
#include "privacy/dp_ledger.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void spend(base_span text, const dp_ledger *before)
{
    static const dp_ledger_key plain = {NULL, NULL};
    const dp_ledger_entry entry = {"2026-03-01T12:00:00Z", "count", "laplace", {DP_ATTO / 10, 0, DP_ATTO / 200}};
    dp_ledger after = *before, again;
    base_buf buf;
    base_buf_init(&buf, DP_LEDGER_BYTES_MAX);
    base_buf_append(&buf, text.data, before->size_bytes);
    const int status = dp_ledger_spend(&after, &entry, &plain, &buf, NULL);
    assert(status == 0 || status == LETHE_E_PRIVACY_BUDGET);
    if (status == 0) {
        assert(dp_budget_holds(&after.budget, &after.spent));
        assert(dp_ledger_read(base_buf_view(&buf), &plain, &again, NULL) == 0);
        assert(again.entries == before->entries + 1 && memcmp(again.tag, after.tag, sizeof(again.tag)) == 0);
    }
    base_buf_done(&buf);
}

static void decimals(base_span text)
{
    char written[48];
    dp_fraction fraction;
    int64_t value = 0, exact = 0;
    for (unsigned places = 0; places <= DP_PLACES_MAX; places += 4) {
        const bool read = dp_decimal_value(text, places, &value);
        const bool read_exactly = dp_decimal_exact(text, places, &exact);
        assert(!read_exactly || (read && value == exact));
        if (!read)
            continue;
        dp_decimal_write(value, places, written);
        assert(dp_decimal_exact(base_span_of(written), places, &exact) && exact == value);
    }
    if (dp_decimal_fraction(text, &fraction))
        assert(fraction.num != 0 && fraction.den != 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const dp_ledger_key plain = {NULL, NULL};
    const base_span text = {(const char *)data, size};
    dp_ledger ledger;
    lethe_error error = {0};
    decimals(text);
    const int status = dp_ledger_read(text, &plain, &ledger, &error);
    if (status != 0) {
        assert(status == LETHE_E_PRIVACY_LEDGER || status == LETHE_E_PRIVACY_LEDGER_KEY ||
               status == LETHE_E_BASE_LIMIT);
        assert(error.byte >= 0 && error.byte <= (int64_t)size);
        return 0;
    }
    assert(ledger.size_bytes + ledger.unfinished_bytes == size);
    assert(dp_budget_holds(&ledger.budget, &ledger.spent));
    spend(text, &ledger);
    return 0;
}
