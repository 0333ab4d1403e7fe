/* SPDX-License-Identifier: Apache-2.0 */
#include "table/chunk_read.h"
#include "table/crc.h"
#include "table/format.h"

int table_chunk_damaged(const table_chunk_reader *reader)
{
    return base_fail_at(reader->error, LETHE_E_TABLE_DAMAGED, (size_t)reader->info->offset + reader->in.at);
}

static int not_ours(const table_chunk_reader *reader)
{
    return base_fail_at(reader->error, LETHE_E_TABLE_FORMAT, (size_t)reader->info->offset + reader->in.at);
}

/* DataPageHeader and DictionaryPageHeader begin alike; levels are in RLE or this is another profile. */
static bool read_kind_header(thrift_reader *in, thrift_type type, table_page *page)
{
    const bool data = page->kind == PARQUET_DATA_PAGE;
    int32_t definition = data ? -1 : PARQUET_RLE, repetition = definition;
    int id;
    if (type != THRIFT_STRUCT)
        in->in.failed = true;
    thrift_enter(in);
    while (thrift_field(in, &id, &type)) {
        if (id == 1)
            page->entries = thrift_i32(in, type);
        else if (id == 2)
            page->encoding = thrift_i32(in, type);
        else if (id == 3 && data)
            definition = thrift_i32(in, type);
        else if (id == 4 && data)
            repetition = thrift_i32(in, type);
        else
            thrift_skip(in, type);
    }
    thrift_leave(in);
    return definition == PARQUET_RLE && repetition == PARQUET_RLE;
}

static int read_header(table_chunk_reader *reader, table_page *page)
{
    const base_span rest = {(const char *)reader->in.data + reader->in.at, reader->in.size - reader->in.at};
    thrift_reader in = thrift_reader_of(rest);
    bool known = true;
    int id;
    thrift_type type;
    while (thrift_field(&in, &id, &type)) {
        if (id == 1)
            page->kind = thrift_i32(&in, type);
        else if (id == 2)
            page->unpacked_bytes = thrift_i32(&in, type);
        else if (id == 3)
            page->packed_bytes = thrift_i32(&in, type);
        else if (id == 4)
            page->crc = (uint32_t)thrift_i32(&in, type);
        else if (id == 5 || id == 7)
            known = read_kind_header(&in, type, page) && known && page->kind == (id == 5 ? PARQUET_DATA_PAGE
                                                                                         : PARQUET_DICTIONARY_PAGE);
        else
            thrift_skip(&in, type);
        page->has_crc = page->has_crc || id == 4;
    }
    if (in.in.failed || page->unpacked_bytes < 0 || page->packed_bytes < 0)
        return table_chunk_damaged(reader);
    if (!known || page->entries < 0)
        return not_ours(reader);
    reader->unpacked_bytes += in.in.at + (uint64_t)page->unpacked_bytes;
    (void)base_cursor_take(&reader->in, in.in.at);
    return 0;
}

int table_page_next(table_chunk_reader *reader, table_page *ret_page)
{
    table_page page = {.kind = -1, .unpacked_bytes = -1, .packed_bytes = -1, .entries = -1, .encoding = -1};
    BASE_TRY(read_header(reader, &page));
    page.packed = base_cursor_take(&reader->in, (size_t)page.packed_bytes);
    if (reader->in.failed)
        return table_chunk_damaged(reader);
    if (reader->strict && (!page.has_crc || page.crc != table_crc32(0, page.packed)))
        return table_chunk_damaged(reader);
    if (reader->unpacked_bytes > reader->info->unpacked_bytes) /* more than the footer said: no bomb grows from here */
        return table_chunk_damaged(reader);
    if ((size_t)page.unpacked_bytes > reader->max_page_bytes)
        return base_fail(reader->error, LETHE_E_BASE_LIMIT);
    *ret_page = page;
    return 0;
}

/* The size that the frame itself declares must agree before memory is spent on it. */
int table_page_unpack(table_chunk_reader *reader, const table_page *page, base_buf *to)
{
    const size_t size = (size_t)page->unpacked_bytes;
    const unsigned long long declared = ZSTD_getFrameContentSize(page->packed.data, page->packed.size);
    if (declared != size && (reader->strict || declared != ZSTD_CONTENTSIZE_UNKNOWN))
        return table_chunk_damaged(reader);
    base_buf_reset(to);
    if (base_buf_reserve(to, size + 1) != 0)
        return base_fail(reader->error, to->failed);
    const size_t got = ZSTD_decompressDCtx(reader->zstd, to->data, size, page->packed.data, page->packed.size);
    if (ZSTD_isError(got) || got != size)
        return table_chunk_damaged(reader);
    to->size = size;
    return 0;
}
