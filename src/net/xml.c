/* SPDX-License-Identifier: Apache-2.0 */
#include "net/xml.h"

#include <stdlib.h>

typedef struct reading {
    base_span in;
    size_t at;
    const net_xml_visitor *visitor;
    char path[NET_XML_PATH_MAX];
    size_t path_size;
    size_t starts[NET_XML_DEPTH_MAX]; /* of each element's name in path */
    size_t depth;
    base_buf text; /* of the innermost element since it began */
    bool root_ended;
} reading;

static int bad(const reading *r, lethe_error *error)
{
    return base_fail_at(error, LETHE_E_NET_ANSWER, r->at);
}

static bool looking_at(const reading *r, const char *text)
{
    const size_t size = strlen(text);
    return r->in.size - r->at >= size && memcmp(r->in.data + r->at, text, size) == 0;
}

static bool skip_past(reading *r, const char *end)
{
    for (; r->at < r->in.size; r->at++)
        if (looking_at(r, end)) {
            r->at += strlen(end);
            return true;
        }
    return false;
}

static bool is_white(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static void write_utf8(base_buf *out, unsigned long c)
{
    if (c < 0x80) {
        base_buf_byte(out, (char)c);
        return;
    }
    if (c >= 0x10000) {
        base_buf_byte(out, (char)(0xf0 | c >> 18));
        base_buf_byte(out, (char)(0x80 | (c >> 12 & 0x3f)));
    } else if (c >= 0x800) {
        base_buf_byte(out, (char)(0xe0 | c >> 12));
    } else {
        base_buf_byte(out, (char)(0xc0 | c >> 6));
    }
    if (c >= 0x800)
        base_buf_byte(out, (char)(0x80 | (c >> 6 & 0x3f)));
    base_buf_byte(out, (char)(0x80 | (c & 0x3f)));
}

static bool read_number(base_span text, unsigned long *ret_number)
{
    const bool hex = text.size > 1 && text.data[0] == 'x';
    unsigned long number = 0;
    if (text.size == (size_t)hex || text.size > 8)
        return false;
    for (size_t i = hex; i < text.size; i++) {
        const char c = text.data[i];
        const int digit = c >= '0' && c <= '9'          ? c - '0'
                          : hex && c >= 'a' && c <= 'f' ? c - 'a' + 10
                          : hex && c >= 'A' && c <= 'F' ? c - 'A' + 10
                                                        : -1;
        if (digit < 0)
            return false;
        number = number * (hex ? 16 : 10) + (unsigned long)digit;
    }
    *ret_number = number;
    return number != 0 && number <= 0x10ffff && (number < 0xd800 || number > 0xdfff);
}

static int read_entity(reading *r, lethe_error *error)
{
    static const struct {
        const char *name;
        char byte;
    } known[] = {{"&amp;", '&'}, {"&lt;", '<'}, {"&gt;", '>'}, {"&quot;", '"'}, {"&apos;", '\''}};
    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
        if (looking_at(r, known[i].name)) {
            base_buf_byte(&r->text, known[i].byte);
            r->at += strlen(known[i].name);
            return 0;
        }
    const char *start = r->in.data + r->at;
    const char *end = memchr(start, ';', r->in.size - r->at);
    unsigned long number = 0;
    if (!looking_at(r, "&#") || end == NULL || !read_number((base_span){start + 2, (size_t)(end - start) - 2}, &number))
        return bad(r, error);
    write_utf8(&r->text, number);
    r->at += (size_t)(end - start) + 1;
    return 0;
}

/* The name without its prefix becomes the last part of the path. */
static int enter(reading *r, base_span name, lethe_error *error)
{
    const char *colon = memchr(name.data, ':', name.size);
    if (colon != NULL)
        name = (base_span){colon + 1, name.size - (size_t)(colon + 1 - name.data)};
    if (r->depth == NET_XML_DEPTH_MAX || name.size == 0 || r->path_size + name.size + 2 > sizeof(r->path) ||
        (r->depth == 0 && r->root_ended))
        return bad(r, error);
    r->starts[r->depth++] = r->path_size;
    if (r->path_size != 0)
        r->path[r->path_size++] = '/';
    memcpy(r->path + r->path_size, name.data, name.size);
    r->path_size += name.size;
    r->path[r->path_size] = '\0';
    base_buf_reset(&r->text);
    return 0;
}

static int leave(reading *r, lethe_error *error)
{
    base_span text = base_buf_view(&r->text);
    if (r->text.failed != 0)
        return bad(r, error);
    while (text.size != 0 && is_white(text.data[0]))
        text = (base_span){text.data + 1, text.size - 1};
    while (text.size != 0 && is_white(text.data[text.size - 1]))
        text.size--;
    BASE_TRY(r->visitor->element(r->visitor->context, r->path, text, error));
    r->path_size = r->starts[--r->depth];
    r->path[r->path_size] = '\0';
    r->root_ended = r->depth == 0;
    base_buf_reset(&r->text);
    return 0;
}

static size_t name_size(const reading *r)
{
    size_t size = 0;
    while (r->at + size < r->in.size && !is_white(r->in.data[r->at + size]) &&
           strchr("/>=<&\"'", r->in.data[r->at + size]) == NULL)
        size++;
    return size;
}

/* Attributes up to the end of the tag; a ">" in quotes does not end it. */
static int skip_attributes(reading *r, bool *ret_empty, lethe_error *error)
{
    for (char quote = '\0'; r->at < r->in.size; r->at++) {
        const char c = r->in.data[r->at];
        if (quote != '\0') {
            quote = c == quote ? '\0' : quote;
        } else if (c == '"' || c == '\'') {
            quote = c;
        } else if (c == '>') {
            *ret_empty = r->in.data[r->at - 1] == '/';
            r->at++;
            return 0;
        }
    }
    return bad(r, error);
}

static int read_end(reading *r, lethe_error *error)
{
    r->at += 2;
    const size_t size = name_size(r);
    base_span name = {r->in.data + r->at, size};
    const char *colon = size != 0 ? memchr(name.data, ':', size) : NULL;
    if (colon != NULL)
        name = (base_span){colon + 1, size - (size_t)(colon + 1 - name.data)};
    if (r->depth == 0)
        return bad(r, error);
    const size_t start = r->starts[r->depth - 1];
    if (!base_span_is(name, r->path + start + (start != 0)) || !(r->at += size, skip_past(r, ">")))
        return bad(r, error);
    return leave(r, error);
}

static int read_markup(reading *r, lethe_error *error)
{
    if (looking_at(r, "<?"))
        return skip_past(r, "?>") ? 0 : bad(r, error);
    if (looking_at(r, "<!--"))
        return skip_past(r, "-->") ? 0 : bad(r, error);
    if (looking_at(r, "<!"))
        return bad(r, error); /* a document type, or CDATA, which no such answer has */
    if (looking_at(r, "</"))
        return read_end(r, error);
    bool empty = false;
    r->at++;
    const size_t size = name_size(r);
    BASE_TRY(enter(r, (base_span){r->in.data + r->at, size}, error));
    r->at += size;
    BASE_TRY(skip_attributes(r, &empty, error));
    return empty ? leave(r, error) : 0;
}

static int read_all(reading *r, lethe_error *error)
{
    while (r->at < r->in.size) {
        const char c = r->in.data[r->at];
        if (c == '<') {
            BASE_TRY(read_markup(r, error));
        } else if (r->depth == 0) {
            if (!is_white(c) && !(r->at < 3 && (unsigned char)c >= 0xbb)) /* a byte order mark */
                return bad(r, error);
            r->at++;
        } else if (c == '&') {
            BASE_TRY(read_entity(r, error));
        } else {
            base_buf_byte(&r->text, c);
            r->at++;
        }
    }
    return r->root_ended ? 0 : bad(r, error);
}

int net_xml_read(base_span text, const net_xml_visitor *visitor, lethe_error *error)
{
    reading *r = calloc(1, sizeof(*r));
    if (r == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    r->in = text;
    r->visitor = visitor;
    base_buf_init(&r->text, NET_XML_TEXT_MAX);
    const int status = read_all(r, error);
    base_buf_done(&r->text);
    free(r);
    return status;
}

void net_xml_write(base_buf *out, base_span text)
{
    for (size_t i = 0; i < text.size; i++) {
        const unsigned char c = (unsigned char)text.data[i];
        if (c == '&' || c == '<' || c == '>' || c == '"' || c < 0x20)
            base_buf_format(out, "&#%u;", (unsigned)c);
        else
            base_buf_byte(out, (char)c);
    }
}
