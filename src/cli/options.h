/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_OPTIONS_H
#define CLI_OPTIONS_H

#include <lethe/error.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

typedef enum cli_verb_id {
    CLI_KEYS,
    CLI_SYNTH,
    CLI_RUN,
    CLI_PROFILE,
    CLI_EMERGENCY,
    CLI_VERIFY,
    CLI_INDEX,
    CLI_SEARCH,
    CLI_EVALUATE,
    CLI_PREDICT,
    CLI_ERASE,
    CLI_DP,
    CLI_PUBLISH,
    CLI_UNPUBLISH,
    CLI_EXPORT,
    CLI_DEID,
    CLI_POLICY,
    CLI_REIDENTIFY,
    CLI_ANONYMIZE,
    CLI_HIERARCHY,
    CLI_RISK,
    CLI_ATTACK,
    CLI_COUNTS,
    CLI_VALIDATE,
    CLI_HELP,
    CLI_VERB_COUNT,
} cli_verb_id;

typedef enum cli_option_id {
    CLI_INPUT,
    CLI_OUTPUT,
    CLI_KEY,
    CLI_LEVEL,
    CLI_K,
    CLI_ATTACKER_VISITS,
    CLI_ATTACKER_ITEMS,
    CLI_SNAPSHOTS,
    CLI_AS_OF,
    CLI_AUDIENCE,
    CLI_DATASET_NAME,
    CLI_PATIENT_IDENTIFIER,
    CLI_SUPPRESSION_LIMIT,
    CLI_BETA,
    CLI_HORIZON_MONTHS,
    CLI_PLAN_SECONDS,
    CLI_TEMPORARY_FOLDER,
    CLI_THREADS,
    CLI_MEMORY,
    CLI_STRICT,
    CLI_RESUME,
    CLI_CHECKPOINT_SECONDS,
    CLI_NO_VECTORS,
    CLI_RAW_CEILING,
    CLI_FRONTIER,
    CLI_PATIENTS,
    CLI_SEED,
    CLI_FORMAT,
    CLI_CONTENTS,
    CLI_TRUTH,
    CLI_PLAN,
    CLI_PUBLIC_KEY,
    CLI_DATASET,
    CLI_ID,
    CLI_PROFILE_FILE,
    CLI_QUERY_TEXT,
    CLI_TOP_K,
    CLI_WHERE,
    CLI_WEIGHTS,
    CLI_ROWS,
    CLI_INCLUDE_OWN,
    CLI_FIT,
    CLI_TOP,
    CLI_EXPLAIN,
    CLI_ERASE_ID,
    CLI_BUDGET,
    CLI_EPSILON,
    CLI_DELTA,
    CLI_DP_PERSON,
    CLI_DP_COLUMN,
    CLI_MAX_ROWS,
    CLI_LOWER,
    CLI_UPPER,
    CLI_UNIT,
    CLI_STEP,
    CLI_QUANTILE,
    CLI_KEYS_FILE,
    CLI_NOISE,
    CLI_NEW_BUDGET,
    CLI_COMPOSITION,
    CLI_PUBLISH_TO,
    CLI_FHIR_OUTPUT,
    CLI_FHIR_AUDIENCE,
    CLI_TO,
    CLI_FROM,
    CLI_LAYOUT,
    CLI_GLUE,
    CLI_ENDPOINT,
    CLI_SSE,
    CLI_REQUIRE_LEVEL,
    CLI_PART_SIZE,
    CLI_FLIGHT,
    CLI_REPLACE,
    CLI_DRY_RUN,
    CLI_INSECURE,
    CLI_STATUS,
    CLI_EXPORT_FORMAT,
    CLI_POLICY_PROFILE,
    CLI_DEID_AS_OF,
    CLI_DEID_AUDIENCE,
    CLI_WHOLE_WEEKS,
    CLI_REVERSIBLE,
    CLI_NO_SECURITY_TAGS,
    CLI_PROVENANCE,
    CLI_EXPLAIN_RESOURCE,
    CLI_POLICY_FILE,
    CLI_COMPAT,
    CLI_TOKENS,
    CLI_REASON,
    CLI_LOG,
    CLI_SPEC,
    CLI_SECONDS_LIMIT,
    CLI_CSV_INPUT,
    CLI_KIND,
    CLI_STEPS,
    CLI_COLUMN,
    CLI_RANGE,
    CLI_HIERARCHY_FILE,
    CLI_HIERARCHY_OUTPUT,
    CLI_ORIGINAL,
    CLI_RELEASED,
    CLI_CONTROL,
    CLI_QI,
    CLI_PERSON,
    CLI_POPULATION,
    CLI_POPULATION_SIZE,
    CLI_SAMPLING_FRACTION,
    CLI_SUBSET_SIZE,
    CLI_AUX,
    CLI_SECRET,
    CLI_ATTEMPTS,
    CLI_ATTACK_SEED,
    CLI_BY,
    CLI_THRESHOLD,
    CLI_SEPARATOR,
    CLI_MISSING,
    CLI_LATIN1,
    CLI_ISSUES,
    CLI_RULES,
    CLI_CONFIG,
    CLI_PRINT_CONFIG,
    CLI_JSON,
    CLI_QUIET,
    CLI_HELP_FLAG,
    CLI_OPTION_COUNT,
} cli_option_id;

typedef enum cli_kind {
    CLI_FLAG,
    CLI_TEXT,
    CLI_MANY, /* text that may be given again and again */
    CLI_NUMBER,
    CLI_SHARE,
    CLI_BYTES,
    CLI_SECONDS,
    CLI_CHOICE,
    CLI_THREE, /* numbers with commas between */
} cli_kind;

#define CLI_MANY_MAX 64

typedef struct cli_option {
    const char *name;     /* without dashes; also the key of the configuration file */
    const char *argument; /* "DIR"; choices as "a|b"; NULL for a flag */
    const char *fallback; /* what holds when nothing is said; NULL: nothing */
    const char *help;
    cli_kind kind;
    unsigned verbs; /* bit 1 << cli_verb_id */
    bool needed;
} cli_option;

typedef struct cli_verb {
    const char *name, *summary, *usage, *details, *example;
} cli_verb;

extern const cli_option CLI_OPTIONS[CLI_OPTION_COUNT];
extern const cli_verb CLI_VERBS[CLI_VERB_COUNT];

/* Where a value came from. */
typedef enum cli_origin { CLI_UNSET, CLI_DEFAULT, CLI_FROM_CONFIG, CLI_FROM_ENVIRONMENT, CLI_FROM_FLAG } cli_origin;

typedef struct cli_settings {
    cli_verb_id verb;
    const char *values[CLI_OPTION_COUNT];
    cli_origin origins[CLI_OPTION_COUNT];
    char *owned[CLI_OPTION_COUNT];  /* values read from a configuration file */
    const char *many[CLI_MANY_MAX]; /* of the one option of that kind that a verb has */
    size_t many_count;
    const char *words[4]; /* what stands on the line without a dash, behind the verb */
    size_t word_count;
} cli_settings;

/* Parses argv, the environment and the configuration file. Complaints go to `complaints`; returns 0 or an exit code. */
int cli_settings_read(int argc, char **argv, FILE *complaints, cli_settings *ret_settings);
void cli_settings_done(cli_settings *settings);

bool cli_flag(const cli_settings *settings, cli_option_id option);
unsigned long long cli_number(const cli_settings *settings, cli_option_id option);
unsigned cli_milliseconds(const cli_settings *settings, cli_option_id option);
bool cli_three(const cli_settings *settings, cli_option_id option, double ret_numbers[3]); /* false: not given */
double cli_share(const cli_settings *settings, cli_option_id option);
const char *cli_text(const cli_settings *settings, cli_option_id option); /* NULL where nothing was said */

void cli_print_config(const cli_settings *settings, FILE *out);

#endif
