/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FHIR_DEID_INTERNAL_H
#define FHIR_DEID_INTERNAL_H

#include "base/hash.h"
#include "fhir/deid.h"
#include "fhir/deid_memo.h"

/*
 * Editing: the walk goes over the structural tokens of the text. What stays is not written but belongs to a run that
 * began at `from`; where something goes or changes, the run is copied out and a new one begins later.
 *
 *   text   { "id":"1", "name":[{…}], "gender":"male" }
 *            └ run ┘ └ replaced, dropped ┘└── next run ──…
 *
 * What is written speculatively (an object that may turn out empty) is taken back by a mark.
 */
#define DEID_DECODED      4    /* strings with escapes that are looked at, at one time */
#define DEID_MISSING_MAX  1024 /* of all open objects together */
#define DEID_SECURITY_MAX 1024

typedef struct deid_mark {
    size_t size, from;
    bool copying;
} deid_mark;

/* The object at hand. */
typedef struct deid_frame deid_frame;
struct deid_frame {
    fhir_type type;
    uint32_t open; /* token of its { */
    uint32_t kept; /* members so far */
    int extension; /* row of the extension that it is or stands in directly; -1 */
    bool resource;
    bool system_read;
    int system_row;             /* of its member `system`; -1: unknown */
    uint32_t system_token;      /* 0: it has none */
    uint16_t *next;             /* where the coming element is foretold */
    uint32_t missing, siblings; /* where its own begin on the stacks of fhir_deid */
};

/* A required member that went, by its key. */
typedef struct deid_missing {
    const fhir_element *element;
    uint32_t key;
} deid_missing;

/* A Patient of a Bundle: by its fullUrl or an identifier to its id. */
typedef struct deid_patient {
    base_hash128 hash; /* low 0: free */
    base_span id;
    uint32_t token; /* of its { */
} deid_patient;

/* What is said of one resource at the end. */
typedef struct deid_resource {
    fhir_type type;
    uint32_t open;
    unsigned methods; /* bits of fhir_method */
    size_t start;     /* in out, behind its { */
    size_t meta;      /* in out, behind the { of its meta; 0: none */
    size_t security;  /* in out, behind the [ of meta.security; 0: none */
    bool contained, owned;
    int32_t days;     /* of its patient's dates */
    uint32_t patient; /* token of the Patient resource in this document; 0: not at hand */
} deid_resource;

/* What is known of an element beforehand. */
typedef enum deid_shape {
    DEID_PRIMITIVE,
    DEID_COMPLEX,
    DEID_RESOURCE,
    DEID_EXTENSION,
    DEID_MODIFIER,
    DEID_BLANK,
} deid_shape;

typedef struct deid_plan {
    uint8_t rule;  /* fhir_judgement */
    uint8_t shape; /* deid_shape */
    bool instant, boolean, end, masks;
    uint16_t next; /* the element that stood behind it the last time */
} deid_plan;

struct fhir_deid {
    fhir_deid_options options;
    const fhir_profile_rules *profile;
    deid_plan *plan; /* by element */
    uint16_t *first; /* by type: the element that stood first the last time */
    deid_memo *memos;
    int32_t oldest_day; /* dates before it say that somebody is over 89 */
    fhir_changes changes;
    fhir_type bundle_type, meta_type, extension_type;
    uint16_t security_index;

    json_tokens tokens;
    uint32_t at; /* token */
    base_buf *out;
    size_t from;
    bool copying;
    int status; /* the first failure; the walk ends in good order and its output is thrown away */
    lethe_error *error;

    deid_resource *resource;
    deid_missing missing[DEID_MISSING_MAX];
    uint32_t siblings[DEID_MISSING_MAX]; /* keys of `_name` members that stay */
    uint32_t missing_count, sibling_count;
    base_buf value; /* what is written for a value */
    base_buf decoded[DEID_DECODED];
    unsigned decoded_next;

    base_hash_key hash_key;
    uint64_t bundles;
    uint16_t bundle; /* number of the Bundle at hand; 0: none. What is remembered of owners is of one Bundle */
    deid_patient *patients;
    size_t patient_capacity, patient_mask; /* 0: no Bundle */
};

typedef enum deid_outcome { DEID_DROP, DEID_KEEP, DEID_REPLACE } deid_outcome;

static inline char deid_char(const fhir_deid *deid, uint32_t token)
{
    return deid->tokens.text.data[deid->tokens.at[token]];
}

/* The byte behind a string, number or word: before the white space in front of the next token. */
static inline size_t deid_end(const fhir_deid *deid, uint32_t token)
{
    const char *text = deid->tokens.text.data;
    size_t end = token + 1 < deid->tokens.count ? deid->tokens.at[token + 1] : deid->tokens.text.size;
    while (text[end - 1] == ' ' || text[end - 1] == '\n' || text[end - 1] == '\r' || text[end - 1] == '\t')
        end--;
    return end;
}

/* A string as written, without its quotes. */
static inline base_span deid_raw(const fhir_deid *deid, uint32_t token)
{
    const size_t start = deid->tokens.at[token] + 1u;
    return (base_span){deid->tokens.text.data + start, deid_end(deid, token) - 1 - start};
}

/* deid_token.c */
uint32_t deid_skip(const fhir_deid *deid, uint32_t token);                        /* the token behind a value */
uint32_t deid_find(const fhir_deid *deid, uint32_t object, const char *name);     /* value of a member; 0: none */
base_span deid_string(fhir_deid *deid, uint32_t token);                           /* decoded; empty if no string */
base_span deid_member_string(fhir_deid *deid, uint32_t object, const char *name); /* decoded; empty if none */
base_span deid_text(const fhir_deid *deid, uint32_t token);                       /* of any value, as written */
void deid_put_string(base_buf *out, base_span text);                              /* quoted and escaped */

static inline int deid_fail(fhir_deid *deid, int status)
{
    if (deid->status == 0)
        deid->status = status;
    return status;
}

/* The error goes to the caller for the first failure only. */
static inline lethe_error *deid_error(fhir_deid *deid)
{
    return deid->status == 0 ? deid->error : NULL;
}

static inline void deid_count(fhir_deid *deid, const fhir_element *element, fhir_method method)
{
    deid->changes.elements[element->index][method]++;
    deid->resource->methods |= 1u << method;
}

/* deid_value.c: what becomes of a primitive; where it is replaced, deid->value holds the JSON. */
deid_outcome deid_judge(fhir_deid *deid, deid_frame *frame, const fhir_element *element, fhir_judgement rule,
                        uint32_t token);

/* deid_date.c */
typedef struct deid_date {
    int32_t year, month, day; /* 0: not said */
    size_t date_size;         /* of the text before T */
} deid_date;

bool deid_date_read(base_span text, bool instant, deid_date *ret_date);
deid_outcome deid_shift_date(fhir_deid *deid, const fhir_element *element, uint32_t token);
deid_outcome deid_birth_date(fhir_deid *deid, const fhir_element *element, uint32_t token);

/* deid_reference.c: each appends a quoted string to deid->value. */
deid_outcome deid_put_reference(fhir_deid *deid, base_span reference);
deid_outcome deid_put_request(fhir_deid *deid, base_span url, bool query_only);
deid_outcome deid_put_id(fhir_deid *deid, base_span type, base_span id);
deid_outcome deid_put_version(fhir_deid *deid, base_span version);
deid_outcome deid_put_token(fhir_deid *deid, char kind, base_span first, base_span second); /* 26 characters */
deid_outcome deid_put_uri(fhir_deid *deid, base_span uri);                                  /* urn:uuid */
bool deid_is_uuid(base_span text);
bool deid_find_identifier(fhir_deid *deid, base_span query, base_span *ret_system, base_span *ret_value);

/* deid_owner.c */
typedef struct deid_target {
    base_span type, id;
} deid_target;

/* "…/Type/id/_history/2", "urn:uuid:x": empty spans where a part is not there. */
deid_target deid_target_of(base_span reference);
int deid_note_patients(fhir_deid *deid, uint32_t bundle);
void deid_find_owner(fhir_deid *deid, deid_resource *resource, uint32_t full_url);

/* deid_tag.c: puts meta.security of the methods into what was written of the resource. */
void deid_tag(fhir_deid *deid, const deid_resource *resource, bool empty);

/* deid_walk.c */
bool deid_walk_resource(fhir_deid *deid, uint32_t full_url, bool contained);

#endif
