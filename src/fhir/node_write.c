/* SPDX-License-Identifier: Apache-2.0 */
#include "fhir/node.h"

/*
 * The tree as JSON. Namesakes stand behind each other: a run of them is one member, or two where a primitive of the run
 * has extensions.
 */
static const char ESCAPES[] = "btn?fr"; /* of 8 to 13; 11 has none */

static void write_escape(base_buf *out, unsigned char c)
{
    static const char digits[] = "0123456789abcdef";
    if (c == '"' || c == '\\') {
        const char pair[] = {'\\', (char)c};
        base_buf_append(out, pair, 2);
    } else if (c >= 8 && c <= 13 && c != 11) {
        const char pair[] = {'\\', ESCAPES[c - 8]};
        base_buf_append(out, pair, 2);
    } else {
        const char unicode[] = {'\\', 'u', '0', '0', digits[c >> 4], digits[c & 15]};
        base_buf_append(out, unicode, sizeof(unicode));
    }
}

static void write_string(base_buf *out, base_span text)
{
    size_t plain = 0;
    base_buf_byte(out, '"');
    for (size_t at = 0; at < text.size; at++) {
        const unsigned char c = (unsigned char)text.data[at];
        if (c >= 0x20 && c != '"' && c != '\\')
            continue;
        base_buf_append(out, text.data + plain, at - plain);
        write_escape(out, c);
        plain = at + 1;
    }
    base_buf_append(out, text.data + plain, text.size - plain);
    base_buf_byte(out, '"');
}

static void write_value(base_buf *out, const fhir_node *node)
{
    if (node->value == FHIR_VALUE_STRING)
        write_string(out, node->text);
    else if (node->value == FHIR_VALUE_NONE)
        base_buf_append(out, "null", 4);
    else
        base_buf_span(out, node->text);
}

static void write_key(base_buf *out, const fhir_element *element, bool sibling)
{
    base_buf_byte(out, '"');
    if (sibling)
        base_buf_byte(out, '_');
    base_buf_append(out, fhir_element_name(element), element->name_length);
    base_buf_append(out, "\":", 2);
}

static void write_object(base_buf *out, const fhir_node *node);

static void write_item(base_buf *out, const fhir_node *node, bool primitive, bool sibling)
{
    if (primitive && !sibling)
        write_value(out, node);
    else if (sibling && node->first == NULL)
        base_buf_append(out, "null", 4);
    else
        write_object(out, node);
}

/* The run from `first` to before `end` as one member. */
static void write_run(base_buf *out, const fhir_node *first, const fhir_node *end, bool primitive, bool sibling)
{
    const bool array = first->element->many || first->next != end;
    write_key(out, first->element, sibling);
    if (array)
        base_buf_byte(out, '[');
    for (const fhir_node *node = first; node != end; node = node->next) {
        if (node != first)
            base_buf_byte(out, ',');
        write_item(out, node, primitive, sibling);
    }
    if (array)
        base_buf_byte(out, ']');
}

static void write_object(base_buf *out, const fhir_node *node)
{
    bool comma = false;
    base_buf_byte(out, '{');
    if (fhir_node_is_resource(node)) {
        base_buf_text(out, "\"resourceType\":\"");
        base_buf_text(out, fhir_schema_type_name(node->type));
        base_buf_byte(out, '"');
        comma = true;
    }
    for (const fhir_node *first = node->first, *end = NULL; first != NULL; first = end) {
        const bool primitive = fhir_node_is_primitive(first);
        bool values = !primitive, children = false;
        for (end = first; end != NULL && end->element == first->element; end = end->next) {
            values = values || end->value != FHIR_VALUE_NONE;
            children = children || end->first != NULL;
        }
        for (int sibling = 0; sibling < 2; sibling++) {
            if (sibling == 0 ? !values : !(primitive && children))
                continue;
            if (comma)
                base_buf_byte(out, ',');
            comma = true;
            write_run(out, first, end, primitive, sibling != 0);
        }
    }
    base_buf_byte(out, '}');
}

void fhir_node_write(const fhir_node *root, base_buf *out)
{
    write_object(out, root);
}
