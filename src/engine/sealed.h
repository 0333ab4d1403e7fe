/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ENGINE_SEALED_H
#define ENGINE_SEALED_H

#include "base/buf.h"
#include "crypt/aead.h"

/*
 * A file of sealed frames, written once from front to back and read back the same way. The first failure is kept:
 * writers and readers stay readable, and the end reports it.
 *
 *   u32 size · 64 KiB sealed · u32 size · 64 KiB sealed … · u32 size with the highest bit · the last ones sealed
 *
 * The number of the frame is the nonce, so a key is for one file; `label` and whether it is the last one are
 * authenticated with each frame.
 */
#define ENGINE_FRAME_BYTES ((size_t)1 << 16)
#define ENGINE_LABEL_BYTES 64

typedef struct engine_sealed_writer {
    int file;
    crypt_aead *aead;
    uint8_t label[ENGINE_LABEL_BYTES + 1];
    uint64_t frame;
    size_t held;
    int status;
    lethe_error error;
    char plain[ENGINE_FRAME_BYTES];
    char sealed[4 + ENGINE_FRAME_BYTES + CRYPT_AEAD_TAG];
} engine_sealed_writer;

/* `file` is borrowed and written from where it stands. */
int engine_sealed_writer_new(int file, const uint8_t key[32], const uint8_t label[ENGINE_LABEL_BYTES],
                             engine_sealed_writer **ret_writer, lethe_error *error);
void engine_sealed_put(engine_sealed_writer *writer, const void *data, size_t size);
void engine_sealed_u32(engine_sealed_writer *writer, uint32_t value);
void engine_sealed_u64(engine_sealed_writer *writer, uint64_t value);
int engine_sealed_finish(engine_sealed_writer *writer, lethe_error *error); /* the last frame; not yet synced */
void engine_sealed_writer_free(engine_sealed_writer *writer);

typedef struct engine_sealed_reader {
    int file;
    crypt_aead *aead;
    uint8_t label[ENGINE_LABEL_BYTES + 1];
    uint64_t frame;
    bool last;
    size_t at, held;
    int status;
    char plain[ENGINE_FRAME_BYTES];
    char sealed[ENGINE_FRAME_BYTES + CRYPT_AEAD_TAG];
} engine_sealed_reader;

int engine_sealed_reader_new(int file, const uint8_t key[32], const uint8_t label[ENGINE_LABEL_BYTES],
                             engine_sealed_reader **ret_reader, lethe_error *error);

/* Zeroes after a failure. */
void engine_sealed_get(engine_sealed_reader *reader, void *ret_data, size_t size);
uint32_t engine_sealed_get_u32(engine_sealed_reader *reader);
uint64_t engine_sealed_get_u64(engine_sealed_reader *reader);
bool engine_sealed_failed(const engine_sealed_reader *reader);

/* Whether everything read was what had been written. LETHE_E_ENGINE_SPILL where it was not. */
int engine_sealed_check(const engine_sealed_reader *reader, lethe_error *error);
void engine_sealed_reader_free(engine_sealed_reader *reader);

#endif
