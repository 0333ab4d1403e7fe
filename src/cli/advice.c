/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/verbs.h"

#include <errno.h>
#include <string.h>

/* What helps, for whoever meets an error at night: constant text under the message. Where the message says it all,
 * none. */
static const struct {
    int code;
    const char *text;
} ADVICE[] = {
    {LETHE_E_BASE_MEMORY, "Give a smaller --memory or fewer --threads, or end what else runs here."},
    {LETHE_E_BASE_EXISTS, "Outputs are never overwritten: choose another name, or move away what is there."},
    {LETHE_E_BASE_COMPRESSION, "Copy the file here again: it was cut off or damaged on its way."},
    {LETHE_E_BASE_INTERNAL, "This is a defect of lethe: report this line and the version (lethe --version)."},
    {LETHE_E_CRYPT_KEY_FILE,
     "Give the file that `lethe keys new` wrote. If it is damaged, take its copy: a new key makes other pseudonyms."},
    {LETHE_E_CRYPT_EPOCH,
     "The token is of another epoch: give the key file that still has it; retired epochs are kept for this."},
    {LETHE_E_CRYPT_KEY_MODE,
     "chmod 600 the key file, let it belong to whoever runs lethe, and ask who could read it until now."},
    {LETHE_E_CRYPT_KEY_EXISTS, "Choose another name. A key that is deleted takes its pseudonyms with it."},
    {LETHE_E_PRIVACY_NO_PLAN, "The option named stands in the way. Raise it, or ask for less: smaller --k or "
                              "--attacker-visits, --level internal."},
    {LETHE_E_PRIVACY_SUPPORT,
     "Fewer than k people of that release look like this patient: under its plan no profile of them can be given."},
    {LETHE_E_PRIVACY_TOO_FEW, "Give more input: at least k people with visits are needed, or a smaller --k."},
    {LETHE_E_PRIVACY_RANGE, "Noise of this size has no room in the integers: a coarser --unit, narrower --lower and "
                            "--upper, fewer --max-rows or a larger --epsilon."},
    {LETHE_E_PRIVACY_BUDGET,
     "`lethe dp budget` says what is left. A new budget for the same people adds to the old one: "
     "that is whoever owns the data to decide."},
    {LETHE_E_PRIVACY_LEDGER, "Nothing was spent. Do not repair it: take the latest copy, and count what was answered "
                             "since as spent."},
    {LETHE_E_PRIVACY_LEDGER_KEY, "Give the --key that `lethe dp budget --new` was given, or none if it had none."},
    {LETHE_E_VERIFY_VERSION, "Use the version of lethe that the manifest names (anonymization_version)."},
    {LETHE_E_ENGINE_INPUT, "Input are files named .json, .ndjson or .jsonl, also with .gz or .zst: `lethe help run`."},
    {LETHE_E_ENGINE_STRICT, "Repair the record, or leave out --strict: then it is left out and run.json names it."},
    {LETHE_E_ENGINE_DATASET,
     "--plan wants a folder that this version of lethe run made with this vocabulary: run again."},
    {LETHE_E_ENGINE_NO_PEOPLE,
     "Is it FHIR or flat records? Visits need a patient that is in the input and a date that is not after --as-of."},
    {LETHE_E_ENGINE_SPILL, "The disk under --temporary-folder fails or was changed: run again with another one."},
    {LETHE_E_ENGINE_CHANGED, "Run when nobody writes to --input, or give a copy of it."},
    {LETHE_E_ENGINE_CUT, "What feeds the pipe ended too early: see why, and run again."},
    {LETHE_E_ENGINE_RESUME,
     "The last word names what differs: give what that run began with, or leave out --resume to begin anew."},
    {LETHE_E_ENGINE_BUSY, "Wait for it, or end it."},
    {LETHE_E_ENGINE_OVERLAP, "Choose an output outside of --input: the next run would read it."},
    {LETHE_E_ENGINE_INDEX, "Make it again from the rows: lethe index build --dataset DIR."},
    {LETHE_E_ENGINE_PROFILE, "Give the whole output of `lethe profile --plan DIR`, of this version of lethe."},
    {LETHE_E_ENGINE_TEXT, "Name conditions, medications, symptoms or a pregnancy; what is denied does not count."},
    {LETHE_E_ENGINE_NO_OUTCOME, "Outcomes that fewer than k people share are not released: more input, or a smaller "
                                "--k; --snapshots latest has none."},
    {LETHE_E_ENGINE_NO_MODEL, "Make it from the rows: lethe evaluate --fit --dataset DIR."},
    {LETHE_E_ENGINE_MODEL, "Make it again from the rows: lethe evaluate --fit --dataset DIR."},
    {LETHE_E_ENGINE_MODEL_STAMP,
     "The last word names what differs. Make it again from the rows: lethe evaluate --fit --dataset DIR."},
    {LETHE_E_LEARN_TOO_FEW, "Predictions need training patients who are followed to the horizon: more input, or a "
                            "shorter --horizon-months."},
    {LETHE_E_ENGINE_KEY, "Give the key file of the project that made this dataset; nothing was changed."},
    {LETHE_E_ENGINE_NOBODY,
     "Nothing was changed. The number is that of the --id: it is not in this dataset, or was erased before."},
    {LETHE_E_ENGINE_LOCKED, "Wait until it is done."},
    {LETHE_E_TABLE_CSV_RAGGED, "Is --separator right? A field with the separator in it must stand in double quotes."},
    {LETHE_E_TABLE_CSV_QUOTE, "A quote inside of a quoted field is written twice."},
    {LETHE_E_TABLE_CSV_ENCODING, "Write it as UTF-8; or give --latin1, where it is that."},
    {LETHE_E_TABLE_CSV_HEADER, "The first row must name every column, each otherwise."},
    {LETHE_E_TABLE_LEVELS_LEAF, "A value may generalize in one way only: remove one of the two rows."},
    {LETHE_E_TABLE_LEVELS_NESTING,
     "Values that one level puts together must stay together above: correct the name in this row."},
    {LETHE_E_TABLE_LEVELS_EMPTY, "Every value needs a name at every level; * for the last."},
    {LETHE_E_TABLE_LEVELS_VALUE, "Add the value of this row to the hierarchy, or correct the row."},
    {LETHE_E_TABLE_COLUMN, "Columns have the names of the file's first row, letter by letter."},
    {LETHE_E_PRIVACY_VALUE, "Correct the row, give what it holds as --missing, or choose another --kind."},
    {LETHE_E_VECTOR_FORMAT, "Make it again from the rows: lethe index build --dataset DIR."},
    {LETHE_E_VECTOR_DAMAGED, "Make it again from the rows: lethe index build --dataset DIR."},
    {LETHE_E_VECTOR_LOCKED, "Wait until the other process is done with it."},
    {LETHE_E_VECTOR_NOT_FOUND, "Ids are those of this dataset: anon_… of a patient, visit_… of a row."},
    {LETHE_E_VECTOR_FILTER, "A clause is column=v1|v2, column!=v, list~v1|v2 or list!~v; clauses are counted from 0."},
    {LETHE_E_VECTOR_COLUMN,
     "Columns are those of schema.json, and split: = for one value a row, ~ for lists. Clauses are counted from 0."},
    {LETHE_E_NET_LIBRARY, "Install libcurl4 (and libpq5 for pgvector): apt-get install libcurl4 libpq5."},
    {LETHE_E_NET_PLAIN, "Use https, or --insecure where you know the network."},
    {LETHE_E_NET_TLS, "A server with a certificate of your own authority: name it in AWS_CA_BUNDLE."},
    {LETHE_E_NET_CONNECT, "Is the address right, and is the server up? What was sent already stays; call again."},
    {LETHE_E_NET_CUT, "What was sent already is not sent again: call again."},
    {LETHE_E_NET_BUSY, "What was sent already is not sent again: call again later, or with a smaller --in-flight."},
    {LETHE_E_NET_REDIRECT, "A bucket of another region? Set AWS_REGION to it."},
    {LETHE_E_NET_DENIED, "The last word is the server's. Credentials are found as AWS tools find them; see `lethe help "
                         "publish`."},
    {LETHE_E_NET_CREDENTIALS, "Set them as AWS tools want them (environment, ~/.aws/credentials, a role), or the "
                              "database's variable; see `lethe help publish`."},
    {LETHE_E_NET_CREDENTIALS_FILE, "chmod 600, and one secret or one INI section; the number is that of the line."},
    {LETHE_E_NET_CHECKSUM, "Bytes changed on the way or over there: call again; what is right is not sent again."},
    {LETHE_E_PUBLISH_TARGET, "The last word is the part: s3://bucket/prefix, qdrant://host/collection, "
                             "pinecone://host?namespace=NAME, milvus://host/collection, pgvector://host/database."},
    {LETHE_E_PUBLISH_LEVEL, "Make a release of that level, or say --require-level internal where that is enough."},
    {LETHE_E_PUBLISH_TAKEN, "It is no file of this release: choose another prefix, or remove it."},
    {LETHE_E_PUBLISH_CATALOG, "It has no parameter lethe.dataset of this dataset: choose another name with --glue "
                              "DB.TABLE, or drop it."},
    {LETHE_E_PUBLISH_COLLECTION, "Choose another collection, or drop that one: vectors have 768 dimensions, and the "
                                 "product is the inner one."},
    {LETHE_E_PUBLISH_LOST, "The server says that it has it, and has it not: call again, and ask its operator."},
    {LETHE_E_PUBLISH_CHANGED, "Nobody may write to the dataset meanwhile: verify it, and call again."},
    {LETHE_E_ENGINE_PUBLIC_KEY,
     "Ask the publisher for what `lethe keys public` prints; never for the key file itself."},
};

/* What a gate refused is another matter for whoever receives a dataset than for whoever makes one. */
static const char *verify_advice(cli_verb_id verb, int code)
{
    if (verb == CLI_RUN)
        return "Nothing was released: this is a defect of lethe. Report this line and the version (lethe --version).";
    if (verb != CLI_VERIFY)
        return "Is --key the one that the dataset was made with? `lethe verify` says whether the dataset is whole.";
    return code == LETHE_E_VERIFY_SIGNATURE
               ? "Do not use it: it was changed, or somebody else signed it. Fetch it again; compare the key with its "
                 "publisher's."
               : "Do not use it: it is not what was signed, or not what it says. Fetch it again, or tell its "
                 "publisher.";
}

/* plan_seconds is --plan-seconds. */
static bool names_option(const char *path, const char *option)
{
    for (; *path != '\0' && (*path == *option || (*path == '_' && *option == '-')); option++)
        path++;
    return *path == '\0' && *option == '\0';
}

/* An option that is out of range: what the help says of it. */
static const char *option_advice(const char *path)
{
    for (int i = 0; i < CLI_OPTION_COUNT; i++)
        if (names_option(path, CLI_OPTIONS[i].name))
            return CLI_OPTIONS[i].help;
    return strcmp(path, "SOURCE_DATE_EPOCH") == 0
               ? "The environment's SOURCE_DATE_EPOCH is seconds since 1970: unset it, "
                 "or give --as-of."
               : NULL;
}

/* The last word names what differs. */
static const char *stamp_advice(const char *path)
{
    if (strcmp(path, "plan") == 0)
        return "A profile must be made with --plan of this dataset; an index of another: lethe index build.";
    if (strcmp(path, "key") == 0)
        return "A profile must be made with this dataset's key; an index of another dataset: lethe index build.";
    return "Made by another version of lethe: make the profile again, or the index (lethe index build).";
}

static bool ends_with(const char *text, const char *end)
{
    const size_t size = strlen(text), wanted = strlen(end);
    return size >= wanted && strcmp(text + size - wanted, end) == 0;
}

/* An erasure changes nothing unless it is whole. */
static const char *erase_advice(const lethe_error *error)
{
    switch (error->code) {
    case LETHE_E_PRIVACY_TOO_FEW:
    case LETHE_E_PRIVACY_NO_PLAN:
        return "Nothing was changed: without these patients no dataset is left that could be released. Delete the "
               "folder, and make a release of more people.";
    case LETHE_E_ENGINE_DATASET:
        return "Nothing was changed. Use the version of lethe that made the dataset, or make the release again.";
    case LETHE_E_ENGINE_OPTION:
        return "An id is anon_ and 26 characters, as the column anonymous_id has it; the number is that of the --id.";
    default:
        return NULL;
    }
}

const char *cli_advice(cli_verb_id verb, const lethe_error *error)
{
    if (verb == CLI_ERASE && erase_advice(error) != NULL)
        return erase_advice(error);
    if (error->code == LETHE_E_VECTOR_STAMP)
        return stamp_advice(error->path);
    if (error->code == LETHE_E_BASE_NOT_FOUND &&
        (ends_with(error->file, "/vectors") || ends_with(error->file, "base.lvx")))
        return "The dataset has no index yet: lethe index build --dataset DIR.";
    for (size_t i = 0; i < sizeof(ADVICE) / sizeof(ADVICE[0]); i++)
        if (ADVICE[i].code == error->code)
            return ADVICE[i].text;
    if (error->code == LETHE_E_ENGINE_OPTION || error->code == LETHE_E_PRIVACY_OPTION ||
        error->code == LETHE_E_SYNTH_OPTION)
        return option_advice(error->path);
    if (error->code == LETHE_E_FHIR_NO_PATIENT && verb != CLI_RUN)
        return "One patient is wanted: a Bundle with a Patient resource, or a flat record.";
    if (error->code / 100 == 10 || error->code / 100 == 4)
        return verify_advice(verb, error->code);
    if (error->system_errno == ENOSPC || error->system_errno == EDQUOT || error->system_errno == EFBIG)
        return "Make room there, or choose another place (--output, --temporary-folder).";
    if (error->system_errno == EACCES || error->system_errno == EPERM || error->system_errno == EROFS)
        return "Run as somebody who may, or choose another place.";
    return NULL;
}
