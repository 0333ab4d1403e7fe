/* SPDX-License-Identifier: Apache-2.0 */
#include "fhir/rules_internal.h"

#include "fhir/deid_internal.h"
#include "fhir/primitive.h"

/*
 * Their rules with our semantics. Ids and references change together: where a rule changes any id, each reference,
 * fullUrl and id that no `keep` holds becomes the token of our own de-identification, in a valid form, so that what
 * resolved still does. What no rule touches and our own policy would not keep of free text, attachments and extensions
 * goes; everything else that no rule touches stays, as the format says.
 */
static bool is_name(const fhir_node *node, const char *name)
{
    return node->element != NULL && base_span_is(fhir_element_stem(node->element), name);
}

static bool is_owner(const fhir_node *node, const char *owner)
{
    return node->element != NULL && strcmp(fhir_schema_type_name(node->element->owner), owner) == 0;
}

bool rules_is_address(const fhir_node *node)
{
    return (is_name(node, "fullUrl") && is_owner(node, "Bundle.entry")) ||
           ((is_name(node, "url") || is_name(node, "ifNoneExist")) && is_owner(node, "Bundle.entry.request")) ||
           (is_name(node, "location") && is_owner(node, "Bundle.entry.response"));
}

/* bdl-9: a document is known by its identifier, which becomes a token where it would go. */
bool rules_names_document(const fhir_node *node)
{
    const fhir_node *identifier = node->parent;
    return identifier != NULL && identifier->parent != NULL && (is_name(node, "value") || is_name(node, "system")) &&
           fhir_node_is(identifier, "Identifier") && fhir_node_is(identifier->parent, "Bundle");
}

static bool is_reference(const fhir_rules_run *run, const fhir_node *node)
{
    return node->parent != NULL && node->parent->type == run->reference && is_name(node, "reference");
}

static bool is_resource_id(const fhir_node *node)
{
    return node->parent != NULL && fhir_node_is_resource(node->parent) && is_name(node, "id");
}

/* Whether the rule is for the id of a resource, seen from its path alone. */
static bool is_for_id(const rules_rule *rule)
{
    if (rule->match == RULES_RESOURCE)
        return true;
    if (rule->match == RULES_BY_TYPE || rule->match == RULES_BY_NAME)
        return rule->member_count == 0 && base_span_is(rule->target, "id");
    return rule->match == RULES_PLAIN && rule->member_count == 1 && base_span_is(rule->members[0], "id");
}

int rules_ids_read(fhir_rules *rules, lethe_error *error)
{
    const size_t types = fhir_schema_types();
    rules->ids_kept = base_arena_take_array(&rules->arena, types, sizeof(*rules->ids_kept));
    if (rules->ids_kept == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    for (size_t type = 0; type < types; type++) {
        const uint16_t *list = rules->lists[type];
        while (list != NULL && *list != 0 && !is_for_id(&rules->rules[*list - 1]))
            list++;
        const rules_method method = list != NULL && *list != 0 ? rules->rules[*list - 1].method : RULES_KEEP;
        rules->ids_kept[type] = method == RULES_KEEP || method == RULES_DATE_SHIFT || method == RULES_PERTURB;
        rules->ids_change = rules->ids_change || !rules->ids_kept[type];
    }
    return 0;
}

int rules_safe_open(fhir_rules_run *run, lethe_error *error)
{
    const fhir_deid_options options = {.profile = FHIR_EXPERT_ML,
                                       .as_of_day = run->options.as_of_day,
                                       .keys = run->options.keys,
                                       .max_bytes = run->options.max_bytes};
    return fhir_deid_new(&options, &run->deid, error);
}

/* What our own de-identification has written for a value: a quoted string without escapes. */
static int take_written(fhir_rules_run *run, fhir_node *node, deid_outcome outcome, lethe_error *error)
{
    fhir_deid *deid = run->deid;
    BASE_TRY(deid->status);
    BASE_TRY(base_buf_check(&deid->value, error));
    if (outcome == DEID_DROP)
        rules_clear(node);
    if (outcome != DEID_REPLACE)
        return 0;
    return rules_give_text(run, node, (base_span){deid->value.data + 1, deid->value.size - 2}, error);
}

static fhir_deid *writer_of(fhir_rules_run *run, lethe_error *error)
{
    base_buf_reset(&run->deid->value);
    run->deid->status = 0;
    run->deid->error = error;
    return run->deid;
}

/* A reference to a type whose ids are kept. */
static bool names_kept(const fhir_rules_run *run, base_span reference)
{
    const deid_target target = deid_target_of(reference);
    const fhir_type type =
        target.type.size != 0 ? fhir_schema_type(target.type.data, target.type.size) : FHIR_TYPE_NONE;
    return fhir_schema_kind(type) == FHIR_KIND_RESOURCE && run->rules->ids_kept[type];
}

static bool is_absolute(base_span reference)
{
    return reference.size != 0 && memmem(reference.data, reference.size, "://", 3) != NULL;
}

/* https://token.invalid/Type/id: the address of a server is one of its users', the id is kept. */
static int give_kept(fhir_rules_run *run, fhir_node *node, lethe_error *error)
{
    const deid_target target = deid_target_of(node->text);
    const base_span text = node->text;
    if (!is_absolute(text))
        return 0;
    fhir_deid *deid = writer_of(run, error);
    BASE_TRY(take_written(run, node, deid_put_reference(deid, text), error));
    const deid_target made = deid_target_of(node->text);
    if (made.type.size == 0)
        return 0; /* no address of a resource: a token as a whole */
    base_buf_reset(&run->text);
    base_buf_append(&run->text, node->text.data, (size_t)(made.id.data - node->text.data));
    base_buf_append(&run->text, target.id.data, (size_t)(text.data + text.size - target.id.data));
    BASE_TRY(base_buf_check(&run->text, error));
    return rules_give_text(run, node, base_buf_view(&run->text), error);
}

static int give_address(fhir_rules_run *run, fhir_node *node, lethe_error *error)
{
    if (run->rules->ids_change && names_kept(run, node->text))
        return give_kept(run, node, error);
    fhir_deid *deid = writer_of(run, error);
    const bool query = is_name(node, "ifNoneExist");
    const bool request = query || is_name(node, "url");
    return take_written(
        run, node, request ? deid_put_request(deid, node->text, query) : deid_put_reference(deid, node->text), error);
}

static int give_id(fhir_rules_run *run, fhir_node *node, lethe_error *error)
{
    fhir_deid *deid = writer_of(run, error);
    const bool contained = is_name(node->parent, "contained");
    const base_span type = contained ? (base_span){NULL, 0} : base_span_of(fhir_schema_type_name(node->parent->type));
    return take_written(run, node, deid_put_id(deid, type, node->text), error);
}

static int give_reversible(fhir_rules_run *run, fhir_node *node, base_span system, lethe_error *error)
{
    base_buf_reset(&run->text);
    BASE_TRY(run->options.keys.reversible(run->options.keys.context, system, node->text, &run->text, error));
    BASE_TRY(base_buf_check(&run->text, error));
    return rules_give_text(run, node, base_buf_view(&run->text), error);
}

static int give_token(fhir_rules_run *run, const rules_rule *rule, fhir_node *node, lethe_error *error)
{
    const bool identifier = is_name(node, "value") && is_owner(node, "Identifier");
    const base_span system = identifier               ? fhir_node_text(node->parent, "system")
                             : rule->domain.size != 0 ? rule->domain
                                                      : (base_span){NULL, 0};
    if (rule->method == RULES_ENCRYPT && run->options.keys.reversible != NULL)
        return give_reversible(run, node, system, error);
    fhir_deid *deid = writer_of(run, error);
    return take_written(run, node,
                        deid_put_token(deid, identifier ? FHIR_NAME_IDENTIFIER : FHIR_NAME_STRING, system, node->text),
                        error);
}

int rules_safe_token(fhir_rules_run *run, const rules_rule *rule, fhir_node *node, unsigned *done, lethe_error *error)
{
    const fhir_primitive type = fhir_primitive_of(fhir_schema_type_name(node->type));
    *done |= rule->method == RULES_ENCRYPT        ? FHIR_RULES_ENCRYPTED
             : rule->method == RULES_PSEUDONYMIZE ? FHIR_RULES_PSEUDONYMIZED
             : rule->method == RULES_REDACT       ? FHIR_RULES_REDACTED
                                                  : FHIR_RULES_HASHED;
    if (is_resource_id(node))
        return give_id(run, node, error);
    if (is_reference(run, node) || rules_is_address(node))
        return give_address(run, node, error);
    if (type == FHIR_PRIMITIVE_STRING || type == FHIR_PRIMITIVE_ID)
        return give_token(run, rule, node, error);
    if (type == FHIR_PRIMITIVE_URI || type == FHIR_PRIMITIVE_UUID)
        return take_written(run, node, deid_put_uri(writer_of(run, error), node->text), error);
    rules_clear(node); /* a date, a code, a number: no token of ours is one */
    *done |= FHIR_RULES_REDACTED;
    return 0;
}

int rules_safe_bits(fhir_rules_run *run, const fhir_node *node, uint8_t ret_bits[FHIR_TOKEN_BYTES], lethe_error *error)
{
    lethe_error place = {0};
    fhir_node_place(node, &place);
    base_buf_reset(&run->text);
    base_buf_text(&run->text, "perturb ");
    base_buf_text(&run->text, place.path);
    base_buf_int(&run->text, run->owned ? run->days : 0);
    return run->options.keys.token(run->options.keys.context, FHIR_NAME_STRING, base_buf_view(&run->text), node->text,
                                   ret_bits, error);
}

void rules_safe_fit(const fhir_rules_run *run, fhir_node *node)
{
    const fhir_primitive type = fhir_primitive_of(fhir_schema_type_name(node->type));
    bool fits = false;
    if (node->value == FHIR_VALUE_NONE)
        return;
    if (type == FHIR_PRIMITIVE_BOOLEAN) {
        fits = node->value == FHIR_VALUE_BOOLEAN;
    } else if (type == FHIR_PRIMITIVE_DECIMAL) {
        fits = node->value == FHIR_VALUE_NUMBER;
    } else if (fhir_schema_is(node->type, fhir_schema_type("integer", 7))) {
        fits = node->value == FHIR_VALUE_NUMBER && memchr(node->text.data, '.', node->text.size) == NULL;
    } else {
        node->value = FHIR_VALUE_STRING; /* a number computed for a string is its text */
        fits = type == FHIR_PRIMITIVE_XHTML ? false : fhir_primitive_fits(type, node->text);
    }
    (void)run;
    if (!fits)
        rules_clear(node);
}

/* What our own policy keeps, at least where it knows the words. */
bool rules_is_kept_text(const fhir_element *element)
{
    switch (fhir_policy_rule(FHIR_EXPERT_ML, element)) {
    case FHIR_WALK:
    case FHIR_KEEP:
    case FHIR_CODE:
    case FHIR_LANGUAGE:
    case FHIR_MIME:
    case FHIR_CURRENCY:
    case FHIR_COUNTRY:
    case FHIR_STATE:
    case FHIR_TIME:
    case FHIR_SAMPLES:
    case FHIR_TERM:
    case FHIR_ID:
    case FHIR_VERSION:
    case FHIR_REFERENCE:
    case FHIR_SYSTEM:
    case FHIR_CODE_VALUE:
    case FHIR_DISPLAY:
    case FHIR_UNIT:
    case FHIR_UNIT_CODE:
        return true;
    default:
        return false;
    }
}

static bool is_free_text(const fhir_node *node)
{
    static const char *const types[] = {"string", "markdown", "xhtml", "base64Binary"};
    for (size_t i = 0; i < sizeof(types) / sizeof(*types); i++)
        if (node->value == FHIR_VALUE_STRING && strcmp(fhir_schema_type_name(node->type), types[i]) == 0)
            return !rules_is_kept_text(node->element) && !is_name(node, "id");
    return false;
}

static bool is_foreign_extension(const fhir_node *node)
{
    return strcmp(fhir_schema_type_name(node->type), "Extension") == 0 &&
           !base_span_is(fhir_node_text(node, "url"), "http://hl7.org/fhir/StructureDefinition/data-absent-reason");
}

/* What is inside of one resource alone: #id and the id that it means change together, whatever the type's own ids do.
 */
static bool is_inner(const fhir_rules_run *run, const fhir_node *node)
{
    return (is_resource_id(node) && is_name(node->parent, "contained")) ||
           (is_reference(run, node) && node->text.data[0] == '#');
}

static int end_node(fhir_rules_run *run, fhir_node *node, lethe_error *error)
{
    const bool changed = (node->marks & RULES_VISITED) != 0 && (node->marks & RULES_KEPT) == 0;
    if (node->text.size == 0 || changed)
        return 0;
    if (run->rules->ids_change && is_inner(run, node))
        return is_resource_id(node) ? give_id(run, node, error) : give_address(run, node, error);
    if ((node->marks & RULES_VISITED) != 0)
        return 0;
    if (run->rules->ids_change) {
        if (is_resource_id(node))
            return run->rules->ids_kept[node->parent->type] ? 0 : give_id(run, node, error);
        if (is_reference(run, node) || rules_is_address(node))
            return give_address(run, node, error);
    }
    if (is_free_text(node) && rules_names_document(node)) {
        static const rules_rule redact = {.method = RULES_REDACT};
        return give_token(run, &redact, node, error);
    }
    if (is_free_text(node)) {
        rules_clear(node);
        run->stats.withheld_text++;
    }
    return 0;
}

static int end_below(fhir_rules_run *run, fhir_node *node, lethe_error *error)
{
    BASE_TRY(end_node(run, node, error));
    for (fhir_node *child = node->first, *next = NULL; child != NULL; child = next) {
        next = child->next;
        if ((child->marks & RULES_VISITED) == 0 && is_foreign_extension(child)) {
            fhir_node_remove(child);
            run->stats.withheld_text++;
        } else {
            BASE_TRY(end_below(run, child, error));
        }
    }
    return 0;
}

static bool mentions(const fhir_node *node, base_span id)
{
    for (const fhir_node *child = node->first; child != NULL; child = child->next)
        if ((child->text.size == id.size + 1 && child->text.data[0] == '#' &&
             memcmp(child->text.data + 1, id.data, id.size) == 0) ||
            mentions(child, id))
            return true;
    return false;
}

/* dom-3: a contained resource that nothing refers to any more goes with the reference. One that refers to what holds it
 * stays. Going may leave another alone, so it is looked again. */
static void drop_unmentioned(fhir_node *resource)
{
    bool again = true;
    while (again) {
        again = false;
        for (fhir_node *child = resource->first, *next = NULL; child != NULL; child = next) {
            next = child->next;
            const base_span id = is_name(child, "contained") ? fhir_node_text(child, "id") : (base_span){NULL, 0};
            if (!is_name(child, "contained") || mentions(child, (base_span){"", 0}) ||
                (id.size != 0 && mentions(resource, id)))
                continue;
            fhir_node_remove(child);
            again = true;
        }
    }
    for (fhir_node *child = resource->first; child != NULL; child = child->next) {
        fhir_node *inner = is_name(child, "entry") ? fhir_node_child(child, "resource") : NULL;
        if (inner != NULL)
            drop_unmentioned(inner);
    }
}

int rules_safe_end(fhir_rules_run *run, fhir_node *root, lethe_error *error)
{
    BASE_TRY(end_below(run, root, error));
    BASE_TRY(rules_valid_prune(run, root, error));
    drop_unmentioned(root);
    return 0;
}
