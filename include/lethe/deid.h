/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LETHE_DEID_H
#define LETHE_DEID_H

#include <lethe/error.h>

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * De-identification of FHIR R4 by our own policy: every element of every type is judged by one line of a table, and
 * what nobody judged is removed. What it makes is pseudonymised data, not anonymous data: each profile says what it is
 * not.
 *
 * Profiles: expert-determination-ml (the default), safe-harbor, limited-dataset, gdpr-pseudonymised, research-dates.
 */
typedef struct lethe_deid_options {
    uint32_t size_bytes;
    const char *input;    /* folder, file or "-", as of lethe_run; not needed for one resource in memory */
    const char *output;   /* folder to make; not needed for one resource in memory */
    const char *key_file; /* of the project: tokens and date offsets derive from it */
    const char *profile;  /* NULL: expert-determination-ml */
    const char *as_of;    /* YYYY-MM-DD, ages over 89 are counted to it; NULL: LETHE_DEID_AS_OF */
    const char *audience; /* one line of up to 120 bytes for the manifest; NULL: what the profile says */
    uint8_t whole_weeks;  /* dates move by whole weeks: the day of the week stays */
    uint8_t reversible;   /* identifiers get tokens that lethe_reidentify reads */
    uint8_t no_tags;      /* leave meta.security as it is */
    uint32_t threads;     /* 0: processors of this process; the output is the same at any number */
    int (*progress)(void *context, uint64_t done, uint64_t total); /* bytes; non-zero cancels */
    void *progress_context;
} lethe_deid_options;

/* Where no --as-of is given: late enough that nobody over 89 is taken for younger while this version is in use. */
#define LETHE_DEID_AS_OF "2027-12-31"

#define LETHE_DEID_WITHHELD_MAX 100

typedef struct lethe_deid_result {
    uint64_t files, documents, resources, withheld; /* withheld: documents that could not be used */
    uint64_t unowned; /* resources whose dates were cut to the year, being of no one patient */
    uint64_t bytes_in, bytes_out, changes;
    size_t trouble_count;
    lethe_error troubles[LETHE_DEID_WITHHELD_MAX]; /* the first that were withheld, by place */
    double seconds;
} lethe_deid_result;

/*
 * Writes one file for each file of the input, uncompressed, and manifest.json (signed: manifest.sig), which says what
 * this is and what it is not, and changes.json, which counts what was done to which element. The folder appears whole
 * or not at all. Names of files are kept where they consist of words of FHIR and of terms; others get a token, for
 * names of people stand in names of files. Errors: LETHE_E_ENGINE_OPTION (path: the member), LETHE_E_ENGINE_INPUT,
 * LETHE_E_CRYPT_*, LETHE_E_BASE_*. 0 also where documents were withheld.
 */
LETHE_API int lethe_deid(const lethe_deid_options *options, lethe_deid_result *ret_result, lethe_error *error);

/* One resource or Bundle in memory. A handle is used by one thread at a time. */
typedef struct lethe_deid_handle lethe_deid_handle;

LETHE_API int lethe_deid_open(const lethe_deid_options *options, lethe_deid_handle **ret_handle, lethe_error *error);
LETHE_API void lethe_deid_close(lethe_deid_handle *handle); /* NULL-safe */

/* The text lives until the next call with this handle. LETHE_E_JSON_*, LETHE_E_FHIR_SHAPE with the byte. */
LETHE_API int lethe_deid_text(lethe_deid_handle *handle, const char *json, size_t size, const char **ret_json,
                              size_t *ret_size, lethe_error *error);

/* Every element of a resource with its rule, one call each; nothing of its values is said. */
typedef struct lethe_policy_row {
    const char *path;   /* "Patient.name[0].family" of a resource, "Patient.name" of the policy */
    const char *type;   /* of the element */
    const char *action; /* keep, pseudonymize, shift, generalize, scrub, redact */
    const char *rule;   /* how: the name of the rule */
    const char *how;    /* one sentence */
    const char *reason; /* why */
    const char *line;   /* the line of the policy that says so */
} lethe_policy_row;

typedef int lethe_policy_sink(void *context, const lethe_policy_row *row); /* non-zero ends */

LETHE_API int lethe_deid_explain(const char *profile, const char *json, size_t size, lethe_policy_sink *sink,
                                 void *context, lethe_error *error);

/* `what`: "Patient.contact.telecom", a type ("Patient", "HumanName") for all its elements, or NULL for every element of
 * every type. LETHE_E_ENGINE_OPTION (path: what it is that is not known). */
LETHE_API int lethe_policy_explain(const char *profile, const char *what, lethe_policy_sink *sink, void *context,
                                   lethe_error *error);

/*
 * Reads reversible tokens again. Each use is first appended to the log, one line of JSON with the time, the user, the
 * reason and the SHA-256 of the token, and on the disk before anything is said. `log_file` is made (mode 0600) where it
 * is not there. LETHE_E_IDENTITY_INPUT: no such token; LETHE_E_CRYPT_EPOCH, LETHE_E_CRYPT_AUTH: of another key.
 */
typedef struct lethe_reidentify_options {
    uint32_t size_bytes;
    const char *key_file, *log_file;
    const char *reason; /* 10 to 500 bytes, one line */
} lethe_reidentify_options;

typedef struct lethe_reidentifier lethe_reidentifier;

LETHE_API int lethe_reidentify_open(const lethe_reidentify_options *options, lethe_reidentifier **ret_reidentifier,
                                    lethe_error *error);
LETHE_API void lethe_reidentify_close(lethe_reidentifier *reidentifier); /* NULL-safe */

/* Both texts live until the next call. */
LETHE_API int lethe_reidentify(lethe_reidentifier *reidentifier, const char *token, const char **ret_system,
                               const char **ret_value, lethe_error *error);

#ifdef __cplusplus
}
#endif

#endif
