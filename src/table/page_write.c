/* SPDX-License-Identifier: Apache-2.0 */
#include "table/chunk.h"
#include "table/crc.h"

int table_codec_init(table_codec *codec, int level, size_t page_bytes, lethe_error *error)
{
    *codec = (table_codec){.page_bytes = page_bytes, .zstd = ZSTD_createCCtx()};
    base_buf_init(&codec->body, CHUNK_BYTES_MAX);
    base_buf_init(&codec->packed, CHUNK_BYTES_MAX);
    base_buf_init(&codec->header, 4096);
    if (codec->zstd == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    if (ZSTD_isError(ZSTD_CCtx_setParameter(codec->zstd, ZSTD_c_compressionLevel, level))) {
        table_codec_done(codec);
        return base_fail(error, LETHE_E_BASE_INTERNAL);
    }
    return 0;
}

void table_codec_done(table_codec *codec)
{
    ZSTD_freeCCtx(codec->zstd);
    base_buf_done(&codec->body);
    base_buf_done(&codec->packed);
    base_buf_done(&codec->header);
    codec->zstd = NULL;
}

static void fail_chunk(table_chunk *chunk, int code)
{
    if (chunk->failed == 0)
        chunk->failed = code;
}

static bool compress(table_codec *codec, base_span body)
{
    const size_t bound = ZSTD_compressBound(body.size);
    base_buf_reset(&codec->packed);
    if (base_buf_reserve(&codec->packed, bound) != 0)
        return false;
    const size_t size = ZSTD_compress2(codec->zstd, codec->packed.data, bound, body.data, body.size);
    if (ZSTD_isError(size))
        return false;
    codec->packed.size = size;
    return true;
}

/* PageHeader up to its crc; the header of the page's kind follows. */
static void put_header_start(thrift_writer *writer, int32_t kind, base_span body, base_span packed)
{
    thrift_put_i32(writer, 1, kind);
    thrift_put_i32(writer, 2, (int32_t)body.size);
    thrift_put_i32(writer, 3, (int32_t)packed.size);
    thrift_put_i32(writer, 4, (int32_t)table_crc32(0, packed));
}

static void put_page(table_chunk *chunk, base_span body, base_buf *to)
{
    table_codec *codec = chunk->codec;
    base_buf_span(to, base_buf_view(&codec->header));
    base_buf_span(to, base_buf_view(&codec->packed));
    chunk->uncompressed_bytes += codec->header.size + body.size;
    if (to->failed != 0 || codec->header.failed != 0)
        fail_chunk(chunk, to->failed != 0 ? to->failed : codec->header.failed);
}

/* Levels of a V1 page stand behind their length in four bytes. */
static void put_levels(const rle_runs *runs, uint32_t max, base_buf *to)
{
    const size_t length_at = to->size;
    base_buf_u32(to, 0);
    rle_encode(runs, rle_width(max), to);
    if (to->failed != 0)
        return;
    const uint32_t length = (uint32_t)(to->size - length_at - sizeof(length));
    memcpy(to->data + length_at, &length, sizeof(length));
}

static void put_body(const table_chunk *chunk, bool as_ids, base_buf *body)
{
    const uint32_t definition_max = parquet_definition_max(chunk->type, chunk->nullable);
    base_buf_reset(body);
    if (table_type_is_list(chunk->type))
        put_levels(&chunk->repetition, 1, body);
    if (definition_max != 0)
        put_levels(&chunk->definition, definition_max, body);
    if (!as_ids) {
        base_buf_span(body, base_buf_view(&chunk->values));
        return;
    }
    const unsigned width = rle_width((uint32_t)chunk->dictionary.count - 1);
    base_buf_byte(body, (char)width);
    rle_encode(&chunk->ids, width, body);
}

void table_page_put_data(table_chunk *chunk, bool as_ids)
{
    table_codec *codec = chunk->codec;
    if (chunk->repetition.failed || chunk->definition.failed || chunk->ids.failed)
        fail_chunk(chunk, LETHE_E_BASE_MEMORY);
    if (chunk->values.failed != 0)
        fail_chunk(chunk, chunk->values.failed);
    put_body(chunk, as_ids, &codec->body);
    const base_span body = base_buf_view(&codec->body);
    if (chunk->failed != 0 || codec->body.failed != 0 || body.size > INT32_MAX)
        return fail_chunk(chunk, codec->body.failed != 0 ? codec->body.failed : LETHE_E_BASE_LIMIT);
    if (!compress(codec, body))
        return fail_chunk(chunk, LETHE_E_BASE_MEMORY);
    base_buf_reset(&codec->header);
    thrift_writer writer = thrift_writer_of(&codec->header);
    put_header_start(&writer, PARQUET_DATA_PAGE, body, base_buf_view(&codec->packed));
    thrift_put_struct(&writer, 5);
    thrift_put_i32(&writer, 1, (int32_t)chunk->entries);
    thrift_put_i32(&writer, 2, as_ids ? PARQUET_RLE_DICTIONARY : PARQUET_PLAIN);
    thrift_put_i32(&writer, 3, PARQUET_RLE);
    thrift_put_i32(&writer, 4, PARQUET_RLE);
    thrift_end(&writer);
    thrift_end(&writer);
    put_page(chunk, body, &chunk->pages);
}

void table_page_put_dictionary(table_chunk *chunk)
{
    table_codec *codec = chunk->codec;
    const base_span body = base_buf_view(&chunk->dictionary.plain);
    if (!compress(codec, body))
        return fail_chunk(chunk, LETHE_E_BASE_MEMORY);
    base_buf_reset(&codec->header);
    thrift_writer writer = thrift_writer_of(&codec->header);
    put_header_start(&writer, PARQUET_DICTIONARY_PAGE, body, base_buf_view(&codec->packed));
    thrift_put_struct(&writer, 7);
    thrift_put_i32(&writer, 1, (int32_t)chunk->dictionary.count);
    thrift_put_i32(&writer, 2, PARQUET_PLAIN);
    thrift_end(&writer);
    thrift_end(&writer);
    put_page(chunk, body, &chunk->first);
}
