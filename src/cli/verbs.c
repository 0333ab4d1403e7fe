/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/options.h"

/* What each verb is for, in the words of its help, the man page and the completion. */
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
