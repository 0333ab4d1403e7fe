/* SPDX-License-Identifier: Apache-2.0 */
#include "fhir/reader.h"
#include "json/json.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

/*
 * How fast FHIR is read, apart from the disk: build/bench/fhir-bench FILE…. Documents are whole files (.json) or lines
 * (.ndjson). Two figures over the same bytes: the parse, and fhir_read over the tape; each as GB of JSON text a second
 * on one core, with the ratio to the least that is asked for.
 */
#define READ_GB_PER_S_MIN 0.3
#define WITHHELD_SHOWN    20

typedef struct bench {
    json_parser *parser;
    fhir_reader *reader;
    double parse_s, read_s;
    uint64_t bytes, documents, heads, events, withheld;
} bench;

static double now(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static int count_resource(void *context, const record_head *head, const record_event *events, size_t count,
                          lethe_error *error)
{
    bench *b = context;
    (void)head;
    (void)events;
    (void)error;
    b->heads++;
    b->events += count;
    return 0;
}

static int count_withheld(void *context, const lethe_error *trouble)
{
    bench *b = context;
    if (b->withheld++ < WITHHELD_SHOWN)
        (void)printf("withheld: %s at %s, byte %lld\n", trouble->name, trouble->path, (long long)trouble->byte);
    return 0;
}

static void run_document(bench *b, base_span text)
{
    const record_sink sink = {.context = b, .resource = count_resource, .withheld = count_withheld};
    json_value root;
    lethe_error error;
    const double start = now();
    const int status = json_parse(b->parser, text, &root, &error);
    const double parsed = now();
    if (status != 0) {
        (void)printf("%s, byte %lld\n", error.name, (long long)error.byte);
        return;
    }
    if (fhir_read(b->reader, root, &sink, &error) != 0)
        abort();
    b->read_s += now() - parsed;
    b->parse_s += parsed - start;
    b->bytes += text.size;
    b->documents++;
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

static void print_types(const fhir_stats *stats)
{
    for (fhir_resource_type type = 0; type < FHIR_RESOURCE_TYPE_COUNT; type++) {
        const fhir_count *c = &stats->types[type];
        if (c->read != 0)
            (void)printf("%-28s read %8llu used %8llu negated %6llu unused %8llu withheld %6llu\n",
                         fhir_resource_type_name(type), (unsigned long long)c->read, (unsigned long long)c->used,
                         (unsigned long long)c->negated, (unsigned long long)c->unused,
                         (unsigned long long)c->withheld);
    }
}

int main(int argc, char **argv)
{
    bench b = {0};
    const fhir_options options = {.secret = {1, 2}};
    if (json_parser_new(JSON_DOCUMENT_MAX, JSON_DEPTH_MAX, &b.parser, NULL) != 0 ||
        fhir_reader_new(&options, &b.reader, NULL) != 0)
        return 1;
    for (int i = 1; i < argc; i++)
        run_file(&b, argv[i]);
    print_types(fhir_reader_stats(b.reader));
    const double gigabytes = (double)b.bytes * 1e-9, speed = gigabytes / b.read_s;
    (void)printf("documents %llu, %.3f GB, heads %llu, events %llu, withheld %llu\n", (unsigned long long)b.documents,
                 gigabytes, (unsigned long long)b.heads, (unsigned long long)b.events, (unsigned long long)b.withheld);
    (void)printf("parse %.2f GB/s, read %.2f GB/s (%.1f times the least of %.1f), both %.2f GB/s\n",
                 gigabytes / b.parse_s, speed, speed / READ_GB_PER_S_MIN, READ_GB_PER_S_MIN,
                 gigabytes / (b.parse_s + b.read_s));
    fhir_reader_free(b.reader);
    json_parser_free(b.parser);
    return 0;
}
