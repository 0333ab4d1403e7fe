/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/parts.h"

#include <stdlib.h>

/* A page of a stream: in memory, in a slot, or both. 0: not there. */
typedef struct part_page {
    uint32_t page, slot;
} part_page;

typedef struct part_store {
    pthread_mutex_t lock;
    part_page *pages;
    size_t count, capacity;
    size_t tail;     /* bytes of the last page */
    size_t resident; /* the first page that is in memory; all after it are */
    size_t unsaved;  /* the first page without a slot; none after it has one */
} part_store;

struct engine_parts {
    size_t count;
    engine_store *store;
    part_store *parts;
};

int engine_parts_new(size_t count, engine_store *store, engine_parts **ret_parts, lethe_error *error)
{
    if (store->parts_count == ENGINE_STORE_PARTS)
        return base_fail(error, LETHE_E_BASE_INTERNAL);
    engine_parts *parts = calloc(1, sizeof(*parts));
    part_store *array = calloc(count, sizeof(*array));
    if (parts == NULL || array == NULL) {
        free(parts);
        free(array);
        return base_fail(error, LETHE_E_BASE_MEMORY);
    }
    *parts = (engine_parts){count, store, array};
    for (size_t i = 0; i < count; i++)
        pthread_mutex_init(&array[i].lock, NULL);
    store->parts[store->parts_count++] = parts;
    *ret_parts = parts;
    return 0;
}

void engine_parts_free(engine_parts *parts)
{
    if (parts == NULL)
        return;
    engine_store *store = parts->store;
    for (size_t i = 0; i < store->parts_count; i++)
        if (store->parts[i] == parts)
            store->parts[i] = store->parts[--store->parts_count];
    for (size_t i = 0; i < parts->count; i++) {
        engine_parts_drop(parts, i);
        pthread_mutex_destroy(&parts->parts[i].lock);
    }
    free(parts->parts);
    free(parts);
}

size_t engine_parts_count(const engine_parts *parts)
{
    return parts->count;
}

static size_t full_pages(const part_store *part)
{
    return part->count - (part->count != 0 && part->tail < ENGINE_PAGE_BYTES);
}

/* An entry for a page behind the last one. */
static part_page *new_entry(part_store *part, lethe_error *error)
{
    if (part->count == part->capacity) {
        const size_t capacity = part->capacity != 0 ? 2 * part->capacity : 4;
        part_page *pages = realloc(part->pages, capacity * sizeof(*pages));
        if (pages == NULL) {
            base_fail(error, LETHE_E_BASE_MEMORY);
            return NULL;
        }
        part->pages = pages;
        part->capacity = capacity;
    }
    part_page *entry = &part->pages[part->count];
    *entry = (part_page){0, 0};
    return entry;
}

static int add_page(engine_store *store, part_store *part, lethe_error *error)
{
    part_page *entry = new_entry(part, error);
    if (entry == NULL)
        return LETHE_E_BASE_MEMORY;
    BASE_TRY(engine_store_take(store, &entry->page, error));
    part->count++;
    part->tail = 0;
    return 0;
}

static int append_bytes(engine_store *store, part_store *part, base_span bytes, lethe_error *error)
{
    while (bytes.size != 0) {
        if (part->count == 0 || part->tail == ENGINE_PAGE_BYTES)
            BASE_TRY(add_page(store, part, error));
        const size_t room = ENGINE_PAGE_BYTES - part->tail;
        const size_t size = bytes.size < room ? bytes.size : room;
        memcpy(engine_store_page(store, part->pages[part->count - 1].page) + part->tail, bytes.data, size);
        part->tail += size;
        bytes = (base_span){bytes.data + size, bytes.size - size};
    }
    return 0;
}

/* Gives full pages that have no slot one. Holds the part's lock. */
static int save_part(engine_store *store, part_store *part, lethe_error *error)
{
    const size_t end = full_pages(part);
    while (part->unsaved < end) {
        uint32_t pages[ENGINE_SLOTS_AT_ONCE], slot = 0;
        size_t count = end - part->unsaved < ENGINE_SLOTS_AT_ONCE ? end - part->unsaved : ENGINE_SLOTS_AT_ONCE;
        for (size_t i = 0; i < count; i++)
            pages[i] = part->pages[part->unsaved + i].page;
        BASE_TRY(engine_store_write(store, pages, count, &slot, error));
        for (size_t i = 0; i < count; i++)
            part->pages[part->unsaved++].slot = slot + (uint32_t)i;
    }
    return 0;
}

/* Full pages leave the memory. Holds the part's lock. */
static int evict_part(engine_store *store, part_store *part, lethe_error *error)
{
    BASE_TRY(save_part(store, part, error));
    for (; part->resident < full_pages(part); part->resident++) {
        engine_store_give(store, part->pages[part->resident].page, false);
        part->pages[part->resident].page = 0;
    }
    return 0;
}

/* Partitions in turn, until the store is within its budget or each was asked once. */
static int evict(engine_store *store, lethe_error *error)
{
    size_t total = 0;
    for (size_t i = 0; i < store->parts_count; i++)
        total += store->parts[i]->count;
    for (size_t asked = 0; asked < total && engine_store_over(store); asked++) {
        size_t at = __atomic_fetch_add(&store->hand, 1, __ATOMIC_RELAXED) % total, which = 0;
        while (at >= store->parts[which]->count)
            at -= store->parts[which++]->count;
        part_store *part = &store->parts[which]->parts[at];
        if (pthread_mutex_trylock(&part->lock) != 0)
            continue; /* somebody appends to it or evicts it */
        const int status = evict_part(store, part, error);
        pthread_mutex_unlock(&part->lock);
        if (status != 0)
            return status;
    }
    return 0;
}

int engine_parts_append(engine_parts *parts, size_t index, base_span record, lethe_error *error)
{
    part_store *part = &parts->parts[index];
    pthread_mutex_lock(&part->lock);
    const int status = append_bytes(parts->store, part, record, error);
    pthread_mutex_unlock(&part->lock);
    if (status != 0 || !engine_store_over(parts->store))
        return status;
    return evict(parts->store, error);
}

uint64_t engine_parts_size(const engine_parts *parts, size_t index)
{
    const part_store *part = &parts->parts[index];
    return part->count != 0 ? (uint64_t)(part->count - 1) * ENGINE_PAGE_BYTES + part->tail : 0;
}

/* One page from memory, or as many as lie beside each other in slots. Others may evict meanwhile: a page that has left
 * the memory has a slot. */
static int load_pages(engine_parts *parts, part_store *part, size_t first, size_t most, base_buf *buf,
                      size_t *ret_count, lethe_error *error)
{
    uint32_t slot = 0;
    size_t count = 1;
    pthread_mutex_lock(&part->lock);
    if (part->pages[first].page != 0) {
        base_buf_append(buf, engine_store_page(parts->store, part->pages[first].page),
                        first + 1 == part->count ? part->tail : ENGINE_PAGE_BYTES);
    } else {
        slot = part->pages[first].slot;
        most = engine_store_run(parts->store, slot, most);
        while (count < most && first + count < part->resident &&
               part->pages[first + count].slot == slot + (uint32_t)count)
            count++;
    }
    pthread_mutex_unlock(&part->lock);
    *ret_count = count;
    if (slot == 0 || base_buf_reserve(buf, count * ENGINE_PAGE_BYTES) != 0)
        return base_buf_check(buf, error);
    BASE_TRY(engine_store_read(parts->store, slot, count, buf->data + buf->size, error));
    buf->size += count * ENGINE_PAGE_BYTES;
    return 0;
}

int engine_parts_load_some(engine_parts *parts, size_t index, uint64_t *at, base_buf *buf, lethe_error *error)
{
    part_store *part = &parts->parts[index];
    const size_t first = (size_t)((*at + ENGINE_PAGE_BYTES - 1) / ENGINE_PAGE_BYTES);
    size_t count = 0;
    if (first >= part->count)
        return 0;
    BASE_TRY(load_pages(parts, part, first, ENGINE_SLOTS_AT_ONCE, buf, &count, error));
    *at = (uint64_t)(first + count) * ENGINE_PAGE_BYTES;
    return 0;
}

int engine_parts_load_page(engine_parts *parts, size_t index, size_t page, base_buf *buf, lethe_error *error)
{
    size_t count = 0;
    return page < parts->parts[index].count ? load_pages(parts, &parts->parts[index], page, 1, buf, &count, error) : 0;
}

int engine_parts_load(engine_parts *parts, size_t index, base_buf *buf, lethe_error *error)
{
    const uint64_t size = engine_parts_size(parts, index);
    if (base_buf_reserve(buf, (size_t)size) != 0)
        return base_buf_check(buf, error);
    for (uint64_t at = 0; at < size;)
        BASE_TRY(engine_parts_load_some(parts, index, &at, buf, error));
    return 0;
}

void engine_parts_drop(engine_parts *parts, size_t index)
{
    part_store *part = &parts->parts[index];
    pthread_mutex_lock(&part->lock);
    for (size_t i = part->resident; i < part->count; i++)
        engine_store_give(parts->store, part->pages[i].page, true);
    free(part->pages);
    part->pages = NULL;
    part->count = part->capacity = part->tail = part->resident = part->unsaved = 0;
    pthread_mutex_unlock(&part->lock);
}

int engine_parts_save(engine_parts *parts, lethe_error *error)
{
    int status = 0;
    for (size_t i = 0; status == 0 && parts != NULL && i < parts->count; i++) {
        pthread_mutex_lock(&parts->parts[i].lock);
        status = save_part(parts->store, &parts->parts[i], error);
        pthread_mutex_unlock(&parts->parts[i].lock);
    }
    return status;
}

void engine_parts_note(const engine_parts *parts, engine_sealed_writer *writer)
{
    engine_sealed_u64(writer, parts->count);
    for (size_t i = 0; i < parts->count; i++) {
        const part_store *part = &parts->parts[i];
        const size_t full = full_pages(part);
        engine_sealed_u64(writer, full);
        for (size_t page = 0; page < full; page++)
            engine_sealed_u32(writer, part->pages[page].slot);
        const size_t tail = full < part->count ? part->tail : 0;
        engine_sealed_u32(writer, (uint32_t)tail);
        if (tail != 0)
            engine_sealed_put(writer, engine_store_page(parts->store, part->pages[full].page), tail);
    }
}

static int recall_part(engine_store *store, part_store *part, engine_sealed_reader *reader, lethe_error *error)
{
    static const char none[1];
    char tail[ENGINE_PAGE_BYTES];
    const uint64_t full = engine_sealed_get_u64(reader);
    for (uint64_t i = 0; i < full && !engine_sealed_failed(reader); i++) {
        part_page *entry = new_entry(part, error);
        if (entry == NULL)
            return LETHE_E_BASE_MEMORY;
        entry->slot = engine_sealed_get_u32(reader);
        part->count++;
    }
    part->resident = part->unsaved = part->count;
    part->tail = part->count != 0 ? ENGINE_PAGE_BYTES : 0;
    const uint32_t size = engine_sealed_get_u32(reader);
    if (size >= sizeof(tail))
        return base_fail(error, LETHE_E_ENGINE_SPILL);
    engine_sealed_get(reader, tail, size);
    return append_bytes(store, part, (base_span){size != 0 ? tail : none, size}, error);
}

int engine_parts_recall(engine_parts *parts, engine_sealed_reader *reader, lethe_error *error)
{
    if (engine_sealed_get_u64(reader) != parts->count)
        return base_fail(error, LETHE_E_ENGINE_SPILL);
    for (size_t i = 0; i < parts->count; i++)
        BASE_TRY(recall_part(parts->store, &parts->parts[i], reader, error));
    return 0;
}
