/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FHIR_RULES_INTERNAL_H
#define FHIR_RULES_INTERNAL_H

#include "base/arena.h"
#include "crypt/digest.h"
#include "fhir/fhirpath.h"
#include "fhir/rules.h"

/* Between the files of the policies of others. */

typedef enum rules_method {
    RULES_KEEP,
    RULES_REDACT,
    RULES_DATE_SHIFT,
    RULES_CRYPTO_HASH,
    RULES_ENCRYPT,
    RULES_PERTURB,
    RULES_SUBSTITUTE,
    RULES_GENERALIZE,
    RULES_PSEUDONYMIZE,
    RULES_REMOVE,
    RULES_METHOD_COUNT,
} rules_method;

/* How the nodes of a rule are found: the first four cost next to nothing where there are none. */
typedef enum rules_match {
    RULES_RESOURCE, /* "Patient": the resource itself */
    RULES_BY_TYPE,  /* nodesByType('X'), nodesByType('X').member */
    RULES_BY_NAME,  /* nodesByName('x'), nodesByName('x').member */
    RULES_PLAIN,    /* a.b.c */
    RULES_PATH,     /* anything else: the program is evaluated on the resource */
} rules_match;

#define RULES_MEMBERS_MAX 16

typedef struct rules_case {
    fhirpath_program *when, *then;
} rules_case;

typedef struct rules_rule {
    rules_method method;
    rules_match match;
    base_span path;    /* as written */
    base_span of;      /* the leading type name of the path, or empty */
    bool any;          /* for every resource: no type, Resource, DomainResource */
    fhir_type type;    /* the resource it is for, where not any; NONE: a name that no resource has */
    base_span target;  /* the X or x of the BY matches */
    fhir_type by_type; /* X */
    base_span members[RULES_MEMBERS_MAX];
    int member_count; /* of PLAIN; of the BY matches 0 or 1 */
    fhirpath_program *program;

    int32_t truncate; /* cryptoHash: characters at most; 0: all */
    bool fixed;       /* dateShift: by fixed_days */
    int32_t fixed_days;
    double span; /* perturb */
    bool proportional;
    int round_to;
    json_value replace; /* substitute */
    rules_case *cases;  /* generalize */
    size_t case_count;
    bool keep_others;
    base_span domain, prefix; /* pseudonymize */

    size_t byte; /* in the policy */
    int64_t line;
} rules_rule;

typedef enum rules_scope { RULES_SCOPE_RESOURCE, RULES_SCOPE_FILE, RULES_SCOPE_FOLDER } rules_scope;

typedef struct rules_unknown { /* a key that nobody knows */
    int64_t line;
    char path[LETHE_PLACE_PATH_MAX];
} rules_unknown;
#define RULES_UNKNOWN_MAX 32

/* rules_text.c: the policy as JSON, and where each part of it stood. */
typedef struct rules_text {
    base_span source;
    base_buf json; /* with JSON_PADDING behind it */
    size_t json_size;
    bool yaml;
    struct {
        size_t byte;
        int64_t line;
    } * lines; /* YAML: where values of the JSON stood, by rising byte */
    size_t line_count, line_capacity;
    json_parser *parser;
    json_value root;
} rules_text;

int rules_text_read(rules_text *text, base_span source, lethe_error *error);
void rules_text_done(rules_text *text);
int64_t rules_text_line(const rules_text *text, size_t byte);

struct fhir_rules {
    bool compat, skip_errors;
    rules_text text;
    base_arena arena;
    rules_rule *rules;
    size_t count;
    bool by_name;     /* some rule asks by name */
    uint16_t **lists; /* by fhir_type: 1 + number of each rule for that resource, 0 ends; NULL: no resource */
    base_span date_shift_key, crypto_hash_key, encrypt_key;
    bool own_keys[3]; /* they stood in the policy */
    bool ids_change;  /* some rule changes ids: then all ids and references change alike */
    bool *masks;      /* by fhir_element.index: what goes says that it is masked */
    bool *ids_kept;   /* by fhir_type: the first rule for its id keeps it, or none is for it */
    rules_scope scope;
    bool fixed;
    int32_t fixed_days;
    bool partial_ages, partial_dates, partial_zips;
    base_span *zips;
    size_t zip_count;
    rules_unknown unknown[RULES_UNKNOWN_MAX];
    size_t unknown_count;
};

/* rules_load.c: a failure at a value of the policy. `key` is a constant name, NULL none. */
int rules_refuse(const fhir_rules *rules, int code, json_value at, const char *key, lethe_error *error);
int rules_note_unknown(fhir_rules *rules, const char *where, base_span key, json_value value, lethe_error *error);
int rules_compile(fhir_rules *rules, base_span expression, json_value at, fhirpath_program **ret_program,
                  lethe_error *error);

/* rules_rule.c: one entry of fhirPathRules. */
int rules_rule_read(fhir_rules *rules, json_value entry, rules_rule *rule, lethe_error *error);
void rules_rule_done(rules_rule *rule);
const char *rules_method_name(rules_method method);

#define RULES_VISITED 1 /* of fhir_node.marks: a rule has touched it */
#define RULES_KEPT    2 /* by a keep */
#define RULES_HOLDS   4 /* one below it was touched before a substitution */

typedef struct rules_nodes {
    fhir_node **nodes;
    size_t count, capacity;
} rules_nodes;

struct fhir_rules_run {
    const fhir_rules *rules;
    fhir_rules_options options;
    fhir_rules_stats stats;
    base_arena arena; /* of one document */
    fhirpath_scratch *scratch;
    crypt_mac *hash;                 /* cryptoHash of compat */
    base_buf file;                   /* options.file */
    base_buf text;                   /* values in the making */
    fhir_node **first_of, **last_of; /* by fhir_type: nodes of the resource at hand, in order, by `same` */
    rules_nodes all;                 /* the nodes of the resource at hand, where a rule asks by name */
    rules_nodes inner;               /* resources within it */
    rules_nodes matched;
    fhir_node *root;
    fhir_type date, date_time, instant, decimal, age, reference; /* types that methods ask for */
    /* without compat */
    fhir_deid *deid; /* writes tokens and references as our own policy does */
    bool owned;
    int32_t days;                   /* of the patient's dates */
    struct rules_patient *patients; /* of the Bundle at hand */
    size_t patient_count, patient_capacity;
};

/* rules_apply.c */
int rules_add_node(fhir_rules_run *run, rules_nodes *nodes, fhir_node *node, lethe_error *error);
int rules_give_text(fhir_rules_run *run, fhir_node *node, base_span text, lethe_error *error); /* a copy of text */

/* rules_match.c: the index of a resource, and the nodes of a rule in run->matched. */
int rules_index(fhir_rules_run *run, fhir_node *resource, lethe_error *error);
int rules_find(fhir_rules_run *run, const rules_rule *rule, fhir_node *resource, lethe_error *error);

/* rules_method.c: changes one node; what was done is added to `*done`. */
int rules_change(fhir_rules_run *run, const rules_rule *rule, fhir_node *node, unsigned *done, lethe_error *error);
void rules_clear(fhir_node *node);

/* rules_date.c */
int rules_redact_date(fhir_rules_run *run, fhir_node *node, unsigned *done, lethe_error *error);
int rules_shift_date(fhir_rules_run *run, const rules_rule *rule, fhir_node *node, unsigned *done, lethe_error *error);
int32_t rules_offset_of(base_span prefix, base_span key); /* theirs: polynomial, mod 101 */

/* rules_token.c: cryptoHash, encrypt, pseudonymize. */
int rules_hash(fhir_rules_run *run, const rules_rule *rule, fhir_node *node, unsigned *done, lethe_error *error);
int rules_encrypt(fhir_rules_run *run, const rules_rule *rule, fhir_node *node, unsigned *done, lethe_error *error);
int rules_pseudonymize(fhir_rules_run *run, const rules_rule *rule, fhir_node *node, unsigned *done,
                       lethe_error *error);

/* rules_number.c, rules_substitute.c, rules_generalize.c */
int rules_perturb(fhir_rules_run *run, const rules_rule *rule, fhir_node *node, unsigned *done, lethe_error *error);
int rules_substitute(fhir_rules_run *run, const rules_rule *rule, fhir_node *node, unsigned *done, lethe_error *error);
int rules_generalize(fhir_rules_run *run, const rules_rule *rule, fhir_node *node, unsigned *done, lethe_error *error);

/* rules_tag.c: meta.security, and the empty resource of processingErrors: skip. */
int rules_tag(fhir_rules_run *run, fhir_node *resource, unsigned done, lethe_error *error);
int rules_empty(fhir_rules_run *run, fhir_type type, fhir_node **ret_root, lethe_error *error);

/* Without compat. rules_owner.c: whose dates are those of the resource; before its rules. */
int rules_safe_begin(fhir_rules_run *run, fhir_node *resource, lethe_error *error);

/* rules_safe.c: tokens in the form that the element has, references that resolve, and what is left at the end. */
int rules_ids_read(fhir_rules *rules, lethe_error *error); /* ids_change and ids_kept */
bool rules_is_address(const fhir_node *node);         /* Bundle.entry.fullUrl, request.url, response.location, … */
bool rules_names_document(const fhir_node *node);     /* Bundle.identifier.value, .system */
bool rules_is_kept_text(const fhir_element *element); /* a text that our own policy keeps */
int rules_safe_open(fhir_rules_run *run, lethe_error *error);
int rules_safe_token(fhir_rules_run *run, const rules_rule *rule, fhir_node *node, unsigned *done, lethe_error *error);
int rules_safe_bits(fhir_rules_run *run, const fhir_node *node, uint8_t ret_bits[FHIR_TOKEN_BYTES], lethe_error *error);
void rules_safe_fit(const fhir_rules_run *run, fhir_node *node); /* clears a value that the type cannot have */
int rules_safe_end(fhir_rules_run *run, fhir_node *root, lethe_error *error);

/* rules_valid.c: takes what is empty away, so that what FHIR requires is there or said to be masked. */
int rules_masks_read(fhir_rules *rules, lethe_error *error);
int rules_valid_prune(fhir_rules_run *run, fhir_node *root, lethe_error *error);

#endif
