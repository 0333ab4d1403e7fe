/* SPDX-License-Identifier: Apache-2.0 */
#include "base/file.h"
#include "crypt/keyring.h"
#include "table/parquet.h"

#include <stdio.h>

/* Prints every string of Parquet files, one a line, and their metadata: what a search for leaks looks through. With
 * --rows: of each row its ids and snapshot, and its vector's bytes in hexadecimal digits. */
static bool by_rows;

static void dump_rows(const table_batch *batch)
{
    const size_t person = table_schema_find(&batch->schema, "anonymous_id");
    const size_t row_id = table_schema_find(&batch->schema, "row_id");
    const size_t snapshot = table_schema_find(&batch->schema, "snapshot");
    const size_t vector = table_schema_find(&batch->schema, "clinical_text_embedding");
    for (size_t row = 0; row < table_batch_rows(batch); row++) {
        const base_span who = table_string_at(batch, person, row), id = table_string_at(batch, row_id, row);
        const uint8_t *bytes = (const uint8_t *)table_list_floats_at(batch, vector, row);
        (void)printf("%.*s %.*s %d ", (int)who.size, who.data, (int)id.size, id.data,
                     (int)table_int32_at(batch, snapshot, row));
        for (size_t i = 0; i < table_list_size(batch, vector, row) * sizeof(float); i++)
            (void)printf("%02x", bytes[i]);
        (void)printf("\n");
    }
}

static void dump_batch(const table_batch *batch)
{
    if (by_rows) {
        dump_rows(batch);
        return;
    }
    for (size_t column = 0; column < batch->schema.count; column++)
        for (size_t row = 0; row < table_batch_rows(batch); row++) {
            const table_type type = batch->schema.fields[column].type;
            if (type == TABLE_STRING) {
                const base_span text = table_string_at(batch, column, row);
                (void)printf("%.*s\n", (int)text.size, text.data);
            }
            for (size_t i = 0; type == TABLE_LIST_STRING && i < table_list_size(batch, column, row); i++) {
                const base_span text = table_list_string_at(batch, column, row, i);
                (void)printf("%.*s\n", (int)text.size, text.data);
            }
        }
}

static int dump_file(const char *path, lethe_error *error)
{
    base_buf bytes;
    table_reader *reader = NULL;
    table_batch *batch = NULL;
    base_buf_init(&bytes, (size_t)1 << 32);
    int status = base_file_load(path, &bytes, error);
    if (status == 0)
        status = table_reader_open(base_buf_view(&bytes), NULL, &reader, error);
    if (status == 0)
        status = table_batch_new(table_reader_schema(reader), 0, 0, &batch, error);
    for (size_t group = 0; status == 0 && group < table_reader_groups(reader); group++) {
        table_batch_reset(batch);
        status = table_reader_read_group(reader, group, batch, error);
        if (status == 0)
            dump_batch(batch);
    }
    table_batch_free(batch);
    table_reader_free(reader);
    base_buf_done(&bytes);
    return status;
}

/* Signs a manifest again: what only the holder of the key can make, a dataset of another version among it. */
static int sign_file(const char *key, const char *manifest, const char *signature, lethe_error *error)
{
    base_buf bytes;
    crypt_keyring *ring = NULL;
    uint8_t made[64];
    base_buf_init(&bytes, (size_t)1 << 24);
    int status = base_file_load(manifest, &bytes, error);
    if (status == 0)
        status = crypt_keyring_open(key, &ring, error);
    if (status == 0)
        status = crypt_keyring_sign(ring, base_buf_view(&bytes), made, error);
    crypt_keyring_free(ring);
    base_buf_done(&bytes);
    FILE *file = status == 0 ? fopen(signature, "wbe") : NULL;
    if (status == 0 && (file == NULL || fwrite(made, 1, sizeof(made), file) != sizeof(made)))
        status = base_fail(error, LETHE_E_BASE_IO);
    if (file != NULL)
        (void)fclose(file);
    return status;
}

int main(int argc, char **argv)
{
    if (argc == 5 && strcmp(argv[1], "--sign") == 0) {
        lethe_error error = {0};
        return sign_file(argv[2], argv[3], argv[4], &error) == 0 ? 0 : 1;
    }
    by_rows = argc > 1 && strcmp(argv[1], "--rows") == 0;
    for (int i = by_rows ? 2 : 1; i < argc; i++) {
        lethe_error error = {0};
        if (dump_file(argv[i], &error) != 0) {
            (void)fprintf(stderr, "%s\n", error.name);
            return 1;
        }
    }
    return 0;
}
