/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FHIR_VALIDATE_RULES_H
#define FHIR_VALIDATE_RULES_H

/* What is checked beside the invariants of R4. X(rule, "name", "code of the issue", "sentence"). */
#define FHIR_RULES(X)                                                                                                  \
    X(JSON, "json", "structure", "not JSON")                                                                           \
    X(XML, "xml", "not-supported", "this is XML: only the JSON of FHIR R4 is read")                                    \
    X(STU3, "stu3", "not-supported", "this is FHIR STU3 (3.0): only R4 (4.0.1) is validated")                          \
    X(R5, "r5", "not-supported", "this is FHIR R4B or R5: only R4 (4.0.1) is validated")                               \
    X(RESOURCE, "resource", "structure", "a resource is an object with the name of its type in resourceType")          \
    X(RESOURCE_TYPE, "resource-type", "structure", "R4 has no resource of this type")                                  \
    X(UNKNOWN, "unknown-element", "structure", "the type has no such element")                                         \
    X(DUPLICATE, "duplicate-element", "structure", "an element stands twice in one object")                            \
    X(JSON_TYPE, "json-type", "structure", "an object, a list or a value stands where another of them belongs")        \
    X(NULL_VALUE, "null", "structure", "null stands where it means nothing")                                           \
    X(SIBLING, "sibling", "structure", "an underscore before an element that can have no extensions")                  \
    X(EMPTY, "empty", "value", "an empty string, list or object")                                                      \
    X(MIN, "cardinality-min", "required", "an element that must be there is missing")                                  \
    X(CHOICE, "choice", "structure", "more than one type of an element of which there is one")                         \
    X(PRIMITIVE, "primitive", "value", "not the syntax of the element's type")                                         \
    X(XHTML, "xhtml", "value", "a narrative is one well-formed div of XHTML")                                          \
    X(BINDING, "binding", "code-invalid", "a code outside of the value set that the element requires")                 \
    X(REFERENCE, "reference", "value", "neither Type/id, a fragment, nor an absolute URL")                             \
    X(REFERENCE_TYPE, "reference-type", "value", "the type of a reference is no resource type, or another than said")  \
    X(REFERENCE_TARGET, "reference-target", "value", "a reference to a type that the element does not allow")          \
    X(UNRESOLVED, "reference-urn", "not-found", "a URN of a Bundle that none of its entries has")                      \
    X(CONTAINED_ID, "contained-id", "required", "a contained resource without an id")                                  \
    X(CONTAINED_TWICE, "contained-twice", "duplicate", "two contained resources with one id")                          \
    X(FULL_URL, "full-url", "value", "fullUrl is an absolute URL that ends in the resource's id")                      \
    X(DEPTH, "depth", "too-long", "nested more deeply than is looked at")                                              \
    X(SIMPLE_QUANTITY, "sqty-1", "invariant", "the comparator is not used on a SimpleQuantity")

typedef enum fhir_rule_id {
#define X(rule, name, code, sentence) FHIR_RULE_##rule,
    FHIR_RULES(X)
#undef X
        FHIR_RULE_COUNT,
} fhir_rule_id;

#endif
