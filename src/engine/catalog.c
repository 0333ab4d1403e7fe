/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/catalog.h"

#include <stdlib.h>

#define ADDED_HEAD  (4 + 16 + 8 + 32) /* size of the packed bytes · key · lastUpdated · digest */
#define SORTED_HEAD (16 + 4)          /* key · size of the packed bytes */
#define LOAD_MAX    ((size_t)1 << 32)

int engine_catalog_init(engine_catalog *catalog, engine_store *store, lethe_error *error)
{
    *catalog = (engine_catalog){.store = store};
    engine_shared_init(&catalog->table);
    pthread_mutex_init(&catalog->lock, NULL);
    catalog->seen = calloc(ENGINE_CATALOG_SEEN, sizeof(*catalog->seen));
    if (catalog->seen == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    return engine_parts_new(ENGINE_CATALOG_PARTS, store, &catalog->added, error);
}

void engine_catalog_done(engine_catalog *catalog)
{
    if (catalog->store == NULL)
        return;
    engine_parts_free(catalog->added);
    engine_parts_free(catalog->sorted);
    engine_shared_done(&catalog->table);
    for (size_t part = 0; part < ENGINE_CATALOG_PARTS; part++)
        free(catalog->heads[part]);
    free(catalog->seen);
    pthread_mutex_destroy(&catalog->lock);
    *catalog = (engine_catalog){0};
}

static size_t part_of(record_key key)
{
    return (size_t)(key.high % ENGINE_CATALOG_PARTS);
}

/* Whether this very version was added a short while ago; notes it otherwise. */
static bool seen_lately(engine_catalog *catalog, const engine_version *version)
{
    uint64_t digest;
    memcpy(&digest, version->digest, sizeof(digest)); /* of SHA-256: as good a hash as any */
    const uint64_t mark = digest ^ version->key.low ^ (uint64_t)version->last_updated_us;
    uint64_t *place = &catalog->seen[version->key.high / ENGINE_CATALOG_PARTS % ENGINE_CATALOG_SEEN];
    const bool seen = __atomic_load_n(place, __ATOMIC_RELAXED) == mark && mark != 0;
    if (!seen)
        __atomic_store_n(place, mark, __ATOMIC_RELAXED);
    return seen;
}

int engine_catalog_add(engine_catalog *catalog, const engine_version *version, base_span packed, lethe_error *error)
{
    base_buf record;
    if (seen_lately(catalog, version))
        return 0;
    base_buf_init(&record, ADDED_HEAD + packed.size);
    base_buf_u32(&record, (uint32_t)packed.size);
    base_buf_u64(&record, version->key.high);
    base_buf_u64(&record, version->key.low);
    base_buf_u64(&record, (uint64_t)version->last_updated_us);
    base_buf_append(&record, version->digest, sizeof(version->digest));
    base_buf_span(&record, packed);
    int status = base_buf_check(&record, error);
    if (status == 0)
        status = engine_parts_append(catalog->added, part_of(version->key), base_buf_view(&record), error);
    base_buf_done(&record);
    return status;
}

typedef struct entry {
    engine_version version;
    base_span packed;
} entry;

static int by_key(const void *left, const void *right)
{
    const entry *a = left, *b = right;
    const int order = record_key_compare(a->version.key, b->version.key);
    return order != 0 ? order : engine_version_prefer(&a->version, &b->version);
}

static bool read_entry(base_cursor *cursor, entry *ret_entry)
{
    const size_t size = base_cursor_u32(cursor);
    ret_entry->version.key.high = base_cursor_u64(cursor);
    ret_entry->version.key.low = base_cursor_u64(cursor);
    ret_entry->version.last_updated_us = (int64_t)base_cursor_u64(cursor);
    const base_span digest = base_cursor_take(cursor, sizeof(ret_entry->version.digest));
    ret_entry->packed = base_cursor_take(cursor, size);
    if (cursor->failed)
        return false;
    memcpy(ret_entry->version.digest, digest.data, digest.size);
    return true;
}

static size_t count_entries(base_span bytes)
{
    base_cursor cursor = base_cursor_of(bytes);
    size_t count = 0;
    while (!cursor.failed && cursor.at < cursor.size) {
        const size_t size = base_cursor_u32(&cursor);
        (void)base_cursor_take(&cursor, ADDED_HEAD - 4 + size);
        count++;
    }
    return count;
}

/* The entries of a partition, sorted, each resource once. Views into `bytes`. */
static int list_part(engine_catalog *catalog, size_t part, base_buf *bytes, entry **ret_entries, size_t *ret_count,
                     lethe_error *error)
{
    base_buf_reset(bytes);
    BASE_TRY(engine_parts_load(catalog->added, part, bytes, error));
    const size_t count = count_entries(base_buf_view(bytes));
    entry *entries = calloc(count + 1, sizeof(*entries));
    if (entries == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    base_cursor cursor = base_cursor_of(base_buf_view(bytes));
    for (size_t i = 0; i < count; i++)
        if (!read_entry(&cursor, &entries[i])) {
            free(entries);
            return base_fail(error, LETHE_E_ENGINE_SPILL);
        }
    if (count > 1)
        qsort(entries, count, sizeof(*entries), by_key);
    size_t kept = 0;
    for (size_t i = 0; i < count; i++)
        if (kept == 0 || !record_key_equal(entries[kept - 1].version.key, entries[i].version.key))
            entries[kept++] = entries[i];
    *ret_entries = entries;
    *ret_count = kept;
    return 0;
}

/* Everything of a partition into the table; *ret_fits false where it is full. */
static int tabulate(engine_catalog *catalog, const entry *entries, size_t count, uint64_t memory_bytes, bool *ret_fits,
                    lethe_error *error)
{
    for (size_t i = 0; i < count && *ret_fits; i++) {
        BASE_TRY(engine_shared_add(&catalog->table, &entries[i].version, entries[i].packed, error));
        *ret_fits =
            catalog->table.bytes.capacity + catalog->table.slot_count * sizeof(engine_shared_entry) <= memory_bytes;
    }
    return 0;
}

static int note_head(engine_catalog *catalog, size_t part, uint64_t offset, uint64_t high, lethe_error *error)
{
    const uint32_t page = (uint32_t)(offset / ENGINE_PAGE_BYTES);
    const size_t count = catalog->head_count[part];
    if (count != 0 && catalog->heads[part][count - 1].page == page)
        return 0;
    if ((count & (count + 1)) == 0) { /* grows when full: 1, 3, 7 … */
        engine_page_head *heads = realloc(catalog->heads[part], (2 * count + 1) * sizeof(*heads));
        if (heads == NULL)
            return base_fail(error, LETHE_E_BASE_MEMORY);
        catalog->heads[part] = heads;
    }
    catalog->heads[part][catalog->head_count[part]++] =
        (engine_page_head){high, page, (uint32_t)(offset % ENGINE_PAGE_BYTES)};
    return 0;
}

static int sort_part(engine_catalog *catalog, size_t part, const entry *entries, size_t count, lethe_error *error)
{
    base_buf head;
    int status = 0;
    base_buf_init(&head, SORTED_HEAD);
    for (size_t i = 0; status == 0 && i < count; i++) {
        const record_key key = entries[i].version.key;
        base_buf_reset(&head);
        base_buf_u64(&head, key.high);
        base_buf_u64(&head, key.low);
        base_buf_u32(&head, (uint32_t)entries[i].packed.size);
        status = base_buf_check(&head, error);
        if (status == 0)
            status = note_head(catalog, part, engine_parts_size(catalog->sorted, part), key.high, error);
        if (status == 0)
            status = engine_parts_append(catalog->sorted, part, base_buf_view(&head), error);
        if (status == 0)
            status = engine_parts_append(catalog->sorted, part, entries[i].packed, error);
    }
    base_buf_done(&head);
    return status;
}

/* One way through all partitions: into the table as long as it fits, or into sorted partitions. */
static int settle_all(engine_catalog *catalog, uint64_t memory_bytes, bool *ret_fits, lethe_error *error)
{
    base_buf bytes;
    int status = 0;
    base_buf_init(&bytes, LOAD_MAX);
    for (size_t part = 0; status == 0 && *ret_fits && part < ENGINE_CATALOG_PARTS; part++) {
        entry *entries = NULL;
        size_t count = 0;
        status = list_part(catalog, part, &bytes, &entries, &count, error);
        if (status == 0)
            status = catalog->sorted == NULL ? tabulate(catalog, entries, count, memory_bytes, ret_fits, error)
                                             : sort_part(catalog, part, entries, count, error);
        free(entries);
    }
    base_buf_done(&bytes);
    return status;
}

int engine_catalog_settle(engine_catalog *catalog, uint64_t memory_bytes, lethe_error *error)
{
    bool fits = true;
    free(catalog->seen);
    catalog->seen = NULL;
    BASE_TRY(settle_all(catalog, memory_bytes, &fits, error));
    if (!fits) {
        engine_shared_done(&catalog->table);
        engine_shared_init(&catalog->table);
        BASE_TRY(engine_parts_new(ENGINE_CATALOG_PARTS, catalog->store, &catalog->sorted, error));
        fits = true;
        BASE_TRY(settle_all(catalog, memory_bytes, &fits, error));
    }
    return 0;
}

void engine_catalog_reader_init(engine_catalog_reader *reader, const engine_catalog *catalog)
{
    *reader = (engine_catalog_reader){.catalog = catalog};
    for (size_t i = 0; i < ENGINE_CATALOG_CACHE; i++)
        base_buf_init(&reader->pages[i], ENGINE_PAGE_BYTES);
}

void engine_catalog_reader_done(engine_catalog_reader *reader)
{
    for (size_t i = 0; i < ENGINE_CATALOG_CACHE; i++)
        base_buf_done(&reader->pages[i]);
}

static int page_of(engine_catalog_reader *reader, size_t part, size_t page, base_span *ret_page, lethe_error *error)
{
    const uint64_t which = 1 + ((uint64_t)page * ENGINE_CATALOG_PARTS + part);
    const size_t place = (size_t)((which * 0x9e3779b97f4a7c15u >> 40) % ENGINE_CATALOG_CACHE);
    if (reader->which[place] != which) {
        reader->which[place] = 0;
        base_buf_reset(&reader->pages[place]);
        BASE_TRY(engine_parts_load_page(reader->catalog->sorted, part, page, &reader->pages[place], error));
        reader->which[place] = which;
    }
    *ret_page = base_buf_view(&reader->pages[place]);
    return 0;
}

/* Bytes of a sorted partition, from whatever pages they lie in. */
static int read_at(engine_catalog_reader *reader, size_t part, uint64_t at, char *ret_bytes, size_t size,
                   lethe_error *error)
{
    while (size != 0) {
        base_span page;
        const size_t in_page = (size_t)(at % ENGINE_PAGE_BYTES);
        BASE_TRY(page_of(reader, part, (size_t)(at / ENGINE_PAGE_BYTES), &page, error));
        if (in_page >= page.size)
            return base_fail(error, LETHE_E_ENGINE_SPILL);
        const size_t ready = page.size - in_page, piece = size < ready ? size : ready;
        memcpy(ret_bytes, page.data + in_page, piece);
        ret_bytes += piece;
        at += piece;
        size -= piece;
    }
    return 0;
}

/* The last page whose first resource does not come after the key; keys of one `high` are too rare to matter, but the
 * page before is taken where they are equal. */
static const engine_page_head *head_of(const engine_catalog *catalog, size_t part, uint64_t high)
{
    size_t low = 0, end = catalog->head_count[part];
    while (low < end) {
        const size_t middle = low + (end - low) / 2;
        if (catalog->heads[part][middle].high < high)
            low = middle + 1;
        else
            end = middle;
    }
    if (low != 0)
        low--;
    return catalog->head_count[part] != 0 ? &catalog->heads[part][low] : NULL;
}

static int find_sorted(engine_catalog_reader *reader, record_key key, base_arena *arena, base_span *ret_packed,
                       lethe_error *error)
{
    const size_t part = part_of(key);
    const engine_page_head *head = head_of(reader->catalog, part, key.high);
    const uint64_t end = engine_parts_size(reader->catalog->sorted, part);
    uint64_t at = head != NULL ? (uint64_t)head->page * ENGINE_PAGE_BYTES + head->at : end;
    while (at < end) {
        char bytes[SORTED_HEAD];
        BASE_TRY(read_at(reader, part, at, bytes, sizeof(bytes), error));
        base_cursor cursor = base_cursor_of((base_span){bytes, sizeof(bytes)});
        record_key found;
        found.high = base_cursor_u64(&cursor);
        found.low = base_cursor_u64(&cursor);
        const size_t size = base_cursor_u32(&cursor);
        at += SORTED_HEAD;
        const int order = record_key_compare(found, key);
        if (order > 0)
            return 0;
        if (order == 0) {
            char *packed = base_arena_take(arena, size + 1);
            if (packed == NULL)
                return base_fail(error, LETHE_E_BASE_MEMORY);
            BASE_TRY(read_at(reader, part, at, packed, size, error));
            *ret_packed = (base_span){packed, size};
            return 0;
        }
        at += size;
    }
    return 0;
}

base_span engine_catalog_find(engine_catalog_reader *reader, record_key key, base_arena *arena)
{
    base_span packed = {NULL, 0};
    lethe_error error = {0};
    if (reader->catalog->sorted == NULL)
        return engine_shared_find(&reader->catalog->table, key);
    if (record_key_none(key))
        return packed;
    const int status = find_sorted(reader, key, arena, &packed, &error);
    if (status != 0 && reader->status == 0) {
        reader->status = status;
        reader->error = error;
    }
    return packed;
}
