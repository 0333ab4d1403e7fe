/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FHIR_DEID_H
#define FHIR_DEID_H

#include "base/buf.h"
#include "fhir/policy.h"
#include "json/json.h"

/*
 * De-identifies FHIR R4 resources and Bundles: the text of a document goes out with edits, so that what stays keeps its
 * bytes (1.00 stays 1.00). Fails closed: an element that the schema does not know, a value that has not the form its
 * rule asks for, an extension that is not listed, is left out; what FHIR requires gets data-absent-reason.
 *
 * The patient of a resource is the one that its subject, patient, beneficiary, individual, candidate or for names; of a
 * type without such an element the one Patient that it refers to anywhere. The patient's key is the id: of "Patient/1",
 * "http://host/fhir/Patient/1" and "urn:uuid:x" alike, the latter through the fullUrls of its Bundle, else x itself; a
 * patient known by an identifier alone is that identifier. Dates of a resource of no patient, or of two, are cut to the
 * year (an instant: to its first moment).
 *
 * Tokens and date offsets come through `fhir_deid_keys`: identity is a sibling. One thread at a time.
 */
typedef struct fhir_deid fhir_deid;

#define FHIR_TOKEN_BYTES 17 /* 130 bits, the last six of the last byte are zero */

/* Kinds of tokens, the first byte of their message: what has the same kind and the same parts has the same token. */
enum {
    FHIR_NAME_ID = 'i',         /* type, id */
    FHIR_NAME_UUID = 'u',       /* a UUID in lower case, whatever it names */
    FHIR_NAME_CONTAINED = 'c',  /* id inside a resource */
    FHIR_NAME_IDENTIFIER = 'n', /* system, value */
    FHIR_NAME_URI = 'r',        /* a URI, a reference that is no FHIR address */
    FHIR_NAME_CODE = 'k',       /* system, code */
    FHIR_NAME_STRING = 's',     /* a name inside documents */
    FHIR_NAME_BASE = 'b',       /* the address of a server */
    FHIR_NAME_QUERY = 'q',      /* a search */
};

typedef struct fhir_deid_keys {
    void *context;
    int (*token)(void *context, char kind, base_span first, base_span second, uint8_t ret_token[FHIR_TOKEN_BYTES],
                 lethe_error *error);
    int (*shift)(void *context, base_span patient_id, int32_t *ret_days, lethe_error *error);
    /* Appends a token from which the key's holder reads the identifier again; NULL: none is asked for. */
    int (*reversible)(void *context, base_span system, base_span value, base_buf *out, lethe_error *error);
} fhir_deid_keys;

/* Free text: appends what may stay of it (plain text, not JSON). `patient`: the JSON text of the Patient resource where
 * it is at hand (in the same document), so that the patient's own names, numbers and addresses are found; else empty.
 */
typedef struct fhir_deid_scrub {
    void *context;
    int (*scrub)(void *context, base_span text, base_span patient, const fhir_element *element, base_buf *out,
                 lethe_error *error);
} fhir_deid_scrub;

typedef struct fhir_deid_options {
    fhir_profile profile;
    int32_t as_of_day; /* ages over 89 are counted to this day */
    fhir_deid_keys keys;
    fhir_deid_scrub scrub; /* scrub NULL: free text is removed */
    bool security_tags;    /* meta.security says what was done */
    size_t max_bytes;      /* of one document that goes out; 0: JSON_DOCUMENT_MAX */
} fhir_deid_options;

typedef enum fhir_method {
    FHIR_METHOD_REDACT,
    FHIR_METHOD_PSEUDONYMIZE,
    FHIR_METHOD_SHIFT,
    FHIR_METHOD_GENERALIZE,
    FHIR_METHOD_SCRUB,
    FHIR_METHOD_REFUSED, /* redacted, since it had not the form its rule asks for */
    FHIR_METHOD_COUNT,
} fhir_method;

const char *fhir_method_name(fhir_method method);

/* How many values of each element were changed by which method, and what was left out beside them. */
typedef struct fhir_changes {
    uint64_t (*elements)[FHIR_METHOD_COUNT];      /* by fhir_element.index */
    uint64_t resources, unknown_members, unowned; /* unowned: resources whose dates were cut, being of no one patient */
} fhir_changes;

int fhir_deid_new(const fhir_deid_options *options, fhir_deid **ret_deid, lethe_error *error);
void fhir_deid_free(fhir_deid *deid); /* NULL-safe */

/* Appends the de-identified document to `out`; on failure `out` is as it was. LETHE_E_FHIR_SHAPE: no resource of R4;
 * LETHE_E_FHIR_TYPE: no object where one must be; or what the keys said. */
int fhir_deid_document(fhir_deid *deid, json_value root, base_buf *out, lethe_error *error);

const fhir_changes *fhir_deid_changes(const fhir_deid *deid); /* since fhir_deid_new */

#endif
