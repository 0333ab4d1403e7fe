/* SPDX-License-Identifier: Apache-2.0 */
#include "verify/support.h"

#include "base/file.h"
#include "verify/run.h"

#include <stdio.h>
#include <stdlib.h>

int verify_support_write(const verify_support *support, base_buf *out, lethe_error *error)
{
    uint64_t size = 0;
    for (size_t i = 0; i < support->tuple_count; i++)
        size += support->tuples[i].size;
    for (size_t i = 0; i < support->item_count; i++)
        size += support->items[i].size;
    if (size > UINT32_MAX || support->tuple_count > UINT32_MAX / 2 || support->item_count > RECORD_ITEM_MAX)
        return base_fail(error, LETHE_E_BASE_LIMIT);
    base_buf_text(out, "LETHESUP");
    base_buf_u32(out, 1);
    base_buf_u32(out, support->k);
    base_buf_u32(out, (uint32_t)support->tuple_count);
    base_buf_u32(out, (uint32_t)support->item_count);
    base_buf_u32(out, (uint32_t)size);
    base_buf_u32(out, 0);
    uint32_t at = 0;
    base_buf_u32(out, at);
    for (size_t i = 0; i < support->tuple_count; i++)
        base_buf_u32(out, at += (uint32_t)support->tuples[i].size);
    for (size_t i = 0; i < support->item_count; i++)
        base_buf_u32(out, at += (uint32_t)support->items[i].size);
    for (size_t i = 0; i < support->tuple_count; i++)
        base_buf_span(out, support->tuples[i]);
    for (size_t i = 0; i < support->item_count; i++)
        base_buf_span(out, support->items[i]);
    const size_t before_bits = 32 + 4 * (support->tuple_count + support->item_count + 1) + (size_t)size;
    for (size_t i = before_bits; i % 8 != 0; i++)
        base_buf_byte(out, 0);
    unsigned bits = 0, held = 0;
    for (size_t high = 1; high < support->item_count; high++)
        for (size_t low = 0; low < high; low++) {
            bits |= (unsigned)support->pair(support->context, low, high) << held;
            if (++held == 8) {
                base_buf_byte(out, (char)bits);
                bits = held = 0;
            }
        }
    if (held != 0)
        base_buf_byte(out, (char)bits);
    return base_buf_check(out, error);
}

/* What the counts say should stand there. */
typedef struct expected {
    verify_run *run;
    base_span *tuples, *names;
    uint32_t *items; /* the item of each name */
    size_t tuple_count, item_count;
} expected;

typedef struct named_item {
    base_span name;
    uint32_t item;
} named_item;

static int compare_spans(const void *left, const void *right)
{
    return base_span_compare(*(const base_span *)left, *(const base_span *)right);
}

static int compare_named(const void *left, const void *right)
{
    return base_span_compare(((const named_item *)left)->name, ((const named_item *)right)->name);
}

static bool pair_supported(void *context, size_t low, size_t high)
{
    const expected *e = context;
    const uint32_t a = e->items[low], b = e->items[high];
    const size_t pair = a < b ? verify_pair_at(a, b) : verify_pair_at(b, a);
    return e->run->counts.pair_patients[pair] >= e->run->counts.k;
}

static int expect_tuples(expected *e, lethe_error *error)
{
    const verify_trie *trie = &e->run->counts.sequences;
    e->tuples = base_arena_take_array(&e->run->arena, (size_t)e->run->counts.tuples.count + 1, sizeof(*e->tuples));
    if (e->tuples == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    for (uint32_t i = 1; i < trie->count; i++)
        if (trie->nodes[i].depth == 1 && trie->nodes[i].patients >= e->run->counts.k)
            e->tuples[e->tuple_count++] = e->run->counts.tuples.strings[(uint32_t)trie->nodes[i].edge];
    qsort(e->tuples, e->tuple_count, sizeof(*e->tuples), compare_spans);
    return 0;
}

static int expect_items(expected *e, lethe_error *error)
{
    const size_t count = e->run->counts.item_count;
    named_item *named = base_arena_take_array(&e->run->arena, count + 1, sizeof(*named));
    e->names = base_arena_take_array(&e->run->arena, count + 1, sizeof(*e->names));
    e->items = base_arena_take_array(&e->run->arena, count + 1, sizeof(*e->items));
    if (named == NULL || e->names == NULL || e->items == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    for (size_t i = 0; i < count; i++) {
        char name[512];
        const verify_item *item = &e->run->vocabulary.items[i];
        if (e->run->counts.item_patients[i] < e->run->counts.k)
            continue;
        const int size =
            snprintf(name, sizeof(name), "%s/%s", verify_fields[verify_list_columns[item->column]].name, item->name);
        named[e->item_count] =
            (named_item){base_arena_copy(&e->run->arena, (base_span){name, (size_t)size}), (uint32_t)i};
        if (named[e->item_count++].name.data == NULL)
            return base_fail(error, LETHE_E_BASE_MEMORY);
    }
    qsort(named, e->item_count, sizeof(*named), compare_named);
    for (size_t i = 0; i < e->item_count; i++) {
        e->names[i] = named[i].name;
        e->items[i] = named[i].item;
    }
    return 0;
}

static int load_and_compare(verify_run *run, base_span wanted, lethe_error *error)
{
    char path[BASE_PATH_MAX];
    base_buf found;
    lethe_error cause = {0};
    BASE_TRY(verify_path(run, "support.bin", path, sizeof(path), error));
    base_buf_init(&found, VERIFY_SUPPORT_BYTES_MAX);
    const int status = base_file_load(path, &found, &cause);
    if (status != 0 || !base_span_equal(base_buf_view(&found), wanted)) {
        size_t at = 0;
        while (at < found.size && at < wanted.size && found.data[at] == wanted.data[at])
            at++;
        cause.byte = (int64_t)at;
        verify_note_error(run, VERIFY_CHECK_SUPPORT, LETHE_E_VERIFY_SUPPORT, "support.bin", &cause);
    }
    base_buf_done(&found);
    return status == LETHE_E_BASE_MEMORY ? base_fail(error, status) : 0;
}

int verify_check_support(verify_run *run, lethe_error *error)
{
    expected e = {.run = run};
    BASE_TRY(expect_tuples(&e, error));
    BASE_TRY(expect_items(&e, error));
    const verify_support support = {.k = run->counts.k,
                                    .tuples = e.tuples,
                                    .tuple_count = e.tuple_count,
                                    .items = e.names,
                                    .item_count = e.item_count,
                                    .pair = pair_supported,
                                    .context = &e};
    base_buf wanted;
    base_buf_init(&wanted, VERIFY_SUPPORT_BYTES_MAX);
    int status = verify_support_write(&support, &wanted, error);
    if (status == 0)
        status = load_and_compare(run, base_buf_view(&wanted), error);
    base_buf_done(&wanted);
    verify_counted(run, VERIFY_CHECK_SUPPORT, e.tuple_count + e.item_count);
    if (status == 0)
        verify_settle(run, VERIFY_CHECK_SUPPORT);
    return status;
}
