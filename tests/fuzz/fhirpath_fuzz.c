/* SPDX-License-Identifier: Apache-2.0 */
/* An expression, a zero byte and a resource: what compiles is evaluated on the root and on every node below, within its
 * limits, and twice with the same number of items. */
#include "fhir/fhirpath.h"

#include <assert.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define NODES_MAX 64

static const char RESOURCE[] =
    "{\"resourceType\":\"Patient\",\"id\":\"p\",\"active\":true,\"birthDate\":\"1980-02-03\",\"contained\":[{"
    "\"resourceType\":\"Organization\",\"id\":\"o\",\"name\":\"C\"}],\"name\":[{\"family\":\"D\",\"given\":[\"J\","
    "\"Q\"]}],"
    "\"multipleBirthInteger\":3,\"managingOrganization\":{\"reference\":\"#o\"},\"extension\":[{\"url\":\"u\","
    "\"valueQuantity\":{\"value\":70.50,\"unit\":\"kg\"}},{\"url\":\"w\",\"valueDateTime\":"
    "\"2015-02-07T13:28:17-05:00\"}]}";

static void evaluate(const fhirpath_program *program, fhirpath_scratch *scratch, fhir_node *node, int *left)
{
    fhirpath_list list = {0};
    fhirpath_truth truth = FHIRPATH_UNKNOWN;
    lethe_error error = {0};
    if (--*left < 0)
        return;
    const int status = fhirpath_eval(program, scratch, node, &list, &error);
    if (status == 0) {
        const size_t count = list.count;
        for (size_t i = 0; i < count; i++)
            assert(list.items[i].kind != FHIRPATH_NODE || list.items[i].node != NULL);
        assert(fhirpath_eval(program, scratch, node, &list, NULL) == 0 && list.count == count);
        (void)fhirpath_test(program, scratch, node, &truth, NULL);
        (void)fhirpath_reach(program, scratch, node, &list, NULL);
    } else {
        assert(status == LETHE_E_FHIR_EVAL || status == LETHE_E_BASE_LIMIT);
        *left = 0; /* what is slow once is slow again */
    }
    for (fhir_node *child = node->first; child != NULL; child = child->next)
        evaluate(program, scratch, child, left);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint8_t *zero = size != 0 ? memchr(data, 0, size) : NULL;
    const base_span text = {size != 0 ? (const char *)data : "", zero != NULL ? (size_t)(zero - data) : size};
    const base_span own =
        zero != NULL ? (base_span){(const char *)zero + 1, size - text.size - 1} : BASE_SPAN(RESOURCE);
    fhirpath_program *program = NULL;
    fhirpath_scratch *scratch = NULL;
    json_parser *parser = NULL;
    json_value root;
    fhir_tree tree = {0};
    base_arena arena;
    lethe_error error = {0};
    if (fhirpath_compile(text, &program, &error) != 0) {
        assert(error.code == LETHE_E_FHIR_PATH && error.byte >= 0 && (size_t)error.byte <= text.size);
        return 0;
    }
    base_arena_init(&arena, (size_t)16 << 20);
    char *copy = calloc(1, own.size + JSON_PADDING);
    if (copy == NULL || fhirpath_scratch_new((size_t)32 << 20, &scratch, NULL) != 0 ||
        json_parser_new((size_t)1 << 20, 64, &parser, NULL) != 0)
        abort();
    memcpy(copy, own.data, own.size);
    int left = NODES_MAX;
    if (json_parse(parser, (base_span){copy, own.size}, &root, NULL) == 0 &&
        fhir_node_read(&arena, root, NULL, &tree, NULL) == 0)
        evaluate(program, scratch, tree.root, &left);
    json_parser_free(parser);
    fhirpath_scratch_free(scratch);
    fhirpath_free(program);
    base_arena_done(&arena);
    free(copy);
    return 0;
}
