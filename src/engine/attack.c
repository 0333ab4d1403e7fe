/* SPDX-License-Identifier: Apache-2.0 */
#include "base/threads.h"
#include "engine/attack_tables.h"
#include "engine/risk.h"
#include "privacy/guess.h"
#include "privacy/singling.h"

#include <lethe/attack.h>

#include <stdio.h>
#include <stdlib.h>

#define RESULT_BYTES_MAX ((size_t)1 << 30)
#define TABLES_BYTES_MAX ((size_t)16 << 30)
#define ATTEMPTS_DEFAULT 2000
#define ATTEMPTS_MAX     1000000
#define COLUMNS_MAX      255
#define WIDTH_MAX        8 /* columns of one guess */

/* A result with what its texts are borrowed from. */
typedef struct found {
    lethe_attack_result result; /* first */
    base_arena arena;
    base_buf json;
    lethe_contest *contests;
} found;

typedef struct work {
    const lethe_attack_options *options;
    engine_attack_tables tables;
    uint32_t known[COLUMNS_MAX], secrets[COLUMNS_MAX];
    uint32_t known_count, secret_count;
    size_t threads;
} work;

/* Columns by their names; all where none are named. */
static int choose_columns(const engine_attack_tables *tables, const char *const *names, size_t count,
                          const char *option, uint32_t *ret_columns, uint32_t *ret_count, lethe_error *error)
{
    *ret_count = 0;
    if (count > COLUMNS_MAX)
        return engine_tabular_refuse(option, error);
    for (uint32_t i = 0; count == 0 && i < tables->count; i++)
        ret_columns[(*ret_count)++] = i;
    for (size_t n = 0; n < count; n++) {
        uint32_t at = 0;
        while (at < tables->count && strcmp(tables->names[at], names[n]) != 0)
            at++;
        if (at == tables->count)
            return engine_tabular_refuse(option, error);
        for (uint32_t i = 0; i < *ret_count; i++)
            if (ret_columns[i] == at)
                return engine_tabular_refuse(option, error);
        ret_columns[(*ret_count)++] = at;
    }
    return 0;
}

static int prepare(work *w, lethe_error *error)
{
    const lethe_attack_options *options = w->options;
    if (options->original == NULL || options->released == NULL)
        return engine_tabular_refuse(options->original == NULL ? "original" : "released", error);
    if (options->attempts > ATTEMPTS_MAX)
        return engine_tabular_refuse("attempts", error);
    BASE_TRY(engine_attack_tables_read(options->original, options->released, options->control, &w->tables, error));
    w->tables.stage.seed = options->seed;
    w->tables.stage.attempts = options->attempts != 0 ? options->attempts : ATTEMPTS_DEFAULT;
    w->threads = options->threads != 0 ? options->threads : base_threads_default();
    BASE_TRY(
        choose_columns(&w->tables, options->known, options->known_count, "known", w->known, &w->known_count, error));
    return choose_columns(&w->tables, options->secrets, options->secret_count, "secret", w->secrets, &w->secret_count,
                          error);
}

static int add_contest(found *all, const char *attack, const char *columns, const privacy_contest *contest,
                       lethe_error *error)
{
    const base_span copy = base_arena_copy(&all->arena, base_span_of(columns));
    if (copy.data == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    all->contests[all->result.contest_count++] = (lethe_contest){
        .attack = attack,
        .columns = copy.data,
        .against_original = engine_rate(&contest->attack),
        .against_control = engine_rate(&contest->control),
        .blind = engine_rate(&contest->baseline),
        .risk = contest->risk,
        .low = contest->low,
        .high = contest->high,
        .beats_blind = contest->beats_baseline,
    };
    return 0;
}

/* With one column, with three as in the literature, and with all that the attacker knows. */
static int single_out(found *all, const work *w, lethe_error *error)
{
    const uint32_t count = w->tables.count, widths[] = {1, 3, count < WIDTH_MAX ? count : WIDTH_MAX};
    for (size_t i = 0; i < 3; i++) {
        privacy_singling singling;
        char text[40];
        if (widths[i] > count || (i > 0 && widths[i] <= widths[i - 1]))
            continue;
        BASE_TRY(privacy_single_out(&w->tables.stage, widths[i], &singling, error));
        (void)snprintf(text, sizeof(text), widths[i] == 1 ? "%u column" : "%u columns", widths[i]);
        BASE_TRY(add_contest(all, "singling_out", text, &singling.contest, error));
    }
    return 0;
}

static int link_people(found *all, const work *w, lethe_error *error)
{
    const uint32_t half = (w->known_count + 1) / 2;
    privacy_contest contest;
    char text[40];
    if (w->known_count < 2)
        return 0;
    BASE_TRY(privacy_link(&w->tables.stage, w->known, half, w->known + half, w->known_count - half, w->threads,
                          &contest, error));
    (void)snprintf(text, sizeof(text), "%u with %u columns", half, w->known_count - half);
    return add_contest(all, "linking", text, &contest, error);
}

static int infer(found *all, const work *w, lethe_error *error)
{
    for (uint32_t s = 0; s < w->secret_count; s++) {
        uint32_t known[COLUMNS_MAX], count = 0;
        privacy_contest contest;
        for (uint32_t i = 0; i < w->known_count; i++)
            if (w->known[i] != w->secrets[s])
                known[count++] = w->known[i];
        if (count == 0)
            continue;
        BASE_TRY(privacy_infer(&w->tables.stage, known, count, w->secrets[s], w->threads, &contest, error));
        BASE_TRY(add_contest(all, "inference", w->tables.names[w->secrets[s]], &contest, error));
    }
    return 0;
}

static int measure_distances(found *all, const work *w, lethe_error *error)
{
    const privacy_stage *stage = &w->tables.stage;
    privacy_closeness close;
    uint32_t columns[COLUMNS_MAX];
    for (uint32_t i = 0; i < w->tables.count; i++)
        columns[i] = i;
    BASE_TRY(privacy_measure_closeness(stage, columns, w->tables.count, w->threads, &close, error));
    all->result.closeness = (lethe_closeness){
        .rows = close.rows,
        .copies = close.copies,
        .least = close.least,
        .fifth = close.fifth,
        .median = close.median,
        .has_control = close.has_control,
        .control_copies = close.control_copies,
        .control_fifth = close.control_fifth,
        .control_median = close.control_median,
        .closer = engine_rate(&close.closer),
    };
    if (stage->control.row_count != 0) {
        privacy_rate rate;
        BASE_TRY(privacy_member(stage, w->known, w->known_count, w->threads, &rate, error));
        all->result.membership = engine_rate(&rate);
        all->result.has_membership = 1;
    }
    return 0;
}

static const char *join_names(found *all, const work *w)
{
    size_t size = 1, at = 0;
    for (uint32_t i = 0; i < w->tables.count; i++)
        size += strlen(w->tables.names[i]) + 1;
    char *text = base_arena_take(&all->arena, size);
    for (uint32_t i = 0; text != NULL && i < w->tables.count; i++)
        at += (size_t)snprintf(text + at, size - at, "%s%s", i != 0 ? "," : "", w->tables.names[i]);
    return text;
}

static int attack(found *all, work *w, lethe_error *error)
{
    BASE_TRY(prepare(w, error));
    all->result.columns = join_names(all, w);
    all->contests = base_arena_take_array(&all->arena, w->secret_count + 8UL, sizeof(*all->contests));
    if (all->contests == NULL || all->result.columns == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    all->result.contests = all->contests;
    all->result.original_rows = w->tables.stage.original.row_count;
    all->result.released_rows = w->tables.stage.released.row_count;
    all->result.control_rows = w->tables.stage.control.row_count;
    BASE_TRY(single_out(all, w, error));
    BASE_TRY(link_people(all, w, error));
    BASE_TRY(infer(all, w, error));
    BASE_TRY(measure_distances(all, w, error));
    json_writer json = json_writer_of(&all->json, true);
    engine_attack_write(&all->result, &json);
    base_buf_byte(&all->json, '\0');
    all->result.json = all->json.data;
    return base_buf_check(&all->json, error);
}

int lethe_attack(const lethe_attack_options *options, lethe_attack_result **ret_result, lethe_error *error)
{
    work w = {.options = options};
    found *all = calloc(1, sizeof(*all));
    if (all == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    base_arena_init(&all->arena, RESULT_BYTES_MAX);
    base_buf_init(&all->json, RESULT_BYTES_MAX);
    base_arena_init(&w.tables.arena, TABLES_BYTES_MAX);
    const int status = attack(all, &w, error);
    engine_attack_tables_done(&w.tables);
    if (status != 0)
        lethe_attack_free(&all->result);
    else
        *ret_result = &all->result;
    return status;
}

void lethe_attack_free(lethe_attack_result *result)
{
    found *all = (found *)result; /* its first member */
    if (all == NULL)
        return;
    base_arena_done(&all->arena);
    base_buf_done(&all->json);
    free(all);
}
