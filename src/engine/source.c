/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/source.h"

#include "base/file.h"
#include "json/json.h"

#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#define LOCK_WAIT_NS 100000000L

struct engine_source {
    pthread_mutex_t lock;
    base_file_list list;
    size_t document_max;
    engine_source_totals totals;
    uint64_t bytes_before; /* of files already finished */
    size_t next;           /* file to open next */
    /* the open file */
    base_reader *reader;
    base_idle idle; /* of the thread that has the lock */
    size_t file;
    bool lines, fresh, skipping;
    int64_t line;
    uint64_t byte;
    base_buf carry; /* the beginning of a line whose end was not read yet */
};

static bool ends_with(const char *name, size_t size, const char *suffix)
{
    const size_t length = strlen(suffix);
    return size >= length && memcmp(name + size - length, suffix, length) == 0;
}

static size_t without_compression(const char *name)
{
    const size_t size = strlen(name);
    if (ends_with(name, size, ".gz"))
        return size - 3;
    return ends_with(name, size, ".zst") ? size - 4 : size;
}

static bool named_lines(const char *name)
{
    const size_t size = without_compression(name);
    return ends_with(name, size, ".ndjson") || ends_with(name, size, ".jsonl");
}

static bool named_input(const char *name)
{
    return named_lines(name) || ends_with(name, without_compression(name), ".json");
}

/* Keeps the files of a folder that are input; a single file is input whatever its name. */
static void choose_files(engine_source *source)
{
    base_file_list *list = &source->list;
    size_t kept = 0;
    for (size_t i = 0; i < list->count; i++) {
        const char *name = base_file_list_name(list, i);
        if (name[0] == '\0' || named_input(name)) {
            list->files[kept++] = list->files[i];
            source->totals.bytes_total += list->files[i].size_bytes;
        } else {
            source->totals.ignored_count++;
        }
    }
    list->count = kept;
    source->totals.file_count = kept;
}

int engine_source_open(const char *path, size_t document_bytes_max, engine_source **ret_source, lethe_error *error)
{
    engine_source *source = calloc(1, sizeof(*source));
    if (source == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    pthread_mutex_init(&source->lock, NULL);
    source->document_max = document_bytes_max;
    base_buf_init(&source->carry, document_bytes_max + ENGINE_CHUNK_BYTES + JSON_PADDING);
    int status = base_file_list_make(path, &source->list, error);
    if (status == 0) {
        choose_files(source);
        if (source->list.count == 0) {
            status = base_fail(error, LETHE_E_ENGINE_INPUT);
            base_error_file(error, path);
        }
    }
    if (status != 0) {
        engine_source_close(source);
        return status;
    }
    *ret_source = source;
    return 0;
}

void engine_source_close(engine_source *source)
{
    if (source == NULL)
        return;
    base_reader_close(source->reader);
    base_file_list_done(&source->list);
    base_buf_done(&source->carry);
    pthread_mutex_destroy(&source->lock);
    free(source);
}

void engine_source_name(const engine_source *source, size_t file, char ret_name[BASE_PATH_MAX])
{
    base_file_list_path(&source->list, file, ret_name);
}

uint64_t engine_source_list_bytes(const engine_source *source)
{
    return source->list.capacity * sizeof(base_listed_file) + source->list.names.capacity;
}

bool engine_source_regular(const engine_source *source)
{
    return source->list.regular;
}

uint64_t engine_source_mark(const engine_source *source, size_t file, const base_hash_key *key)
{
    const base_listed_file *listed = &source->list.files[file];
    const uint64_t state[2] = {listed->size_bytes, (uint64_t)listed->modified_ns};
    return base_hash_pair(key, base_span_of(base_file_list_name(&source->list, file)),
                          (base_span){(const char *)state, sizeof(state)})
        .low;
}

engine_source_totals engine_source_count(engine_source *source)
{
    pthread_mutex_lock(&source->lock);
    engine_source_totals totals = source->totals;
    totals.bytes_done = source->bytes_before + (source->reader != NULL ? base_reader_raw_bytes(source->reader) : 0);
    pthread_mutex_unlock(&source->lock);
    return totals;
}

void engine_chunk_init(engine_chunk *chunk)
{
    *chunk = (engine_chunk){0};
    base_buf_init(&chunk->bytes, JSON_DOCUMENT_MAX + 2 * ENGINE_CHUNK_BYTES + JSON_PADDING);
}

void engine_chunk_done(engine_chunk *chunk)
{
    base_buf_done(&chunk->bytes);
}

/* Whether the first line is a whole object and more follows: NDJSON, whatever the file is called. */
static bool looks_like_lines(base_span text)
{
    const char *newline = text.size != 0 ? memchr(text.data, '\n', text.size) : NULL;
    if (newline == NULL)
        return false;
    size_t depth = 0;
    bool in_string = false;
    for (const char *at = text.data; at < newline; at++) {
        if (in_string) {
            if (*at == '\\')
                at++;
            else if (*at == '"')
                in_string = false;
        } else if (*at == '"') {
            in_string = true;
        } else if (*at == '{' || *at == '[') {
            depth++;
        } else if ((*at == '}' || *at == ']') && depth != 0 && --depth == 0) {
            return *at == '}';
        }
    }
    return false;
}

static int open_next(engine_source *source, lethe_error *error)
{
    char name[BASE_PATH_MAX];
    engine_source_name(source, source->next, name);
    BASE_TRY(base_reader_open(name, &source->reader, error));
    source->file = source->next++;
    source->lines = named_lines(name);
    source->fresh = true;
    source->skipping = false;
    source->line = 1;
    source->byte = 0;
    base_buf_reset(&source->carry);
    return 0;
}

static void name_current(const engine_source *source, lethe_error *error)
{
    char name[BASE_PATH_MAX];
    engine_source_name(source, source->file, name);
    base_error_file(error, name);
}

/* The end of a file, which must still be what was listed: what another program cuts, replaces or appends to meanwhile
 * is neither the old nor the new file. */
static int close_current(engine_source *source, lethe_error *error)
{
    uint64_t size = 0;
    int64_t modified = 0;
    const base_listed_file *listed = &source->list.files[source->file];
    const bool changed = source->list.regular && base_reader_state(source->reader, &size, &modified) &&
                         (size != listed->size_bytes || modified != listed->modified_ns);
    source->bytes_before += base_reader_raw_bytes(source->reader);
    base_reader_close(source->reader);
    source->reader = NULL;
    if (!changed)
        return 0;
    base_fail(error, LETHE_E_ENGINE_CHANGED);
    name_current(source, error);
    return LETHE_E_ENGINE_CHANGED;
}

engine_position engine_source_position(engine_source *source)
{
    pthread_mutex_lock(&source->lock);
    const engine_position position = {
        .next_file = source->next,
        .byte = source->byte,
        .line = source->line,
        .text_bytes = source->totals.text_bytes - source->carry.size,
        .open = source->reader != NULL,
        .lines = source->lines,
        .skipping = source->skipping,
    };
    pthread_mutex_unlock(&source->lock);
    return position;
}

int engine_source_seek(engine_source *source, const engine_position *position, lethe_error *error)
{
    if (position->next_file > source->list.count || (position->open && position->next_file == 0))
        return base_fail(error, LETHE_E_ENGINE_SPILL);
    source->next = (size_t)position->next_file - position->open;
    source->bytes_before = 0;
    for (size_t i = 0; i < source->next; i++)
        source->bytes_before += source->list.files[i].size_bytes;
    source->totals.text_bytes = position->text_bytes;
    if (!position->open)
        return 0;
    BASE_TRY(open_next(source, error));
    source->fresh = false;
    source->lines = position->lines;
    source->skipping = position->skipping;
    source->line = position->line;
    source->byte = position->byte;
    const int status = base_reader_skip(source->reader, position->byte, error);
    if (status != 0)
        name_current(source, error);
    return status;
}

static int read_into(engine_source *source, base_buf *bytes, size_t size, size_t *ret_got, lethe_error *error)
{
    if (base_buf_reserve(bytes, size + JSON_PADDING) != 0)
        return base_buf_check(bytes, error);
    base_reader_set_idle(source->reader, source->idle);
    const int status = base_reader_read(source->reader, bytes->data + bytes->size, size, ret_got, error);
    if (status != 0) {
        name_current(source, error);
        return status;
    }
    bytes->size += *ret_got;
    source->totals.text_bytes += *ret_got;
    return 0;
}

static int64_t count_lines(base_span text)
{
    int64_t count = 0;
    for (const char *at = text.data, *end = text.data + text.size;
         at < end && (at = memchr(at, '\n', (size_t)(end - at))) != NULL; at++)
        count++;
    return count;
}

/* Moves what stands behind the last newline into `carry`; false where there is no newline. */
static bool cut_at_newline(engine_source *source, base_buf *bytes)
{
    const char *newline = bytes->size != 0 ? memrchr(bytes->data, '\n', bytes->size) : NULL;
    if (newline == NULL)
        return false;
    const size_t kept = (size_t)(newline - bytes->data) + 1;
    base_buf_append(&source->carry, bytes->data + kept, bytes->size - kept);
    bytes->size = kept;
    return true;
}

/* Drops text until a newline; the line was reported as oversized. */
static void skip_line(engine_source *source, base_buf *bytes)
{
    const char *newline = bytes->size != 0 ? memchr(bytes->data, '\n', bytes->size) : NULL;
    const size_t dropped = newline != NULL ? (size_t)(newline - bytes->data) + 1 : bytes->size;
    memmove(bytes->data, bytes->data + dropped, bytes->size - dropped);
    bytes->size -= dropped;
    source->byte += dropped;
    if (newline != NULL) {
        source->line++;
        source->skipping = false;
    }
}

static void place_chunk(const engine_source *source, engine_chunk *chunk, bool lines)
{
    chunk->file = source->file;
    chunk->line = source->line;
    chunk->byte = source->byte;
    chunk->lines = lines;
    chunk->oversized = false;
    chunk->unended = false;
}

static void oversized(engine_source *source, engine_chunk *chunk)
{
    place_chunk(source, chunk, source->lines);
    chunk->oversized = true;
    source->byte += chunk->bytes.size;
    source->skipping = true;
    base_buf_reset(&chunk->bytes);
}

/* Fills `chunk` with lines of the open file. An empty chunk that is not oversized means that the file has ended. */
static int next_lines(engine_source *source, engine_chunk *chunk, lethe_error *error)
{
    base_buf_span(&chunk->bytes, base_buf_view(&source->carry));
    base_buf_reset(&source->carry);
    for (;;) {
        size_t got = 0;
        BASE_TRY(read_into(source, &chunk->bytes, ENGINE_CHUNK_BYTES, &got, error));
        if (source->skipping)
            skip_line(source, &chunk->bytes);
        if (got == 0 || cut_at_newline(source, &chunk->bytes))
            break;
        if (chunk->bytes.size > source->document_max) {
            oversized(source, chunk);
            return 0;
        }
    }
    place_chunk(source, chunk, true);
    chunk->unended =
        !source->list.regular && chunk->bytes.size != 0 && chunk->bytes.data[chunk->bytes.size - 1] != '\n';
    source->byte += chunk->bytes.size;
    source->line += count_lines(base_buf_view(&chunk->bytes));
    return base_buf_check(&source->carry, error);
}

/* Fills `chunk` with the whole file, unless its beginning shows that it is NDJSON. */
static int next_document(engine_source *source, engine_chunk *chunk, lethe_error *error)
{
    size_t got = 0;
    BASE_TRY(read_into(source, &chunk->bytes, ENGINE_CHUNK_BYTES, &got, error));
    if (looks_like_lines(base_buf_view(&chunk->bytes))) {
        source->lines = true;
        base_buf_span(&source->carry, base_buf_view(&chunk->bytes));
        base_buf_reset(&chunk->bytes);
        return next_lines(source, chunk, error);
    }
    place_chunk(source, chunk, false);
    chunk->unended = !source->list.regular;
    while (got != 0) {
        BASE_TRY(read_into(source, &chunk->bytes, ENGINE_CHUNK_BYTES, &got, error));
        if (chunk->bytes.size > source->document_max) {
            chunk->oversized = true;
            base_buf_reset(&chunk->bytes);
        }
    }
    if (chunk->oversized)
        base_buf_reset(&chunk->bytes);
    return 0;
}

static int fill(engine_source *source, engine_chunk *chunk, bool *ret_more, lethe_error *error)
{
    for (;;) {
        if (source->reader == NULL) {
            if (source->next == source->list.count) {
                *ret_more = false;
                return 0;
            }
            BASE_TRY(open_next(source, error));
        }
        base_buf_reset(&chunk->bytes);
        chunk->oversized = false;
        const bool whole = source->fresh && !source->lines;
        source->fresh = false;
        BASE_TRY(whole ? next_document(source, chunk, error) : next_lines(source, chunk, error));
        const bool filled = chunk->bytes.size != 0 || chunk->oversized;
        if (!filled || (whole && !source->lines))
            BASE_TRY(close_current(source, error));
        if (filled) {
            *ret_more = true;
            return base_buf_reserve(&chunk->bytes, JSON_PADDING) == 0 ? 0 : base_buf_check(&chunk->bytes, error);
        }
    }
}

/* The lock, or false where `idle` wants to stop first. */
static bool lock_source(engine_source *source, base_idle idle)
{
    for (;;) {
        struct timespec until;
        (void)clock_gettime(CLOCK_REALTIME, &until);
        until.tv_nsec += LOCK_WAIT_NS;
        if (until.tv_nsec >= 1000000000) {
            until.tv_sec++;
            until.tv_nsec -= 1000000000;
        }
        if (pthread_mutex_timedlock(&source->lock, &until) == 0)
            return true;
        if (idle.ask != NULL && idle.ask(idle.context) != 0)
            return false;
    }
}

int engine_source_next(engine_source *source, engine_chunk *chunk, base_idle idle, bool *ret_more, lethe_error *error)
{
    if (!lock_source(source, idle))
        return base_fail(error, LETHE_E_BASE_CANCELLED);
    source->idle = idle;
    const int status = fill(source, chunk, ret_more, error);
    pthread_mutex_unlock(&source->lock);
    return status;
}
