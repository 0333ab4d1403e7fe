/* SPDX-License-Identifier: Apache-2.0 */
#include "fhir/deid_internal.h"

/* The tags that the peers set, in their order; the last two have no system there, and have none here. */
#define OBSERVATION_VALUE "http://terminology.hl7.org/CodeSystem/v3-ObservationValue"

typedef struct deid_label {
    unsigned methods;
    const char *json;
} deid_label;

static const deid_label LABELS[] = {
    {1u << FHIR_METHOD_REDACT | 1u << FHIR_METHOD_REFUSED,
     "{\"system\":\"" OBSERVATION_VALUE "\",\"code\":\"REDACTED\",\"display\":\"redacted\"}"},
    {1u << FHIR_METHOD_PSEUDONYMIZE,
     "{\"system\":\"" OBSERVATION_VALUE "\",\"code\":\"CRYTOHASH\",\"display\":\"cryptographic hash function\"}"},
    {1u << FHIR_METHOD_SCRUB, "{\"system\":\"" OBSERVATION_VALUE "\",\"code\":\"MASKED\",\"display\":\"masked\"}"},
    {1u << FHIR_METHOD_SHIFT,
     "{\"code\":\"PERTURBED\",\"display\":\"exact value is replaced with another exact value\"}"},
    {1u << FHIR_METHOD_GENERALIZE,
     "{\"code\":\"GENERALIZED\",\"display\":\"exact value is replaced with a general value\"}"},
};

static void insert(base_buf *out, size_t at, const char *text, size_t size)
{
    if (base_buf_reserve(out, size) != 0)
        return;
    memmove(out->data + at + size, out->data + at, out->size - at);
    memcpy(out->data + at, text, size);
    out->size += size;
}

static size_t add(char *text, size_t size, const char *more)
{
    const size_t length = strlen(more);
    memcpy(text + size, more, length); /* all labels together are shorter than DEID_SECURITY_MAX */
    return size + length;
}

void deid_tag(fhir_deid *deid, const deid_resource *resource, bool empty)
{
    __attribute__((uninitialized)) char text[DEID_SECURITY_MAX];
    size_t size = 0;
    bool first = true;
    if (resource->methods == 0)
        return;
    if (resource->meta == 0)
        size = add(text, size, "\"meta\":{\"security\":[");
    else if (resource->security == 0)
        size = add(text, size, "\"security\":[");
    for (size_t i = 0; i < sizeof(LABELS) / sizeof(*LABELS); i++) {
        if ((resource->methods & LABELS[i].methods) == 0)
            continue;
        if (!first)
            size = add(text, size, ",");
        size = add(text, size, LABELS[i].json);
        first = false;
    }
    if (resource->meta == 0)
        size = add(text, size, empty ? "]}" : "]},");
    else
        size = add(text, size, resource->security == 0 ? "]," : ",");
    insert(deid->out,
           resource->security != 0 ? resource->security
           : resource->meta != 0   ? resource->meta
                                   : resource->start,
           text, size);
}
