/* SPDX-License-Identifier: Apache-2.0 */
#include "fhir/deid_internal.h"

/* The text was parsed: brackets match and every string ends. */
uint32_t deid_skip(const fhir_deid *deid, uint32_t token)
{
    const char *text = deid->tokens.text.data;
    const uint32_t *at = deid->tokens.at;
    if (text[at[token]] != '{' && text[at[token]] != '[')
        return token + 1;
    size_t depth = 0;
    do {
        const char c = text[at[token++]];
        depth += c == '{' || c == '[';
        depth -= c == '}' || c == ']';
    } while (depth != 0);
    return token;
}

uint32_t deid_find(const fhir_deid *deid, uint32_t object, const char *name)
{
    const size_t size = strlen(name);
    if (deid_char(deid, object) != '{' || deid_char(deid, object + 1) == '}')
        return 0;
    for (uint32_t key = object + 1;; key++) {
        const base_span raw = deid_raw(deid, key);
        if (raw.size == size && memcmp(raw.data, name, size) == 0)
            return key + 2;
        key = deid_skip(deid, key + 2);
        if (deid_char(deid, key) != ',')
            return 0;
    }
}

static int hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c = (char)(c | 0x20);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static uint32_t read_hex(const char *text)
{
    uint32_t unit = 0;
    for (size_t i = 0; i < 4; i++)
        unit = unit << 4 | (uint32_t)hex_value(text[i]);
    return unit;
}

static void put_utf8(base_buf *out, uint32_t point)
{
    if (point < 0x80) {
        base_buf_byte(out, (char)point);
        return;
    }
    if (point < 0x800) {
        base_buf_byte(out, (char)(0xc0 | point >> 6));
    } else if (point < 0x10000) {
        base_buf_byte(out, (char)(0xe0 | point >> 12));
        base_buf_byte(out, (char)(0x80 | (point >> 6 & 63)));
    } else {
        base_buf_byte(out, (char)(0xf0 | point >> 18));
        base_buf_byte(out, (char)(0x80 | (point >> 12 & 63)));
        base_buf_byte(out, (char)(0x80 | (point >> 6 & 63)));
    }
    base_buf_byte(out, (char)(0x80 | (point & 63)));
}

/* RFC 8259 section 7. The parser has refused what is no escape and what is half a surrogate pair. */
static void decode(base_span raw, base_buf *out)
{
    static const char escapes[] = "\"\\/bfnrt", meanings[] = "\"\\/\b\f\n\r\t";
    for (size_t i = 0; i < raw.size; i++) {
        if (raw.data[i] != '\\' || i + 1 >= raw.size) {
            base_buf_byte(out, raw.data[i]);
            continue;
        }
        const char c = raw.data[++i];
        const char *known = c != '\0' ? strchr(escapes, c) : NULL;
        if (known != NULL) {
            base_buf_byte(out, meanings[known - escapes]);
        } else if (c == 'u' && i + 4 < raw.size) {
            uint32_t point = read_hex(raw.data + i + 1);
            i += 4;
            if (point >= 0xd800 && point < 0xdc00 && i + 6 < raw.size) {
                point = 0x10000 + ((point - 0xd800) << 10) + (read_hex(raw.data + i + 3) - 0xdc00);
                i += 6;
            }
            put_utf8(out, point);
        }
    }
}

base_span deid_string(fhir_deid *deid, uint32_t token)
{
    if (deid_char(deid, token) != '"')
        return (base_span){NULL, 0};
    const base_span raw = deid_raw(deid, token);
    if (raw.size == 0 || memchr(raw.data, '\\', raw.size) == NULL)
        return raw;
    base_buf *out = &deid->decoded[deid->decoded_next++ % DEID_DECODED];
    base_buf_reset(out);
    decode(raw, out);
    if (out->failed != 0)
        deid_fail(deid, base_buf_check(out, deid_error(deid)));
    return base_buf_view(out);
}

base_span deid_member_string(fhir_deid *deid, uint32_t object, const char *name)
{
    const uint32_t token = deid_find(deid, object, name);
    return token != 0 ? deid_string(deid, token) : (base_span){NULL, 0};
}

base_span deid_text(const fhir_deid *deid, uint32_t token)
{
    const size_t start = deid->tokens.at[token];
    const size_t end = deid_end(deid, deid_skip(deid, token) - 1);
    return (base_span){deid->tokens.text.data + start, end - start};
}

void deid_put_string(base_buf *out, base_span text)
{
    static const char hex[] = "0123456789abcdef";
    base_buf_byte(out, '"');
    for (size_t i = 0; i < text.size; i++) {
        const char c = text.data[i];
        if (c == '"' || c == '\\') {
            base_buf_byte(out, '\\');
            base_buf_byte(out, c);
        } else if ((unsigned char)c < 0x20) {
            base_buf_text(out, "\\u00");
            base_buf_byte(out, hex[c >> 4]);
            base_buf_byte(out, hex[c & 15]);
        } else {
            base_buf_byte(out, c);
        }
    }
    base_buf_byte(out, '"');
}
