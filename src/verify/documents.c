/* SPDX-License-Identifier: Apache-2.0 */
#include "verify/run.h"

/* plan.json: the level of each quasi-identifier. vocabulary.json: every value that a list column may hold, and its
 * parent. */

static void note_document(verify_run *run, const char *file, const char *field)
{
    verify_note(run, VERIFY_CHECK_DOCUMENTS, LETHE_E_VERIFY_DOCUMENT, file, 0, field);
}

static bool read_levels(verify_run *run, json_value root)
{
    const json_value levels = json_get(root, "levels");
    for (int qi = 0; qi < RECORD_QI_COUNT; qi++) {
        int64_t level;
        if (!json_int64(json_get(levels, verify_qi_names[qi]), &level) || level < 0 ||
            level >= (int64_t)verify_level_count((record_qi)qi)) {
            note_document(run, "plan.json", verify_qi_names[qi]);
            return false;
        }
        run->levels[qi] = (uint32_t)level;
    }
    return true;
}

/* "implies": ["sex:female", "pregnancy:pregnant", …]; what is implied of other items the list rules see to. */
static bool is_true(json_value value)
{
    bool flag = false;
    return json_present(value) && json_bool(value, &flag) && flag;
}

static bool implies(json_value value, base_span head)
{
    json_iterator iterator = json_iterate(json_get(value, "implies"));
    json_value entry;
    while (json_next(&iterator, NULL, &entry))
        if (base_span_starts(json_string(entry), head))
            return true;
    return false;
}

static int read_item(verify_run *run, json_value value, lethe_error *error)
{
    verify_vocabulary *vocabulary = &run->vocabulary;
    const record_column column = verify_find_list(json_string(json_get(value, "column")));
    const char *name = verify_keep(run, json_get(value, "name"));
    if (column == RECORD_COLUMN_COUNT || name == NULL || name[0] == '\0' || strlen(name) > 255 ||
        vocabulary->count >= RECORD_ITEM_MAX) {
        note_document(run, "vocabulary.json", "values");
        return 0;
    }
    char key[257] = {(char)('A' + column)};
    uint32_t number;
    memcpy(key + 1, name, strlen(name));
    BASE_TRY(verify_strings_add(&vocabulary->names, (base_span){key, strlen(name) + 1}, &number, error));
    if (number != vocabulary->count) { /* twice */
        note_document(run, "vocabulary.json", "values");
        return 0;
    }
    int64_t support;
    const bool stated = json_int64(json_get(value, "support"), &support) && support >= 0;
    vocabulary->items[vocabulary->count++] =
        (verify_item){.name = name,
                      .column = column,
                      .parent = RECORD_ITEM_NONE,
                      .tells_sex = implies(value, BASE_SPAN("sex:")),
                      .tells_pregnancy = implies(value, BASE_SPAN("pregnancy:")),
                      .sensitive = is_true(json_get(value, "sensitive")),
                      .support = stated ? (uint64_t)support : VERIFY_COUNT_UNSTATED};
    return 0;
}

uint32_t verify_find_item(const verify_vocabulary *vocabulary, record_column column, base_span name)
{
    char key[257] = {(char)('A' + column)};
    if (name.size == 0 || name.size > 255)
        return VERIFY_NONE;
    memcpy(key + 1, name.data, name.size);
    return verify_strings_find(&vocabulary->names, (base_span){key, name.size + 1});
}

/* Once all are known: the parents. A concept without one, or a parent that does not exist, is not understood. */
static void read_parents(verify_run *run, json_value values)
{
    verify_vocabulary *vocabulary = &run->vocabulary;
    json_iterator iterator = json_iterate(values);
    json_value value;
    for (size_t i = 0; i < vocabulary->count && json_next(&iterator, NULL, &value); i++) {
        const record_column above = verify_parent_list(vocabulary->items[i].column);
        if (above == RECORD_COLUMN_COUNT)
            continue;
        const uint32_t parent = verify_find_item(vocabulary, above, json_string(json_get(value, "parent")));
        if (parent == VERIFY_NONE)
            note_document(run, "vocabulary.json", "parent");
        else
            vocabulary->items[i].parent = (record_item)parent;
    }
}

static void read_exposures(verify_run *run, json_value list)
{
    json_iterator iterator = json_iterate(list);
    json_value entry;
    verify_exposures *exposures = &run->vocabulary.exposures;
    while (json_next(&iterator, NULL, &entry)) {
        const char *name = verify_keep(run, json_is(entry, JSON_OBJECT) ? json_get(entry, "name") : entry);
        if (name == NULL || exposures->count >= RECORD_EXPOSURE_MAX) {
            note_document(run, "vocabulary.json", "exposure_risk");
            return;
        }
        exposures->names[exposures->count++] = name;
    }
    if (exposures->count == 0)
        note_document(run, "vocabulary.json", "exposure_risk");
}

static int read_vocabulary(verify_run *run, json_value root, lethe_error *error)
{
    const json_value values = json_get(root, "values");
    json_iterator iterator = json_iterate(values);
    json_value value;
    run->vocabulary.items = base_arena_take_array(&run->arena, RECORD_ITEM_MAX, sizeof(*run->vocabulary.items));
    if (run->vocabulary.items == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    BASE_TRY(verify_strings_init(&run->vocabulary.names, error));
    while (run->result->checks[VERIFY_CHECK_DOCUMENTS].failures == 0 && json_next(&iterator, NULL, &value))
        BASE_TRY(read_item(run, value, error));
    if (run->result->checks[VERIFY_CHECK_DOCUMENTS].failures != 0)
        return 0;
    read_parents(run, values);
    read_exposures(run, json_get(root, "exposure_risk"));
    return 0;
}

static int read_document(verify_run *run, const char *name, lethe_error *error)
{
    base_buf bytes;
    json_value root;
    lethe_error cause = {0};
    int status = verify_load_json(run, name, &bytes, &root, &cause);
    verify_counted(run, VERIFY_CHECK_DOCUMENTS, 1);
    if (status == LETHE_E_BASE_MEMORY) {
        base_fail(error, status);
    } else if (status != 0) {
        verify_note_error(run, VERIFY_CHECK_DOCUMENTS, LETHE_E_VERIFY_DOCUMENT, name, &cause);
        status = 0;
    } else if (!base_span_is(json_string(json_get(root, "schema_version")), VERIFY_SCHEMA_VERSION)) {
        verify_note(run, VERIFY_CHECK_DOCUMENTS, LETHE_E_VERIFY_VERSION, name, 0, "schema_version");
    } else if (strcmp(name, "plan.json") == 0) {
        (void)read_levels(run, root);
    } else {
        status = read_vocabulary(run, root, error);
    }
    base_buf_done(&bytes);
    return status;
}

int verify_read_documents(verify_run *run, bool *ret_usable, lethe_error *error)
{
    BASE_TRY(read_document(run, "plan.json", error));
    BASE_TRY(read_document(run, "vocabulary.json", error));
    verify_settle(run, VERIFY_CHECK_DOCUMENTS);
    *ret_usable = run->result->checks[VERIFY_CHECK_DOCUMENTS].state == VERIFY_PASSED;
    return 0;
}
