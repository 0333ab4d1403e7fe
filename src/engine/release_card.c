/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/columns.h"
#include "engine/release.h"
#include "json/json_writer.h"

#define DOCUMENT_MAX ((size_t)16 << 20)

/* The row as JSON Schema (draft 2020-12): types and nullability; the values of list columns are in vocabulary.json. */
static void write_column(json_writer *w, const table_field *field)
{
    static const char *const types[TABLE_TYPE_COUNT] = {
        [TABLE_STRING] = "string",     [TABLE_INT32] = "integer",    [TABLE_INT64] = "integer",
        [TABLE_BOOL] = "boolean",      [TABLE_FLOAT] = "number",     [TABLE_DOUBLE] = "number",
        [TABLE_LIST_STRING] = "array", [TABLE_LIST_FLOAT] = "array",
    };
    json_write_key(w, field->name);
    json_write_object(w);
    json_write_key(w, "type");
    if (field->nullable) {
        json_write_array(w);
        json_write_text(w, types[field->type]);
        json_write_text(w, "null");
        json_write_end(w);
    } else {
        json_write_text(w, types[field->type]);
    }
    if (table_type_is_list(field->type)) {
        json_write_key(w, "items");
        json_write_object(w);
        json_member_text(w, "type", field->type == TABLE_LIST_STRING ? "string" : "number");
        json_write_end(w);
        if (field->type == TABLE_LIST_STRING) {
            json_member_bool(w, "uniqueItems", true);
        } else {
            json_member_int(w, "minItems", EMBED_DIMENSIONS);
            json_member_int(w, "maxItems", EMBED_DIMENSIONS);
        }
    }
    json_write_end(w);
}

int engine_release_schema(const engine_release *release, lethe_error *error)
{
    const table_schema schema = engine_columns_schema();
    base_buf out;
    base_buf_init(&out, DOCUMENT_MAX);
    json_writer w = json_writer_of(&out, true);
    json_write_object(&w);
    json_member_text(&w, "$schema", "https://json-schema.org/draft/2020-12/schema");
    json_member_text(&w, "title", "AnonymizedMLProfile row " ENGINE_SCHEMA_VERSION);
    json_member_text(&w, "type", "object");
    json_write_key(&w, "properties");
    json_write_object(&w);
    for (size_t i = 0; i < schema.count; i++)
        write_column(&w, &schema.fields[i]);
    json_write_end(&w);
    json_write_key(&w, "required");
    json_write_array(&w);
    for (size_t i = 0; i < schema.count; i++)
        json_write_text(&w, schema.fields[i].name);
    json_write_end(&w);
    json_member_bool(&w, "additionalProperties", false);
    json_write_end(&w);
    base_buf_byte(&out, '\n');
    int status = base_buf_check(&out, error);
    if (status == 0)
        status = engine_files_write(release->files, release->folder, "schema.json", base_buf_view(&out), error);
    base_buf_done(&out);
    return status;
}

/* The head that hubs read: a name that is YAML whatever the caller called the dataset. */
static void write_head(base_buf *out, const engine_release *release)
{
    json_writer quoted = json_writer_of(out, false);
    base_buf_text(out, "---\npretty_name: ");
    json_write_text(&quoted, release->dataset_name); /* a JSON string is a YAML string */
    base_buf_text(out, "\ntask_categories:\n- tabular-classification\ntags:\n- health\n- de-identified\nconfigs:\n"
                       "- config_name: default\n  data_files:\n");
    for (int split = 0; split < IDENTITY_SPLIT_COUNT; split++) {
        const char *name = identity_split_name((identity_split)split);
        if (release->apply->split_rows[split] == 0)
            continue;
        base_buf_format(out, "  - split: %s\n    path: profiles/split=%s/*.parquet\n", name, name);
    }
    base_buf_text(out, "---\n\n");
}

/* What the labels are, and where there are none. */
static const char *outcome_words(const engine_release *release)
{
    if (strcmp(release->snapshots, "latest") == 0)
        return "- `outcomes` would be recorded at later visits, and these are the latest: an empty list is no "
               "negative, "
               "whatever `outcome_observed` says.\n";
    return "- `outcomes` are labels: conditions that begin within the horizon after the visit. Where "
           "`outcome_observed` "
           "is false, an empty list is not a negative. Somebody may have an outcome whose name the lists of their "
           "later "
           "rows withhold.\n";
}

static void write_body(base_buf *out, const engine_release *release)
{
    const engine_apply *apply = release->apply;
    base_buf_format(out,
                    "# Profiles of patients' visits, de-identified by Lethe\n\nAudience: %s. Created at %s (%s).\n\n",
                    release->audience, release->created_at, release->created_at_from);
    base_buf_format(out, "**Guaranteed:** %s\n\n", release->statement);
    base_buf_text(
        out, "The pseudonym joins a patient's visits. Whoever knows more of a person than the guarantee names can "
             "find them more often: report.html says how often. Do not try to re-identify anyone; do not join this "
             "dataset with another of the same people.\n\n| split | people | rows |\n|---|---|---|\n");
    for (int split = 0; split < IDENTITY_SPLIT_COUNT; split++)
        base_buf_format(out, "| %s | %llu | %llu |\n", identity_split_name((identity_split)split),
                        (unsigned long long)apply->split_people[split], (unsigned long long)apply->split_rows[split]);
    base_buf_text(
        out,
        "\n## Reading it\n\n```python\nimport pyarrow.dataset as ds\n"
        "rows = ds.dataset(\"profiles\", partitioning=\"hive\").to_table().to_pandas()\n```\n\n"
        "- One row a visit, sorted by `anonymous_id`, `snapshot`. schema.json types the columns; vocabulary.json says "
        "what "
        "every value means, its parent, and how many people have it.\n"
        "- `*` is withheld by the plan (plan.json), `unknown` was never said, null does not apply. An item that is "
        "absent "
        "from a list is none or withheld.\n"
        "- What is rare was withheld first, so these visits are no random sample of those that came in: report.html "
        "says "
        "whose visits were withheld, and which values nobody has any more.\n");
    base_buf_text(out, outcome_words(release));
    if (release->erased)
        base_buf_text(out, "- People were erased from this dataset since it was first made. Use no older copy of it. "
                           "`snapshot` has gaps where visits went with them, and `months_since_previous` counts from "
                           "the visit that stood before.\n");
    base_buf_text(
        out,
        "- `clinical_text_embedding` is a function of the row's other columns: 768 numbers of unit length, no language "
        "model.\n"
        "- run.json, vectors/, models/ and evaluation.*, where they lie here, are no part of what was signed and are "
        "not handed on: run.json names the files that were read, the others are made from the rows. Make your own: "
        "`lethe index build --dataset .`, `lethe evaluate --dataset . --fit`\n\n## Proving it\n\n```\nlethe verify . "
        "--public-key "
        "publisher.pub\n```\n");
}

int engine_release_card(const engine_release *release, lethe_error *error)
{
    base_buf out;
    base_buf_init(&out, DOCUMENT_MAX);
    write_head(&out, release);
    write_body(&out, release);
    int status = base_buf_check(&out, error);
    if (status == 0)
        status = engine_files_write(release->files, release->folder, "README.md", base_buf_view(&out), error);
    base_buf_done(&out);
    return status;
}
