/* SPDX-License-Identifier: Apache-2.0 */
#include "report/test_xml.h"

#include <ctype.h>

/*
 * A small reader of markup that is strict on purpose: elements nest and close, attributes are quoted and stand once,
 * `<` and bare `&` occur nowhere else, ids are unique and what refers to them finds them.
 */
#define DEPTH_MAX 64
#define NAMES_MAX 512

typedef struct markup_reader {
    const char *text;
    size_t size, at, depth, id_count, reference_count;
    base_span open[DEPTH_MAX], ids[NAMES_MAX], references[NAMES_MAX];
    report_markup result;
} markup_reader;

static bool fail(markup_reader *r, const char *trouble)
{
    if (r->result.trouble == NULL) {
        r->result.trouble = trouble;
        r->result.at = r->at;
    }
    return false;
}

static bool looking_at(const markup_reader *r, const char *text)
{
    const size_t size = strlen(text);
    return r->size - r->at >= size && memcmp(r->text + r->at, text, size) == 0;
}

static base_span read_name(markup_reader *r)
{
    const size_t start = r->at;
    while (r->at < r->size && (isalnum((unsigned char)r->text[r->at]) || r->text[r->at] == '-'))
        r->at++;
    return (base_span){r->text + start, r->at - start};
}

static void skip_space(markup_reader *r)
{
    while (r->at < r->size && (r->text[r->at] == ' ' || r->text[r->at] == '\n'))
        r->at++;
}

static bool check_text(markup_reader *r, base_span text)
{
    static const char *const entities[] = {"&amp;", "&lt;", "&gt;", "&quot;", "&#39;"};
    for (size_t i = 0; i < text.size; i++) {
        bool known = text.data[i] != '&';
        for (size_t e = 0; e < sizeof(entities) / sizeof(entities[0]); e++)
            known |= base_span_starts((base_span){text.data + i, text.size - i}, base_span_of(entities[e]));
        if (!known || text.data[i] == '<')
            return fail(r, "a bare & or <");
        if ((unsigned char)text.data[i] < 0x20 && text.data[i] != '\n')
            return fail(r, "a control character");
    }
    return true;
}

static bool known_id(const markup_reader *r, base_span id)
{
    for (size_t i = 0; i < r->id_count; i++)
        if (base_span_equal(r->ids[i], id))
            return true;
    return false;
}

static bool note_attribute(markup_reader *r, base_span name, base_span value)
{
    const bool inside = base_span_is(name, "href") && value.size > 1 && value.data[0] == '#';
    if (base_span_is(name, "id")) {
        if (known_id(r, value) || r->id_count == NAMES_MAX)
            return fail(r, "an id stands twice");
        r->ids[r->id_count++] = value;
    } else if ((inside || base_span_is(name, "aria-labelledby")) && r->reference_count < NAMES_MAX) {
        r->references[r->reference_count++] = inside ? (base_span){value.data + 1, value.size - 1} : value;
    } else if (base_span_is(name, "href") || base_span_is(name, "src") || base_span_is(name, "srcset") ||
               base_span_is(name, "action") || base_span_is(name, "data") || base_span_is(name, "style")) {
        r->result.has_address = true;
    } else if (base_span_starts(name, BASE_SPAN("on"))) {
        r->result.has_script = true;
    }
    return true;
}

static bool read_attribute(markup_reader *r)
{
    const base_span name = read_name(r);
    if (name.size == 0 || !looking_at(r, "=\""))
        return fail(r, "an attribute without quotes");
    r->at += 2;
    const char *end = memchr(r->text + r->at, '"', r->size - r->at);
    if (end == NULL)
        return fail(r, "an attribute without end");
    const base_span value = {r->text + r->at, (size_t)(end - r->text) - r->at};
    r->at += value.size + 1;
    if (r->at < r->size && strchr(" />", r->text[r->at]) == NULL)
        return fail(r, "attributes without a space between them");
    return check_text(r, value) && note_attribute(r, name, value);
}

/* The style sheet is taken whole. */
static bool read_style(markup_reader *r)
{
    while (r->at < r->size && r->text[r->at] != '<')
        r->at++;
    return looking_at(r, "</style>") || fail(r, "a < in the style sheet");
}

static bool read_start(markup_reader *r)
{
    r->at++;
    const base_span name = read_name(r);
    r->result.elements++;
    r->result.has_script |= base_span_is(name, "script");
    r->result.has_address |= base_span_is(name, "link") || base_span_is(name, "img") || base_span_is(name, "base");
    for (skip_space(r); r->at < r->size && isalpha((unsigned char)r->text[r->at]); skip_space(r))
        if (!read_attribute(r))
            return false;
    if (looking_at(r, "/>")) {
        r->at += 2;
        return true;
    }
    if (!looking_at(r, ">") || name.size == 0 || r->depth == DEPTH_MAX)
        return fail(r, "a tag without end");
    r->at++;
    r->open[r->depth++] = name;
    return !base_span_is(name, "style") || read_style(r);
}

static bool read_end(markup_reader *r)
{
    r->at += 2;
    const base_span name = read_name(r);
    if (r->depth == 0 || !base_span_equal(name, r->open[r->depth - 1]) || !looking_at(r, ">"))
        return fail(r, "an end tag that closes nothing");
    r->at++;
    r->depth--;
    return true;
}

static bool read_text(markup_reader *r)
{
    const size_t start = r->at;
    while (r->at < r->size && r->text[r->at] != '<')
        r->at++;
    return check_text(r, (base_span){r->text + start, r->at - start});
}

report_markup report_check_markup(base_span page)
{
    static const char doctype[] = "<!DOCTYPE html>";
    markup_reader r = {.text = page.data, .size = page.size};
    bool fine = looking_at(&r, doctype) || fail(&r, "no doctype");
    for (r.at = sizeof(doctype) - 1; fine && r.at < r.size;) {
        if (looking_at(&r, "</"))
            fine = read_end(&r);
        else if (looking_at(&r, "<"))
            fine = read_start(&r);
        else
            fine = read_text(&r);
    }
    if (fine && r.depth != 0)
        (void)fail(&r, "an element without end");
    for (size_t i = 0; i < r.reference_count; i++)
        r.result.dangling |= !known_id(&r, r.references[i]);
    return r.result;
}
