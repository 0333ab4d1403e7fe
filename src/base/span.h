/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BASE_SPAN_H
#define BASE_SPAN_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

/* Borrowed bytes: valid as long as what they point into; `data` may be NULL only when `size` is 0. */
typedef struct base_span {
    const char *data;
    size_t size;
} base_span;

#define BASE_SPAN(literal) ((base_span){(literal), sizeof(literal) - 1})

static inline base_span base_span_of(const char *text)
{
    return (base_span){text, text != NULL ? strlen(text) : 0};
}

static inline bool base_span_equal(base_span a, base_span b)
{
    return a.size == b.size && (a.size == 0 || memcmp(a.data, b.data, a.size) == 0);
}

static inline bool base_span_is(base_span a, const char *text)
{
    return base_span_equal(a, base_span_of(text));
}

/* Where `what` first stands in it, or NULL. */
static inline const char *base_span_search(base_span in, base_span what)
{
    return in.data != NULL && in.size != 0 ? memmem(in.data, in.size, what.data, what.size) : NULL;
}

static inline bool base_span_starts(base_span a, base_span prefix)
{
    return a.size >= prefix.size && (prefix.size == 0 || memcmp(a.data, prefix.data, prefix.size) == 0);
}

/* Byte order, shorter first on a tie: the canonical order of everything Lethe sorts. */
static inline int base_span_compare(base_span a, base_span b)
{
    const size_t n = a.size < b.size ? a.size : b.size;
    const int order = n != 0 ? memcmp(a.data, b.data, n) : 0;
    if (order != 0)
        return order;
    return a.size < b.size ? -1 : a.size > b.size;
}

#endif
