/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LETHE_ERROR_H
#define LETHE_ERROR_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* What the shared library shows; everything else in it is hidden. */
#if defined(__GNUC__)
#define LETHE_API __attribute__((visibility("default")))
#else
#define LETHE_API
#endif

#define LETHE_PLACE_FILE_MAX 256
#define LETHE_PLACE_PATH_MAX 128

/*
 * What went wrong and where: never what stood there. Every fallible call returns 0 or a status below and fills the
 * caller's `lethe_error`, which may be NULL. `message` and `name` are constants of the program; `file` is a name the
 * operator gave; `path` is a FHIR or JSON path made of schema names and indexes. No field ever carries input text.
 */
typedef struct lethe_error {
    int code;            /* LETHE_E_..., stable; 0 when nothing happened */
    const char *name;    /* "LETHE_E_JSON_SYNTAX" */
    const char *message; /* one constant sentence without a full stop */
    int system_errno;    /* errno of the failed system call, or 0 */
    int64_t line;        /* 1-based; 0 unknown */
    int64_t byte;        /* offset in the file; -1 unknown */
    char file[LETHE_PLACE_FILE_MAX];
    char path[LETHE_PLACE_PATH_MAX];
} lethe_error;

/* One line an error: X(name, number, message). A hundred numbers a module; a number is never used twice. */
#define LETHE_ERRORS(X)                                                                                                \
    X(BASE_MEMORY, 101, "out of memory")                                                                               \
    X(BASE_LIMIT, 102, "a named limit was reached")                                                                    \
    X(BASE_IO, 103, "a file could not be read or written")                                                             \
    X(BASE_NOT_FOUND, 104, "no such file or folder")                                                                   \
    X(BASE_EXISTS, 105, "the output is already there")                                                                 \
    X(BASE_COMPRESSION, 106, "compressed data is damaged or ends early")                                               \
    X(BASE_CANCELLED, 107, "cancelled")                                                                                \
    X(BASE_INTERNAL, 108, "an internal check failed")                                                                  \
    X(BASE_DATE, 109, "not a date")                                                                                    \
    X(JSON_SYNTAX, 201, "not valid JSON")                                                                              \
    X(JSON_UTF8, 202, "not valid UTF-8")                                                                               \
    X(JSON_DEPTH, 203, "JSON is nested too deeply")                                                                    \
    X(JSON_SIZE, 204, "a JSON document is larger than the limit")                                                      \
    X(JSON_CONFIG, 205, "the configuration is not understood")                                                         \
    X(JSON_NUMBER, 206, "a number is out of range")                                                                    \
    X(CRYPT_KEY_FILE, 301, "the key file is damaged or of another format")                                             \
    X(CRYPT_KEY_MODE, 302, "the key file must not be readable by others (mode 0600)")                                  \
    X(CRYPT_AUTH, 303, "encrypted data was changed or the key is another")                                             \
    X(CRYPT_LIBRARY, 304, "the cryptographic library failed")                                                          \
    X(CRYPT_KEY_EXISTS, 305, "a key file is never overwritten")                                                        \
    X(CRYPT_RANDOM, 306, "the system gave no random bytes")                                                            \
    X(CRYPT_DOMAIN, 307, "a number to be encrypted in its format has too few or too many digits")                      \
    X(CRYPT_EPOCH, 308, "the key file has no such epoch")                                                              \
    X(TABLE_FORMAT, 401, "not a Parquet file that this version reads")                                                 \
    X(TABLE_DAMAGED, 402, "the Parquet file is damaged")                                                               \
    X(TABLE_SCHEMA, 403, "the columns are not the expected ones")                                                      \
    X(TABLE_CSV_RAGGED, 404, "a row of the CSV has more or fewer fields than the header")                              \
    X(TABLE_CSV_QUOTE, 405, "a quoted field of the CSV does not end, or text follows its quote")                       \
    X(TABLE_CSV_ENCODING, 406, "the CSV is not text in one encoding: UTF-8 or Latin-1")                                \
    X(TABLE_CSV_HEADER, 407, "the CSV has no header, or a column's name stands there twice")                           \
    X(TABLE_LEVELS_LEAF, 408, "a value stands twice among the leaves of the hierarchy")                                \
    X(TABLE_LEVELS_NESTING, 409, "a group of the hierarchy lies in two groups of the next level")                      \
    X(TABLE_LEVELS_EMPTY, 410, "the hierarchy has a gap: an empty generalization, or no row at all")                   \
    X(TABLE_LEVELS_VALUE, 411, "a value of the data is missing from its hierarchy")                                    \
    X(TABLE_COLUMN, 412, "the table has no column of this name")                                                       \
    X(FHIR_SHAPE, 501, "not a FHIR resource")                                                                          \
    X(FHIR_TYPE, 502, "an element has the wrong type")                                                                 \
    X(FHIR_NO_PATIENT, 503, "a resource names no patient that could be read")                                          \
    X(FHIR_REFERENCE, 504, "a reference cannot be resolved")                                                           \
    X(FHIR_BUNDLE, 505, "a Bundle entry is not understood")                                                            \
    X(FHIR_VALUE, 506, "an element has an impossible value")                                                           \
    X(FHIR_PATH, 520, "a FHIRPath expression is not understood or not supported")                                      \
    X(FHIR_EVAL, 521, "a FHIRPath expression cannot be evaluated on this resource")                                    \
    X(FHIR_POLICY, 522, "the policy is not understood")                                                                \
    X(FHIR_RULE, 523, "a rule of the policy cannot be applied to this resource")                                       \
    X(CLINICAL_FLAT, 601, "a flat record is not understood")                                                           \
    X(CLINICAL_DAMAGED, 602, "a packed event is damaged")                                                              \
    X(CLINICAL_VOCABULARY, 603, "a value is not of this vocabulary")                                                   \
    X(PRIVACY_NO_PLAN, 701, "no plan satisfies the level within the suppression limit")                                \
    X(PRIVACY_OPTION, 702, "a privacy option is out of range")                                                         \
    X(PRIVACY_TOO_FEW, 703, "fewer people than the level needs")                                                       \
    X(PRIVACY_SUPPORT, 704, "the plan has no support for this profile")                                                \
    X(PRIVACY_LATE, 705, "no plan was proven best in time: more plan-seconds or threads, or level internal")           \
    X(PRIVACY_RANGE, 760, "a parameter has no exact answer within the bounds of the integers")                         \
    X(PRIVACY_LEDGER, 761, "the ledger of the budget is damaged or of another format")                                 \
    X(PRIVACY_BUDGET, 762, "the budget does not allow this: nothing was computed, nothing spent")                      \
    X(PRIVACY_LEDGER_KEY, 763, "the ledger was made with another key, or with none")                                   \
    X(PRIVACY_VALUE, 720, "a value does not fit the kind of its hierarchy or test: no number, no date, not known")     \
    X(PRIVACY_TABLE, 740, "a table of codes or one of its hierarchies is not in order")                                \
    X(IDENTITY_INPUT, 801, "an identifier is empty or too long")                                                       \
    X(EMBED_INPUT, 901, "a value is unknown to the vector model")                                                      \
    X(VERIFY_MANIFEST, 1001, "the manifest is missing, damaged or forged")                                             \
    X(VERIFY_SIGNATURE, 1002, "the signature does not fit the manifest")                                               \
    X(VERIFY_CHECKSUM, 1003, "a file is not the one that was signed")                                                  \
    X(VERIFY_CLASS, 1004, "a class of visits has fewer than k people")                                                 \
    X(VERIFY_SEQUENCE, 1005, "a sequence of visits has fewer than k people")                                           \
    X(VERIFY_LIST, 1006, "a set of list items has fewer than k people")                                                \
    X(VERIFY_VECTOR, 1007, "a vector is not the function of its row")                                                  \
    X(VERIFY_ROW, 1008, "a row breaks the contract")                                                                   \
    X(VERIFY_VERSION, 1009, "the dataset is of another schema version")                                                \
    X(VERIFY_FILES, 1010, "a file is missing or was added")                                                            \
    X(VERIFY_SPLIT, 1011, "a patient stands in two splits")                                                            \
    X(VERIFY_SUPPORT, 1012, "support.bin is not what the rows say")                                                    \
    X(VERIFY_COUNT, 1013, "a stated count is not that of the rows")                                                    \
    X(VERIFY_DOCUMENT, 1014, "a file of the release is not understood")                                                \
    X(VERIFY_OUTCOME, 1015, "an outcome breaks its rule")                                                              \
    X(VERIFY_LIKENESS, 1016, "a sensitive item is too likely in a class of visits")                                    \
    X(SYNTH_OPTION, 1101, "an option of the generator is out of range")                                                \
    X(ENGINE_OPTION, 1201, "an option is out of range")                                                                \
    X(ENGINE_INPUT, 1202, "no input that Lethe reads was found")                                                       \
    X(ENGINE_STRICT, 1203, "a record was withheld and --strict is set")                                                \
    X(ENGINE_DATASET, 1204, "not a dataset that this version reads")                                                   \
    X(ENGINE_NO_PEOPLE, 1205, "no patient with a visit that is dated by the as-of day was found")                      \
    X(ENGINE_SPILL, 1206, "encrypted spill data could not be read back")                                               \
    X(ENGINE_AS_OF, 1207, "no month has dated events of k people to take the as-of day from: give --as-of")            \
    X(ENGINE_CHANGED, 1208, "an input file changed while it was read")                                                 \
    X(ENGINE_CUT, 1209, "the input ends in the middle of a record")                                                    \
    X(ENGINE_RESUME, 1210, "the run that is to be resumed began otherwise")                                            \
    X(ENGINE_OVERLAP, 1211, "the output lies inside of the input folder")                                              \
    X(ENGINE_PUBLIC_KEY, 1212, "not a public key as `lethe keys public` prints it")                                    \
    X(ENGINE_BUSY, 1213, "another process works on the run that is to be resumed")                                     \
    X(ENGINE_INDEX, 1214, "the vector index does not hold what the dataset's rows say: make it again")                 \
    X(ENGINE_PROFILE, 1215, "not a profile as `lethe profile` prints it")                                              \
    X(ENGINE_TEXT, 1216, "the vocabulary finds nothing in the text")                                                   \
    X(ENGINE_NO_OUTCOME, 1217, "no row of the dataset has an outcome that could be predicted")                         \
    X(ENGINE_NO_MODEL, 1218, "the dataset has no fitted model: lethe evaluate --fit makes it")                         \
    X(ENGINE_MODEL, 1219, "the fitted model is damaged or of another version")                                         \
    X(ENGINE_MODEL_STAMP, 1220, "the fitted model belongs to another dataset")                                         \
    X(ENGINE_KEY, 1221, "the key is not the one that the dataset was made with")                                       \
    X(ENGINE_NOBODY, 1222, "the dataset has nobody of this id")                                                        \
    X(ENGINE_LOCKED, 1223, "another process changes the dataset")                                                      \
    X(ENGINE_LEVEL, 1224, "a release of the level external is neither changed nor applied: make it again")             \
    X(CLI_USAGE, 1301, "the command line is not understood")                                                           \
    X(VECTOR_FORMAT, 1401, "not a vector index that this version reads")                                               \
    X(VECTOR_DAMAGED, 1402, "the vector index is damaged: make it again")                                              \
    X(VECTOR_STAMP, 1403, "made under another model, schema, vocabulary, plan or key than the index")                  \
    X(VECTOR_INPUT, 1404, "a row, a query or a schema cannot be")                                                      \
    X(VECTOR_FILTER, 1405, "a filter is not understood")                                                               \
    X(VECTOR_COLUMN, 1406, "a filter names a column that the index does not have in this form")                        \
    X(VECTOR_EXISTS, 1407, "a row of this id is in the index already")                                                 \
    X(VECTOR_LOCKED, 1408, "another writer has the index open")                                                        \
    X(VECTOR_NOT_FOUND, 1409, "the index has no such row")                                                             \
    X(LEARN_DATA, 1501, "examples to learn from are not in order")                                                     \
    X(LEARN_OPTION, 1502, "an option of learning is out of range")                                                     \
    X(LEARN_MODEL, 1503, "a fitted model is damaged or of another format")                                             \
    X(LEARN_TOO_FEW, 1504, "too few people to learn from")                                                             \
    X(NET_LIBRARY, 2101, "a library that reaches the network is not installed")                                        \
    X(NET_ADDRESS, 2102, "an address is not understood")                                                               \
    X(NET_PLAIN, 2103, "plain HTTP leaves this machine only with --insecure")                                          \
    X(NET_TLS, 2104, "the server could not prove who it is")                                                           \
    X(NET_CONNECT, 2105, "the server cannot be reached")                                                               \
    X(NET_CUT, 2106, "the connection was cut or stood still, again and again")                                         \
    X(NET_BUSY, 2107, "the server failed or was too busy, again and again")                                            \
    X(NET_REDIRECT, 2108, "the server points elsewhere: that is not followed")                                         \
    X(NET_ANSWER, 2109, "an answer of the server is not understood")                                                   \
    X(NET_ANSWER_SIZE, 2110, "an answer of the server is larger than the limit")                                       \
    X(NET_REFUSED, 2111, "the server refused a request")                                                               \
    X(NET_DENIED, 2112, "the server does not accept the credentials, or they may not do this")                         \
    X(NET_CREDENTIALS, 2113, "no credentials were found")                                                              \
    X(NET_CREDENTIALS_FILE, 2114, "a file of credentials is not understood, or others may read it")                    \
    X(NET_CHECKSUM, 2115, "the server has other bytes than were sent")                                                 \
    X(PUBLISH_TARGET, 2201, "a target is not understood")                                                              \
    X(PUBLISH_LEVEL, 2202, "the release's level is below what the target requires")                                    \
    X(PUBLISH_TAKEN, 2203, "something else stands there under this name")                                              \
    X(PUBLISH_CATALOG, 2204, "the catalog's table is not one that lethe made, or another changes it")                  \
    X(PUBLISH_COLLECTION, 2205, "the collection has another shape than the vectors")                                   \
    X(PUBLISH_LOST, 2206, "what the server found again is not what was sent")                                          \
    X(PUBLISH_CHANGED, 2207, "the dataset changed while it was published")

enum {
#define LETHE_ERROR_ENUM(name, number, message) LETHE_E_##name = (number),
    LETHE_ERRORS(LETHE_ERROR_ENUM)
#undef LETHE_ERROR_ENUM
};

#ifdef __cplusplus
}
#endif

#endif
