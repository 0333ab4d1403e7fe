/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/options.h"

#define ON(verb)    (1u << (verb))
#define ALL_VERBS   ((1u << CLI_VERB_COUNT) - 1)
#define ASKING      (ON(CLI_SEARCH) | ON(CLI_PREDICT))
#define SENDING     (ON(CLI_PUBLISH) | ON(CLI_UNPUBLISH))
#define SENDING_TOO (SENDING | ON(CLI_RUN))
#define ONE_PATIENT (ON(CLI_PROFILE) | ON(CLI_EMERGENCY))
#define TABULAR     (ON(CLI_HIERARCHY) | ON(CLI_RISK) | ON(CLI_ATTACK) | ON(CLI_COUNTS) | ON(CLI_DP))

const cli_option CLI_OPTIONS[CLI_OPTION_COUNT] = {
    [CLI_INPUT] = {"input", "PATH", NULL,
                   "run: folder of FHIR R4 NDJSON or Bundles or of flat JSON, one file, or - for standard input; .gz "
                   "and .zst too; "
                   "one patient: a file with a Bundle or a flat record, or -; anonymize: a CSV file",
                   CLI_TEXT, ON(CLI_RUN) | ON(CLI_VALIDATE) | ONE_PATIENT | ON(CLI_ANONYMIZE) | ON(CLI_DEID), true},
    [CLI_OUTPUT] = {"output", "PATH", NULL, "what to make; it must not exist, nor lie inside of --input", CLI_TEXT,
                    ON(CLI_RUN) | ON(CLI_SYNTH) | ON(CLI_KEYS) | ON(CLI_ANONYMIZE) | ON(CLI_DEID) | ON(CLI_EXPORT),
                    true},
    [CLI_KEY] = {"key", "FILE", NULL, "key file of the project (or LETHE_KEY_FILE)", CLI_TEXT,
                 ON(CLI_RUN) | ONE_PATIENT | ON(CLI_KEYS) | ON(CLI_ERASE) | ON(CLI_DEID) | ON(CLI_REIDENTIFY) |
                     ON(CLI_DP),
                 true},
    [CLI_LEVEL] =
        {"level", "internal|standard|external", "standard",
         "internal: each visit and each list item looks like k people's; standard: so does every ordered sequence "
         "of visits and every set of items that the attacker may know; external, for publication: one visit a "
         "patient, sets of items inside every class of visits, sensitive items no likelier there than --beta allows",
         CLI_CHOICE, ON(CLI_RUN), false},
    [CLI_K] = {"k", "N", NULL, "people who must look alike, at least 2 (default: 5; at external 11, the least there)",
               CLI_NUMBER, ON(CLI_RUN), false},
    [CLI_ATTACKER_VISITS] =
        {"attacker-visits", "N", NULL,
         "visits that the attacker knows, in order, up to 4 (default: 1 at internal, 2 at standard, the least there)",
         CLI_NUMBER, ON(CLI_RUN), false},
    [CLI_ATTACKER_ITEMS] = {"attacker-items", "N", NULL,
                            "list items that the attacker knows, 1 or 2 (default: 1 at internal, 2 at standard)",
                            CLI_NUMBER, ON(CLI_RUN), false},
    [CLI_BETA] = {"beta", "N", NULL,
                  "at external: the share of people with a sensitive item is in a class at most 1 + N times what it is "
                  "over all (default: 2)",
                  CLI_NUMBER, ON(CLI_RUN), false},
    [CLI_SNAPSHOTS] =
        {"snapshots", "visits|yearly|latest|followed", NULL,
         "one row per encounter (10 a patient at most; default), per calendar year, the latest only, which has no "
         "outcomes to learn (they are recorded at later visits), or the latest that was followed to the horizon "
         "(default at external)",
         CLI_CHOICE, ON(CLI_RUN), false},
    [CLI_AS_OF] =
        {"as-of", "DATE", NULL,
         "YYYY-MM-DD: nothing later is known (run: the end of the latest month in which k people have events)",
         CLI_TEXT, ON(CLI_RUN) | ON(CLI_SYNTH) | ONE_PATIENT, false},
    [CLI_AUDIENCE] = {"audience", "NAME", "unnamed",
                      "who the dataset is for: stands in its manifest, one line of up to 120 bytes", CLI_TEXT,
                      ON(CLI_RUN), false},
    [CLI_DATASET_NAME] = {"dataset-name", "NAME", NULL, "name in the manifest (the last part of --output)", CLI_TEXT,
                          ON(CLI_RUN), false},
    [CLI_PATIENT_IDENTIFIER] = {"patient-identifier", "SYSTEM", NULL,
                                "identifier system that names people across sources (Patient.id)", CLI_TEXT,
                                ON(CLI_RUN) | ONE_PATIENT, false},
    [CLI_SUPPRESSION_LIMIT] = {"suppression-limit", "SHARE", "0.2", "share of visits that may be withheld", CLI_SHARE,
                               ON(CLI_RUN), false},
    [CLI_HORIZON_MONTHS] = {"horizon-months", "N", "12", "how far behind a visit outcomes are looked for, up to 1200",
                            CLI_NUMBER, ON(CLI_RUN), false},
    [CLI_PLAN_SECONDS] = {"plan-seconds", "N", "600", "time to look for the best plan", CLI_NUMBER, ON(CLI_RUN), false},
    [CLI_TEMPORARY_FOLDER] = {"temporary-folder", "DIR", NULL,
                              "where encrypted spill goes (a hidden folder beside --output)", CLI_TEXT, ON(CLI_RUN),
                              false},
    [CLI_THREADS] = {"threads", "N", NULL, "worker threads (all processors)", CLI_NUMBER,
                     ON(CLI_RUN) | ON(CLI_VERIFY) | ON(CLI_EVALUATE) | ON(CLI_ERASE) | ON(CLI_VALIDATE) |
                         ON(CLI_ATTACK) | ON(CLI_DEID) | ON(CLI_PUBLISH),
                     false},
    [CLI_MEMORY] = {"memory", "SIZE", "1GiB", "memory for records, at least 64MiB; beyond it they spill, encrypted",
                    CLI_BYTES, ON(CLI_RUN), false},
    [CLI_STRICT] = {"strict", NULL, NULL, "stop at the first record that cannot be used", CLI_FLAG, ON(CLI_RUN), false},
    [CLI_RESUME] = {"resume", NULL, NULL,
                    "go on with a run that was killed (same options, key and input), or begin where there is none; "
                    "when this one is stopped or the disk is full, what it has done is kept for the next --resume",
                    CLI_FLAG, ON(CLI_RUN), false},
    [CLI_CHECKPOINT_SECONDS] = {"checkpoint-seconds", "S", "30",
                                "how often a run notes, encrypted, how far it is: what a kill may cost", CLI_SECONDS,
                                ON(CLI_RUN), false},
    [CLI_NO_VECTORS] = {"no-vectors", NULL, NULL,
                        "leave out vectors/, the index that `lethe search` needs; `lethe index build` makes it later",
                        CLI_FLAG, ON(CLI_RUN), false},
    [CLI_RAW_CEILING] = {"raw-ceiling", NULL, NULL,
                         "also measure what anonymization cost the predictions: the protocol of `lethe evaluate` on a "
                         "sample of some 10,000 people before the gate and on what was released of them, into the "
                         "report; takes up to 300 MB more, and minutes",
                         CLI_FLAG, ON(CLI_RUN), false},
    [CLI_FRONTIER] = {"frontier", NULL, NULL,
                      "also find what both levels would keep at k of 5, 11 and 20, and what attackers would get, into "
                      "the report; takes as long as six more plans",
                      CLI_FLAG, ON(CLI_RUN), false},
    [CLI_PATIENTS] = {"patients", "N", "1000", "people to make", CLI_NUMBER, ON(CLI_SYNTH), false},
    [CLI_SEED] = {"seed", "N", "1", "the same seed makes the same bytes", CLI_NUMBER, ON(CLI_SYNTH), false},
    [CLI_FORMAT] = {"format", "ndjson|bundle", "ndjson", "a file per resource type, or a Bundle per patient",
                    CLI_CHOICE, ON(CLI_SYNTH), false},
    [CLI_CONTENTS] = {"contents", "compact|full", "compact",
                      "full: claims, notes and the rest, as large as real exports", CLI_CHOICE, ON(CLI_SYNTH), false},
    [CLI_TRUTH] = {"truth", "FILE", NULL,
                   "also how likely each outcome was to begin within 12 months after each visit, for judging "
                   "predictions; a new file of its own (mode 0600), outside of --output",
                   CLI_TEXT, ON(CLI_SYNTH), false},
    [CLI_PLAN] = {"plan", "DIR", NULL, "dataset whose plan the profile must fit", CLI_TEXT, ONE_PATIENT, false},
    [CLI_PUBLIC_KEY] = {"public-key", "FILE", NULL, "file with the publisher's key, as `lethe keys public` prints it",
                        CLI_TEXT, ON(CLI_VERIFY) | ON(CLI_PUBLISH), false},
    [CLI_DATASET] = {"dataset", "DIR", NULL, "a folder that lethe run made", CLI_TEXT,
                     ON(CLI_INDEX) | ON(CLI_SEARCH) | ON(CLI_EVALUATE) | ON(CLI_PREDICT) | ON(CLI_ERASE), true},
    [CLI_ID] = {"id", "ID", NULL, "whom it is about: visit_… is a row, anon_… the latest row of a patient", CLI_TEXT,
                ASKING, false},
    [CLI_PROFILE_FILE] = {"profile", "FILE", NULL,
                          "or whom: JSON of `lethe profile --plan` with this dataset and its key; - for standard input",
                          CLI_TEXT, ASKING, false},
    [CLI_QUERY_TEXT] = {"text", "TEXT", NULL,
                        "or what: words; those that the vocabulary knows count, the text itself does not; - for "
                        "standard input",
                        CLI_TEXT, ASKING, false},
    [CLI_TOP_K] = {"top-k", "N", "10", "how many to find, up to 100000", CLI_NUMBER, ON(CLI_SEARCH), false},
    [CLI_WHERE] = {"where", "CLAUSE", NULL,
                   "only among rows that fit: column=v1|v2 or column!=v for one value a row, list~v1|v2 or list!~v for "
                   "lists; again for more, all must hold. Columns: those of the dataset, and split",
                   CLI_MANY, ON(CLI_SEARCH), false},
    [CLI_WEIGHTS] =
        {"weights", "M,D,T", NULL,
         "what medical, demographic and temporal likeness count: three numbers, not all 0 (0.8,0.3,0.5; for "
         "--text only of what it speaks)",
         CLI_THREE, ON(CLI_SEARCH), false},
    [CLI_ROWS] = {"rows", NULL, NULL, "the nearest rows; else the nearest patients, each by the nearest row", CLI_FLAG,
                  ON(CLI_SEARCH), false},
    [CLI_INCLUDE_OWN] = {"include-own", NULL, NULL, "do not leave out the patient who is looked for", CLI_FLAG,
                         ON(CLI_SEARCH), false},
    [CLI_FIT] = {"fit", NULL, NULL, "also write models/prediction.bin, which `lethe predict` needs", CLI_FLAG,
                 ON(CLI_EVALUATE), false},
    [CLI_TOP] = {"top", "N", "3", "how many conditions and categories to name, up to 100", CLI_NUMBER, ON(CLI_PREDICT),
                 false},
    [CLI_EXPLAIN] = {"explain", NULL, NULL,
                     "predict: also what the neighbours share with the patient, and what the model makes of the "
                     "patient; anonymize: also what each column costs, and the next best plans",
                     CLI_FLAG, ON(CLI_PREDICT) | ON(CLI_ANONYMIZE), false},
    [CLI_ERASE_ID] = {"id", "ID", NULL, "whom to erase: anon_… of the dataset; again for more", CLI_MANY, ON(CLI_ERASE),
                      true},
    [CLI_BUDGET] = {"budget", "FILE", NULL, "ledger that the answer is paid from, before it is computed", CLI_TEXT,
                    ON(CLI_DP), false},
    [CLI_EPSILON] = {"epsilon", "E", NULL, "what the answer costs, or what a new budget holds: a decimal", CLI_TEXT,
                     ON(CLI_DP), false},
    [CLI_DELTA] = {"delta", "D", NULL,
                   "as --epsilon, for a new budget, for gaussian noise and for histograms without --keys: well below "
                   "one in the number of people, as 1e-6",
                   CLI_TEXT, ON(CLI_DP), false},
    [CLI_DP_PERSON] = {"person", "COLUMN", NULL, "column that says whose row it is", CLI_TEXT, ON(CLI_DP), false},
    [CLI_DP_COLUMN] = {"column", "COLUMN", NULL, "column that is asked about", CLI_TEXT, ON(CLI_DP), false},
    [CLI_MAX_ROWS] = {"max-rows", "N", "1",
                      "rows of a person that count, up to 4096, chosen at random where there are more; of a "
                      "histogram the values that a person counts under. Noise grows with it",
                      CLI_NUMBER, ON(CLI_DP), false},
    [CLI_LOWER] = {"lower", "L", NULL, "least value; smaller ones count as this. Chosen without looking at the data",
                   CLI_TEXT, ON(CLI_DP), false},
    [CLI_UPPER] = {"upper", "U", NULL, "largest value; as --lower", CLI_TEXT, ON(CLI_DP), false},
    [CLI_UNIT] = {"unit", "U", "0.01", "values are rounded to it: 1, 0.1, and so on down to 0.000000001", CLI_TEXT,
                  ON(CLI_DP), false},
    [CLI_STEP] = {"step", "S", NULL, "how far the candidates of a quantile are apart (--unit); at most 2^20 of them",
                  CLI_TEXT, ON(CLI_DP), false},
    [CLI_QUANTILE] = {"quantile", "Q", "0.5", "which quantile, 0 to 1", CLI_TEXT, ON(CLI_DP), false},
    [CLI_KEYS_FILE] = {"keys", "FILE", NULL,
                       "values of the histogram, one a line; without it those that enough people have, which needs "
                       "--delta",
                       CLI_TEXT, ON(CLI_DP), false},
    [CLI_NOISE] = {"noise", "laplace|gaussian", "laplace", "of counts, sums and histograms with --keys", CLI_CHOICE,
                   ON(CLI_DP), false},
    [CLI_NEW_BUDGET] = {"new", "FILE", NULL, "budget: make this ledger", CLI_TEXT, ON(CLI_DP), false},
    [CLI_COMPOSITION] = {"composition", "basic|zcdp", "basic",
                         "budget --new: epsilons add, or their zCDP does, which is less for many small answers",
                         CLI_CHOICE, ON(CLI_DP), false},
    [CLI_PUBLISH_TO] = {"publish", "TARGET", NULL,
                        "when the dataset is ready, also publish it there, as lethe publish --to; again for more",
                        CLI_MANY, ON(CLI_RUN), false},
    [CLI_TO] =
        {"to", "TARGET", NULL,
         "s3://bucket/prefix, qdrant://host/collection, pinecone://host?namespace=NAME, milvus://host/collection "
         "or pgvector://host/database?table=NAME",
         CLI_TEXT, ON(CLI_PUBLISH), false},
    [CLI_FROM] = {"from", "TARGET", NULL, "as --to of lethe publish", CLI_TEXT, ON(CLI_UNPUBLISH), true},
    [CLI_LAYOUT] = {"layout", "hive|note", "hive",
                    "of S3: hive is NAME/release=ID/profiles/split=…/; note is one file, "
                    "ml-training-data/NAME/Y/m/d/anonymized_profiles.parquet",
                    CLI_CHOICE, SENDING, false},
    [CLI_GLUE] = {"glue", "DB[.TABLE]", NULL,
                  "also a table of the Glue Data Catalog (default name: anonymized_profiles_NAME)", CLI_TEXT,
                  SENDING_TOO, false},
    [CLI_ENDPOINT] = {"endpoint", "URL", NULL, "of a service that speaks like S3 and Glue, in place of AWS", CLI_TEXT,
                      SENDING_TOO, false},
    [CLI_SSE] = {"sse", "s3|kms:KEY", NULL, "how S3 encrypts what it keeps (the bucket's default)", CLI_TEXT,
                 ON(CLI_PUBLISH), false},
    [CLI_REQUIRE_LEVEL] = {"require-level", "internal|standard|external", "standard",
                           "the least level that a release must have", CLI_CHOICE, ON(CLI_PUBLISH) | ON(CLI_RUN),
                           false},
    [CLI_PART_SIZE] = {"part-size", "SIZE", "16MiB", "of the parts of large objects, at least 5MiB", CLI_BYTES,
                       ON(CLI_PUBLISH), false},
    [CLI_FLIGHT] = {"in-flight", "N", "8", "requests at the same time, up to 64; fewer where the server is too busy",
                    CLI_NUMBER, SENDING, false},
    [CLI_REPLACE] = {"replace", NULL, NULL, "other releases of this dataset are removed there", CLI_FLAG,
                     ON(CLI_PUBLISH), false},
    [CLI_DRY_RUN] = {"dry-run", NULL, NULL, "prove the release and ask what is there; send nothing", CLI_FLAG, SENDING,
                     false},
    [CLI_INSECURE] = {"insecure", NULL, NULL, "plain HTTP also to other machines", CLI_FLAG, SENDING_TOO, false},
    [CLI_STATUS] = {"status", NULL, NULL, "what was published, compared with what the servers have now", CLI_FLAG,
                    ON(CLI_PUBLISH), false},
    [CLI_EXPORT_FORMAT] =
        {"format", "meds|jsonl|arrow|npy", NULL,
         "meds: Medical Event Data Standard 0.4; jsonl: an object a row; arrow: IPC streams; npy: the "
         "vectors and their row_ids",
         CLI_CHOICE, ON(CLI_EXPORT), true},
    [CLI_POLICY_PROFILE] = {"profile",
                            "expert-determination-ml|safe-harbor|limited-dataset|gdpr-pseudonymised|research-dates",
                            "expert-determination-ml",
                            "what is kept and how dates are treated; each says in manifest.json what it is not",
                            CLI_CHOICE, ON(CLI_DEID) | ON(CLI_POLICY), false},
    [CLI_DEID_AS_OF] = {"as-of", "DATE", NULL,
                        "YYYY-MM-DD: ages over 89 are counted to this day (2027-12-31, so that nobody is missed)",
                        CLI_TEXT, ON(CLI_DEID), false},
    [CLI_DEID_AUDIENCE] = {"audience", "NAME", NULL,
                           "who it is for: stands in the manifest, one line of up to 120 bytes (that of the profile)",
                           CLI_TEXT, ON(CLI_DEID), false},
    [CLI_WHOLE_WEEKS] = {"whole-weeks", NULL, NULL, "move dates by whole weeks: the day of the week stays", CLI_FLAG,
                         ON(CLI_DEID), false},
    [CLI_REVERSIBLE] = {"reversible", NULL, NULL, "give identifiers tokens that `lethe reidentify` reads again",
                        CLI_FLAG, ON(CLI_DEID), false},
    [CLI_NO_SECURITY_TAGS] = {"no-security-tags", NULL, NULL, "do not say in meta.security what was done", CLI_FLAG,
                              ON(CLI_DEID), false},
    [CLI_PROVENANCE] = {"provenance", NULL, NULL, "also provenance.ndjson: a Provenance for each file that was written",
                        CLI_FLAG, ON(CLI_DEID), false},
    [CLI_EXPLAIN_RESOURCE] = {"explain", NULL, NULL,
                              "instead: each element of the one resource in --input with its rule, and none of its "
                              "values; needs neither --output nor --key",
                              CLI_FLAG, ON(CLI_DEID), false},
    [CLI_POLICY_FILE] =
        {"policy", "FILE", NULL,
         "a policy in the format of Microsoft, cumulus or miracum (JSON or YAML) instead of a profile: "
         "its rules, with keyed tokens and dates, valid FHIR, and nothing kept of free text that no rule "
         "names",
         CLI_TEXT, ON(CLI_DEID), false},
    [CLI_COMPAT] = {"compat", "ms", NULL,
                    "with --policy: the semantics of the first implementation to the letter, quirks included",
                    CLI_CHOICE, ON(CLI_DEID), false},
    [CLI_TOKENS] = {"input", "FILE", NULL, "tokens, one a line, or - for standard input", CLI_TEXT, ON(CLI_REIDENTIFY),
                    true},
    [CLI_REASON] = {"reason", "TEXT", NULL, "why: 10 to 500 bytes, for the log", CLI_TEXT, ON(CLI_REIDENTIFY), true},
    [CLI_LOG] = {"log", "FILE", "reidentify.log", "where each use is noted before it is answered", CLI_TEXT,
                 ON(CLI_REIDENTIFY), false},
    [CLI_SPEC] = {"spec", "FILE", NULL, "columns, roles, hierarchies, models and limits, as JSON or YAML", CLI_TEXT,
                  ON(CLI_ANONYMIZE), true},
    [CLI_SECONDS_LIMIT] = {"seconds", "S", NULL,
                           "time for the search; then the best plan so far, and how far it may be from the best",
                           CLI_SECONDS, ON(CLI_ANONYMIZE), false},
    [CLI_CSV_INPUT] = {"input", "FILE", NULL,
                       "the table: CSV with a header, plain or .gz or .zst; - for standard input", CLI_TEXT,
                       ON(CLI_HIERARCHY) | ON(CLI_RISK) | ON(CLI_COUNTS) | ON(CLI_DP), false},
    [CLI_KIND] = {"kind", "interval|bands|order|redaction|date|priority|region", NULL,
                  "build: how values generalize; what each needs as --steps stands above", CLI_CHOICE,
                  ON(CLI_HIERARCHY), false},
    [CLI_STEPS] = {"steps", "LIST", NULL, "build: the levels between the value and *, from fine to coarse", CLI_TEXT,
                   ON(CLI_HIERARCHY), false},
    [CLI_COLUMN] = {"column", "NAME", NULL, "the column of --input whose values are meant", CLI_TEXT, ON(CLI_HIERARCHY),
                    false},
    [CLI_RANGE] = {"range", "FROM:TO", NULL,
                   "build, of interval and bands: the whole numbers from FROM to TO instead of --input, so that the "
                   "hierarchy says nothing of the data",
                   CLI_TEXT, ON(CLI_HIERARCHY), false},
    [CLI_HIERARCHY_FILE] = {"hierarchy", "FILE", NULL, "check: CSV without a header, a value and its levels a row",
                            CLI_TEXT, ON(CLI_HIERARCHY), false},
    [CLI_HIERARCHY_OUTPUT] = {"output", "FILE", NULL, "build: a new file (standard output)", CLI_TEXT,
                              ON(CLI_HIERARCHY), false},
    [CLI_ORIGINAL] = {"original", "FILE", NULL, "the table that the release was made of: CSV with a header", CLI_TEXT,
                      ON(CLI_ATTACK), true},
    [CLI_RELEASED] = {"released", "FILE", NULL, "what an attacker has of it: the same columns, any rows", CLI_TEXT,
                      ON(CLI_ATTACK), true},
    [CLI_CONTROL] = {"control", "FILE", NULL,
                     "people of the same kind who are not in --original: what succeeds against them too is no fault of "
                     "the release",
                     CLI_TEXT, ON(CLI_ATTACK), false},
    [CLI_QI] = {"qi", "LIST", NULL, "columns that an attacker knows, with commas between", CLI_TEXT, ON(CLI_RISK),
                true},
    [CLI_PERSON] = {"person", "NAME", NULL,
                    "column that says whose a row is: risks are then those of people (a person a row)", CLI_TEXT,
                    ON(CLI_RISK), false},
    [CLI_POPULATION] = {"population", "FILE", NULL,
                        "CSV of the people among whom a journalist looks, with the columns of --qi", CLI_TEXT,
                        ON(CLI_RISK), false},
    [CLI_POPULATION_SIZE] = {"population-size", "N", NULL,
                             "or how many they are: the table is taken for a random sample of them", CLI_NUMBER,
                             ON(CLI_RISK), false},
    [CLI_SAMPLING_FRACTION] = {"sampling-fraction", "SHARE", NULL, "or what share of them the table is", CLI_SHARE,
                               ON(CLI_RISK), false},
    [CLI_SUBSET_SIZE] = {"subset-size", "N", NULL,
                         "sets of up to N columns of --qi are compared (as many as 4,096 sets allow)", CLI_NUMBER,
                         ON(CLI_RISK), false},
    [CLI_AUX] = {"known", "LIST", NULL,
                 "columns that an attacker knows, with commas between (all; for linking: the first and the second "
                 "half of them)",
                 CLI_TEXT, ON(CLI_ATTACK), false},
    [CLI_SECRET] = {"secret", "LIST", NULL, "columns that are guessed from all others (each of them in turn)", CLI_TEXT,
                    ON(CLI_ATTACK), false},
    [CLI_ATTEMPTS] = {"attempts", "N", "2000", "guesses of every attack, up to a million", CLI_NUMBER, ON(CLI_ATTACK),
                      false},
    [CLI_ATTACK_SEED] = {"seed", "N", "1", "the same seed makes the same guesses", CLI_NUMBER, ON(CLI_ATTACK), false},
    [CLI_BY] = {"by", "LIST", NULL, "one or two columns whose values are counted, with a comma between", CLI_TEXT,
                ON(CLI_COUNTS), true},
    [CLI_THRESHOLD] = {"threshold", "N", "11", "smaller counts than N, but 0, must neither be seen nor be derived",
                       CLI_NUMBER, ON(CLI_COUNTS), false},
    [CLI_SEPARATOR] = {"separator", "C", NULL, "one character (, ; tab or |, found by itself)", CLI_TEXT, TABULAR,
                       false},
    [CLI_MISSING] = {"missing", "TEXT", NULL, "what means a missing value beside the empty field; again for more",
                     CLI_MANY, TABULAR, false},
    [CLI_LATIN1] = {"latin1", NULL, NULL, "tables are ISO 8859-1 (UTF-8, or what the first such character says)",
                    CLI_FLAG, TABULAR, false},
    [CLI_ISSUES] = {"issues", "N", "1000", "how many issues to list, errors first; all are counted", CLI_NUMBER,
                    ON(CLI_VALIDATE), false},
    [CLI_RULES] = {"rules", NULL, NULL, "say what is checked and what is not, and stop", CLI_FLAG, ON(CLI_VALIDATE),
                   false},
    [CLI_CONFIG] = {"config", "FILE", NULL, "JSON or YAML with these names as keys; flags win", CLI_TEXT,
                    ON(CLI_RUN) | ON(CLI_SYNTH) | ONE_PATIENT, false},
    [CLI_PRINT_CONFIG] = {"print-config", NULL, NULL, "print what holds and where it came from, and stop", CLI_FLAG,
                          ON(CLI_RUN) | ON(CLI_SYNTH) | ONE_PATIENT, false},
    [CLI_JSON] = {"json", NULL, NULL, "one machine-readable summary on standard output", CLI_FLAG,
                  ON(CLI_RUN) | ON(CLI_SYNTH) | ON(CLI_VERIFY) | ON(CLI_INDEX) | ON(CLI_SEARCH) | ON(CLI_EVALUATE) |
                      ON(CLI_ERASE) | ON(CLI_VALIDATE) | ON(CLI_DEID) | ON(CLI_POLICY) | ON(CLI_REIDENTIFY) |
                      ON(CLI_ANONYMIZE) | TABULAR | SENDING | ON(CLI_EXPORT),
                  false},
    [CLI_QUIET] = {"quiet", NULL, NULL, "no progress", CLI_FLAG,
                   ON(CLI_RUN) | ON(CLI_SYNTH) | ON(CLI_VERIFY) | ON(CLI_INDEX) | ON(CLI_EVALUATE) | ON(CLI_ERASE) |
                       ON(CLI_VALIDATE) | ON(CLI_DEID) | SENDING | ON(CLI_EXPORT),
                   false},
    [CLI_HELP_FLAG] = {"help", NULL, NULL, "this page", CLI_FLAG, ALL_VERBS, false},
};

const cli_verb CLI_VERBS[CLI_VERB_COUNT] = {
    [CLI_KEYS] =
        {"keys", "make a project's secret, print its public key",
         "lethe keys new --output FILE\n       lethe keys public --key FILE",
         "new writes a key file (mode 0600) with a fresh 256-bit secret and never overwrites one. Pseudonyms, "
         "splits and signatures all derive from it: whoever has it can re-link a dataset to its patients, so it "
         "stays in the hospital. public prints the key that `lethe verify --public-key` needs; it is no secret.",
         "lethe keys new --output project.key"},
    [CLI_SYNTH] =
        {"synth", "make a synthetic population to try things on", "lethe synth --patients N --seed N --output DIR",
         "Writes FHIR R4 of people who do not exist, as untidy as real exports: missing birth dates, retracted "
         "conditions, duplicate ids, people who move. The same seed gives the same bytes. With --truth also what "
         "the generator knew of each outcome's probability after each visit.",
         "lethe synth --patients 2000 --seed 7 --output population/"},
    [CLI_RUN] =
        {"run", "turn identifiable records into a dataset", "lethe run --input PATH --output DIR --key FILE [options]",
         "Reads FHIR R4 or flat records, derives a profile per visit, finds the plan that keeps most under the "
         "level's guarantee, and writes Parquet, a signed manifest and report.html. Records that cannot be used are "
         "left out, counted and named by their place in run.json (exit code 3).",
         "lethe run --input population/ --output dataset/ --key project.key"},
    [CLI_PROFILE] =
        {"profile", "one patient's profile as JSON", "lethe profile --input FILE --key FILE [--plan DIR]",
         "The latest visit of one patient. Without --plan the profile is pseudonymised, not anonymous, and says "
         "so; with the plan of a release it shows only what at least k of its patients share.",
         "lethe profile --input patient.json --key project.key --plan dataset/"},
    [CLI_EMERGENCY] = {"emergency", "an emergency profile: risk factors, flags, prompt",
                       "lethe emergency --input FILE --key FILE [--plan DIR]",
                       "As profile, with what an emergency team or an on-device model needs first: risk factors, vital "
                       "flags, and a prompt of at most 300 words made of vocabulary values only.",
                       "lethe emergency --input patient.json --key project.key"},
    [CLI_VERIFY] =
        {"verify", "re-prove a dataset from its files", "lethe verify DIR [--public-key FILE]",
         "Checks the signature, every checksum, the schema, and counts again what the level guarantees: people "
         "per visit, per sequence of visits, per list item and pair; recomputes every vector. It needs no key "
         "file. Without --public-key it cannot say who signed.",
         "lethe verify dataset/ --public-key project.pub"},
    [CLI_INDEX] =
        {"index", "make, refresh or check the index that search needs",
         "lethe index build|add|compact|check --dataset DIR",
         "build makes vectors/ of a dataset from its Parquet files, in place of one that is there; no key is needed. "
         "add brings one that is there to what they hold: rows that it lacks or has otherwise are written, rows that "
         "it "
         "has too many are deleted, and readers go on meanwhile. compact writes it anew without what was deleted. "
         "check "
         "compares it with the files, row by row. vectors/ is no part of what was signed and holds nothing that the "
         "rows do not hold: whoever receives a dataset makes their own.",
         "lethe index build --dataset dataset/"},
    [CLI_SEARCH] =
        {"search", "similar patients of a dataset",
         "lethe search --dataset DIR --id ID|--profile FILE|--text TEXT [--top-k N] [--where CLAUSE]...",
         "The nearest patients by the inner product of the clinical vectors, exactly as a full scan would find them, "
         "with what they share, rarest first. Terms are printed as clauses of --where. A profile or an index that was "
         "made under another plan, model, schema, vocabulary or key is refused.",
         "lethe search --dataset dataset/ --text \"asthma, cough\" --where 'season_category=winter|autumn'"},
    [CLI_EVALUATE] =
        {"evaluate", "how good predictions from a dataset are", "lethe evaluate --dataset DIR [--fit]",
         "Fits on the train split, calibrates and chooses on validation, judges on test patients: prevalence, shared "
         "items, a logistic model, similar patients, and the model with similar patients. Writes evaluation.json and "
         "evaluation.html into the dataset, and with --fit the models that `lethe predict` needs; none is part of what "
         "was signed. Where the plan left the period of the visits, also learns from earlier periods and judges the "
         "last ones. What anonymization cost is measured before the gate: lethe run --raw-ceiling. Of a synthetic "
         "population all of it measures how well the rules of its generator are found again.",
         "lethe evaluate --dataset dataset/ --fit"},
    [CLI_PREDICT] =
        {"predict", "what may begin within the horizon, for one patient",
         "lethe predict --dataset DIR --id ID|--profile FILE|--text TEXT [--top N] [--explain]",
         "JSON: conditions and categories by probability, each with an interval, how far it can be trusted and how "
         "many patients it rests on; what the patient had before is no candidate. What rests on fewer than 11 or k "
         "patients "
         "is withheld, what the neighbours are at odds about is abstained from. A help to look for similar cases: no "
         "diagnosis, and no medical device.",
         "lethe predict --dataset dataset/ --text \"hypertension, obesity\" --explain"},
    [CLI_ERASE] =
        {"erase", "make a dataset anew without a patient", "lethe erase --dataset DIR --id ID [--id ID]... --key FILE",
         "Afterwards nothing of these patients is in any file of the dataset: rows, vectors, index, counts, report. "
         "What fewer than k of the others are like then is withheld too; models/ and the evaluation are deleted, and "
         "the "
         "manifest is signed anew, so it needs the project's key. The folder is the old dataset or the new one at "
         "every moment; after a crash the same command finishes. run.json says how many were erased; whoever kept an "
         "older "
         "copy sees whom.",
         "lethe erase --dataset dataset/ --id anon_4bq6… --key project.key"},
    [CLI_DP] =
        {"dp", "differentially private answers, paid from a budget",
         "lethe dp count|sum|mean|histogram|quantile --input FILE --person COLUMN [--column COLUMN] --epsilon E\n"
         "                 --budget FILE [options]\n"
         "       lethe dp budget --new FILE --epsilon E [--delta D] [--composition zcdp] [--key FILE]\n"
         "       lethe dp budget --budget FILE [--key FILE]",
         "Whether any one person is in the table, with all rows, changes no answer's probability by more than "
         "exp(epsilon), and delta where one is given. Noise is exact, from integers, and cannot be seeded. The answer "
         "is "
         "paid before it is drawn: a ledger cannot be overdrawn, also not by two processes, and a damaged one is "
         "refused "
         "with the byte. With --key nobody else can write lines that fit. sum, mean and quantile need --lower and "
         "--upper; rows without a person or a number are left out silently.",
         "lethe dp mean --input visits.csv --person patient --column age --lower 0 --upper 110 --unit 1 --epsilon 0.1 "
         "--budget ledger"},
    [CLI_PUBLISH] =
        {"publish", "bring a release to where it is used",
         "lethe publish DIR --to TARGET [options]\n       lethe publish DIR --status",
         "Verifies the dataset, then sends it: data first, then manifest, then catalog, so that nobody reads half a "
         "release. What is there already is not sent again; what was interrupted goes on. S3 credentials are found as "
         "AWS tools find them (environment, ~/.aws, web identity, container, instance), those of databases in "
         "QDRANT_API_KEY, PINECONE_API_KEY, MILVUS_TOKEN, PGPASSWORD or the file that the same name with _FILE names "
         "(mode 0600); never on the command line.",
         "lethe publish dataset/ --to s3://lake/health --glue healthcare_ml"},
    [CLI_UNPUBLISH] =
        {"unpublish", "take every release of a dataset from where it was published",
         "lethe unpublish DIR --from TARGET",
         "Catalog first, then manifests, then data; afterwards the server is asked whether anything is left. A bucket "
         "that keeps old versions keeps them: delete those by its own means.",
         "lethe unpublish dataset/ --from s3://lake/health --glue healthcare_ml"},
    [CLI_EXPORT] =
        {"export", "a dataset's rows in another format", "lethe export DIR --format meds|jsonl|arrow|npy --output DIR",
         "For those who train and read no Parquet. The rows are those of the dataset, compared with the digests that "
         "were signed; the output itself is not signed. In MEDS an event has the first day of index_period as its "
         "time, where that was released, and outcomes, which are labels, are left out.",
         "lethe export dataset/ --format meds --output meds/"},
    [CLI_DEID] =
        {"deid", "de-identify FHIR, fail closed",
         "lethe deid --input PATH --output DIR --key FILE [--profile P]\n"
         "       lethe deid --input PATH --output DIR --key FILE --policy FILE [--compat ms]",
         "Writes each file of the input again with our policy applied to every element: codes, quantities, statuses "
         "and "
         "intervals stay, names, addresses, free text and whatever nobody judged go, ids become keyed tokens under "
         "which references still meet, and the dates of a patient move by one secret offset. manifest.json says what "
         "it is and what it is not, changes.json counts what was done. Pseudonymised data, not anonymous data. "
         "Documents that cannot be read are left out and named by their place (exit code 3).",
         "lethe deid --input export/ --output deid/ --key project.key"},
    [CLI_POLICY] =
        {"policy", "what happens to an element of FHIR, and why",
         "lethe policy explain [--profile P] [Patient.contact.telecom | Patient]\n"
         "       lethe policy check FILE",
         "explain prints the action, the rule and the reason for an element, for all elements of a type, or for "
         "every element of FHIR R4. check reads a policy in the format of Microsoft, cumulus or miracum and says, "
         "without any data, which rules never match or are shadowed, which free text no rule touches, which keys can "
         "be guessed, and where --compat ms gives another output than our semantics; exit code 5 where a rule can "
         "never do anything.",
         "lethe policy explain Patient.birthDate"},
    [CLI_REIDENTIFY] =
        {"reidentify", "read reversible tokens again, under control",
         "lethe reidentify --input FILE --key FILE --reason TEXT [--log FILE]",
         "Prints system and value of each token that `lethe deid --reversible` gave to an identifier; old tokens are "
         "read with the old keys in the key file. Each use is appended to the log before it is answered. Other "
         "pseudonyms cannot be read by anybody.",
         "lethe reidentify --input tokens --key project.key --reason \"recontact for trial 12\""},
    [CLI_ANONYMIZE] =
        {"anonymize", "generalize a table of people until it is anonymous",
         "lethe anonymize --input FILE --spec FILE --output DIR [--explain]",
         "Looks for the generalization that holds every model of the specification and loses least, and "
         "proves that none is better: k-anonymity, l-diversity, t-closeness, beta-likeness, delta-presence "
         "and others, in any combination. Writes data.csv, manifest.json, and for its owner run.json and "
         "certificate.json. Columns that the specification does not name are removed. Exit code 3 where "
         "rows were withheld.",
         "lethe anonymize --input adult.csv --spec adult.yaml --output release/"},
    [CLI_HIERARCHY] =
        {"hierarchy", "make or check how values of a column generalize",
         "lethe hierarchy build --kind KIND [--steps LIST] --input FILE --column NAME|--range FROM:TO [--output FILE]\n"
         "       lethe hierarchy check --hierarchy FILE [--input FILE --column NAME]",
         "A hierarchy is a CSV without a header: a value, then what it becomes level by level, at last *. Steps: "
         "interval 5,10,20 are widths; bands 18,30,45,65/18,65 are cuts, a level between slashes; order 2,3 groups "
         "neighbours; redaction 3,2 is how many characters are kept (or nothing: one less each level); date "
         "day,month,quarter,year,decade or some of them; priority 4 takes the rarest values away in four steps; region "
         "gives US places, ZIPs and states their census region. check names the row and column of a value that stands "
         "twice, of a gap, of a row that is too short and of groups that do not nest, and with --input of the first "
         "value that the hierarchy does not have.",
         "lethe hierarchy build --kind bands --steps 18,30,45,65/18,65 --range 0:120 --output age.csv"},
    [CLI_RISK] =
        {"risk", "how well people are found in a table by what is known of them",
         "lethe risk --input FILE --qi LIST [--person NAME] [--population FILE|--population-size N|--sampling-fraction "
         "SHARE]",
         "Prosecutor, journalist and marketer risk, people at risk by the usual cell sizes, sample uniques, population "
         "uniques by Pitman, Zayatz, SNB and Dankar's rule, and for every set of columns how well it tells people "
         "apart "
         "and whom it alone singles out. A suppressed cell * matches anything. Every rate has its trials and its upper "
         "95 % bound.",
         "lethe risk --input data.csv --qi age,zip,sex --sampling-fraction 0.01"},
    [CLI_ATTACK] =
        {"attack", "attack a release with what it was made of",
         "lethe attack --original FILE --released FILE [--control FILE] [--known LIST] [--secret LIST]",
         "The three risks of the Article 29 Working Party as attacks: singling out, linking and inference, each "
         "against the people in the original, against the control group and against blind guessing, and the distance "
         "of every released row to the closest original one. Rates have intervals; the risk is what the release adds "
         "to what the control group suffers too.",
         "lethe attack --original train.csv --released release.csv --control holdout.csv"},
    [CLI_COUNTS] =
        {"counts", "counts by one or two columns, fit to be published",
         "lethe counts --input FILE --by LIST [--threshold N]",
         "Prints a CSV of counts of rows with totals, in which * hides every count below the threshold, but 0, and as "
         "many others as it takes that nobody can derive from sums that a hidden count is below it. The audit behind "
         "it "
         "is exact; with --json it says what can be derived of every hidden count, which is not to be published.",
         "lethe counts --input data.csv --by ward,sex"},
    [CLI_VALIDATE] =
        {"validate", "whether FHIR R4 is what its specification says",
         "lethe validate --input PATH [--issues N]\n       lethe validate --rules",
         "Structure, cardinality, choices, the syntax of primitives, required codes, targets of references, contained "
         "resources, Bundles and invariants of R4 4.0.1, in JSON. Issues have a rule and a FHIRPath, never a value. "
         "Exit code 5 where a document is invalid; --rules lists what is checked and what is not.",
         "lethe validate --input population/"},
    [CLI_HELP] = {"help", "explain a verb; make the man page or shell completion",
                  "lethe help [VERB]\n       lethe help man\n       lethe help completion",
                  "man prints the manual page in roff, completion a bash completion script.", "lethe help run"},
};
