/* SPDX-License-Identifier: Apache-2.0 */
#include "fhir/deid.h"
#include "identity/artefact.h"
#include "json/json.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

/*
 * How fast FHIR is de-identified on one core, apart from the disk: build/bench/deid-bench [-p] FILE…. Documents are
 * whole files (.json) or lines (.ndjson). Over the same bytes: the bare parse, and the default policy over the parsed
 * text with real tokens and date offsets. -p prints what comes out instead.
 */
#define DEID_MB_PER_S_MIN 600.0

typedef struct bench {
    json_parser *parser;
    fhir_deid *deid;
    base_buf out;
    bool print, only_parse;
    double parse_s, deid_s;
    uint64_t bytes, documents, out_bytes, failed;
} bench;

static double now(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static int token_of(void *context, char kind, base_span first, base_span second, uint8_t ret_token[FHIR_TOKEN_BYTES],
                    lethe_error *error)
{
    identity_token token;
    BASE_TRY(identity_artefact_token(context, kind, first, second, &token, error));
    memcpy(ret_token, token.bytes, FHIR_TOKEN_BYTES);
    return 0;
}

static int shift_of(void *context, base_span patient, int32_t *ret_days, lethe_error *error)
{
    return identity_artefact_shift(context, patient, ret_days, error);
}

static void run_document(bench *b, base_span text)
{
    json_value root;
    lethe_error error;
    int status = json_parse(b->parser, text, &root, &error);
    if (b->only_parse)
        return;
    base_buf_reset(&b->out);
    if (status == 0)
        status = fhir_deid_document(b->deid, root, &b->out, &error);
    b->out_bytes += b->out.size;
    b->documents++;
    if (status != 0 && b->failed++ < 10)
        (void)fprintf(stderr, "%s, byte %lld\n", error.name, (long long)error.byte);
    if (b->print && status == 0)
        (void)printf("%.*s\n", (int)b->out.size, b->out.data);
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

static void run_text(bench *b, base_span text, bool lines)
{
    if (lines)
        run_lines(b, text);
    else
        run_document(b, text);
}

/* Each pass once to warm up, then timed as a whole: the best of three. */
static double best_of(bench *b, base_span text, bool lines)
{
    double best = 0;
    for (int i = 0; i < 4; i++) {
        const double start = now();
        run_text(b, text, lines);
        const double took = now() - start;
        best = i == 1 || (i > 1 && took < best) ? took : best;
    }
    return best;
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
    const bool lines = length > 7 && strcmp(name + length - 7, ".ndjson") == 0;
    if (b->print) {
        run_text(b, (base_span){bytes, size}, lines);
    } else {
        b->only_parse = true;
        const double parse = best_of(b, (base_span){bytes, size}, lines);
        b->only_parse = false;
        b->deid_s += best_of(b, (base_span){bytes, size}, lines) - parse;
        b->parse_s += parse;
    }
    b->bytes += size;
    free(bytes);
}

int main(int argc, char **argv)
{
    bench b = {0};
    crypt_keyring *ring = NULL;
    identity_artefact *artefact = NULL;
    static const char key[] = "lethe-key 1 00000000-0000-4000-8000-000000000001 1\n"
                              "1 enabled AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE= 89e52d02\n";
    if (json_parser_new(JSON_DOCUMENT_MAX, JSON_DEPTH_MAX, &b.parser, NULL) != 0 ||
        crypt_keyring_parse(base_span_of(key), &ring, NULL) != 0 ||
        identity_artefact_new(ring, IDENTITY_SHIFT_DAYS, &artefact, NULL) != 0)
        return 1;
    const fhir_deid_options options = {
        .as_of_day = 20453, .keys = {.context = artefact, .token = token_of, .shift = shift_of}, .security_tags = true};
    if (fhir_deid_new(&options, &b.deid, NULL) != 0)
        return 1;
    base_buf_init(&b.out, JSON_DOCUMENT_MAX);
    int first = 1;
    if (argc > 1 && strcmp(argv[1], "-p") == 0) {
        b.print = true;
        first = 2;
    }
    for (int i = first; i < argc; i++)
        run_file(&b, argv[i]);
    const double mb = (double)b.bytes * 1e-6, speed = mb / (b.parse_s + b.deid_s);
    FILE *to = b.print ? stderr : stdout;
    (void)fprintf(to, "%llu documents, %.1f MB in, %.1f MB out, %llu refused\n",
                  (unsigned long long)(b.documents / (b.print ? 1 : 4)), mb,
                  (double)b.out_bytes * 1e-6 / (b.print ? 1 : 4), (unsigned long long)b.failed);
    (void)fprintf(to,
                  "parse %.0f MB/s; de-identification beside it %.0f MB/s; both %.0f MB/s: %.2f of the parse, "
                  "%.2f of the %.0f MB/s asked for\n",
                  mb / b.parse_s, mb / b.deid_s, speed, b.parse_s / (b.parse_s + b.deid_s), speed / DEID_MB_PER_S_MIN,
                  DEID_MB_PER_S_MIN);
    fhir_deid_free(b.deid);
    json_parser_free(b.parser);
    identity_artefact_free(artefact);
    crypt_keyring_free(ring);
    base_buf_done(&b.out);
    return 0;
}
