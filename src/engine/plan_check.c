/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/plan_check.h"

#include "base/file.h"
#include "clinical/vocabulary.h"
#include "crypt/digest.h"
#include "crypt/sign.h"
#include "engine/columns.h"
#include "engine/text.h"

#include <math.h>
#include <stdlib.h>

#define DOCUMENT_MAX ((size_t)16 << 20)
#define SUPPORT_MAX  ((size_t)1 << 30)
#define SUPPORT_HEAD 32

typedef struct loaded {
    base_buf manifest, signature, plan;
    json_parser *parser;
} loaded;

static int load(const char *folder, const char *name, base_buf *buf, lethe_error *error)
{
    char path[BASE_PATH_MAX];
    if ((size_t)snprintf(path, sizeof(path), "%s/%s", folder, name) >= sizeof(path))
        return base_fail(error, LETHE_E_BASE_LIMIT);
    return base_file_load(path, buf, error);
}

static int not_a_dataset(const char *name, lethe_error *error)
{
    base_fail(error, LETHE_E_ENGINE_DATASET);
    base_error_file(error, name);
    return LETHE_E_ENGINE_DATASET;
}

static int parse(json_parser *parser, base_buf *buf, const char *name, json_value *ret_root, lethe_error *error)
{
    const size_t size = buf->size;
    if (base_buf_reserve(buf, JSON_PADDING) != 0)
        return base_buf_check(buf, error);
    return json_parse(parser, (base_span){buf->data, size}, ret_root, NULL) == 0 ? 0 : not_a_dataset(name, error);
}

/* The digest that the manifest states for a file must be the file's. */
static int check_listed(json_value manifest, const char *name, base_span bytes, lethe_error *error)
{
    json_iterator files = json_iterate(json_get(manifest, "files"));
    json_value file;
    uint8_t digest[32];
    char hex[65];
    BASE_TRY(crypt_sha256(bytes, digest, error));
    engine_hex(digest, sizeof(digest), hex);
    while (json_next(&files, NULL, &file))
        if (base_span_is(json_string(json_get(file, "path")), name) &&
            base_span_is(json_string(json_get(file, "sha256")), hex))
            return 0;
    return not_a_dataset(name, error);
}

static int fail_member(lethe_error *error, int code, const char *member)
{
    base_fail(error, code);
    base_error_file(error, "manifest.json");
    base_error_path(error, member);
    return code;
}

static int read_manifest(engine_plan_check *check, loaded *files, const crypt_keyring *ring, lethe_error *error)
{
    uint8_t key[32];
    json_value root;
    int64_t k = 0;
    BASE_TRY(crypt_keyring_public(ring, key, error));
    if (files->signature.size != 64 ||
        crypt_verify(key, base_buf_view(&files->manifest), (const uint8_t *)files->signature.data, NULL) != 0) {
        base_fail(error, LETHE_E_VERIFY_SIGNATURE);
        base_error_file(error, "manifest.sig");
        return LETHE_E_VERIFY_SIGNATURE;
    }
    BASE_TRY(parse(files->parser, &files->manifest, "manifest.json", &root, error));
    if (!base_span_is(json_string(json_get(root, "schema_version")), ENGINE_SCHEMA_VERSION))
        return fail_member(error, LETHE_E_VERIFY_VERSION, "schema_version");
    if (!base_span_is(json_string(json_get(root, "vocabulary_version")), clinical_vocabulary_version()))
        return fail_member(error, LETHE_E_ENGINE_DATASET, "vocabulary_version");
    if (base_span_is(json_string(json_get(root, "level")), "external"))
        return base_fail(error, LETHE_E_ENGINE_LEVEL); /* support.bin does not say what each class supports */
    if (!json_int64(json_get(root, "k"), &k) || k < 2 || k > UINT32_MAX)
        return not_a_dataset("manifest.json", error);
    check->k = (uint32_t)k;
    if (!json_number(json_get(root, "similarity_preserved"), &check->similarity))
        check->similarity = NAN;
    BASE_TRY(check_listed(root, "plan.json", base_buf_view(&files->plan), error));
    return check_listed(root, "support.bin", base_buf_view(&check->support), error);
}

int engine_plan_levels(json_value plan, const privacy_hierarchies *hierarchies, privacy_node *ret_node,
                       lethe_error *error)
{
    const json_value levels = json_get(plan, "levels");
    privacy_node node = {0};
    for (int qi = 0; qi < RECORD_QI_COUNT; qi++) {
        int64_t level = 0;
        if (!json_int64(json_get(levels, privacy_qi_name((record_qi)qi)), &level) || level < 0 ||
            level >= hierarchies->qi[qi].level_count)
            return not_a_dataset("plan.json", error);
        node.level[qi] = (uint8_t)level;
    }
    *ret_node = node;
    return 0;
}

static int read_plan(engine_plan_check *check, const privacy_hierarchies *hierarchies, loaded *files,
                     lethe_error *error)
{
    uint8_t digest[32];
    json_value root;
    BASE_TRY(crypt_sha256(base_buf_view(&files->plan), digest, error));
    engine_hex(digest, sizeof(digest), check->digest);
    BASE_TRY(parse(files->parser, &files->plan, "plan.json", &root, error));
    return engine_plan_levels(root, hierarchies, &check->node, error);
}

static uint32_t u32_at(const uint8_t *bytes, size_t index)
{
    const uint8_t *at = bytes + 4 * index;
    return (uint32_t)at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
}

/* support.bin as verify/support.h draws it. */
static int read_support(engine_plan_check *check, lethe_error *error)
{
    const uint8_t *bytes = (const uint8_t *)check->support.data;
    const size_t size = check->support.size;
    if (size < SUPPORT_HEAD || memcmp(bytes, "LETHESUP", 8) != 0 || u32_at(bytes, 2) != 1)
        return not_a_dataset("support.bin", error);
    const size_t tuples = u32_at(bytes, 4), items = u32_at(bytes, 5), strings = u32_at(bytes, 6);
    size_t at = SUPPORT_HEAD + 4 * (tuples + items + 1);
    if (items > RECORD_ITEM_MAX || at > size || strings > size - at)
        return not_a_dataset("support.bin", error);
    check->tuple_count = tuples;
    check->item_count = items;
    check->offsets = bytes + SUPPORT_HEAD;
    check->strings = bytes + at;
    at = (at + strings + 7) / 8 * 8;
    const size_t pair_bytes = items > 1 ? (items * (items - 1) / 2 + 7) / 8 : 0;
    if (at > size || pair_bytes > size - at)
        return not_a_dataset("support.bin", error);
    check->pairs = bytes + at;
    for (size_t i = 0; i <= tuples + items; i++)
        if (u32_at(check->offsets, i) > strings ||
            (i != 0 && u32_at(check->offsets, i) < u32_at(check->offsets, i - 1)))
            return not_a_dataset("support.bin", error);
    return 0;
}

static base_span string_at(const engine_plan_check *check, size_t index)
{
    const uint32_t begin = u32_at(check->offsets, index), end = u32_at(check->offsets, index + 1);
    return (base_span){(const char *)check->strings + begin, end - begin};
}

/* Binary search among the strings first .. first+count-1. */
static bool find_string(const engine_plan_check *check, size_t first, size_t count, base_span text, size_t *ret_at)
{
    size_t low = 0, high = count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        const int order = base_span_compare(string_at(check, first + middle), text);
        if (order == 0) {
            *ret_at = middle;
            return true;
        }
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return false;
}

static int number_items(engine_plan_check *check, lethe_error *error)
{
    const uint32_t count = clinical_item_count();
    check->numbers = calloc(count, sizeof(*check->numbers));
    if (check->numbers == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    for (uint32_t item = 0; item < count; item++) {
        char name[256];
        size_t at = 0;
        const int size =
            snprintf(name, sizeof(name), "%s/%s", engine_column_name(clinical_item_column((record_item)item)),
                     clinical_item_name((record_item)item));
        const bool found =
            find_string(check, check->tuple_count, check->item_count, (base_span){name, (size_t)size}, &at);
        check->numbers[item] = found ? (uint32_t)at : UINT32_MAX;
    }
    return 0;
}

static int read_both(engine_plan_check *check, loaded *files, lethe_error *error)
{
    privacy_hierarchies *hierarchies = NULL;
    BASE_TRY(engine_hierarchies_new(&hierarchies, error));
    const int status = read_plan(check, hierarchies, files, error);
    free(hierarchies);
    BASE_TRY(status);
    BASE_TRY(read_support(check, error));
    return number_items(check, error);
}

static int open_check(const char *folder, const crypt_keyring *ring, engine_plan_check *check, loaded *files,
                      lethe_error *error)
{
    BASE_TRY(load(folder, "manifest.json", &files->manifest, error));
    BASE_TRY(load(folder, "manifest.sig", &files->signature, error));
    BASE_TRY(load(folder, "plan.json", &files->plan, error));
    BASE_TRY(load(folder, "support.bin", &check->support, error));
    BASE_TRY(json_parser_new(DOCUMENT_MAX, JSON_DEPTH_MAX, &files->parser, error));
    BASE_TRY(read_manifest(check, files, ring, error));
    return read_both(check, files, error);
}

static int begin(loaded *files, engine_plan_check **ret_check, lethe_error *error)
{
    engine_plan_check *check = calloc(1, sizeof(*check));
    if (check == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    base_buf_init(&files->manifest, DOCUMENT_MAX);
    base_buf_init(&files->signature, 4096);
    base_buf_init(&files->plan, DOCUMENT_MAX);
    base_buf_init(&check->support, SUPPORT_MAX);
    *ret_check = check;
    return 0;
}

static int end(int status, loaded *files, engine_plan_check *check, engine_plan_check **ret_check)
{
    base_buf_done(&files->manifest);
    base_buf_done(&files->signature);
    base_buf_done(&files->plan);
    json_parser_free(files->parser);
    if (status != 0)
        engine_plan_check_free(check);
    else
        *ret_check = check;
    return status;
}

int engine_plan_check_open(const char *folder, const crypt_keyring *ring, engine_plan_check **ret_check,
                           lethe_error *error)
{
    loaded files = {0};
    engine_plan_check *check = NULL;
    BASE_TRY(begin(&files, &check, error));
    return end(open_check(folder, ring, check, &files, error), &files, check, ret_check);
}

int engine_plan_check_parse(base_span plan, base_span support, engine_plan_check **ret_check, lethe_error *error)
{
    loaded files = {0};
    engine_plan_check *check = NULL;
    BASE_TRY(begin(&files, &check, error));
    base_buf_span(&files.plan, plan);
    base_buf_span(&check->support, support);
    int status = base_buf_check(&files.plan, error);
    if (status == 0)
        status = base_buf_check(&check->support, error);
    if (status == 0)
        status = json_parser_new(DOCUMENT_MAX, JSON_DEPTH_MAX, &files.parser, error);
    if (status == 0)
        status = read_both(check, &files, error);
    return end(status, &files, check, ret_check);
}

void engine_plan_check_free(engine_plan_check *check)
{
    if (check == NULL)
        return;
    base_buf_done(&check->support);
    free(check->numbers);
    free(check);
}

int engine_plan_check_tuple(const engine_plan_check *check, const record_released *r, lethe_error *error)
{
    static const char *const observed[] = {"false", "true"};
    for (size_t i = 0; i < 2; i++) {
        char text[512];
        size_t at;
        const int size = snprintf(text, sizeof(text), "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s", r->index_period,
                                  r->months_since_previous, r->age_group, r->sex, r->pregnancy_status,
                                  r->location_category, r->season_category, r->exposure_risk, observed[i]);
        if (find_string(check, 0, check->tuple_count, (base_span){text, (size_t)size}, &at))
            return 0;
    }
    return base_fail(error, LETHE_E_PRIVACY_SUPPORT);
}

static bool pair_supported(const engine_plan_check *check, record_item a, record_item b)
{
    size_t low = check->numbers[a], high = check->numbers[b];
    if (low > high) {
        const size_t swapped = low;
        low = high;
        high = swapped;
    }
    const size_t bit = high * (high - 1) / 2 + low;
    return (check->pairs[bit / 8] >> (bit % 8) & 1) != 0;
}

static bool has_item(const record_item *items, size_t count, record_item item)
{
    for (size_t i = 0; i < count; i++)
        if (items[i] == item)
            return true;
    return false;
}

/* Whether nothing that the item says again has been taken from the patient: neither its category, nor what it implies
 * and the patient `had`. */
static bool grounded(record_item item, const record_item *items, size_t count, const record_item *had, size_t had_count)
{
    const clinical_item of = clinical_item_of(item);
    if (of.parent != RECORD_ITEM_NONE && !has_item(items, count, of.parent))
        return false;
    for (uint32_t i = 0; i < of.implied_count; i++)
        if (has_item(had, had_count, of.implied[i]) && !has_item(items, count, of.implied[i]))
            return false;
    return true;
}

/* Drops concepts whose category is gone and items whose implied items are gone, until nothing changes. */
static size_t drop_orphans(record_item *items, size_t count, const record_item *had, size_t had_count)
{
    for (size_t before = count + 1; before != count;) {
        size_t kept = 0;
        before = count;
        for (size_t i = 0; i < count; i++)
            if (grounded(items[i], items, count, had, had_count))
                items[kept++] = items[i];
        count = kept;
    }
    return count;
}

/* The item in the most pairs without support; a concept before a category; SIZE_MAX where all pairs have it. */
static size_t worst_item(const engine_plan_check *check, const record_item *items, size_t count)
{
    size_t worst = SIZE_MAX, most = 0;
    for (size_t i = 0; i < count; i++) {
        size_t pairs = 0;
        for (size_t j = 0; j < count; j++)
            pairs += i != j && !pair_supported(check, items[i], items[j]);
        if (pairs == 0)
            continue;
        const size_t score = 2 * pairs + (clinical_item_of(items[i]).parent != RECORD_ITEM_NONE);
        if (score > most) {
            most = score;
            worst = i;
        }
    }
    return worst;
}

size_t engine_plan_check_items(const engine_plan_check *check, record_item *items, size_t count)
{
    record_item had[RECORD_ROW_ITEMS_MAX];
    size_t kept = 0;
    if (count > RECORD_ROW_ITEMS_MAX)
        return 0;
    for (size_t i = 0; i < count; i++) {
        had[i] = items[i];
        if (check->numbers[items[i]] != UINT32_MAX)
            items[kept++] = items[i];
    }
    kept = drop_orphans(items, kept, had, count);
    for (size_t worst; (worst = worst_item(check, items, kept)) != SIZE_MAX;) {
        memmove(items + worst, items + worst + 1, (kept - worst - 1) * sizeof(*items));
        kept = drop_orphans(items, kept - 1, had, count);
    }
    return kept;
}

static bool is_risk(record_item item)
{
    return clinical_item_column(item) == RECORD_RISK_FACTORS;
}

static bool risk_supported(const engine_plan_check *check, record_item risk, const record_item *items, size_t count)
{
    bool supported = check->numbers[risk] != UINT32_MAX;
    for (size_t i = 0; i < count && supported; i++)
        supported = is_risk(items[i]) || pair_supported(check, risk, items[i]);
    return supported;
}

size_t engine_plan_check_risks(const engine_plan_check *check, record_item *items, size_t count)
{
    bool stays[RECORD_ITEM_MAX] = {false};
    size_t kept = 0;
    for (size_t i = 0; i < count; i++)
        stays[items[i]] = !is_risk(items[i]) || risk_supported(check, items[i], items, count);
    for (size_t i = 0; i < count; i++)
        if (stays[items[i]])
            items[kept++] = items[i];
    for (size_t worst; (worst = worst_item(check, items, kept)) != SIZE_MAX; kept--)
        memmove(items + worst, items + worst + 1, (kept - worst - 1) * sizeof(*items));
    return kept;
}
