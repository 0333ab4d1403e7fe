/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/erase.h"
#include "engine/operator.h"
#include "engine/measure.h"
#include "engine/release.h"
#include "json/json_writer.h"

#include <math.h>
#include <time.h>

/* What stands beside the rows, made anew from them and from the old manifest. plan.json is the same: so what a profile
 * or an index was made under is still true. */
#define DOCUMENT_MAX ((size_t)64 << 20)
#define ACCOUNT_MAX  ((size_t)256 << 20)
#define ACCOUNT_KEY  "erasures"

static int no_member(lethe_error *error, const char *member)
{
    base_fail(error, LETHE_E_ENGINE_DATASET);
    base_error_file(error, "manifest.json");
    base_error_path(error, member);
    return LETHE_E_ENGINE_DATASET;
}

static int text_of(engine_erasure *erasure, const char *member, const char **ret_text, lethe_error *error)
{
    const base_span text = json_string(json_get(erasure->dataset->root, member));
    if (text.data == NULL || (text.size != 0 && memchr(text.data, '\0', text.size) != NULL))
        return no_member(error, member);
    *ret_text = base_arena_copy(&erasure->arena, text).data;
    return *ret_text != NULL ? 0 : base_fail(error, LETHE_E_BASE_MEMORY);
}

static int texts_of(engine_erasure *erasure, engine_release *release, lethe_error *error)
{
    const struct {
        const char *member, **text;
    } texts[] = {
        {"dataset_name", &release->dataset_name},
        {"audience", &release->audience},
        {"level", &release->level},
        {"created_at", &release->created_at},
        {"snapshots", &release->snapshots},
        {"created_at_from", &release->created_at_from},
        {"privacy", &release->statement},
    };
    int64_t horizon = 0;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        BASE_TRY(text_of(erasure, texts[i].member, texts[i].text, error));
    if (!json_int64(json_get(erasure->dataset->root, "outcome_horizon_months"), &horizon) || horizon < 1 ||
        horizon > 1200)
        return no_member(error, "outcome_horizon_months");
    release->horizon_months = (uint32_t)horizon;
    return 0;
}

static int copy_plan(engine_erasure *erasure, lethe_error *error)
{
    char path[BASE_PATH_MAX];
    base_buf plan;
    if ((size_t)snprintf(path, sizeof(path), "%s/plan.json", erasure->dataset->folder) >= sizeof(path))
        return base_fail(error, LETHE_E_BASE_LIMIT);
    base_buf_init(&plan, DOCUMENT_MAX);
    int status = base_file_load(path, &plan, error);
    if (status == 0)
        status =
            engine_files_write(&erasure->files, &erasure->replace.folder, "plan.json", base_buf_view(&plan), error);
    base_buf_done(&plan);
    return status;
}

int engine_erase_documents(engine_erasure *erasure, lethe_error *error)
{
    engine_release release = {
        .cohort = &erasure->cohort,
        .composer = &erasure->composer,
        .apply = &erasure->apply,
        .classes = &erasure->classes,
        .model = erasure->model,
        .ring = erasure->ring,
        .folder = &erasure->replace.folder,
        .files = &erasure->files,
        .k = erasure->k,
        .attacker_visits = erasure->visits,
        .attacker_items = erasure->items,
        .similarity = NAN, /* it was measured against what came in */
        .erased = true,
    };
    BASE_TRY(texts_of(erasure, &release, error));
    BASE_TRY(engine_classes_count(&erasure->cohort, &erasure->classes, error));
    BASE_TRY(copy_plan(erasure, error));
    BASE_TRY(engine_release_support(&release, error));
    BASE_TRY(engine_release_vocabulary(&release, error));
    BASE_TRY(engine_release_schema(&release, error));
    BASE_TRY(engine_release_card(&release, error));
    BASE_TRY(engine_measure_again(&release, error));
    return engine_release_manifest(&release, error);
}

/* -- run.json ------------------------------------------------------------------------------------------------------ */

static void write_figures(json_writer *w, const engine_erasure *erasure)
{
    const lethe_erase_result *result = &erasure->result;
    char at[32] = "";
    struct tm civil;
    const time_t now = time(NULL);
    if (gmtime_r(&now, &civil) != NULL)
        (void)strftime(at, sizeof(at), "%Y-%m-%dT%H:%M:%SZ", &civil);
    json_write_object(w);
    json_member_text(w, "at", at);
    json_member_int(w, "patients_erased", (int64_t)result->patients_erased);
    json_member_int(w, "visits_erased", (int64_t)result->visits_erased);
    json_member_int(w, "patients_withheld", (int64_t)result->patients_withheld);
    json_member_int(w, "visits_withheld", (int64_t)result->visits_withheld);
    json_member_int(w, "patients_who_lost_items", (int64_t)result->patients_changed);
    json_member_int(w, "items_withheld", (int64_t)result->items_withheld);
    json_member_int(w, "values_withheld_from_all", (int64_t)result->values_withheld);
    json_write_end(w);
}

/* What the operator had noted stays as it is; one more entry says what was erased now. */
static void write_account(json_writer *w, json_value old, const engine_erasure *erasure)
{
    json_iterator members = json_iterate(old), before = json_iterate(json_get(old, ACCOUNT_KEY));
    base_span key;
    json_value value;
    json_write_object(w);
    while (json_next(&members, &key, &value)) {
        if (base_span_is(key, ACCOUNT_KEY))
            continue;
        json_write_key_span(w, key);
        json_write_raw(w, json_text(value));
    }
    json_write_key(w, ACCOUNT_KEY);
    json_write_array(w);
    while (json_next(&before, NULL, &value))
        json_write_raw(w, json_text(value));
    write_figures(w, erasure);
    json_write_end(w);
    json_write_end(w);
}

/* No run.json, or one that is none: a new one. */
static int make_account(engine_erasure *erasure, json_parser *parser, base_buf *old, base_buf *out, lethe_error *error)
{
    json_value root;
    json_writer w = json_writer_of(out, true);
    BASE_TRY(engine_account_load(erasure->dataset->folder, parser, old, &root, error));
    write_account(&w, root, erasure);
    base_buf_byte(out, '\n');
    BASE_TRY(base_buf_check(out, error));
    return base_folder_write_private(&erasure->replace.folder, "run.json", base_buf_view(out), error);
}

int engine_erase_account(engine_erasure *erasure, lethe_error *error)
{
    json_parser *parser = NULL;
    base_buf old, out;
    BASE_TRY(json_parser_new(ACCOUNT_MAX, JSON_DEPTH_MAX, &parser, error));
    base_buf_init(&old, ACCOUNT_MAX);
    base_buf_init(&out, ACCOUNT_MAX);
    const int status = make_account(erasure, parser, &old, &out, error);
    base_buf_done(&old);
    base_buf_done(&out);
    json_parser_free(parser);
    return status;
}
