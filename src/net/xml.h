/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NET_XML_H
#define NET_XML_H

#include "base/buf.h"

#include <stdbool.h>

/*
 * The XML that S3 and STS answer with: elements and text. A document type is refused, so there are no entities but the
 * five of XML and characters by number; attributes, comments and processing instructions are passed over. Elements are
 * told by their path from the root, "ListPartsResult/Part/ETag", without prefixes.
 */
#define NET_XML_DEPTH_MAX 16
#define NET_XML_PATH_MAX  512
#define NET_XML_TEXT_MAX  65536

typedef struct net_xml_visitor {
    void *context;
    /* An element ended: its path and its own text, decoded, white space at both ends gone; borrowed for the call. */
    int (*element)(void *context, const char *path, base_span text, lethe_error *error);
} net_xml_visitor;

/* LETHE_E_NET_ANSWER with the byte where it is no such XML; what `element` returns. */
int net_xml_read(base_span text, const net_xml_visitor *visitor, lethe_error *error);

/* Text as XML writes it: & < > " and control characters by number. */
void net_xml_write(base_buf *out, base_span text);

#endif
