/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/operator.h"

#include "clinical/vocabulary.h"
#include "engine/columns.h"
#include "engine/losses.h"
#include "json/json_writer.h"

#include <lethe/lethe.h>

#include <errno.h>
#include <sys/resource.h>
#include <sys/utsname.h>

#define ACCOUNT_MAX ((size_t)256 << 20)

static void write_machine(json_writer *w, const engine_account *account)
{
    struct utsname machine;
    struct rusage usage;
    json_write_key(w, "machine");
    json_write_object(w);
    json_member_text(w, "lethe", lethe_version());
    if (uname(&machine) == 0) {
        json_member_text(w, "system", machine.sysname);
        json_member_text(w, "architecture", machine.machine);
    }
    json_member_int(w, "threads", (int64_t)account->threads);
    if (getrusage(RUSAGE_SELF, &usage) == 0)
        json_member_int(w, "peak_memory_bytes", (int64_t)usage.ru_maxrss * 1024);
    json_member_int(w, "spilled_bytes", (int64_t)account->spilled_bytes);
    json_write_end(w);
}

static void write_times(json_writer *w, const engine_account *account)
{
    static const char *const names[] = {"read", "map", "decide", "apply", "report"};
    json_member_text(w, "started_at", account->started_at);
    json_member_int(w, "resumed", (int64_t)account->resumed);
    json_write_key(w, "seconds");
    json_write_object(w);
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        json_member_double(w, names[i], account->seconds[i]);
    json_write_end(w);
    json_write_key(w, "decide");
    json_write_object(w);
    json_member_int(w, "nodes", account->effort.nodes);
    json_member_int(w, "nodes_tried", account->effort.tried);
    json_member_int(w, "nodes_finished", account->effort.finished);
    json_write_end(w);
}

static void write_input(json_writer *w, const engine_account *account)
{
    const lethe_run_result *result = account->result;
    json_write_key(w, "input");
    json_write_object(w);
    json_member_int(w, "files", (int64_t)account->source.file_count);
    json_member_int(w, "files_of_other_kinds", (int64_t)account->source.ignored_count);
    json_member_int(w, "bytes", (int64_t)account->source.bytes_total);
    json_member_int(w, "text_bytes", (int64_t)account->source.text_bytes);
    json_member_int(w, "records", (int64_t)result->records_read);
    json_member_int(w, "records_superseded", (int64_t)account->map->superseded);
    json_member_int(w, "patients", (int64_t)result->patients_read);
    json_member_int(w, "patients_without_visits", (int64_t)account->map->people_without_visits);
    json_member_int(w, "visits", (int64_t)result->visits_read);
    json_write_key(w, "resources");
    json_write_object(w);
    for (int type = 0; type < FHIR_RESOURCE_TYPE_COUNT; type++) {
        const fhir_count *count = &account->ingest->fhir.types[type];
        if (count->read == 0)
            continue;
        json_write_key(w, fhir_resource_type_name((fhir_resource_type)type));
        json_write_object(w);
        json_member_int(w, "read", (int64_t)count->read);
        json_member_int(w, "used", (int64_t)count->used);
        json_member_int(w, "retracted_or_refuted", (int64_t)count->negated);
        json_member_int(w, "withheld", (int64_t)count->withheld);
        json_write_end(w);
    }
    json_write_end(w);
    json_write_end(w);
}

static void write_entry(json_writer *w, const engine_account *account, const engine_withheld_entry *entry)
{
    char name[BASE_PATH_MAX];
    engine_source_name(account->ingest->source, entry->file, name);
    json_write_object(w);
    json_member_text(w, "code", base_error_name(entry->code));
    json_member_text(w, "file", name);
    if (entry->line != 0)
        json_member_int(w, "line", entry->line);
    if (entry->byte >= 0)
        json_member_int(w, "byte", entry->byte);
    if (entry->path[0] != '\0')
        json_member_text(w, "path", entry->path);
    json_write_end(w);
}

static void write_withheld(json_writer *w, const engine_account *account)
{
    const engine_withheld *withheld = account->withheld;
    json_write_key(w, "withheld");
    json_write_object(w);
    json_member_int(w, "records", (int64_t)withheld->total);
    json_write_key(w, "by_code");
    json_write_object(w);
    for (size_t i = 0; i < ENGINE_WITHHELD_CODES_MAX && withheld->codes[i].code != 0; i++)
        json_member_int(w, base_error_name(withheld->codes[i].code), (int64_t)withheld->codes[i].count);
    json_write_end(w);
    json_write_key(w, "entries");
    json_write_array(w);
    for (size_t i = 0; i < withheld->count; i++)
        write_entry(w, account, &withheld->entries[i]);
    json_write_end(w);
    json_write_end(w);
}

/* Whose visits are not in the release: what is rare goes first. */
static void write_groups(json_writer *w, const engine_account *account)
{
    engine_group_losses groups[ENGINE_GROUP_LOSSES_MAX];
    const size_t count = engine_count_groups(account->cohort, groups);
    json_write_key(w, "visits_withheld_by_group");
    json_write_array(w);
    for (size_t i = 0; i < count; i++) {
        json_write_object(w);
        json_member_text(w, "quasi_identifier", privacy_qi_name(groups[i].qi));
        json_member_text(w, "group", groups[i].group);
        json_member_int(w, "visits", (int64_t)groups[i].visits);
        json_member_int(w, "visits_withheld", (int64_t)groups[i].visits_withheld);
        json_member_int(w, "people_with_released", (int64_t)groups[i].people_with_released);
        json_member_int(w, "people_with_withheld", (int64_t)groups[i].people_with_withheld);
        json_write_end(w);
    }
    json_write_end(w);
}

static void write_columns(json_writer *w, const engine_account *account)
{
    engine_list_losses columns[RECORD_COLUMN_COUNT];
    engine_count_lists(account->cohort, columns);
    json_write_key(w, "columns");
    json_write_object(w);
    for (int i = 0; i < RECORD_COLUMN_COUNT; i++) {
        json_write_key(w, engine_column_name((record_column)i));
        json_write_object(w);
        json_member_int(w, "values", (int64_t)columns[i].values);
        json_member_int(w, "values_released", (int64_t)columns[i].values_released);
        json_member_int(w, "items", (int64_t)columns[i].items);
        json_member_int(w, "items_released", (int64_t)columns[i].items_released);
        json_write_end(w);
    }
    json_write_end(w);
}

/* What the list rule took from everybody, most people first: the first thing to ask about a missing label. */
static void write_lists(json_writer *w, const engine_account *account)
{
    record_item gone[RECORD_ITEM_MAX];
    const size_t count = engine_list_gone(account->cohort, 1, RECORD_ITEM_MAX, gone);
    json_write_key(w, "lists");
    json_write_object(w);
    write_columns(w, account);
    json_write_key(w, "dropped_for_all");
    json_write_array(w);
    for (size_t i = 0; i < count; i++) {
        json_write_object(w);
        json_member_text(w, "column", engine_column_name(clinical_item_column(gone[i])));
        json_member_text(w, "name", clinical_item_name(gone[i]));
        json_member_int(w, "people", (int64_t)engine_item_held(account->cohort, gone[i]));
        json_write_end(w);
    }
    json_write_end(w);
    json_write_end(w);
}

int engine_account_write(const engine_account *account, const base_folder *folder, lethe_error *error)
{
    base_buf out;
    base_buf_init(&out, ACCOUNT_MAX);
    json_writer w = json_writer_of(&out, true);
    json_write_object(&w);
    write_times(&w, account);
    write_machine(&w, account);
    write_input(&w, account);
    write_groups(&w, account);
    write_lists(&w, account);
    write_withheld(&w, account);
    json_write_end(&w);
    base_buf_byte(&out, '\n');
    int status = base_buf_check(&out, error);
    if (status == 0)
        status = base_folder_write_private(folder, "run.json", base_buf_view(&out), error);
    base_buf_done(&out);
    return status;
}

int engine_account_load(const char *dataset, json_parser *parser, base_buf *bytes, json_value *ret_root,
                        lethe_error *error)
{
    char path[BASE_PATH_MAX];
    lethe_error trouble = {0};
    *ret_root = (json_value){0};
    if ((size_t)snprintf(path, sizeof(path), "%s/run.json", dataset) >= sizeof(path))
        return base_fail(error, LETHE_E_BASE_LIMIT);
    const int status = base_file_load(path, bytes, &trouble);
    if (status != 0) {
        if (trouble.system_errno != ENOENT && error != NULL)
            *error = trouble;
        return trouble.system_errno == ENOENT ? 0 : status;
    }
    const size_t size = bytes->size;
    if (base_buf_reserve(bytes, JSON_PADDING) != 0)
        return base_buf_check(bytes, error);
    if (json_parse(parser, (base_span){bytes->data, size}, ret_root, NULL) != 0 || !json_is(*ret_root, JSON_OBJECT))
        *ret_root = (json_value){0};
    return 0;
}
