/* SPDX-License-Identifier: Apache-2.0 */
#include "clinical/vocabulary.h"
#include "engine/columns.h"
#include "engine/release.h"
#include "json/json_writer.h"
#include "verify/support.h"

#include <stdlib.h>

#define DOCUMENT_MAX ((size_t)64 << 20)

uint32_t engine_release_people(const engine_release *release, record_item a, record_item b)
{
    const privacy_list_result *lists = &release->cohort->risks;
    return lists->people[(size_t)a * lists->item_count + b];
}

int engine_release_plan(const engine_release *release, lethe_error *error)
{
    base_buf out;
    base_buf_init(&out, DOCUMENT_MAX);
    json_writer w = json_writer_of(&out, true);
    json_write_object(&w);
    json_member_text(&w, "schema_version", ENGINE_SCHEMA_VERSION);
    json_member_text(&w, "level", release->level);
    json_member_int(&w, "k", release->k);
    json_write_key(&w, "levels");
    json_write_object(&w);
    for (int qi = 0; qi < RECORD_QI_COUNT; qi++)
        json_member_int(&w, privacy_qi_name((record_qi)qi), release->composer->node.level[qi]);
    json_write_end(&w);
    json_write_end(&w);
    base_buf_byte(&out, '\n');
    int status = base_buf_check(&out, error);
    if (status == 0)
        status = engine_files_write(release->files, release->folder, "plan.json", base_buf_view(&out), error);
    base_buf_done(&out);
    return status;
}

/* What support.bin is made of: strings in one arena, and which item stands at which place of the sorted list. */
typedef struct support_lists {
    const engine_release *release;
    base_arena arena;
    base_span *tuples, *items;
    record_item *numbers; /* of items[i] */
    size_t tuple_count, item_count;
} support_lists;

static bool pair_has_k(void *context, size_t low, size_t high)
{
    const support_lists *lists = context;
    return engine_release_people(lists->release, lists->numbers[low], lists->numbers[high]) >= lists->release->k;
}

static int by_span(const void *a, const void *b)
{
    return base_span_compare(*(const base_span *)a, *(const base_span *)b);
}

static base_span tuple_text(support_lists *lists, const privacy_groups *groups)
{
    const engine_composer *c = lists->release->composer;
    char location[PRIVACY_LOCATION_MAX], text[512];
    const char *names[RECORD_QI_COUNT];
    for (int qi = 0; qi < RECORD_QI_COUNT; qi++)
        names[qi] = privacy_group_name(c->hierarchies, (record_qi)qi, c->node.level[qi], groups->group[qi]);
    privacy_location_name(names[RECORD_QI_DENSITY], names[RECORD_QI_REGION], location);
    const int size =
        snprintf(text, sizeof(text), "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s", names[RECORD_QI_PERIOD],
                 names[RECORD_QI_GAP], names[RECORD_QI_AGE], names[RECORD_QI_SEX], names[RECORD_QI_PREGNANCY], location,
                 names[RECORD_QI_SEASON], names[RECORD_QI_EXPOSURE], names[RECORD_QI_OBSERVED]);
    return base_arena_copy(&lists->arena, (base_span){text, (size_t)size});
}

static int list_tuples(support_lists *lists, lethe_error *error)
{
    const engine_classes *classes = lists->release->classes;
    lists->tuples = base_arena_take_array(&lists->arena, classes->count, sizeof(base_span));
    if (lists->tuples == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    for (size_t i = 0; i < classes->count; i++) {
        if (classes->classes[i].people < lists->release->k)
            continue;
        const base_span text = tuple_text(lists, &classes->classes[i].groups);
        if (text.data == NULL)
            return base_fail(error, LETHE_E_BASE_MEMORY);
        lists->tuples[lists->tuple_count++] = text;
    }
    if (lists->tuple_count > 1)
        qsort(lists->tuples, lists->tuple_count, sizeof(base_span), by_span);
    return 0;
}

typedef struct named_item {
    base_span name; /* "column/name" */
    record_item item;
} named_item;

static int by_name(const void *a, const void *b)
{
    return base_span_compare(((const named_item *)a)->name, ((const named_item *)b)->name);
}

static int list_items(support_lists *lists, lethe_error *error)
{
    const uint32_t count = clinical_item_count();
    named_item *named = base_arena_take_array(&lists->arena, count, sizeof(*named));
    lists->items = base_arena_take_array(&lists->arena, count, sizeof(base_span));
    lists->numbers = base_arena_take_array(&lists->arena, count, sizeof(record_item));
    if (named == NULL || lists->items == NULL || lists->numbers == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    for (uint32_t i = 0; i < count; i++) {
        const record_item item = (record_item)i;
        char text[256];
        if (engine_release_people(lists->release, item, item) < lists->release->k)
            continue;
        const int size = snprintf(text, sizeof(text), "%s/%s", engine_column_name(clinical_item_column(item)),
                                  clinical_item_name(item));
        named[lists->item_count++] =
            (named_item){base_arena_copy(&lists->arena, (base_span){text, (size_t)size}), item};
    }
    qsort(named, lists->item_count, sizeof(*named), by_name);
    for (size_t i = 0; i < lists->item_count; i++) {
        lists->items[i] = named[i].name;
        lists->numbers[i] = named[i].item;
    }
    return 0;
}

static int write_support(support_lists *lists, base_buf *out, lethe_error *error)
{
    BASE_TRY(list_tuples(lists, error));
    BASE_TRY(list_items(lists, error));
    const verify_support support = {
        .k = lists->release->k,
        .tuples = lists->tuples,
        .tuple_count = lists->tuple_count,
        .items = lists->items,
        .item_count = lists->item_count,
        .pair = pair_has_k,
        .context = lists,
    };
    BASE_TRY(verify_support_write(&support, out, error));
    return engine_files_write(lists->release->files, lists->release->folder, "support.bin", base_buf_view(out), error);
}

int engine_release_support(const engine_release *release, lethe_error *error)
{
    support_lists lists = {.release = release};
    base_buf out;
    base_arena_init(&lists.arena, (size_t)1 << 32);
    base_buf_init(&out, VERIFY_SUPPORT_BYTES_MAX);
    const int status = write_support(&lists, &out, error);
    base_buf_done(&out);
    base_arena_done(&lists.arena);
    return status;
}
