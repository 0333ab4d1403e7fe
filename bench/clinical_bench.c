/* SPDX-License-Identifier: Apache-2.0 */
#include "clinical/derive.h"
#include "clinical/flat.h"
#include "clinical/pack.h"
#include "clinical/released.h"
#include "fhir/reader.h"
#include "json/json.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

/*
 * How fast records become rows, apart from JSON and disk: build/clinical-bench [--rows] FILE…. Each file is one Bundle
 * of one patient, or flat records, one a line (.ndjson). Figures: bytes of JSON whose events are packed in a second,
 * time to derive a patient, and how much of what came in the vocabulary covers. --rows prints the rows, as a person
 * reads them.
 */
#define PACK_GB_PER_S_MIN 0.3
#define DERIVE_US_MAX     100.0 /* of a patient of 30 visits */
#define RESOURCES_MAX     200000u

typedef struct bench {
    json_parser *parser;
    fhir_reader *reader;
    clinical_flat *flat;
    clinical_pack *pack;
    base_buf packed;
    size_t ends[RESOURCES_MAX];
    record_key keys[RESOURCES_MAX];
    base_span spans[RESOURCES_MAX];
    bool shared[RESOURCES_MAX];
    size_t resources;
    double pack_s, derive_s;
    uint64_t bytes, patients, visits, rows, withheld, ready, observed;
    bool print;
} bench;

static double now(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static int take_resource(void *context, const record_head *head, const record_event *events, size_t count,
                         lethe_error *error)
{
    bench *b = context;
    if (b->resources == RESOURCES_MAX)
        return base_fail(error, LETHE_E_BASE_LIMIT);
    const double start = now();
    const int status = clinical_pack_resource(b->pack, events, count, &b->packed, error);
    b->pack_s += now() - start;
    b->shared[b->resources] = head->shared;
    b->keys[b->resources] = head->resource;
    b->ends[b->resources++] = b->packed.size;
    for (size_t i = 0; i < count; i++)
        b->visits += events[i].kind == RECORD_ENCOUNTER;
    return status;
}

static int take_withheld(void *context, const lethe_error *trouble)
{
    bench *b = context;
    b->withheld++;
    (void)printf("withheld: %s at %s\n", trouble->name, trouble->path);
    return 0;
}

static base_span resolve(void *context, record_key key)
{
    const bench *b = context;
    for (size_t i = 0; i < b->resources; i++)
        if (b->shared[i] && record_key_equal(b->keys[i], key))
            return b->spans[i];
    return (base_span){NULL, 0};
}

static int digest(void *context, base_span id, uint8_t ret_digest[32], lethe_error *error)
{
    static const base_hash_key key = {3, 4};
    const base_hash128 hash = base_hash(&key, id);
    (void)context;
    (void)error;
    memset(ret_digest, 0, 32);
    memcpy(ret_digest, &hash, sizeof(hash));
    return 0;
}

static void print_row(const record_row *row)
{
    const base_civil day = base_civil_of(row->index_day);
    (void)printf(
        "  %04d-%02d-%02d age %u sex %u %s density %u region %u season %u exposure %s class %s used %s follow-up %s"
        " observed %u death %u ready %u\n   ",
        day.year, day.month, day.day, row->qi.leaf[RECORD_QI_AGE], row->qi.leaf[RECORD_QI_SEX],
        clinical_pregnancy_name(row->qi.leaf[RECORD_QI_PREGNANCY]), row->qi.leaf[RECORD_QI_DENSITY],
        row->qi.leaf[RECORD_QI_REGION], row->qi.leaf[RECORD_QI_SEASON],
        clinical_exposure_name(row->qi.leaf[RECORD_QI_EXPOSURE]), clinical_encounter_class_name(row->encounter_class),
        clinical_utilization_name(row->utilization), clinical_followup_name(row->followup),
        row->qi.leaf[RECORD_QI_OBSERVED], row->death_in_window, row->ready_reason);
    record_column column = RECORD_COLUMN_COUNT;
    for (size_t i = 0; i < row->item_count; i++) {
        if (clinical_item_column(row->items[i]) != column) {
            column = clinical_item_column(row->items[i]);
            (void)printf("%s  %s:", i != 0 ? "\n   " : "", clinical_column_name(column));
        }
        (void)printf(" %s", clinical_item_name(row->items[i]));
    }
    (void)printf("\n");
}

static void derive_patient(bench *b, int32_t as_of_day)
{
    const clinical_derive_options options = {.as_of_day = as_of_day};
    const clinical_derive_hooks hooks = {b, resolve, digest, NULL};
    base_span own[1];
    base_span *list = calloc(b->resources + 1, sizeof(own[0]));
    size_t count = 0;
    for (size_t i = 0; i < b->resources; i++) {
        const size_t start = i != 0 ? b->ends[i - 1] : 0;
        b->spans[i] = (base_span){b->packed.data + start, b->ends[i] - start};
        if (!b->shared[i])
            list[count++] = b->spans[i];
    }
    base_arena arena;
    base_arena_init(&arena, (size_t)1 << 30);
    record_row *rows = NULL;
    size_t row_count = 0;
    lethe_error error;
    double best = 1e9;
    for (int round = 0; round < 3; round++) {
        base_arena_reset(&arena);
        const double start = now();
        if (clinical_derive(&options, list, count, &hooks, &arena, &rows, &row_count, &error) != 0) {
            (void)printf("%s\n", error.name);
            abort();
        }
        const double took = now() - start;
        best = took < best ? took : best;
    }
    b->derive_s += best;
    b->patients++;
    b->rows += row_count;
    for (size_t i = 0; i < row_count; i++) {
        b->ready += rows[i].ready_reason == 0;
        b->observed += rows[i].qi.leaf[RECORD_QI_OBSERVED];
        if (b->print)
            print_row(&rows[i]);
    }
    base_arena_done(&arena);
    free(list);
}

static void run_document(bench *b, base_span text)
{
    const record_sink sink = {.context = b, .resource = take_resource, .withheld = take_withheld};
    json_value root;
    lethe_error error;
    base_buf_reset(&b->packed);
    b->resources = 0;
    if (json_parse(b->parser, text, &root, &error) != 0) {
        (void)printf("%s\n", error.name);
        return;
    }
    if ((clinical_flat_is(root) ? clinical_flat_read(b->flat, root, &sink, &error)
                                : fhir_read(b->reader, root, &sink, &error)) != 0)
        abort();
    b->bytes += text.size;
    derive_patient(b, base_day_of(2021, 12, 31));
}

static void run_lines(bench *b, base_span text)
{
    while (text.size != 0) {
        const char *end = memchr(text.data, '\n', text.size);
        const size_t size = end != NULL ? (size_t)(end - text.data) : text.size;
        if (size != 0)
            run_document(b, (base_span){text.data, size});
        const size_t step = end != NULL ? size + 1 : size;
        text = (base_span){text.data + step, text.size - step};
    }
}

static void run_file(bench *b, const char *name)
{
    FILE *file = fopen(name, "rb");
    if (file == NULL || fseek(file, 0, SEEK_END) != 0)
        return;
    const size_t size = (size_t)ftell(file);
    rewind(file);
    char *bytes = calloc(1, size + JSON_PADDING);
    if (bytes == NULL || fread(bytes, 1, size, file) != size)
        abort();
    (void)fclose(file);
    const size_t length = strlen(name);
    if (length > 7 && strcmp(name + length - 7, ".ndjson") == 0)
        run_lines(b, (base_span){bytes, size});
    else
        run_document(b, (base_span){bytes, size});
    free(bytes);
}

static void print_coverage(const clinical_coverage *coverage)
{
    static const char *const names[] = {"history",   "medication",   "allergy",    "symptom",
                                        "procedure", "immunization", "observation"};
    for (unsigned d = 0; d < CLINICAL_DOMAIN_COUNT; d++) {
        const clinical_coverage_count *c = &coverage->domains[d];
        if (c->occurrences != 0)
            (void)printf("%-14s %8llu occurrences, %5.1f %% covered; %6llu codes, %5.1f %% covered\n", names[d],
                         (unsigned long long)c->occurrences, 100.0 * (double)c->covered / (double)c->occurrences,
                         (unsigned long long)c->codes,
                         100.0 * (double)c->codes_covered / (double)(c->codes + (c->codes == 0)));
    }
}

int main(int argc, char **argv)
{
    static bench b;
    const fhir_options options = {.secret = {1, 2}};
    const clinical_pack_options pack_options = {.secret = {1, 2}};
    base_buf_init(&b.packed, (size_t)1 << 30);
    if (json_parser_new(JSON_DOCUMENT_MAX, JSON_DEPTH_MAX, &b.parser, NULL) != 0 ||
        fhir_reader_new(&options, &b.reader, NULL) != 0 || clinical_flat_new(&options.secret, &b.flat, NULL) != 0 ||
        clinical_pack_new(&pack_options, &b.pack, NULL) != 0)
        return 1;
    for (int i = 1; i < argc; i++)
        if (strcmp(argv[i], "--rows") == 0)
            b.print = true;
        else
            run_file(&b, argv[i]);
    print_coverage(clinical_pack_coverage(b.pack));
    const double gigabytes = (double)b.bytes * 1e-9, us = 1e6 * b.derive_s / (double)(b.patients + (b.patients == 0));
    (void)printf("patients %llu, visits %llu, rows %llu (ready %llu, observed %llu), withheld %llu\n",
                 (unsigned long long)b.patients, (unsigned long long)b.visits, (unsigned long long)b.rows,
                 (unsigned long long)b.ready, (unsigned long long)b.observed, (unsigned long long)b.withheld);
    (void)printf("pack %.2f GB/s (%.1f times the least of %.1f); derive %.1f us a patient (%.2f of the most of %.0f)\n",
                 gigabytes / b.pack_s, gigabytes / b.pack_s / PACK_GB_PER_S_MIN, PACK_GB_PER_S_MIN, us,
                 us / DERIVE_US_MAX, DERIVE_US_MAX);
    clinical_pack_free(b.pack);
    clinical_flat_free(b.flat);
    fhir_reader_free(b.reader);
    json_parser_free(b.parser);
    base_buf_done(&b.packed);
    return 0;
}
