/* SPDX-License-Identifier: Apache-2.0 */
/* Flat records on any bytes: what is read is packed and derived, in both orders, and gives the same rows. The same
 * bytes are then taken for a packed person, which may be damaged in any way. */
#include "clinical/derive.h"
#include "clinical/flat.h"
#include "clinical/pack.h"

#include <assert.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define DEPTH_MAX   64
#define PACKED_MAX  ((size_t)1 << 24)
#define RECORDS_MAX 64u

static const base_hash_key SECRET = {5, 6};

typedef struct person {
    clinical_pack *pack;
    base_buf packed;
    size_t ends[RECORDS_MAX];
    size_t count;
} person;

static int take(void *context, const record_head *head, const record_event *events, size_t count, lethe_error *error)
{
    person *p = context;
    assert(!record_key_none(head->patient) && head->patient_id.size != 0);
    if (p->count == RECORDS_MAX)
        return 0;
    const int status = clinical_pack_resource(p->pack, events, count, &p->packed, error);
    p->ends[p->count++] = p->packed.size;
    return status;
}

static int refuse(void *context, const lethe_error *trouble)
{
    (void)context;
    assert(trouble->code != 0 && trouble->path[0] != '\0');
    return 0;
}

static int digest(void *context, base_span id, uint8_t ret_digest[32], lethe_error *error)
{
    const base_hash128 hash = base_hash(&SECRET, id);
    (void)context;
    (void)error;
    memset(ret_digest, 0, 32);
    memcpy(ret_digest, &hash, sizeof(hash));
    return 0;
}

static int derive(const base_span *spans, size_t count, base_arena *arena, record_row **rows, size_t *row_count)
{
    const clinical_derive_options options = {.as_of_day = 20000};
    const clinical_derive_hooks hooks = {NULL, NULL, digest, NULL};
    return clinical_derive(&options, spans, count, &hooks, arena, rows, row_count, NULL);
}

static void check_rows(const person *p)
{
    base_span forward[RECORDS_MAX], backward[RECORDS_MAX];
    base_arena arena;
    record_row *a = NULL, *b = NULL;
    size_t count_a = 0, count_b = 0;
    for (size_t i = 0; i < p->count; i++) {
        const size_t start = i != 0 ? p->ends[i - 1] : 0;
        forward[i] = backward[p->count - 1 - i] = (base_span){p->packed.data + start, p->ends[i] - start};
    }
    base_arena_init(&arena, PACKED_MAX * 4);
    assert(derive(forward, p->count, &arena, &a, &count_a) == 0);
    assert(derive(backward, p->count, &arena, &b, &count_b) == 0);
    assert(count_a == count_b);
    for (size_t i = 0; i < count_a; i++) {
        assert(memcmp(&a[i].qi, &b[i].qi, sizeof(a[i].qi)) == 0 && a[i].item_count == b[i].item_count);
        assert(a[i].item_count == 0 || memcmp(a[i].items, b[i].items, a[i].item_count * sizeof(record_item)) == 0);
    }
    base_arena_done(&arena);
}

static void check_damage(const uint8_t *data, size_t size)
{
    const base_span packed = {(const char *)data, size};
    const clinical_identity_visitor nobody = {NULL, NULL, NULL};
    base_arena arena;
    record_row *rows = NULL;
    size_t count = 0;
    base_arena_init(&arena, PACKED_MAX);
    const int status = derive(&packed, 1, &arena, &rows, &count);
    assert(status == 0 || status == LETHE_E_CLINICAL_DAMAGED);
    assert((status == LETHE_E_CLINICAL_DAMAGED) == (clinical_packed_identity(packed, &nobody, NULL) != 0));
    base_arena_done(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    person p = {.count = 0};
    json_parser *parser = NULL;
    clinical_flat *flat = NULL;
    json_value root, element;
    const clinical_pack_options options = {.secret = SECRET};
    char *text = calloc(1, size + JSON_PADDING);
    base_buf_init(&p.packed, PACKED_MAX);
    if (text == NULL || json_parser_new(JSON_DOCUMENT_MAX, DEPTH_MAX, &parser, NULL) != 0 ||
        clinical_flat_new(&SECRET, &flat, NULL) != 0 || clinical_pack_new(&options, &p.pack, NULL) != 0)
        abort();
    if (size != 0)
        memcpy(text, data, size);
    const record_sink sink = {&p, take, refuse};
    if (json_parse(parser, (base_span){text, size}, &root, NULL) == 0) {
        json_iterator it = json_iterate(root);
        if (json_is(root, JSON_ARRAY)) {
            while (json_next(&it, NULL, &element))
                assert(clinical_flat_read(flat, element, &sink, NULL) == 0);
        } else {
            assert(clinical_flat_read(flat, root, &sink, NULL) == 0);
        }
        check_rows(&p);
    }
    check_damage(data, size);
    clinical_pack_free(p.pack);
    clinical_flat_free(flat);
    json_parser_free(parser);
    base_buf_done(&p.packed);
    free(text);
    return 0;
}
