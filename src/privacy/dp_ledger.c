/* SPDX-License-Identifier: Apache-2.0 */
#include "privacy/dp_ledger.h"

#include "privacy/dp_decimal.h"

#define PLACES  18
#define TAG_HEX (2 * CRYPT_SHA256_BYTES)

/* -- tags -----------------------------------------------------------------------------------------------------------
 */

static int tag_of(const dp_ledger_key *key, const uint8_t before[CRYPT_SHA256_BYTES], base_span line,
                  uint8_t ret_tag[CRYPT_SHA256_BYTES], lethe_error *error)
{
    char chained[CRYPT_SHA256_BYTES + DP_LEDGER_LINE_MAX];
    const base_span pieces[] = {{(const char *)before, CRYPT_SHA256_BYTES}, line};
    if (line.size > DP_LEDGER_LINE_MAX)
        return base_fail(error, LETHE_E_PRIVACY_LEDGER);
    if (key->mac != NULL)
        return crypt_mac_compute(key->mac, pieces, 2, ret_tag, error);
    memcpy(chained, before, CRYPT_SHA256_BYTES);
    memcpy(chained + CRYPT_SHA256_BYTES, line.data, line.size);
    return crypt_sha256((base_span){chained, CRYPT_SHA256_BYTES + line.size}, ret_tag, error);
}

static void put_tag(base_buf *buf, const uint8_t tag[CRYPT_SHA256_BYTES])
{
    for (size_t i = 0; i < CRYPT_SHA256_BYTES; i++)
        base_buf_format(buf, "%02x", tag[i]);
}

static bool tag_fits(const uint8_t tag[CRYPT_SHA256_BYTES], base_span hex)
{
    static const char digits[] = "0123456789abcdef";
    unsigned differs = hex.size != TAG_HEX;
    for (size_t i = 0; i < TAG_HEX && hex.size == TAG_HEX; i++)
        differs |= (unsigned)(hex.data[i] ^ digits[i % 2 == 0 ? tag[i / 2] >> 4 : tag[i / 2] & 15]);
    return differs == 0;
}

/* -- words ----------------------------------------------------------------------------------------------------------
 */

static base_span take_word(base_span *line)
{
    const char *stop = line->size != 0 ? memchr(line->data, ' ', line->size) : NULL;
    const base_span word = {line->data, stop != NULL ? (size_t)(stop - line->data) : line->size};
    const size_t used = word.size + (stop != NULL);
    line->data += used;
    line->size -= used;
    return word;
}

static bool is_word(base_span word)
{
    for (size_t i = 0; i < word.size; i++)
        if (word.data[i] < 'a' || word.data[i] > 'z')
            return false;
    return word.size != 0 && word.size <= DP_LEDGER_WORD_MAX;
}

/* 2026-03-01T12:00:00Z */
static bool is_time(base_span word)
{
    static const char form[] = "0000-00-00T00:00:00Z";
    bool fits = word.size == sizeof(form) - 1;
    for (size_t i = 0; fits && i < word.size; i++)
        fits = form[i] == '0' ? word.data[i] >= '0' && word.data[i] <= '9' : word.data[i] == form[i];
    return fits;
}

/* Canonical: as it is written. At most 10^12 before the point, so that sums have room. */
static bool read_amount(base_span word, dp_u128 *ret_amount)
{
    char canonical[48];
    dp_u128 amount = 0;
    if (word.size < PLACES + 2 || word.size > PLACES + 1 + 12)
        return false;
    for (size_t i = 0; i < word.size; i++) {
        const dp_u128 digit = (unsigned char)word.data[i] - (dp_u128)'0'; /* wraps where it is less */
        if (digit <= 9)
            amount = amount * 10 + digit;
        else if (word.data[i] != '.' || i != word.size - PLACES - 1)
            return false;
    }
    dp_decimal_write((dp_i128)amount, PLACES, canonical);
    *ret_amount = amount;
    return base_span_is(word, canonical);
}

static void put_amount(base_buf *buf, dp_u128 amount)
{
    char text[48];
    dp_decimal_write((dp_i128)amount, PLACES, text);
    base_buf_byte(buf, ' ');
    base_buf_text(buf, text);
}

/* -- lines ----------------------------------------------------------------------------------------------------------
 */

/* lethe-budget 1 basic EPSILON DELTA hmac PROJECT */
static int read_head(base_span line, const dp_ledger_key *key, dp_budget *ret_budget, lethe_error *error)
{
    dp_budget budget = {0};
    const base_span magic = take_word(&line), version = take_word(&line), kind = take_word(&line);
    const base_span epsilon = take_word(&line), delta = take_word(&line), tags = take_word(&line);
    budget.zcdp = base_span_is(kind, "zcdp");
    if (!base_span_is(magic, "lethe-budget") || !base_span_is(version, "1") ||
        (!budget.zcdp && !base_span_is(kind, "basic")) || !read_amount(epsilon, &budget.epsilon) ||
        !read_amount(delta, &budget.delta) || (!base_span_is(tags, "sha256") && !base_span_is(tags, "hmac")))
        return base_fail(error, LETHE_E_PRIVACY_LEDGER);
    const bool keyed = base_span_is(tags, "hmac");
    if (keyed != (key->mac != NULL) || !base_span_is(line, keyed ? key->project : "-"))
        return base_fail(error, LETHE_E_PRIVACY_LEDGER_KEY);
    *ret_budget = budget;
    return 0;
}

/* NUMBER TIME WHAT NOISE EPSILON DELTA RHO */
static bool read_entry(base_span line, uint64_t number, dp_cost *ret_cost)
{
    char expected[48];
    dp_cost cost = {0};
    dp_decimal_write((dp_i128)number, 0, expected);
    if (!base_span_is(take_word(&line), expected) || !is_time(take_word(&line)) || !is_word(take_word(&line)) ||
        !is_word(take_word(&line)) || !read_amount(take_word(&line), &cost.epsilon) ||
        !read_amount(take_word(&line), &cost.delta) || !read_amount(take_word(&line), &cost.rho))
        return false;
    *ret_cost = cost;
    return line.size == 0;
}

/* Splits the tag off and checks it; *line keeps what it is over. */
static int check_tag(const dp_ledger_key *key, dp_ledger *ledger, base_span *line, lethe_error *error)
{
    uint8_t tag[CRYPT_SHA256_BYTES];
    if (line->size <= TAG_HEX + 1 || line->size > DP_LEDGER_LINE_MAX || line->data[line->size - TAG_HEX - 1] != ' ')
        return base_fail(error, LETHE_E_PRIVACY_LEDGER);
    const base_span hex = {line->data + line->size - TAG_HEX, TAG_HEX};
    line->size -= TAG_HEX + 1;
    BASE_TRY(tag_of(key, ledger->tag, *line, tag, error));
    if (!tag_fits(tag, hex))
        return base_fail(error, LETHE_E_PRIVACY_LEDGER);
    memcpy(ledger->tag, tag, sizeof(tag));
    return 0;
}

static void add_cost(dp_cost *spent, const dp_cost *cost)
{
    spent->epsilon += cost->epsilon; /* 10^30 each at most, 10^6 lines: below 2^127 */
    spent->delta += cost->delta;
    spent->rho += cost->rho;
}

static int read_line(base_span line, const dp_ledger_key *key, bool head, dp_ledger *ledger, lethe_error *error)
{
    const base_span whole = line;
    dp_cost cost = {0};
    if (head) { /* the key is looked at first: with another one no tag fits */
        base_span front = line;
        if (front.size <= TAG_HEX + 1)
            return base_fail(error, LETHE_E_PRIVACY_LEDGER);
        front.size -= TAG_HEX + 1;
        BASE_TRY(read_head(front, key, &ledger->budget, error));
    }
    line = whole;
    BASE_TRY(check_tag(key, ledger, &line, error));
    if (head)
        return 0;
    if (!read_entry(line, ledger->entries + 1, &cost))
        return base_fail(error, LETHE_E_PRIVACY_LEDGER);
    add_cost(&ledger->spent, &cost);
    ledger->entries++;
    return 0;
}

int dp_ledger_read(base_span text, const dp_ledger_key *key, dp_ledger *ret_ledger, lethe_error *error)
{
    dp_ledger ledger = {0};
    int64_t number = 1;
    if (text.size > DP_LEDGER_BYTES_MAX)
        return base_fail(error, LETHE_E_BASE_LIMIT);
    for (size_t at = 0; at < text.size; number++) {
        const char *end = memchr(text.data + at, '\n', text.size - at);
        if (end == NULL) {
            ledger.unfinished_bytes = text.size - at;
            break;
        }
        const base_span line = {text.data + at, (size_t)(end - text.data) - at};
        const int status = read_line(line, key, at == 0, &ledger, error);
        if (status != 0) {
            if (error != NULL)
                error->byte = (int64_t)at;
            base_error_line(error, number);
            return status;
        }
        at += line.size + 1;
        ledger.size_bytes = at;
    }
    if (ledger.size_bytes == 0 ||
        !dp_budget_holds(&ledger.budget, &ledger.spent)) /* what holds at the end held before */
        return base_fail_at(error, LETHE_E_PRIVACY_LEDGER, ledger.size_bytes);
    *ret_ledger = ledger;
    return 0;
}

/* Completes the line that begins at `from` of `buf` with its tag. */
static int end_line(base_buf *buf, size_t from, const dp_ledger_key *key, uint8_t tag[CRYPT_SHA256_BYTES],
                    lethe_error *error)
{
    BASE_TRY(base_buf_check(buf, error));
    BASE_TRY(tag_of(key, tag, (base_span){buf->data + from, buf->size - from}, tag, error));
    base_buf_byte(buf, ' ');
    put_tag(buf, tag);
    base_buf_byte(buf, '\n');
    return base_buf_check(buf, error);
}

int dp_ledger_begin(const dp_budget *budget, const dp_ledger_key *key, base_buf *buf, lethe_error *error)
{
    uint8_t tag[CRYPT_SHA256_BYTES] = {0};
    const size_t from = buf->size;
    base_buf_text(buf, budget->zcdp ? "lethe-budget 1 zcdp" : "lethe-budget 1 basic");
    put_amount(buf, budget->epsilon);
    put_amount(buf, budget->delta);
    base_buf_text(buf, key->mac != NULL ? " hmac " : " sha256 ");
    base_buf_text(buf, key->mac != NULL ? key->project : "-");
    return end_line(buf, from, key, tag, error);
}

int dp_ledger_spend(dp_ledger *ledger, const dp_ledger_entry *entry, const dp_ledger_key *key, base_buf *buf,
                    lethe_error *error)
{
    dp_ledger next = *ledger;
    char number[48];
    const size_t from = buf->size;
    if (!is_word(base_span_of(entry->what)) || !is_word(base_span_of(entry->noise)) ||
        !is_time(base_span_of(entry->time)))
        return base_fail(error, LETHE_E_BASE_INTERNAL);
    add_cost(&next.spent, &entry->cost);
    if (!dp_budget_holds(&next.budget, &next.spent))
        return base_fail(error, LETHE_E_PRIVACY_BUDGET);
    next.entries++;
    dp_decimal_write((dp_i128)next.entries, 0, number);
    base_buf_format(buf, "%s %s %s %s", number, entry->time, entry->what, entry->noise);
    put_amount(buf, entry->cost.epsilon);
    put_amount(buf, entry->cost.delta);
    put_amount(buf, entry->cost.rho);
    BASE_TRY(end_line(buf, from, key, next.tag, error));
    next.size_bytes += buf->size - from;
    if (next.size_bytes > DP_LEDGER_BYTES_MAX)
        return base_fail(error, LETHE_E_BASE_LIMIT);
    next.unfinished_bytes = 0;
    *ledger = next;
    return 0;
}
