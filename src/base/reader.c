/* SPDX-License-Identifier: Apache-2.0 */
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#define READER_INPUT_BYTES         ((size_t)1 << 18)
#define LOAD_BYTES                 ((size_t)1 << 16)
#define IDLE_MS                    100
#define READER_ZSTD_WINDOW_LOG_MAX 27 /* what `zstd --long` makes; more would let a file ask for gigabytes */

typedef enum reader_form { READER_PLAIN, READER_GZIP, READER_ZSTD } reader_form;

struct base_reader {
    int file;
    base_idle idle;
    reader_form form;
    bool detected;
    bool ended;     /* the file has no more bytes */
    bool in_stream; /* inside a gzip member or a Zstandard frame */
    uint64_t raw, text;
    size_t at, held; /* of input */
    z_stream gzip;
    ZSTD_DStream *zstd;
    uint8_t input[READER_INPUT_BYTES];
};

/* Until there is something to read: regular files always have it. */
static int wait_for_input(const base_reader *reader, lethe_error *error)
{
    struct pollfd input = {.fd = reader->file, .events = POLLIN};
    while (reader->idle.ask != NULL && poll(&input, 1, IDLE_MS) <= 0) {
        if (reader->idle.ask(reader->idle.context) != 0)
            return base_fail(error, LETHE_E_BASE_CANCELLED);
    }
    return 0;
}

static int refill(base_reader *reader, lethe_error *error)
{
    if (reader->at < reader->held || reader->ended)
        return 0;
    BASE_TRY(wait_for_input(reader, error));
    ssize_t got;
    do
        got = read(reader->file, reader->input, sizeof(reader->input));
    while (got < 0 && errno == EINTR);
    if (got < 0)
        return base_fail_errno(error, LETHE_E_BASE_IO);
    reader->at = 0;
    reader->held = (size_t)got;
    reader->raw += (uint64_t)got;
    reader->ended = got == 0;
    return 0;
}

static bool starts_with(const base_reader *reader, const void *magic, size_t size)
{
    return reader->held >= size && memcmp(reader->input, magic, size) == 0;
}

/* With the first read, which may have to wait: opening does not. */
static int detect(base_reader *reader, lethe_error *error)
{
    BASE_TRY(refill(reader, error));
    reader->detected = true;
    if (starts_with(reader, "\x1f\x8b", 2)) {
        reader->form = READER_GZIP;
        if (inflateInit2(&reader->gzip, 15 + 16) != Z_OK)
            return base_fail(error, LETHE_E_BASE_MEMORY);
    } else if (starts_with(reader, "\x28\xb5\x2f\xfd", 4)) {
        reader->form = READER_ZSTD;
        reader->zstd = ZSTD_createDStream();
        if (reader->zstd == NULL ||
            ZSTD_isError(ZSTD_DCtx_setParameter(reader->zstd, ZSTD_d_windowLogMax, READER_ZSTD_WINDOW_LOG_MAX)))
            return base_fail(error, LETHE_E_BASE_MEMORY);
    }
    return 0;
}

int base_reader_open(const char *path, base_reader **ret_reader, lethe_error *error)
{
    base_reader *reader = calloc(1, sizeof(*reader));
    if (reader == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    const bool standard_input = strcmp(path, "-") == 0;
    reader->file = standard_input ? dup(STDIN_FILENO) : open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    int status = 0;
    if (reader->file < 0)
        status = base_fail_errno(error, errno == ENOENT ? LETHE_E_BASE_NOT_FOUND : LETHE_E_BASE_IO);
    if (status != 0) {
        base_error_file(error, path);
        base_reader_close(reader);
        return status;
    }
    *ret_reader = reader;
    return 0;
}

void base_reader_close(base_reader *reader)
{
    if (reader == NULL)
        return;
    if (reader->form == READER_GZIP)
        (void)inflateEnd(&reader->gzip);
    ZSTD_freeDStream(reader->zstd);
    if (reader->file >= 0)
        (void)close(reader->file);
    free(reader);
}

void base_reader_set_idle(base_reader *reader, base_idle idle)
{
    reader->idle = idle;
}

uint64_t base_reader_raw_bytes(const base_reader *reader)
{
    return reader->raw;
}

static int damaged(const base_reader *reader, lethe_error *error)
{
    return base_fail_at(error, LETHE_E_BASE_COMPRESSION, reader->text);
}

static int read_gzip(base_reader *reader, uint8_t *out, size_t capacity, size_t *ret_size, lethe_error *error)
{
    z_stream *stream = &reader->gzip;
    if (!reader->in_stream && inflateReset(stream) != Z_OK)
        return damaged(reader, error);
    reader->in_stream = true;
    stream->next_in = reader->input + reader->at;
    stream->avail_in = (uInt)(reader->held - reader->at);
    stream->next_out = out;
    stream->avail_out = (uInt)capacity;
    const int result = inflate(stream, Z_NO_FLUSH);
    if (result != Z_OK && result != Z_STREAM_END && result != Z_BUF_ERROR)
        return damaged(reader, error);
    reader->at = reader->held - stream->avail_in;
    reader->in_stream = result != Z_STREAM_END;
    *ret_size = capacity - stream->avail_out;
    return 0;
}

static int read_zstd(base_reader *reader, uint8_t *out, size_t capacity, size_t *ret_size, lethe_error *error)
{
    ZSTD_inBuffer in = {reader->input, reader->held, reader->at};
    ZSTD_outBuffer to = {out, capacity, 0};
    const size_t result = ZSTD_decompressStream(reader->zstd, &to, &in);
    if (ZSTD_isError(result))
        return damaged(reader, error);
    reader->at = in.pos;
    reader->in_stream = result != 0;
    *ret_size = to.pos;
    return 0;
}

static int read_plain(base_reader *reader, uint8_t *out, size_t capacity, size_t *ret_size)
{
    const size_t ready = reader->held - reader->at;
    const size_t size = ready < capacity ? ready : capacity;
    memcpy(out, reader->input + reader->at, size);
    reader->at += size;
    *ret_size = size;
    return 0;
}

static int read_some(base_reader *reader, uint8_t *out, size_t capacity, size_t *ret_size, lethe_error *error)
{
    switch (reader->form) {
    case READER_GZIP:
        return read_gzip(reader, out, capacity, ret_size, error);
    case READER_ZSTD:
        return read_zstd(reader, out, capacity, ret_size, error);
    case READER_PLAIN:
    default:
        return read_plain(reader, out, capacity, ret_size);
    }
}

int base_reader_read(base_reader *reader, void *ret_bytes, size_t capacity, size_t *ret_size, lethe_error *error)
{
    uint8_t *out = ret_bytes;
    size_t size = 0;
    if (!reader->detected)
        BASE_TRY(detect(reader, error));
    while (size < capacity) {
        BASE_TRY(refill(reader, error));
        const bool no_input = reader->at == reader->held;
        if (no_input && !reader->in_stream)
            break;
        size_t got = 0;
        const size_t room = capacity - size < ((size_t)1 << 30) ? capacity - size : (size_t)1 << 30;
        BASE_TRY(read_some(reader, out + size, room, &got, error));
        if (no_input && got == 0) /* a frame that wants more than there is */
            return damaged(reader, error);
        size += got;
        reader->text += got;
    }
    *ret_size = size;
    return 0;
}

int base_reader_skip(base_reader *reader, uint64_t size, lethe_error *error)
{
    char thrown_away[LOAD_BYTES];
    if (!reader->detected)
        BASE_TRY(detect(reader, error));
    if (reader->form == READER_PLAIN && size > reader->held && lseek(reader->file, (off_t)size, SEEK_SET) >= 0) {
        reader->raw = reader->text = size;
        reader->at = reader->held = 0;
        return 0;
    }
    while (size != 0) {
        size_t got = 0;
        BASE_TRY(base_reader_read(reader, thrown_away, size < sizeof(thrown_away) ? (size_t)size : sizeof(thrown_away),
                                  &got, error));
        if (got == 0)
            return damaged(reader, error);
        size -= got;
    }
    return 0;
}

bool base_reader_state(const base_reader *reader, uint64_t *ret_size, int64_t *ret_modified_ns)
{
    struct stat status;
    if (fstat(reader->file, &status) != 0 || !S_ISREG(status.st_mode))
        return false;
    *ret_size = (uint64_t)status.st_size;
    *ret_modified_ns = (int64_t)status.st_mtim.tv_sec * 1000000000 + status.st_mtim.tv_nsec;
    return true;
}

/* Makes room for what comes next: as much as the buffer's maximum allows, and one byte at least. */
static size_t load_room(base_buf *buf)
{
    const size_t left = buf->max - buf->size;
    const size_t wanted = left < LOAD_BYTES ? left : LOAD_BYTES;
    return base_buf_reserve(buf, wanted != 0 ? wanted : 1) == 0 ? wanted : 0;
}

static int load_rest(int file, base_buf *buf, lethe_error *error)
{
    for (;;) {
        char beyond;
        const size_t room = load_room(buf);
        const bool full = room == 0 && buf->failed == LETHE_E_BASE_LIMIT;
        if (room == 0 && !full)
            return base_buf_check(buf, error);
        const ssize_t got = full ? read(file, &beyond, 1) : read(file, buf->data + buf->size, room);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return base_fail_errno(error, LETHE_E_BASE_IO);
        if (full && got != 0)
            return base_fail(error, LETHE_E_BASE_LIMIT);
        if (got == 0) {
            buf->failed = 0; /* it fitted exactly */
            return 0;
        }
        buf->size += (size_t)got;
    }
}

int base_file_load(const char *path, base_buf *buf, lethe_error *error)
{
    /* A pipe that somebody put in a file's place must not stop us for ever; one that we were handed is waited for. */
    const int wait = strncmp(path, "/dev/fd/", 8) == 0 ? 0 : O_NONBLOCK;
    const int file = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | wait);
    int status = 0;
    if (file < 0)
        status = base_fail_errno(error, errno == ENOENT ? LETHE_E_BASE_NOT_FOUND : LETHE_E_BASE_IO);
    else
        status = load_rest(file, buf, error);
    if (file >= 0)
        (void)close(file);
    base_error_file(status != 0 ? error : NULL, path);
    return status;
}
