/* SPDX-License-Identifier: Apache-2.0 */
#include "verify/verify.h"

#include "clinical/released.h"
#include "clinical/vocabulary.h"
#include "crypt/keyring.h"
#include "engine/compose.h"

#include <lethe/verify.h>

#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>

/* The face of verify: hands it the encoder and the rules, which it does not know, and copies what it found. */
typedef struct verify_context {
    embed_model *model;
    const lethe_verify_options *options;
    record_item *items; /* of this program's vocabulary, by the number in the dataset's */
    uint32_t item_count, item_room;
} verify_context;

static int value(void *opaque, uint32_t number, record_column column, const char *name, lethe_error *error)
{
    verify_context *context = opaque;
    if (number >= context->item_room) {
        const uint32_t room = number < 512 ? 1024 : 2 * (number + 1);
        record_item *items = realloc(context->items, room * sizeof(*items));
        if (items == NULL)
            return base_fail(error, LETHE_E_BASE_MEMORY);
        context->items = items;
        context->item_room = room;
    }
    while (context->item_count <= number)
        context->items[context->item_count++] = RECORD_ITEM_NONE;
    context->items[number] = clinical_item_find(column, base_span_of(name));
    return 0;
}

/* The row's items as numbers of this program's vocabulary; false where a value is none of it. */
static bool items_of(const verify_context *context, const verify_row *row, bool risks, record_item *items,
                     size_t *ret_count)
{
    size_t count = 0;
    for (int column = 0; column < RECORD_COLUMN_COUNT; column++) {
        if (column == RECORD_RISK_FACTORS && !risks)
            continue;
        for (size_t i = 0; i < row->value_counts[column]; i++) {
            const uint32_t number = row->numbers[column][i];
            const record_item item =
                number < context->item_count
                    ? context->items[number]
                    : clinical_item_find((record_column)column, base_span_of(row->values[column][i]));
            if (item == RECORD_ITEM_NONE || count == RECORD_ROW_ITEMS_MAX)
                return false;
            items[count++] = item;
        }
    }
    *ret_count = count;
    return true;
}

static int encode(void *opaque, const verify_row *row, float ret_vector[VERIFY_VECTOR_SIZE])
{
    const verify_context *context = opaque;
    record_item items[RECORD_ROW_ITEMS_MAX];
    record_released released = row->released;
    if (!items_of(context, row, true, items, &released.item_count))
        return LETHE_E_CLINICAL_VOCABULARY;
    released.items = items;
    return embed_encode(context->model, &released, ret_vector, NULL);
}

/* Comorbidity is the function of the released concepts; every risk factor is one that fires (some may be withheld). */
static bool derived(void *opaque, const verify_row *row)
{
    const verify_context *context = opaque;
    record_item items[RECORD_ROW_ITEMS_MAX], fired[CLINICAL_RISK_FACTORS_MAX];
    record_released released = row->released;
    if (!items_of(context, row, false, items, &released.item_count))
        return false;
    released.items = items;
    if (strcmp(clinical_comorbidity(items, released.item_count), row->released.comorbidity) != 0)
        return false;
    const size_t count = clinical_risk_factors(&released, fired);
    for (size_t i = 0; i < row->value_counts[RECORD_RISK_FACTORS]; i++) {
        const uint32_t number = row->numbers[RECORD_RISK_FACTORS][i];
        const record_item item = number < context->item_count ? context->items[number] : RECORD_ITEM_NONE;
        bool found = false;
        for (size_t j = 0; j < count && !found; j++)
            found = fired[j] == item;
        if (!found)
            return false;
    }
    return true;
}

static int progress(void *opaque, uint64_t done, uint64_t total)
{
    const verify_context *context = opaque;
    const lethe_verify_options *options = context->options;
    return options != NULL && options->progress != NULL ? options->progress(options->progress_context, done, total) : 0;
}

static int passed_of(verify_state state)
{
    return state == VERIFY_PASSED ? 1 : state == VERIFY_FAILED ? 0 : -1;
}

/* Copies the outcome; returns the error of the first check that failed. */
static int copy_result(const verify_result *from, lethe_verify_result *to, lethe_error *error)
{
    int status = 0;
    *to = (lethe_verify_result){
        .check_count = VERIFY_CHECK_COUNT,
        .signer_established = from->signer_established,
        .operators_files = from->operators_files,
        .rows = from->profiles,
        .patients = from->patients,
        .k = from->k,
        .attacker_visits = from->attacker_visits,
        .attacker_items = from->attacker_items,
    };
    memcpy(to->level, from->level, sizeof(from->level) < sizeof(to->level) ? sizeof(from->level) : sizeof(to->level));
    memcpy(to->audience, from->audience, sizeof(to->audience));
    for (int i = 0; i < VERIFY_CHECK_COUNT; i++) {
        const verify_outcome *outcome = &from->checks[i];
        to->checks[i] = (lethe_check){verify_check_name((verify_check)i), passed_of(outcome->state), outcome->counted,
                                      outcome->first};
        if (outcome->state == VERIFY_FAILED && status == 0) {
            status = outcome->first.code;
            if (error != NULL)
                *error = outcome->first;
        }
    }
    if (status == 0 && !from->passed)
        status = base_fail(error, LETHE_E_VERIFY_MANIFEST);
    return status;
}

/* Where there is no folder there is nothing to verify: another matter than a dataset that fails. */
static int find_folder(const char *folder, lethe_error *error)
{
    struct stat status;
    errno = 0;
    if (stat(folder, &status) == 0 && S_ISDIR(status.st_mode))
        return 0;
    const int code = errno == ENOENT ? LETHE_E_BASE_NOT_FOUND : LETHE_E_BASE_IO;
    errno = errno == 0 ? ENOTDIR : errno;
    base_fail_errno(error, code);
    base_error_file(error, folder);
    return code;
}

int lethe_verify(const char *folder, const lethe_verify_options *options, lethe_verify_result *ret_result,
                 lethe_error *error)
{
    uint8_t key[32];
    verify_context context = {.options = options};
    verify_options settings = {.hooks = {&context, value, encode, derived, progress},
                               .threads = options != NULL ? options->threads : 0};
    if (options != NULL && options->public_key != NULL) {
        if (!crypt_base64_decode(base_span_of(options->public_key), key, sizeof(key)))
            return base_fail(error, LETHE_E_ENGINE_PUBLIC_KEY);
        settings.public_key = key;
    }
    BASE_TRY(find_folder(folder, error));
    verify_result *result = calloc(1, sizeof(*result));
    if (result == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    int status = engine_model_new(&context.model, error);
    if (status == 0)
        status = embed_model_prepare(context.model, error);
    if (status == 0)
        status = verify_dataset(folder, &settings, result, error);
    if (status == 0)
        status = copy_result(result, ret_result, error);
    embed_model_free(context.model);
    free(context.items);
    free(result);
    return status;
}
