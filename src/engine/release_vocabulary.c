/* SPDX-License-Identifier: Apache-2.0 */
#include "clinical/vocabulary.h"
#include "engine/columns.h"
#include "engine/release.h"
#include "json/json_writer.h"

#include <stdlib.h>

#define DOCUMENT_MAX ((size_t)256 << 20)

/* The codes behind each item, as "system|code" or "system|code*" for every code that begins so. */
typedef struct code_sets {
    base_buf *lists; /* one an item: JSON strings separated by commas */
} code_sets;

static int note_code(void *context, record_item item, const char *system, const char *code, bool prefix)
{
    base_buf *list = &((code_sets *)context)->lists[item];
    base_buf_format(list, "%s\"%s|%s%s\"", list->size != 0 ? ", " : "", system, code, prefix ? "*" : "");
    return list->failed;
}

/* What else is true of whoever has the item: it falls with what it implies. */
static void write_implied(json_writer *w, const clinical_item *item)
{
    if (item->implied_count == 0 && item->implies_sex == RECORD_SEX_UNKNOWN && !item->implies_pregnancy)
        return;
    json_write_key(w, "implies");
    json_write_array(w);
    for (uint32_t i = 0; i < item->implied_count; i++) {
        char text[256];
        (void)snprintf(text, sizeof(text), "%s/%s", engine_column_name(clinical_item_column(item->implied[i])),
                       clinical_item_name(item->implied[i]));
        json_write_text(w, text);
    }
    if (item->implies_sex != RECORD_SEX_UNKNOWN)
        json_write_text(w, item->implies_sex == RECORD_SEX_FEMALE ? "sex:female" : "sex:male");
    if (item->implies_pregnancy)
        json_write_text(w, "pregnancy:pregnant");
    json_write_end(w);
}

static void write_item(json_writer *w, const engine_release *release, record_item number, const base_buf *codes)
{
    const clinical_item item = clinical_item_of(number);
    const uint32_t people = engine_release_people(release, number, number);
    json_write_object(w);
    json_member_text(w, "column", engine_column_name(item.column));
    json_member_text(w, "name", item.name);
    json_member_text(w, "meaning", item.meaning);
    if (item.parent != RECORD_ITEM_NONE)
        json_member_text(w, "parent", clinical_item_name(item.parent));
    if (people == 0 || people >= release->k)
        json_member_int(w, "support", people);
    else
        json_member_text(w, "support", "<k");
    write_implied(w, &item);
    if (item.sensitive)
        json_member_bool(w, "sensitive", true);
    if (codes->size != 0) {
        json_write_key(w, "codes");
        base_buf array;
        base_buf_init(&array, codes->size + 2);
        base_buf_byte(&array, '[');
        base_buf_span(&array, base_buf_view(codes));
        base_buf_byte(&array, ']');
        json_write_raw(w, array.failed == 0 ? base_buf_view(&array) : BASE_SPAN("[]"));
        if (array.failed != 0)
            w->out->failed = array.failed;
        base_buf_done(&array);
    }
    json_write_end(w);
}

static void write_document(json_writer *w, const engine_release *release, const code_sets *codes)
{
    json_write_object(w);
    json_member_text(w, "schema_version", ENGINE_SCHEMA_VERSION);
    json_member_text(w, "vocabulary_version", clinical_vocabulary_version());
    json_write_key(w, "exposure_risk");
    json_write_array(w);
    for (uint32_t leaf = 0; leaf < clinical_exposure_count(); leaf++) {
        json_write_object(w);
        json_member_text(w, "name", clinical_exposure_name(leaf));
        json_member_text(w, "meaning", clinical_exposure_meaning(leaf));
        json_write_end(w);
    }
    json_write_end(w);
    json_write_key(w, "values");
    json_write_array(w);
    for (uint32_t item = 0; item < clinical_item_count(); item++)
        write_item(w, release, (record_item)item, &codes->lists[item]);
    json_write_end(w);
    json_write_end(w);
}

int engine_release_vocabulary(const engine_release *release, lethe_error *error)
{
    const uint32_t count = clinical_item_count();
    code_sets codes = {calloc(count, sizeof(*codes.lists))};
    base_buf out;
    if (codes.lists == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    base_buf_init(&out, DOCUMENT_MAX);
    for (uint32_t i = 0; i < count; i++)
        base_buf_init(&codes.lists[i], DOCUMENT_MAX);
    int status = clinical_vocabulary_each_code(note_code, &codes);
    if (status != 0)
        base_fail(error, status);
    if (status == 0) {
        json_writer w = json_writer_of(&out, true);
        write_document(&w, release, &codes);
        base_buf_byte(&out, '\n');
        status = base_buf_check(&out, error);
    }
    if (status == 0)
        status = engine_files_write(release->files, release->folder, "vocabulary.json", base_buf_view(&out), error);
    for (uint32_t i = 0; i < count; i++)
        base_buf_done(&codes.lists[i]);
    free(codes.lists);
    base_buf_done(&out);
    return status;
}
