/* SPDX-License-Identifier: Apache-2.0 */
/* The Parquet reader on any bytes, as a strict file and as one whose checksums are not looked at. */
#include "table/parquet.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_all(base_span file, bool ignore_checksums)
{
    const table_reader_limits limits = {
        .max_page_bytes = 1 << 20, .max_group_bytes = 1 << 22, .ignore_checksums = ignore_checksums};
    table_reader *reader = NULL;
    table_batch *batch = NULL;
    lethe_error error = {0};
    if (table_reader_open(file, &limits, &reader, &error) != 0)
        return;
    if (table_batch_new(table_reader_schema(reader), 100000, 16 << 20, &batch, &error) == 0) {
        for (size_t i = 0; i < table_reader_groups(reader) && i < 20; i++) {
            table_batch_reset(batch);
            (void)table_reader_read_group(reader, i, batch, &error);
        }
    }
    table_batch_free(batch);
    table_reader_free(reader);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const base_span file = {(const char *)data, size};
    read_all(file, false);
    read_all(file, true);
    return 0;
}
