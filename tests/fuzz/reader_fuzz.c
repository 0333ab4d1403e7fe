/* SPDX-License-Identifier: Apache-2.0 */
/* Files on any bytes, compressed or not, cut into lines or documents: chunks keep the file's order, their places add
 * up, and their text is that of the file, whatever the reader's steps. */
#include "base/file.h"
#include "engine/source.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define TEXT_MAX     ((size_t)8 << 20) /* a few bytes can ask for gigabytes: the rest is not read */
#define DOCUMENT_MAX ((size_t)1 << 12)

static int read_text(const char *path, size_t step, base_buf *text)
{
    base_reader *reader = NULL;
    size_t got = 1;
    int status = base_reader_open(path, &reader, NULL);
    while (status == 0 && got != 0 && text->size < TEXT_MAX && base_buf_reserve(text, step) == 0) {
        status = base_reader_read(reader, text->data + text->size, step, &got, NULL);
        if (status == 0)
            text->size += got;
        assert(got <= step);
    }
    base_reader_close(reader);
    return status;
}

static void check_chunks(const char *path, base_span text)
{
    engine_source *source = NULL;
    engine_chunk chunk;
    uint64_t byte = 0;
    engine_chunk_init(&chunk);
    assert(engine_source_open(path, DOCUMENT_MAX, &source, NULL) == 0);
    for (bool more = true; engine_source_next(source, &chunk, (base_idle){0}, &more, NULL) == 0 && more;) {
        assert(chunk.file == 0 && chunk.byte >= byte && chunk.line >= 1);
        if (!chunk.oversized) {
            assert(chunk.byte + chunk.bytes.size <= text.size);
            assert(memcmp(chunk.bytes.data, text.data + chunk.byte, chunk.bytes.size) == 0);
            byte = chunk.byte + chunk.bytes.size;
        }
    }
    engine_source_close(source);
    engine_chunk_done(&chunk);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char path[64];
    base_buf whole, steps;
    const int file = memfd_create("input", MFD_CLOEXEC);
    if (file < 0 || (size != 0 && write(file, data, size) != (ssize_t)size))
        abort();
    (void)snprintf(path, sizeof(path), "/proc/self/fd/%d", file);
    base_buf_init(&whole, 2 * TEXT_MAX);
    base_buf_init(&steps, 2 * TEXT_MAX);
    const int status = read_text(path, TEXT_MAX, &whole), again = read_text(path, 1000, &steps);
    assert((status == 0) == (again == 0) || whole.size >= TEXT_MAX || steps.size >= TEXT_MAX);
    if (status == 0 && whole.size < TEXT_MAX) {
        assert(base_span_equal(base_buf_view(&whole), base_buf_view(&steps)));
        check_chunks(path, base_buf_view(&whole));
    }
    base_buf_done(&whole);
    base_buf_done(&steps);
    (void)close(file);
    return 0;
}
