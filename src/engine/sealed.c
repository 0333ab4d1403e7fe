/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/sealed.h"

#include "crypt/secret.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#define LAST_FRAME ((uint32_t)1 << 31)

int engine_sealed_writer_new(int file, const uint8_t key[32], const uint8_t label[ENGINE_LABEL_BYTES],
                             engine_sealed_writer **ret_writer, lethe_error *error)
{
    engine_sealed_writer *writer = malloc(sizeof(*writer));
    if (writer == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    writer->file = file;
    writer->aead = NULL;
    writer->frame = 0;
    writer->held = 0;
    writer->status = 0;
    memcpy(writer->label, label, ENGINE_LABEL_BYTES);
    const int status = crypt_aead_new(key, &writer->aead, error);
    if (status != 0) {
        engine_sealed_writer_free(writer);
        return status;
    }
    *ret_writer = writer;
    return 0;
}

void engine_sealed_writer_free(engine_sealed_writer *writer)
{
    if (writer == NULL)
        return;
    crypt_aead_free(writer->aead);
    crypt_wipe(writer->plain, sizeof(writer->plain));
    free(writer);
}

static int write_all(int file, const char *data, size_t size, lethe_error *error)
{
    while (size != 0) {
        const ssize_t written = write(file, data, size);
        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            return base_fail_errno(error, LETHE_E_BASE_IO);
        data += written;
        size -= (size_t)written;
    }
    return 0;
}

static void store_u32(char *to, uint32_t value)
{
    for (size_t i = 0; i < 4; i++)
        to[i] = (char)(uint8_t)(value >> (8 * i));
}

static uint32_t load_u32(const char *from)
{
    uint32_t value = 0;
    for (size_t i = 0; i < 4; i++)
        value |= (uint32_t)(uint8_t)from[i] << (8 * i);
    return value;
}

static void write_frame(engine_sealed_writer *writer, bool last)
{
    if (writer->status != 0)
        return;
    writer->label[ENGINE_LABEL_BYTES] = last;
    store_u32(writer->sealed, (uint32_t)writer->held | (last ? LAST_FRAME : 0));
    writer->status =
        crypt_aead_seal(writer->aead, writer->frame++, (base_span){(const char *)writer->label, sizeof(writer->label)},
                        (base_span){writer->plain, writer->held}, writer->sealed + 4, &writer->error);
    if (writer->status == 0)
        writer->status = write_all(writer->file, writer->sealed, 4 + writer->held + CRYPT_AEAD_TAG, &writer->error);
    writer->held = 0;
}

void engine_sealed_put(engine_sealed_writer *writer, const void *data, size_t size)
{
    const char *from = data;
    while (size != 0) {
        if (writer->held == ENGINE_FRAME_BYTES)
            write_frame(writer, false);
        const size_t room = ENGINE_FRAME_BYTES - writer->held, part = size < room ? size : room;
        memcpy(writer->plain + writer->held, from, part);
        writer->held += part;
        from += part;
        size -= part;
    }
}

void engine_sealed_u32(engine_sealed_writer *writer, uint32_t value)
{
    char bytes[4];
    store_u32(bytes, value);
    engine_sealed_put(writer, bytes, sizeof(bytes));
}

void engine_sealed_u64(engine_sealed_writer *writer, uint64_t value)
{
    engine_sealed_u32(writer, (uint32_t)value);
    engine_sealed_u32(writer, (uint32_t)(value >> 32));
}

int engine_sealed_finish(engine_sealed_writer *writer, lethe_error *error)
{
    write_frame(writer, true);
    if (writer->status != 0 && error != NULL)
        *error = writer->error;
    return writer->status;
}

int engine_sealed_reader_new(int file, const uint8_t key[32], const uint8_t label[ENGINE_LABEL_BYTES],
                             engine_sealed_reader **ret_reader, lethe_error *error)
{
    engine_sealed_reader *reader = malloc(sizeof(*reader));
    if (reader == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    reader->file = file;
    reader->aead = NULL;
    reader->frame = 0;
    reader->last = false;
    reader->at = reader->held = 0;
    reader->status = 0;
    memcpy(reader->label, label, ENGINE_LABEL_BYTES);
    const int status = crypt_aead_new(key, &reader->aead, error);
    if (status != 0) {
        engine_sealed_reader_free(reader);
        return status;
    }
    *ret_reader = reader;
    return 0;
}

void engine_sealed_reader_free(engine_sealed_reader *reader)
{
    if (reader == NULL)
        return;
    crypt_aead_free(reader->aead);
    crypt_wipe(reader->plain, sizeof(reader->plain));
    free(reader);
}

static bool read_all(int file, char *data, size_t size)
{
    while (size != 0) {
        const ssize_t got = read(file, data, size);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return false;
        data += got;
        size -= (size_t)got;
    }
    return true;
}

static void read_frame(engine_sealed_reader *reader)
{
    char head[4];
    reader->at = reader->held = 0;
    if (reader->status != 0)
        return;
    reader->status = LETHE_E_ENGINE_SPILL;
    if (reader->last || !read_all(reader->file, head, sizeof(head)))
        return;
    const uint32_t size = load_u32(head) & ~LAST_FRAME;
    reader->last = (load_u32(head) & LAST_FRAME) != 0;
    reader->label[ENGINE_LABEL_BYTES] = reader->last;
    if (size > ENGINE_FRAME_BYTES || !read_all(reader->file, reader->sealed, size + CRYPT_AEAD_TAG))
        return;
    if (crypt_aead_open(reader->aead, reader->frame++, (base_span){(const char *)reader->label, sizeof(reader->label)},
                        (base_span){reader->sealed, size + CRYPT_AEAD_TAG}, reader->plain, NULL) != 0)
        return;
    reader->held = size;
    reader->status = 0;
}

void engine_sealed_get(engine_sealed_reader *reader, void *ret_data, size_t size)
{
    char *to = ret_data;
    while (size != 0) {
        if (reader->at == reader->held)
            read_frame(reader);
        if (reader->status != 0) {
            memset(to, 0, size);
            return;
        }
        const size_t ready = reader->held - reader->at, part = size < ready ? size : ready;
        memcpy(to, reader->plain + reader->at, part);
        reader->at += part;
        to += part;
        size -= part;
    }
}

uint32_t engine_sealed_get_u32(engine_sealed_reader *reader)
{
    char bytes[4];
    engine_sealed_get(reader, bytes, sizeof(bytes));
    return load_u32(bytes);
}

uint64_t engine_sealed_get_u64(engine_sealed_reader *reader)
{
    const uint64_t low = engine_sealed_get_u32(reader);
    return low | (uint64_t)engine_sealed_get_u32(reader) << 32;
}

bool engine_sealed_failed(const engine_sealed_reader *reader)
{
    return reader->status != 0;
}

int engine_sealed_check(const engine_sealed_reader *reader, lethe_error *error)
{
    return reader->status == 0 ? 0 : base_fail(error, reader->status);
}
