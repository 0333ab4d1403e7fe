/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/deid_policy.h"

#include "base/file.h"
#include "crypt/digest.h"

#include <lethe/policy.h>

/* The whole file; a policy holds keys, so what was read is wiped by whoever asked. */
static int read_policy(const char *path, base_buf *text, lethe_error *error)
{
    base_reader *reader = NULL;
    size_t size = 1;
    char piece[16384];
    int status = base_reader_open(path, &reader, error);
    while (status == 0 && size != 0) {
        status = base_reader_read(reader, piece, sizeof(piece), &size, error);
        if (status == 0)
            base_buf_append(text, piece, size);
    }
    base_reader_close(reader);
    explicit_bzero(piece, sizeof(piece));
    return status != 0 ? status : base_buf_check(text, error);
}

int engine_policy_load(const char *path, bool compat, fhir_rules **ret_rules, uint8_t *ret_digest, lethe_error *error)
{
    base_buf text;
    base_buf_init(&text, FHIR_RULES_BYTES_MAX);
    int status = read_policy(path, &text, error);
    if (status == 0 && ret_digest != NULL)
        status = crypt_sha256(base_buf_view(&text), ret_digest, error);
    if (status == 0)
        status = fhir_rules_load(base_buf_view(&text), compat, ret_rules, error);
    if (status != 0)
        base_error_file(error, path);
    if (text.data != NULL)
        explicit_bzero(text.data, text.capacity);
    base_buf_done(&text);
    return status;
}

typedef struct policy_sink {
    lethe_policy_finding_sink *sink;
    void *context;
} policy_sink;

static int tell(void *context, const fhir_rules_report *report)
{
    const policy_sink *sink = context;
    const lethe_policy_finding finding = {
        .kind = fhir_rules_finding_name(report->finding),
        .rule = report->rule,
        .line = report->line,
        .path = report->path,
        .text = report->text,
    };
    return sink->sink(sink->context, &finding);
}

int lethe_policy_check(const char *policy_file, lethe_policy_finding_sink *sink, void *context, size_t *ret_rules,
                       lethe_error *error)
{
    fhir_rules *rules = NULL;
    policy_sink teller = {sink, context};
    BASE_TRY(engine_policy_load(policy_file, true, &rules, NULL, error)); /* as theirs: unknown keys are findings */
    *ret_rules = fhir_rules_count(rules);
    const int status = fhir_rules_check(rules, tell, &teller, error);
    fhir_rules_free(rules);
    return status;
}
