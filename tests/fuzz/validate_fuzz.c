/* SPDX-License-Identifier: Apache-2.0 */
/* The validator on any JSON: places are made of the schema's names, twice is the same; and the matchers on any text. */
#include "fhir/primitive.h"
#include "fhir/validate.h"
#include "fhir/xhtml.h"

#include <assert.h>
#include <ctype.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

typedef struct totals {
    uint64_t errors, issues, sum;
    size_t size;
} totals;

static int take_issue(void *context, const fhir_issue *issue)
{
    totals *t = context;
    t->issues++;
    t->errors += issue->severity == FHIR_SEVERITY_ERROR;
    assert(issue->number < fhir_rule_count() && issue->byte <= t->size && issue->path[0] != '\0');
    for (const char *c = issue->path; *c != '\0'; c++) {
        assert(isalnum((unsigned char)*c) || strchr(".[]()", *c) != NULL);
        t->sum = t->sum * 31 + (uint8_t)*c;
    }
    return 0;
}

static void match_all(base_span text)
{
    fhir_moment moment;
    for (int type = FHIR_PRIMITIVE_NONE; type <= FHIR_PRIMITIVE_XHTML; type++)
        (void)fhir_primitive_fits((fhir_primitive)type, text);
    if (fhir_moment_of(text, &moment))
        assert(moment.begin_us < moment.end_us && fhir_primitive_fits(FHIR_PRIMITIVE_DATE_TIME, text));
    (void)fhir_xhtml_check(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    json_parser *parser = NULL;
    fhir_validator *validator = NULL;
    json_value root;
    char *text = calloc(1, size + JSON_PADDING);
    char *exact = malloc(size + 1);
    if (text == NULL || exact == NULL || json_parser_new(JSON_DOCUMENT_MAX, JSON_DEPTH_MAX, &parser, NULL) != 0 ||
        fhir_validator_new(&validator, NULL) != 0)
        abort();
    if (size != 0) {
        memcpy(text, data, size);
        memcpy(exact, data, size);
    }
    if (json_parse(parser, (base_span){text, size}, &root, NULL) == 0) {
        totals first = {.size = size}, second = {.size = size};
        uint64_t errors, resources;
        assert(fhir_validate(validator, root, take_issue, &first, &errors, &resources, NULL) == 0);
        assert(errors == first.errors);
        assert(fhir_validate(validator, root, take_issue, &second, &errors, &resources, NULL) == 0);
        assert(first.issues == second.issues && first.sum == second.sum);
    }
    match_all((base_span){exact, size});
    fhir_validator_free(validator);
    json_parser_free(parser);
    free(text);
    free(exact);
    return 0;
}
