/* SPDX-License-Identifier: Apache-2.0 */
#include "base/file.h"
#include "table/parquet.h"
#include "verify/run.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/*
 * Reads the profile files in the order of their names, one row group in memory at a time, and hands each row to the
 * checks. A patient's rows stand together, so only one patient is open at a time; where they do not, the order check
 * fails, and with it the release.
 */
typedef struct reading {
    verify_run *run;
    verify_slices slices;
    const verify_file *file;
    char previous_id[32]; /* "" at the start of a split */
    int32_t previous_snapshot;
    int split;
    uint32_t ordinal;
    uint64_t row;
} reading;

/* The first row of a patient: the one before is complete, and this one stands nowhere else. */
static int begin_patient(reading *r, const verify_view *view, lethe_error *error)
{
    verify_counts *counts = &r->run->counts;
    const base_span id = base_span_of(view->text[VERIFY_ANONYMOUS_ID]);
    uint32_t found;
    BASE_TRY(verify_counts_patient(counts, error));
    BASE_TRY(verify_seen_add(&counts->patients, base_hash(&counts->key, id), (uint32_t)r->split, &found, error));
    verify_counted(r->run, VERIFY_CHECK_SPLITS, 1);
    if (found != VERIFY_NONE && found != (uint32_t)r->split)
        verify_note_view(r->run, view, VERIFY_CHECK_SPLITS, LETHE_E_VERIFY_SPLIT, VERIFY_ANONYMOUS_ID);
    else if (found != VERIFY_NONE)
        verify_note_view(r->run, view, VERIFY_CHECK_ROWS, LETHE_E_VERIFY_ROW, VERIFY_ANONYMOUS_ID);
    counts->split_patients[r->split]++;
    return 0;
}

static int check_identity(reading *r, const verify_view *view, lethe_error *error)
{
    verify_counts *counts = &r->run->counts;
    const char *id = view->text[VERIFY_ANONYMOUS_ID];
    const base_span row_id = base_span_of(view->text[VERIFY_ROW_ID]);
    uint32_t found;
    verify_counted(r->run, VERIFY_CHECK_ROWS, 1);
    if (!verify_legal_id(base_span_of(id), "anon_"))
        verify_note_view(r->run, view, VERIFY_CHECK_ROWS, LETHE_E_VERIFY_ROW, VERIFY_ANONYMOUS_ID);
    BASE_TRY(verify_seen_add(&counts->rows, base_hash(&counts->key, row_id), 0, &found, error));
    if (!verify_legal_id(row_id, "visit_") || found != VERIFY_NONE)
        verify_note_view(r->run, view, VERIFY_CHECK_ROWS, LETHE_E_VERIFY_ROW, VERIFY_ROW_ID);

    const bool same = r->previous_id[0] != '\0' && strncmp(id, r->previous_id, sizeof(r->previous_id) - 1) == 0;
    if (!same && r->previous_id[0] != '\0' && strcmp(id, r->previous_id) < 0)
        verify_note_view(r->run, view, VERIFY_CHECK_ROWS, LETHE_E_VERIFY_ROW, VERIFY_ANONYMOUS_ID);
    const int32_t next = same ? r->previous_snapshot + 1 : 0;
    if (view->snapshot < next || (view->snapshot != 0 && r->run->manifest.external) ||
        (view->snapshot > next && !r->run->manifest.after_erasure))
        verify_note_view(r->run, view, VERIFY_CHECK_ROWS, LETHE_E_VERIFY_ROW, VERIFY_SNAPSHOT);
    if (!same)
        BASE_TRY(begin_patient(r, view, error));
    memset(r->previous_id, 0, sizeof(r->previous_id));
    memcpy(r->previous_id, id, strnlen(id, sizeof(r->previous_id) - 1));
    r->previous_snapshot = view->snapshot < INT32_MAX ? view->snapshot : 0;
    return 0;
}

static const char *tuple_value(const verify_view *view, verify_column column)
{
    if (column == VERIFY_OUTCOME_OBSERVED)
        return view->outcome_observed ? "true" : "false";
    return view->text[column];
}

/* The tuple as support.bin spells it: the values with a tab between. */
static int count_view(reading *r, const verify_view *view, lethe_error *error)
{
    verify_counts *counts = &r->run->counts;
    char tuple[1024];
    size_t size = 0;
    for (size_t i = 0; i < VERIFY_TUPLE_COLUMNS; i++) {
        const char *value = tuple_value(view, verify_tuple_columns[i]);
        const size_t length = strlen(value);
        if (size + length + 1 > sizeof(tuple))
            return base_fail(error, LETHE_E_BASE_LIMIT);
        if (i != 0)
            tuple[size++] = '\t';
        memcpy(tuple + size, value, length);
        size += length;
    }
    BASE_TRY(verify_counts_row(counts, (base_span){tuple, size}, view->place.ordinal, error));
    for (size_t i = 0; i < view->item_count; i++)
        verify_counts_item(counts, view->items[i], view->place.ordinal);
    counts->split_profiles[r->split]++;
    counts->profiles++;
    return 0;
}

static int report_progress(const reading *r, lethe_error *error)
{
    const verify_hooks *hooks = &r->run->options.hooks;
    if (hooks->progress != NULL && hooks->progress(hooks->context, r->ordinal, r->run->manifest.profiles) != 0)
        return base_fail(error, LETHE_E_BASE_CANCELLED);
    return 0;
}

/* What is between rows: one thread, in their order. */
static int count_rows(reading *r, size_t rows, lethe_error *error)
{
    for (size_t i = 0; i < rows; i++) {
        const verify_view *view = verify_slices_view(&r->slices, i);
        BASE_TRY(check_identity(r, view, error));
        BASE_TRY(count_view(r, view, error));
        r->row++;
        r->ordinal++;
    }
    return 0;
}

static int read_group(reading *r, table_reader *reader, size_t group, table_batch *batch, lethe_error *error)
{
    lethe_error cause = {0};
    table_batch_reset(batch);
    const int status = table_reader_read_group(reader, group, batch, &cause);
    if (status == LETHE_E_BASE_MEMORY)
        return base_fail(error, status);
    if (status != 0) {
        verify_note_error(r->run, VERIFY_CHECK_SCHEMA, status, r->file->path, &cause);
        return 0;
    }
    for (size_t at = 0, rows = 0; at < table_batch_rows(batch); at += rows) {
        if (table_batch_rows(batch) - at >= UINT32_MAX - r->ordinal)
            return base_fail(error, LETHE_E_BASE_LIMIT);
        const verify_place place = {r->file, r->row + 1, r->ordinal};
        BASE_TRY(verify_slices_check(r->run, &r->slices, batch, at, place, &rows, error));
        BASE_TRY(count_rows(r, rows, error));
        BASE_TRY(report_progress(r, error));
    }
    return 0;
}

/* Every column, its type and its place. Names the first that is not so. */
static bool schema_fits(verify_run *run, const verify_file *file, const table_reader *reader)
{
    const table_schema *found = table_reader_schema(reader);
    const table_schema expected = {verify_fields, VERIFY_COLUMN_COUNT};
    base_span version;
    if (!table_reader_find(reader, "schema_version", &version) || !base_span_is(version, VERIFY_SCHEMA_VERSION)) {
        verify_note(run, VERIFY_CHECK_SCHEMA, LETHE_E_VERIFY_VERSION, file->path, 0, "schema_version");
        return false;
    }
    if (table_schema_equal(found, &expected))
        return true;
    for (size_t c = 0; c < VERIFY_COLUMN_COUNT; c++) {
        const table_field *field = c < found->count ? &found->fields[c] : NULL;
        if (field == NULL || strcmp(field->name, verify_fields[c].name) != 0 || field->type != verify_fields[c].type ||
            field->nullable != verify_fields[c].nullable) {
            verify_note(run, VERIFY_CHECK_SCHEMA, LETHE_E_TABLE_SCHEMA, file->path, 0, verify_fields[c].name);
            return false;
        }
    }
    verify_note(run, VERIFY_CHECK_SCHEMA, LETHE_E_TABLE_SCHEMA, file->path, 0, NULL); /* columns beyond ours */
    return false;
}

static int read_groups(reading *r, table_reader *reader, lethe_error *error)
{
    const table_schema schema = {verify_fields, VERIFY_COLUMN_COUNT};
    table_batch *batch;
    BASE_TRY(table_batch_new(&schema, 0, 0, &batch, error));
    int status = 0;
    for (size_t g = 0; status == 0 && g < table_reader_groups(reader); g++)
        status = read_group(r, reader, g, batch, error);
    table_batch_free(batch);
    return status;
}

static int read_bytes(reading *r, base_span bytes, lethe_error *error)
{
    table_reader *reader;
    lethe_error cause = {0};
    int status = table_reader_open(bytes, NULL, &reader, &cause);
    if (status == LETHE_E_BASE_MEMORY)
        return base_fail(error, status);
    if (status != 0) {
        verify_note_error(r->run, VERIFY_CHECK_SCHEMA, status, r->file->path, &cause);
        return 0;
    }
    if (schema_fits(r->run, r->file, reader))
        status = read_groups(r, reader, error);
    table_reader_free(reader);
    return status;
}

static int read_mapped(reading *r, int descriptor, lethe_error *error)
{
    struct stat status;
    if (fstat(descriptor, &status) != 0)
        return base_fail_errno(error, LETHE_E_BASE_IO);
    if (status.st_size <= 0) {
        verify_note(r->run, VERIFY_CHECK_SCHEMA, LETHE_E_TABLE_FORMAT, r->file->path, 0, NULL);
        return 0;
    }
    const size_t size = (size_t)status.st_size;
    void *bytes = mmap(NULL, size, PROT_READ, MAP_PRIVATE, descriptor, 0);
    if (bytes == MAP_FAILED)
        return base_fail_errno(error, LETHE_E_BASE_IO);
    const int result = read_bytes(r, (base_span){bytes, size}, error);
    (void)munmap(bytes, size);
    return result;
}

static int read_file(reading *r, verify_file *file, lethe_error *error)
{
    char path[BASE_PATH_MAX];
    BASE_TRY(verify_path(r->run, file->path, path, sizeof(path), error));
    r->file = file;
    r->row = 0;
    file->first_row = r->ordinal;
    if (file->split != r->split) {
        r->split = file->split;
        r->previous_id[0] = '\0';
    }
    verify_counted(r->run, VERIFY_CHECK_SCHEMA, 1);
    const int descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (descriptor < 0)
        return verify_fail_file(path, error);
    const int status = read_mapped(r, descriptor, error);
    (void)close(descriptor);
    if (status == LETHE_E_BASE_IO)
        base_error_file(error, path);
    return status;
}

static int read_files(reading *r, lethe_error *error)
{
    verify_manifest *manifest = &r->run->manifest;
    for (size_t i = 0; i < manifest->file_count; i++)
        if (manifest->files[i].split >= 0 && manifest->files[i].seen)
            BASE_TRY(read_file(r, &manifest->files[i], error));
    BASE_TRY(verify_counts_patient(&r->run->counts, error));
    return report_progress(r, error);
}

static int tell_values(const verify_run *run, lethe_error *error)
{
    const verify_hooks *hooks = &run->options.hooks;
    for (uint32_t i = 0; hooks->value != NULL && i < run->vocabulary.count; i++) {
        const verify_item *item = &run->vocabulary.items[i];
        BASE_TRY(hooks->value(hooks->context, i, item->column, item->name, error));
    }
    return 0;
}

int verify_check_rows(verify_run *run, lethe_error *error)
{
    reading r = {.run = run, .split = -1};
    BASE_TRY(verify_counts_init(&run->counts, run->vocabulary.count, run->result->k, run->result->attacker_visits,
                                run->result->attacker_items, error));
    run->counts.within = run->manifest.external;
    BASE_TRY(tell_values(run, error));
    BASE_TRY(verify_slices_init(run->options.threads, &r.slices, error));
    const int status = read_files(&r, error);
    verify_slices_done(&r.slices);
    BASE_TRY(status);
    run->result->profiles = run->counts.profiles;
    run->result->patients = run->counts.patient_count;
    static const verify_check settled[] = {VERIFY_CHECK_SCHEMA, VERIFY_CHECK_ROWS,     VERIFY_CHECK_SPLITS,
                                           VERIFY_CHECK_VALUES, VERIFY_CHECK_OUTCOMES, VERIFY_CHECK_VECTORS};
    for (size_t i = 0; i < sizeof(settled) / sizeof(settled[0]); i++)
        verify_settle(run, settled[i]);
    if (run->options.hooks.encode == NULL && run->result->checks[VERIFY_CHECK_VECTORS].state == VERIFY_PASSED)
        run->result->checks[VERIFY_CHECK_VECTORS].state = VERIFY_OPEN;
    return 0;
}
