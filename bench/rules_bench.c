/* SPDX-License-Identifier: Apache-2.0 */
#include "base/date.h"
#include "fhir/rules.h"
#include "identity/artefact.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

/*
 * How fast the policies of others are applied, in processor time of one core, apart from the disk:
 * build/bench/rules-bench POLICY FILE….
 * Documents are whole files. Over the same bytes: the bare parse, their semantics, and ours with real tokens and date
 * offsets. The peers need 209 to 381 ms for a Bundle of 0.96 MB under 195 such rules: 2.5 to 4.6 MB/s.
 */
#define RULES_MB_PER_S_MIN 50.0

static double now(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
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

typedef struct bench {
    json_parser *parser;
    fhir_rules *rules[2]; /* ours, theirs */
    fhir_rules_run *runs[2];
    base_buf out;
    double parse_s, rules_s[2];
    uint64_t bytes, failed;
} bench;

static char *read_text(const char *name, size_t *ret_size)
{
    FILE *file = fopen(name, "rb");
    if (file == NULL)
        return NULL;
    (void)fseek(file, 0, SEEK_END);
    const long size = ftell(file);
    (void)fseek(file, 0, SEEK_SET);
    char *text = malloc((size_t)size + JSON_PADDING);
    *ret_size = text != NULL ? fread(text, 1, (size_t)size, file) : 0;
    (void)fclose(file);
    return text;
}

static void run_file(bench *b, const char *name)
{
    size_t size = 0;
    char *text = read_text(name, &size);
    json_value root;
    if (text == NULL)
        return;
    for (int i = 0; i < 2; i++) {
        lethe_error error = {0};
        const double start = now();
        int status = json_parse(b->parser, (base_span){text, size}, &root, &error);
        const double parsed = now();
        base_buf_reset(&b->out);
        if (status == 0)
            status = fhir_rules_apply(b->runs[i], root, &b->out, &error);
        b->rules_s[i] += now() - parsed;
        b->parse_s += parsed - start;
        if (status != 0 && b->failed++ < 5)
            (void)fprintf(stderr, "%s: %s at %s\n", name, error.name, error.path);
    }
    b->bytes += size;
    free(text);
}

static int open_bench(bench *b, const char *policy, identity_artefact *artefact)
{
    size_t size = 0;
    lethe_error error = {0};
    const fhir_rules_options options = {.as_of_day = base_day_of(2027, 12, 31),
                                        .keys = {.context = artefact, .token = token_of, .shift = shift_of}};
    char *text = read_text(policy, &size);
    int status = text == NULL ? LETHE_E_BASE_NOT_FOUND : 0;
    base_buf_init(&b->out, (size_t)1 << 30);
    if (status == 0)
        status = json_parser_new(JSON_DOCUMENT_MAX, JSON_DEPTH_MAX, &b->parser, &error);
    for (int i = 0; i < 2 && status == 0; i++) {
        status = fhir_rules_load((base_span){text, size}, i != 0, &b->rules[i], &error);
        if (status == 0)
            status = fhir_rules_run_new(b->rules[i], &options, &b->runs[i], &error);
    }
    if (status != 0)
        (void)fprintf(stderr, "%s: %s, line %lld, %s\n", policy, error.name, (long long)error.line, error.path);
    free(text);
    return status;
}

int main(int argc, char **argv)
{
    static const char key[] = "lethe-key 1 00000000-0000-4000-8000-000000000001 1\n"
                              "1 enabled AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE= 89e52d02\n";
    bench b = {0};
    crypt_keyring *ring = NULL;
    identity_artefact *artefact = NULL;
    lethe_error error = {0};
    if (argc < 3) {
        (void)fprintf(stderr, "usage: rules-bench POLICY FILE...\n");
        return 2;
    }
    if (crypt_keyring_parse(base_span_of(key), &ring, &error) != 0 ||
        identity_artefact_new(ring, IDENTITY_SHIFT_DAYS, &artefact, &error) != 0) {
        (void)fprintf(stderr, "%s\n", error.name);
        return 1;
    }
    if (open_bench(&b, argv[1], artefact) != 0)
        return 1;
    for (int i = 2; i < argc; i++)
        run_file(&b, argv[i]);
    const double megabytes = (double)b.bytes / 1e6, theirs = megabytes / b.rules_s[1];
    (void)printf("%zu rules over %.1f MB in %d documents, %llu failed\n", fhir_rules_count(b.rules[0]), megabytes,
                 argc - 2, (unsigned long long)b.failed);
    (void)printf("bare parse      %8.1f MB/s\n", 2 * megabytes / b.parse_s);
    (void)printf("theirs (compat) %8.1f MB/s beyond the parse\n", theirs);
    (void)printf("ours            %8.1f MB/s beyond the parse\n", megabytes / b.rules_s[0]);
    for (int i = 0; i < 2; i++) {
        fhir_rules_run_free(b.runs[i]);
        fhir_rules_free(b.rules[i]);
    }
    identity_artefact_free(artefact);
    crypt_keyring_free(ring);
    json_parser_free(b.parser);
    base_buf_done(&b.out);
    return theirs >= RULES_MB_PER_S_MIN ? 0 : 1;
}
