/* SPDX-License-Identifier: Apache-2.0 */
#include "clinical/derive.h"
#include "clinical/pack.h"
#include "clinical/vocabulary.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * What Lethe makes of single codes, for judging its tables by eye. Lines of standard input:
 *
 *     kind ⇥ system ⇥ code ⇥ display          kind: condition, medication, allergy, procedure, immunization, reason
 *     observation ⇥ system ⇥ code ⇥ number ⇥ unit
 *
 * Each goes the whole way, reading time and derive, as the only fact about a woman of 44 at a visit; what her row holds
 * is printed behind the line: "medical_history:asthma/respiratory". Outcomes are left out: they repeat the rest.
 */
#define FIELDS_MAX     5
#define LINE_MAX_BYTES 4096

static const base_hash_key SECRET = {1, 2};

static const struct {
    const char *name;
    record_kind kind;
} KINDS[] = {
    {"condition", RECORD_CONDITION},
    {"medication", RECORD_MEDICATION},
    {"allergy", RECORD_ALLERGY},
    {"procedure", RECORD_PROCEDURE},
    {"reason", RECORD_REASON},
    {"symptom", RECORD_SYMPTOM},
    {"immunization", RECORD_IMMUNIZATION},
    {"note", RECORD_NOTE},
    {"observation", RECORD_OBSERVATION},
};

static const struct {
    const char *name, *uri;
} SYSTEMS[] = {
    {"snomed", "http://snomed.info/sct"},
    {"icd10cm", "http://hl7.org/fhir/sid/icd-10-cm"},
    {"rxnorm", "http://www.nlm.nih.gov/research/umls/rxnorm"},
    {"atc", "http://www.whocc.no/atc"},
    {"cvx", "http://hl7.org/fhir/sid/cvx"},
    {"loinc", "http://loinc.org"},
    {"cpt", "http://www.ama-assn.org/go/cpt"},
};

static int digest(void *context, base_span id, uint8_t ret_digest[32], lethe_error *error)
{
    (void)context;
    (void)id;
    (void)error;
    memset(ret_digest, 0, 32);
    return 0;
}

static record_kind kind_of(const char *name)
{
    for (size_t i = 0; i < sizeof(KINDS) / sizeof(KINDS[0]); i++)
        if (strcmp(KINDS[i].name, name) == 0)
            return KINDS[i].kind;
    return 0;
}

static base_span system_of(const char *name)
{
    for (size_t i = 0; i < sizeof(SYSTEMS) / sizeof(SYSTEMS[0]); i++)
        if (strcmp(SYSTEMS[i].name, name) == 0)
            return base_span_of(SYSTEMS[i].uri);
    return base_span_of(name);
}

static bool is_category_column(record_column column)
{
    return column == RECORD_HISTORY_CATEGORIES || column == RECORD_MEDICATION_CATEGORIES ||
           column == RECORD_ALLERGY_CATEGORIES;
}

/* "medical_history:asthma/respiratory": the category of a concept stands behind it and not once more alone. */
static void print_row(const record_row *row)
{
    for (size_t i = 0; i < row->item_count; i++) {
        const clinical_item item = clinical_item_of(row->items[i]);
        bool told = item.column == RECORD_OUTCOMES;
        for (size_t j = 0; j < row->item_count && is_category_column(item.column); j++)
            told = told || clinical_item_of(row->items[j]).parent == row->items[i];
        if (told)
            continue;
        const char *column = clinical_column_name(item.column);
        printf("\t%.*s:%s", (int)(strrchr(column, '_') - column), column, item.name);
        if (item.parent != RECORD_ITEM_NONE)
            printf("/%s", clinical_item_name(item.parent));
    }
    if (row->qi.leaf[RECORD_QI_EXPOSURE] != clinical_exposure_count() - 1)
        printf("\texposure:%s", clinical_exposure_name(row->qi.leaf[RECORD_QI_EXPOSURE]));
    if (row->qi.leaf[RECORD_QI_PREGNANCY] != RECORD_NOT_PREGNANT)
        printf("\tpregnancy:%u", row->qi.leaf[RECORD_QI_PREGNANCY]);
}

static int derive_and_print(const base_buf *packed, lethe_error *error)
{
    const clinical_derive_options options = {.snapshots = CLINICAL_SNAPSHOTS_LATEST,
                                             .as_of_day = base_day_of(2024, 12, 31)};
    const clinical_derive_hooks hooks = {.digest = digest};
    const base_span resource = {packed->data, packed->size};
    base_arena arena;
    base_arena_init(&arena, (size_t)1 << 24);
    record_row *rows = NULL;
    size_t count = 0;
    const int status = clinical_derive(&options, &resource, 1, &hooks, &arena, &rows, &count, error);
    if (status == 0 && count != 0)
        print_row(&rows[0]);
    base_arena_done(&arena);
    return status;
}

static int map_line(clinical_pack *pack, char *const fields[FIELDS_MAX], lethe_error *error)
{
    const base_time birth = {.precision = BASE_PRECISION_DAY, .day = base_day_of(1980, 1, 1)};
    const base_time day = {.precision = BASE_PRECISION_DAY, .day = base_day_of(2024, 3, 1)};
    const record_key visit = record_key_of(&SECRET, BASE_SPAN("visit"), BASE_SPAN("visit"));
    const record_kind kind = kind_of(fields[0]);
    const bool observed = kind == RECORD_OBSERVATION;
    const record_coding coding = {.system = system_of(fields[1]),
                                  .code = base_span_of(fields[2]),
                                  .display = base_span_of(observed ? "" : fields[3])};
    record_event events[] = {
        {.kind = RECORD_PATIENT, .start = birth, .value = {.kind = RECORD_VALUE_TEXT, .text = BASE_SPAN("female")}},
        {.kind = RECORD_ENCOUNTER, .id = BASE_SPAN("visit"), .self = visit, .start = day, .end = day},
        {.kind = kind, .start = day, .known = day, .encounter = visit, .code = {.codings = &coding, .count = 1}},
    };
    record_event *told = &events[2];
    if (kind == RECORD_REASON)
        told->self = visit;
    if (kind == RECORD_SYMPTOM || kind == RECORD_NOTE)
        told->code = (record_concept){.text = coding.display};
    if (observed) {
        char *end = fields[3];
        const double number = strtod(fields[3], &end);
        told->value = (record_value){.kind = RECORD_VALUE_QUANTITY, .number = number, .unit = base_span_of(fields[4])};
        if (end == fields[3])
            told->value = (record_value){.kind = RECORD_VALUE_TEXT, .text = base_span_of(fields[3])};
    }
    base_buf packed;
    base_buf_init(&packed, (size_t)1 << 20);
    int status = clinical_pack_resource(pack, events, kind != 0 ? 3 : 2, &packed, error);
    if (status == 0)
        status = derive_and_print(&packed, error);
    base_buf_done(&packed);
    return status;
}

int main(void)
{
    const clinical_pack_options options = {.secret = SECRET};
    clinical_pack *pack = NULL;
    lethe_error error = {0};
    int status = clinical_pack_new(&options, &pack, &error);
    char line[LINE_MAX_BYTES];
    while (status == 0 && fgets(line, sizeof(line), stdin) != NULL) {
        line[strcspn(line, "\r\n")] = '\0';
        if (line[0] == '\0' || line[0] == '#') {
            puts(line);
            continue;
        }
        printf("%s\t=>", line);
        char empty[] = "", *fields[FIELDS_MAX] = {empty, empty, empty, empty, empty};
        char *rest = line;
        for (int i = 0; i < FIELDS_MAX && rest != NULL; i++)
            fields[i] = strsep(&rest, "\t");
        status = map_line(pack, fields, &error);
        putchar('\n');
    }
    if (status != 0)
        fprintf(stderr, "failed: %s\n", error.name);
    clinical_pack_free(pack);
    return status != 0;
}
