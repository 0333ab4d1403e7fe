/* SPDX-License-Identifier: Apache-2.0 */
#include "crypt/digest.h"
#include "engine/anonymize.h"

#include <stdlib.h>
#include <string.h>

#define REPORT_BYTES_MAX ((size_t)256 << 20)
#define CHUNK_BYTES      ((size_t)1 << 20)

/* -- which rows, in which order ---------------------------------------------------------------------------------------
 */

/* The released columns of a row as numbers: rows are sorted by them, so that their order says nothing of the input's.
 */
typedef struct released {
    const anonymize_table *table;
    const uint8_t *levels;
    uint32_t count;               /* columns that are released */
    uint32_t column[1024];        /* of the coded table */
    const uint32_t *map[1024];    /* of a code to what is sorted by; NULL: the code */
    const base_span *names[1024]; /* of such a number */
} released;

static int fill_released(const anonymize_table *t, const uint8_t *levels, released *r, lethe_error *error)
{
    *r = (released){.table = t, .levels = levels};
    for (uint32_t c = 0, q = 0; c < t->coded->column_count; c++) {
        const anonymize_role role = t->roles[c];
        if (role != ANONYMIZE_QUASI && role != ANONYMIZE_SENSITIVE && role != ANONYMIZE_INSENSITIVE)
            continue;
        if (r->count == 1024)
            return base_fail(error, LETHE_E_BASE_LIMIT);
        r->column[r->count] = c;
        if (role == ANONYMIZE_QUASI) {
            r->map[r->count] = t->bound[q]->group[levels[q]];
            r->names[r->count] = t->levels[q]->level[levels[q]].names;
            q++;
        } else {
            r->names[r->count] = t->coded->columns[c].values;
        }
        r->count++;
    }
    return 0;
}

static uint32_t number_at(const released *r, uint32_t i, uint32_t row)
{
    const uint32_t code = r->table->coded->columns[r->column[i]].codes[row];
    return r->map[i] != NULL ? r->map[i][code] : code;
}

static int compare_rows(const void *a, const void *b, void *context)
{
    const released *r = context;
    const uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    for (uint32_t i = 0; i < r->count; i++) {
        const uint32_t m = number_at(r, i, x), n = number_at(r, i, y);
        if (m != n)
            return m < n ? -1 : 1;
    }
    return 0;
}

static int sort_rows(released *r, const anonymize_rows *rows, uint32_t **ret_order, lethe_error *error)
{
    uint32_t *order = malloc(((size_t)rows->kept_count + 1) * sizeof(uint32_t)), count = 0;
    if (order == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    for (uint32_t row = 0; row < r->table->tab.rows; row++)
        if (rows->kept[row])
            order[count++] = row;
    qsort_r(order, count, sizeof(*order), compare_rows, r);
    *ret_order = order;
    return 0;
}

/* -- data.csv ---------------------------------------------------------------------------------------------------------
 */

static int flush(base_buf *buf, FILE *file, crypt_digest *digest, lethe_error *error)
{
    BASE_TRY(base_buf_check(buf, error));
    BASE_TRY(crypt_digest_add(digest, base_buf_view(buf), error));
    if (fwrite(buf->data, 1, buf->size, file) != buf->size)
        return base_fail_errno(error, LETHE_E_BASE_IO);
    base_buf_reset(buf);
    return 0;
}

static int write_rows(const released *r, const uint32_t *order, uint32_t count, FILE *file, crypt_digest *digest,
                      base_buf *buf, lethe_error *error)
{
    for (uint32_t i = 0; i < r->count; i++) {
        table_csv_put(buf, r->table->coded->columns[r->column[i]].name, ',');
        base_buf_byte(buf, i + 1 < r->count ? ',' : '\n');
    }
    for (uint32_t k = 0; k < count; k++) {
        for (uint32_t i = 0; i < r->count; i++) {
            table_csv_put(buf, r->names[i][number_at(r, i, order[k])], ',');
            base_buf_byte(buf, i + 1 < r->count ? ',' : '\n');
        }
        if (buf->size >= CHUNK_BYTES)
            BASE_TRY(flush(buf, file, digest, error));
    }
    return flush(buf, file, digest, error);
}

static int write_data(released *r, const anonymize_rows *rows, const base_folder *folder,
                      uint8_t ret_digest[CRYPT_SHA256_BYTES], lethe_error *error)
{
    base_buf buf;
    uint32_t *order = NULL;
    crypt_digest *digest = NULL;
    FILE *file = NULL;
    base_buf_init(&buf, 4 * TABLE_CSV_ROW_MAX + CHUNK_BYTES);
    int status = sort_rows(r, rows, &order, error);
    if (status == 0)
        status = crypt_digest_new(&digest, error);
    if (status == 0)
        status = crypt_digest_start(digest, error);
    if (status == 0 && (file = base_folder_open(folder, "data.csv", error)) == NULL)
        status = LETHE_E_BASE_IO;
    if (status == 0)
        status = write_rows(r, order, rows->kept_count, file, digest, &buf, error);
    if (file != NULL) {
        const int closed = base_folder_close(file, status == 0 ? error : NULL);
        status = status != 0 ? status : closed;
    }
    if (status == 0)
        status = crypt_digest_finish(digest, ret_digest, error);
    crypt_digest_free(digest);
    free(order);
    base_buf_done(&buf);
    return status;
}

/* -- manifest.json ----------------------------------------------------------------------------------------------------
 */

static const char *role_name(anonymize_role role)
{
    return role == ANONYMIZE_QUASI ? "quasi" : role == ANONYMIZE_SENSITIVE ? "sensitive" : "insensitive";
}

static void write_columns(json_writer *w, const released *r)
{
    json_write_key(w, "columns");
    json_write_array(w);
    for (uint32_t i = 0, q = 0; i < r->count; i++) {
        const anonymize_role role = r->table->roles[r->column[i]];
        json_write_object(w);
        json_member_string(w, "name", r->table->coded->columns[r->column[i]].name);
        json_member_text(w, "role", role_name(role));
        if (role == ANONYMIZE_QUASI) {
            json_member_int(w, "level", r->levels[q]);
            json_member_int(w, "levels", r->table->tab.columns[q].level_count);
            q++;
        }
        json_write_end(w);
    }
    json_write_end(w);
}

static void write_model(json_writer *w, const anonymize_model *m)
{
    const struct {
        const char *name;
        double value;
    } numbers[] = {{"k", m->k},
                   {"l", m->l},
                   {"c", m->c},
                   {"t", m->t},
                   {"beta", m->beta},
                   {"delta", m->delta},
                   {"threshold", m->threshold},
                   {"min", m->min},
                   {"max", m->max},
                   {"population", m->population}};
    json_write_object(w);
    json_member_text(w, "model", m->name);
    if (m->column != NULL)
        json_member_text(w, "column", m->column);
    if (m->distance != NULL)
        json_member_text(w, "distance", m->distance);
    if (m->classes != NULL)
        json_member_text(w, "classes", m->classes);
    for (size_t i = 0; i < sizeof(numbers) / sizeof(*numbers); i++)
        if (numbers[i].value >= 0)
            json_member_double(w, numbers[i].name, numbers[i].value);
    json_write_end(w);
}

static void write_hex(json_writer *w, const char *key, const uint8_t digest[CRYPT_SHA256_BYTES])
{
    static const char digits[] = "0123456789abcdef";
    char text[2 * CRYPT_SHA256_BYTES + 1] = "";
    for (int i = 0; i < CRYPT_SHA256_BYTES; i++) {
        text[2 * i] = digits[digest[i] >> 4];
        text[2 * i + 1] = digits[digest[i] & 15];
    }
    json_member_text(w, key, text);
}

/* What anyone can count in data.csv, what was asked for, and nothing of the rows that are withheld. */
static void write_manifest(json_writer *w, const anonymize_spec *spec, const released *r, const anonymize_rows *rows,
                           const tab_found *found, const uint8_t data[CRYPT_SHA256_BYTES])
{
    json_write_object(w);
    json_member_text(w, "format", "lethe-anonymize 1");
    write_columns(w, r);
    json_write_key(w, "models");
    json_write_array(w);
    for (uint32_t m = 0; m < spec->model_count; m++)
        write_model(w, &spec->models[m]);
    json_write_end(w);
    json_member_double(w, "suppression_limit", spec->suppression);
    json_member_text(w, "metric", anonymize_metric_name(spec->metric));
    json_member_double(w, "gs_factor", spec->gs_factor);
    json_member_bool(w, "proved_best", found->proved);
    json_member_bool(w, "counts_people", r->table->tab.person != NULL);
    json_member_int(w, "rows", rows->kept_count);
    json_member_int(w, "classes", rows->class_count);
    json_member_int(w, "smallest_class", rows->smallest);
    json_write_key(w, "files");
    json_write_array(w);
    json_write_object(w);
    json_member_text(w, "name", "data.csv");
    write_hex(w, "sha256", data);
    json_write_end(w);
    json_write_end(w);
    json_write_end(w);
}

/* -- certificate.json -------------------------------------------------------------------------------------------------
 */

static void write_levels(json_writer *w, const char *key, const uint8_t *levels, uint32_t count)
{
    json_write_key(w, key);
    json_write_array(w);
    for (uint32_t c = 0; c < count; c++)
        json_write_int(w, levels[c]);
    json_write_end(w);
}

/* For the operator: it speaks of withheld rows by their number. The boxes cover the lattice; of each it is said why it
 * holds nothing better, which one look at its coarsest node can check. */
static void write_certificate(json_writer *w, const tab_engine *engine, const tab_found *found)
{
    static const char *const reasons[] = {[TAB_HOPELESS] = "hopeless", [TAB_WORSE] = "worse", [TAB_SEEN] = "seen"};
    const uint32_t columns = engine->frame.tab->column_count;
    json_write_object(w);
    json_member_text(w, "format", "lethe-anonymize-certificate 1");
    json_member_bool(w, "proved", found->proved);
    json_member_double(w, "score", found->score);
    json_member_double(w, "bound", found->bound);
    write_levels(w, "best", found->best.levels, columns);
    json_write_key(w, "witness_rows");
    json_write_array(w);
    for (uint32_t i = 0; i < found->witness_count; i++)
        json_write_int(w, (int64_t)found->witness_rows[i] + 1);
    json_write_end(w);
    json_write_key(w, "boxes");
    json_write_array(w);
    for (uint64_t i = 0; i < found->closed_count; i++) {
        json_write_object(w);
        write_levels(w, "least", found->closed[i].least, columns);
        write_levels(w, "most", found->closed[i].most, columns);
        json_member_text(w, "reason", reasons[found->closed[i].reason]);
        if (found->closed[i].reason == TAB_WORSE)
            json_member_double(w, "bound", found->closed[i].bound);
        json_write_end(w);
    }
    json_write_end(w);
    json_write_end(w);
}

static int write_documents(const anonymize_spec *spec, const released *r, const tab_engine *engine,
                           const anonymize_rows *rows, const tab_found *found, const base_folder *folder,
                           base_span report, const uint8_t data[CRYPT_SHA256_BYTES], lethe_error *error)
{
    base_buf buf;
    base_buf_init(&buf, REPORT_BYTES_MAX);
    json_writer w = json_writer_of(&buf, true);
    write_manifest(&w, spec, r, rows, found, data);
    base_buf_byte(&buf, '\n');
    int status = base_buf_check(&buf, error);
    if (status == 0)
        status = base_folder_write(folder, "manifest.json", base_buf_view(&buf), error);
    base_buf_reset(&buf);
    w = json_writer_of(&buf, false);
    write_certificate(&w, engine, found);
    base_buf_byte(&buf, '\n');
    if (status == 0)
        status = base_buf_check(&buf, error);
    if (status == 0)
        status = base_folder_write_private(folder, "certificate.json", base_buf_view(&buf), error);
    if (status == 0)
        status = base_folder_write_private(folder, "run.json", report, error);
    base_buf_done(&buf);
    return status;
}

int anonymize_write(const anonymize_spec *spec, const anonymize_table *table, const tab_engine *engine,
                    const tab_found *found, const anonymize_rows *rows, const char *output, base_span report,
                    lethe_error *error)
{
    uint8_t digest[CRYPT_SHA256_BYTES];
    base_folder folder;
    released *r = malloc(sizeof(*r));
    if (r == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    int status = fill_released(table, found->best.levels, r, error);
    if (status == 0)
        status = base_folder_begin(output, &folder, error);
    if (status != 0) {
        free(r);
        return status;
    }
    status = write_data(r, rows, &folder, digest, error);
    if (status == 0)
        status = write_documents(spec, r, engine, rows, found, &folder, report, digest, error);
    if (status == 0)
        status = base_folder_commit(&folder, error);
    if (status != 0)
        base_folder_abandon(&folder);
    free(r);
    return status;
}
