/* SPDX-License-Identifier: Apache-2.0 */
#include "report/report.h"
#include "report/text.h"

#include "base/utf8.h"

#include <math.h>

/* C0, DEL and C1: none of them is text. */
static bool is_control(const unsigned char *text, size_t size)
{
    return text[0] < 0x20 || text[0] == 0x7f || (size == 2 && text[0] == 0xc2 && text[1] < 0xa0);
}

void report_clean(base_buf *out, const char *text)
{
    const unsigned char *at = (const unsigned char *)text;
    while (*at != 0) {
        const size_t size = base_utf8_size((const char *)at, SIZE_MAX);
        if (size == 0 || is_control(at, size))
            base_buf_text(out, BASE_UTF8_REPLACEMENT);
        else
            base_buf_append(out, at, size);
        at += size != 0 ? size : 1;
    }
}

static const char *entity(char byte)
{
    switch (byte) {
    case '&':
        return "&amp;";
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '"':
        return "&quot;";
    case '\'':
        return "&#39;";
    default:
        return NULL;
    }
}

static void escape(base_buf *out, const char *text, bool underscores)
{
    base_buf clean;
    if (text == NULL) {
        base_buf_text(out, REPORT_DASH);
        return;
    }
    base_buf_init(&clean, out->max);
    report_clean(&clean, text);
    if (clean.failed != 0)
        out->failed = clean.failed;
    for (size_t i = 0; i < clean.size; i++) {
        const char *name = entity(clean.data[i]);
        if (name != NULL)
            base_buf_text(out, name);
        else
            base_buf_byte(out, !underscores && clean.data[i] == '_' ? ' ' : clean.data[i]);
    }
    base_buf_done(&clean);
}

void report_escape(base_buf *out, const char *text)
{
    escape(out, text, true);
}

void report_words(base_buf *out, const char *name)
{
    escape(out, name, false);
}

void report_sentence(base_buf *out, const char *text)
{
    const size_t size = text != NULL ? strlen(text) : 0;
    if (size == 0)
        return;
    if (text[0] >= 'a' && text[0] <= 'z' && text[1] != ' ') { /* k stays k */
        base_buf_byte(out, (char)(text[0] - 'a' + 'A'));
        text++;
    }
    report_escape(out, text);
    if (text[strlen(text) - 1] != '.')
        base_buf_byte(out, '.');
}

void report_count(base_buf *out, uint64_t count)
{
    char digits[24];
    size_t size = 0;
    do {
        digits[size++] = (char)('0' + count % 10);
        count /= 10;
    } while (count != 0);
    while (size > 0) {
        base_buf_byte(out, digits[--size]);
        if (size != 0 && size % 3 == 0)
            base_buf_text(out, REPORT_THIN);
    }
}

static double clamped(double share)
{
    return share > 1 ? 1 : share > 0 ? share : 0;
}

/* What lies between 0 and the first tenth, or the last tenth and 1, is not said to be 0 or 1. */
void report_share(base_buf *out, double share)
{
    if (isnan(share)) {
        base_buf_text(out, REPORT_DASH);
        return;
    }
    const double value = clamped(share);
    const int64_t tenths = (int64_t)(value * 1000 + 0.5);
    if (tenths == 0 && value > 0)
        base_buf_text(out, "&lt;0.1");
    else if (tenths == 1000 && value < 1)
        base_buf_text(out, "&gt;99.9");
    else if (tenths == 0 || tenths == 1000)
        base_buf_int(out, tenths / 10);
    else
        base_buf_format(out, "%d.%d", (int)(tenths / 10), (int)(tenths % 10));
    base_buf_text(out, REPORT_THIN "%");
}

/* 0.0 and 0.4 % are said alike: whether anything at all was withheld is a count below k. */
void report_rate(base_buf *out, double rate)
{
    if (isnan(rate)) {
        base_buf_text(out, REPORT_DASH);
        return;
    }
    const int64_t percent = (int64_t)(clamped(rate) * 100 + 0.5);
    if (percent == 0)
        base_buf_text(out, "under 1");
    else if (percent == 100)
        base_buf_text(out, "over 99");
    else
        base_buf_int(out, percent);
    base_buf_text(out, REPORT_THIN "%");
}

void report_band(base_buf *out, double band)
{
    if (isnan(band)) {
        base_buf_text(out, REPORT_DASH);
        return;
    }
    const int64_t tenths = (int64_t)(clamped(band) * 10 + 0.5);
    if (tenths == 0)
        base_buf_text(out, "under 5");
    else if (tenths == 10)
        base_buf_text(out, "over 95");
    else
        base_buf_format(out, "about %d", (int)tenths * 10);
    base_buf_text(out, REPORT_THIN "%");
}

void report_correlation(base_buf *out, double value)
{
    if (isnan(value)) {
        base_buf_text(out, REPORT_DASH);
        return;
    }
    const int64_t hundredths = (int64_t)(clamped(value < 0 ? -value : value) * 100 + 0.5);
    if (value < 0 && hundredths != 0)
        base_buf_text(out, "\xe2\x88\x92");
    base_buf_format(out, "%d.%02d", (int)(hundredths / 100), (int)(hundredths % 100));
}

void report_place(base_buf *out, double share)
{
    const int64_t places = isnan(share) ? 0 : (int64_t)(clamped(share) * 10000 + 0.5);
    base_buf_format(out, "%d.%02d%%", (int)(places / 100), (int)(places % 100));
}

void report_range(base_buf *out, uint64_t low, uint64_t high)
{
    report_count(out, low);
    if (high == UINT64_MAX) {
        base_buf_byte(out, '+');
    } else if (high != low) {
        base_buf_text(out, REPORT_DASH);
        report_count(out, high);
    }
}

double report_round(double value, uint32_t steps)
{
    if (isnan(value))
        return value;
    const double size = value < 0 ? -value : value;
    const double rounded = (double)(int64_t)(size * steps + 0.5) / steps;
    return value < 0 && rounded > 0 ? -rounded : rounded;
}

double report_rate_of(uint64_t part, uint64_t whole)
{
    return whole < REPORT_RATE_OF_MIN ? NAN : (double)part / (double)whole;
}

double report_part(uint64_t count, uint64_t total)
{
    return total != 0 ? (double)count / (double)total : NAN;
}
