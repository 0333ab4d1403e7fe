/* SPDX-License-Identifier: Apache-2.0 */
#include "fhir/fhirpath_internal.h"

/*
 * htmlChecks() of R4 (invariant txt-1, narrative.html): one <div>, in it only the elements of the formatting chapters
 * of HTML 4, well nested, and no attribute that runs a script. Entities and the values of attributes are not looked
 * into.
 */
#define HTML_DEPTH_MAX 128

static const char *const ALLOWED[] = {
    "a",     "abbr", "acronym",  "address", "area",  "b",    "bdo",    "big", "blockquote", "br",    "caption", "cite",
    "code",  "col",  "colgroup", "dd",      "del",   "dfn",  "div",    "dl",  "dt",         "em",    "h1",      "h2",
    "h3",    "h4",   "h5",       "h6",      "hr",    "i",    "img",    "ins", "kbd",        "li",    "map",     "ol",
    "p",     "pre",  "q",        "samp",    "small", "span", "strong", "sub", "sup",        "table", "tbody",   "td",
    "tfoot", "th",   "thead",    "tr",      "tt",    "u",    "ul",     "var", NULL};

typedef struct html_walk {
    base_span text;
    size_t at;
    base_span open[HTML_DEPTH_MAX];
    size_t depth;
    bool closed; /* the outer div is */
} html_walk;

static bool skip_to(html_walk *walk, const char *mark)
{
    const size_t size = strlen(mark);
    const char *found = memmem(walk->text.data + walk->at, walk->text.size - walk->at, mark, size);
    if (found != NULL)
        walk->at = (size_t)(found - walk->text.data) + size;
    return found != NULL;
}

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static base_span take_name(html_walk *walk)
{
    const size_t start = walk->at;
    while (walk->at < walk->text.size && strchr("/>= \t\r\n\"'<", walk->text.data[walk->at]) == NULL)
        walk->at++;
    return (base_span){walk->text.data + start, walk->at - start};
}

static void skip_space(html_walk *walk)
{
    while (walk->at < walk->text.size && is_space(walk->text.data[walk->at]))
        walk->at++;
}

/* Attributes up to the end of the tag; whether it closes itself. */
static bool take_attributes(html_walk *walk, bool *ret_empty)
{
    for (;;) {
        skip_space(walk);
        if (walk->at >= walk->text.size)
            return false;
        const char c = walk->text.data[walk->at];
        if (c == '>' || c == '/') {
            walk->at++;
            *ret_empty = c == '/';
            return c == '>' || (walk->at < walk->text.size && walk->text.data[walk->at++] == '>');
        }
        const base_span name = take_name(walk);
        skip_space(walk);
        if (name.size == 0 || base_span_starts(name, BASE_SPAN("on")) || walk->at + 1 >= walk->text.size ||
            walk->text.data[walk->at++] != '=')
            return false;
        skip_space(walk);
        const char quote[2] = {walk->at < walk->text.size ? walk->text.data[walk->at++] : '\0', '\0'};
        if ((quote[0] != '"' && quote[0] != '\'') || !skip_to(walk, quote))
            return false;
    }
}

static bool is_allowed(base_span name)
{
    for (size_t i = 0; ALLOWED[i] != NULL; i++)
        if (base_span_is(name, ALLOWED[i]))
            return true;
    return false;
}

static bool take_tag(html_walk *walk)
{
    const bool ends = walk->at < walk->text.size && walk->text.data[walk->at] == '/';
    bool empty = false;
    walk->at += ends;
    const base_span name = take_name(walk);
    if (!is_allowed(name) || walk->closed || (walk->depth == 0 && !base_span_is(name, "div")))
        return false;
    if (ends) {
        skip_space(walk);
        if (walk->depth == 0 || !base_span_equal(walk->open[--walk->depth], name) || !skip_to(walk, ">"))
            return false;
    } else if (!take_attributes(walk, &empty) || walk->depth == HTML_DEPTH_MAX) {
        return false;
    } else if (!empty) {
        walk->open[walk->depth++] = name;
    }
    walk->closed = walk->depth == 0;
    return true;
}

static bool check(base_span text)
{
    html_walk walk = {.text = text};
    while (walk.at < text.size) {
        const bool outside = walk.depth == 0;
        if (text.data[walk.at] != '<') {
            if (outside && !is_space(text.data[walk.at]))
                return false;
            walk.at++;
            continue;
        }
        walk.at++;
        const base_span rest = {text.data + walk.at, text.size - walk.at};
        if (base_span_starts(rest, BASE_SPAN("!--")) ? !skip_to(&walk, "-->") : !take_tag(&walk))
            return false;
    }
    return walk.closed;
}

static int run_html_checks(fhirpath_scratch *scratch, const path_expr *call, const path_list *input,
                           const path_focus *focus, path_list *ret_list, lethe_error *error)
{
    (void)call, (void)focus;
    bool holds = true;
    for (size_t i = 0; i < input->count; i++) {
        const fhirpath_item value = path_value(input->items[i]);
        holds = holds && value.kind == FHIRPATH_STRING && check(value.text);
    }
    return path_add(scratch, ret_list, path_boolean(holds), error);
}

const path_function PATH_HTML_FUNCTIONS[] = {
    {"htmlChecks", 0, 0, false, run_html_checks},
    {NULL, 0, 0, false, NULL},
};
