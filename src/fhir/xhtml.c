/* SPDX-License-Identifier: Apache-2.0 */
#include "fhir/xhtml.h"

#include <stdlib.h>

#define NAMESPACE "http://www.w3.org/1999/xhtml"

/* Sorted, for bsearch. */
static const char *const ELEMENTS[] = {
    "a",     "abbr", "acronym", "address",  "area",  "b",     "bdo",  "big",    "blockquote", "br",  "caption",
    "cite",  "code", "col",     "colgroup", "dd",    "dfn",   "div",  "dl",     "dt",         "em",  "h1",
    "h2",    "h3",   "h4",      "h5",       "h6",    "hr",    "i",    "img",    "kbd",        "li",  "map",
    "ol",    "p",    "pre",     "q",        "samp",  "small", "span", "strong", "sub",        "sup", "table",
    "tbody", "td",   "tfoot",   "th",       "thead", "tr",    "tt",   "ul",     "var",
};

static const char *const ATTRIBUTES[] = {
    "abbr",  "accesskey", "align",   "axis",  "char", "charoff", "class",    "colspan", "dir",    "headers", "id",
    "idref", "lang",      "rowspan", "scope", "span", "style",   "tabindex", "title",   "valign", "width",   "xml:lang",
};

/* Those that one element has. */
static const char *const OWN_ATTRIBUTES[] = {
    "a.charset",
    "a.coords",
    "a.href",
    "a.hreflang",
    "a.name",
    "a.rel",
    "a.rev",
    "a.shape",
    "a.type",
    "area.alt",
    "area.coords",
    "area.href",
    "area.nohref",
    "area.shape",
    "blockquote.cite",
    "div.xmlns",
    "img.alt",
    "img.border",
    "img.height",
    "img.ismap",
    "img.longdesc",
    "img.src",
    "img.usemap",
    "map.name",
    "pre.space",
    "q.cite",
    "table.border",
    "table.cellpadding",
    "table.cellspacing",
    "table.frame",
    "table.rules",
    "table.summary",
    "td.nowrap",
};

static int compare_name(const void *key, const void *item)
{
    return base_span_compare(*(const base_span *)key, base_span_of(*(const char *const *)item));
}

#define KNOWN(list, name)                                                                                              \
    (bsearch(&(name), list, sizeof(list) / sizeof((list)[0]), sizeof((list)[0]), compare_name) != NULL)

typedef struct scanner {
    const char *at, *end;
    base_span open[FHIR_XHTML_DEPTH_MAX];
    size_t depth;
    bool foreign, filled;
} scanner;

static bool space(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static void skip_space(scanner *s)
{
    while (s->at < s->end && space(*s->at))
        s->at++;
}

static bool take(scanner *s, const char *text)
{
    const size_t size = strlen(text);
    if ((size_t)(s->end - s->at) < size || memcmp(s->at, text, size) != 0)
        return false;
    s->at += size;
    return true;
}

static bool name_byte(char c)
{
    const char lower = (char)(c | 0x20);
    return (lower >= 'a' && lower <= 'z') || (c >= '0' && c <= '9') || c == ':' || c == '-' || c == '_' || c == '.';
}

static base_span take_name(scanner *s)
{
    const char *start = s->at;
    while (s->at < s->end && name_byte(*s->at))
        s->at++;
    return (base_span){start, (size_t)(s->at - start)};
}

static bool take_until(scanner *s, const char *mark)
{
    const char *found = memmem(s->at, (size_t)(s->end - s->at), mark, strlen(mark));
    if (found == NULL)
        return false;
    s->at = found + strlen(mark);
    return true;
}

/* &name; or &#…; */
static bool take_reference(scanner *s)
{
    if (!take(s, "&#"))
        s->at++;
    return take_name(s).size != 0 && take(s, ";");
}

static bool allowed(base_span element, base_span name)
{
    char own[32];
    if (KNOWN(ATTRIBUTES, name) || base_span_starts(name, BASE_SPAN("xmlns:")))
        return true;
    if (element.size + 1 + name.size > sizeof(own))
        return false;
    memcpy(own, element.data, element.size);
    own[element.size] = '.';
    memcpy(own + element.size + 1, name.data, name.size);
    const base_span both = {own, element.size + 1 + name.size};
    return KNOWN(OWN_ATTRIBUTES, both);
}

/* name="value"; the namespace of the outermost element is taken note of. */
static bool take_attribute(scanner *s, base_span element, bool *ret_namespace)
{
    const base_span name = take_name(s);
    skip_space(s);
    if (name.size == 0 || !take(s, "="))
        return false;
    skip_space(s);
    const char quote = s->at < s->end ? *s->at : '\0';
    if (quote != '"' && quote != '\'')
        return false;
    const char *start = ++s->at;
    while (s->at < s->end && *s->at != quote && *s->at != '<')
        s->at++;
    if (s->at == s->end || *s->at != quote)
        return false;
    const base_span value = {start, (size_t)(s->at++ - start)};
    *ret_namespace |= base_span_is(name, "xmlns") && base_span_is(value, NAMESPACE);
    s->foreign |= !allowed(element, name);
    return true;
}

static bool take_start(scanner *s)
{
    bool in_namespace = s->depth != 0;
    const base_span name = take_name(s);
    if (name.size == 0 || s->depth == FHIR_XHTML_DEPTH_MAX)
        return false;
    s->foreign |= !KNOWN(ELEMENTS, name);
    s->filled |= base_span_is(name, "img");
    for (;;) {
        const char *before = s->at;
        skip_space(s);
        if (take(s, "/>"))
            return in_namespace;
        if (take(s, ">"))
            break;
        if (before == s->at || !take_attribute(s, name, &in_namespace))
            return false;
    }
    s->open[s->depth++] = name;
    return in_namespace;
}

static bool take_end(scanner *s)
{
    const base_span name = take_name(s);
    skip_space(s);
    return s->depth != 0 && base_span_equal(name, s->open[--s->depth]) && take(s, ">");
}

/* Text between tags; outside of the div only white space may stand. */
static bool take_text(scanner *s)
{
    for (; s->at < s->end && *s->at != '<'; s->at++) {
        if (space(*s->at))
            continue;
        s->filled = true;
        if (s->depth == 0)
            return false;
        if (*s->at == '&') {
            if (!take_reference(s))
                return false;
            s->at--;
        }
    }
    return true;
}

fhir_xhtml fhir_xhtml_check(base_span text)
{
    scanner s;
    s.at = text.data;
    s.end = text.data + text.size;
    s.depth = 0;
    s.foreign = s.filled = false;
    bool begun = false;
    skip_space(&s);
    while (s.at < s.end) {
        if (!take_text(&s))
            return FHIR_XHTML_BROKEN;
        if (s.at == s.end)
            break;
        if (take(&s, "<!--")) {
            if (!take_until(&s, "-->"))
                return FHIR_XHTML_BROKEN;
            continue;
        }
        if (take(&s, "</")) {
            if (!take_end(&s))
                return FHIR_XHTML_BROKEN;
            continue;
        }
        s.at++;
        const bool outermost = s.depth == 0,
                   div = base_span_starts((base_span){s.at, (size_t)(s.end - s.at)}, BASE_SPAN("div"));
        if ((outermost && (begun || !div)) || !take_start(&s))
            return FHIR_XHTML_BROKEN;
        begun = true;
    }
    if (!begun || s.depth != 0)
        return FHIR_XHTML_BROKEN;
    return s.foreign ? FHIR_XHTML_FOREIGN : s.filled ? FHIR_XHTML_FINE : FHIR_XHTML_EMPTY;
}
