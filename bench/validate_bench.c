/* SPDX-License-Identifier: Apache-2.0 */
#include "fhir/validate.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

/*
 * How fast FHIR is validated, apart from the disk: build/bench/validate-bench FILE…. Documents are whole files (.json)
 * or lines (.ndjson). Two figures over the same bytes: the parse, and fhir_validate over the tape; then both together
 * with the ratio to the least that is asked for. Issues are printed, the first of them.
 */
#define BOTH_GB_PER_S_MIN 0.3
#define ISSUES_SHOWN      2000
#define ROUNDS            3 /* of each document: its best counts */

typedef struct bench {
    json_parser *parser;
    fhir_validator *validator;
    const char *name;
    bool quiet;
    double parse_s, validate_s;
    uint64_t bytes, documents, resources, invalid, issues;
} bench;

static double now(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static int take_issue(void *context, const fhir_issue *issue)
{
    bench *b = context;
    if (!b->quiet && b->issues++ < ISSUES_SHOWN)
        (void)printf("%s: %s %s %s at %s, byte %zu\n", b->name,
                     issue->severity == FHIR_SEVERITY_ERROR ? "error" : "warning", issue->rule, issue->code,
                     issue->path, issue->byte);
    return 0;
}

static void run_document(bench *b, base_span text)
{
    double parse_s = 1e9, validate_s = 1e9;
    uint64_t errors = 0, resources = 0;
    json_value root;
    lethe_error error;
    for (int round = 0; round < ROUNDS; round++) {
        const double start = now();
        if (json_parse(b->parser, text, &root, &error) != 0) {
            (void)printf("%s: %s, byte %lld\n", b->name, error.name, (long long)error.byte);
            return;
        }
        const double parsed = now();
        b->quiet = round != 0;
        if (fhir_validate(b->validator, root, take_issue, b, &errors, &resources, &error) != 0)
            abort();
        const double end = now();
        parse_s = parsed - start < parse_s ? parsed - start : parse_s;
        validate_s = end - parsed < validate_s ? end - parsed : validate_s;
    }
    b->validate_s += validate_s;
    b->parse_s += parse_s;
    b->bytes += text.size;
    b->documents++;
    b->resources += resources;
    b->invalid += errors != 0;
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
    const char *slash = strrchr(name, '/');
    const size_t length = strlen(name);
    b->name = slash != NULL ? slash + 1 : name;
    if (length > 7 && strcmp(name + length - 7, ".ndjson") == 0)
        run_lines(b, (base_span){bytes, size});
    else
        run_document(b, (base_span){bytes, size});
    free(bytes);
}

int main(int argc, char **argv)
{
    bench b = {0};
    if (json_parser_new(JSON_DOCUMENT_MAX, JSON_DEPTH_MAX, &b.parser, NULL) != 0 ||
        fhir_validator_new(&b.validator, NULL) != 0)
        return 1;
    for (int i = 1; i < argc; i++)
        run_file(&b, argv[i]);
    const double gigabytes = (double)b.bytes * 1e-9, both = gigabytes / (b.parse_s + b.validate_s);
    (void)printf("documents %llu, resources %llu, %.3f GB, invalid documents %llu, issues %llu\n",
                 (unsigned long long)b.documents, (unsigned long long)b.resources, gigabytes,
                 (unsigned long long)b.invalid, (unsigned long long)b.issues);
    (void)printf("parse %.2f GB/s, validate %.2f GB/s, both %.2f GB/s (%.1f times the least of %.1f)\n",
                 gigabytes / b.parse_s, gigabytes / b.validate_s, both, both / BOTH_GB_PER_S_MIN, BOTH_GB_PER_S_MIN);
    fhir_validator_free(b.validator);
    json_parser_free(b.parser);
    return 0;
}
