/* SPDX-License-Identifier: Apache-2.0 */
#include "clinical/codes.h"

#include "clinical/tables.h"

/* URIs of terminology.hl7.org and the OIDs registered for the same systems (HL7 OID registry). */
static const struct {
    const char *name;
    clinical_system system;
} SYSTEMS[] = {
    {"snomed.info/sct", CLINICAL_SYSTEM_SNOMED},
    {"hl7.org/fhir/sid/icd-10-cm", CLINICAL_SYSTEM_ICD10CM},
    {"hl7.org/fhir/sid/icd-10", CLINICAL_SYSTEM_ICD10},
    {"www.nlm.nih.gov/research/umls/rxnorm", CLINICAL_SYSTEM_RXNORM},
    {"www.whocc.no/atc", CLINICAL_SYSTEM_ATC},
    {"hl7.org/fhir/sid/cvx", CLINICAL_SYSTEM_CVX},
    {"hl7.org/fhir/sid/us-cvx", CLINICAL_SYSTEM_CVX},
    {"loinc.org", CLINICAL_SYSTEM_LOINC},
    {"www.ama-assn.org/go/cpt", CLINICAL_SYSTEM_CPT},
    {"2.16.840.1.113883.6.96", CLINICAL_SYSTEM_SNOMED},
    {"2.16.840.1.113883.6.90", CLINICAL_SYSTEM_ICD10CM},
    {"2.16.840.1.113883.6.3", CLINICAL_SYSTEM_ICD10},
    {"2.16.840.1.113883.6.88", CLINICAL_SYSTEM_RXNORM},
    {"2.16.840.1.113883.6.73", CLINICAL_SYSTEM_ATC},
    {"2.16.840.1.113883.12.292", CLINICAL_SYSTEM_CVX},
    {"2.16.840.1.113883.6.59", CLINICAL_SYSTEM_CVX},
    {"2.16.840.1.113883.6.1", CLINICAL_SYSTEM_LOINC},
    {"2.16.840.1.113883.6.12", CLINICAL_SYSTEM_CPT},
};

static base_span without_prefix(base_span text, base_span prefix)
{
    return base_span_starts(text, prefix) ? (base_span){text.data + prefix.size, text.size - prefix.size} : text;
}

clinical_system clinical_system_of(base_span uri)
{
    base_span name = without_prefix(without_prefix(uri, BASE_SPAN("http://")), BASE_SPAN("https://"));
    name = without_prefix(name, BASE_SPAN("urn:oid:"));
    if (name.size != 0 && name.data[name.size - 1] == '/')
        name.size--;
    for (size_t i = 0; i < sizeof(SYSTEMS) / sizeof(SYSTEMS[0]); i++)
        if (base_span_is(name, SYSTEMS[i].name))
            return SYSTEMS[i].system;
    /* SNOMED CT editions and versions: http://snomed.info/sct/731000124108/version/20230901 */
    return base_span_starts(name, BASE_SPAN("snomed.info/sct/")) ? CLINICAL_SYSTEM_SNOMED : CLINICAL_SYSTEM_UNKNOWN;
}

static const clinical_code_row *find_row(const clinical_code_row *rows, uint32_t count, base_span code)
{
    uint32_t low = 0, high = count;
    while (low < high) {
        const uint32_t middle = low + (high - low) / 2;
        const base_span key = {clinical_pooled(rows[middle].code), rows[middle].size};
        const int order = base_span_compare(key, code);
        if (order == 0)
            return &rows[middle];
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

clinical_found clinical_table_find(const clinical_code_table *table, base_span code)
{
    const clinical_code_row *row = find_row(table->rows, table->exact_count, code);
    const bool prefix = row == NULL;
    base_span part = code;
    if (part.size > table->longest_prefix)
        part.size = table->longest_prefix;
    for (; row == NULL && part.size != 0; part.size--)
        row = find_row(table->rows + table->exact_count, table->count - table->exact_count, part);
    if (row == NULL)
        return (clinical_found){NULL, 0, false};
    return (clinical_found){clinical_targets + row->target_at, row->target_count, prefix};
}

/* Upper case without the dot, as the tables have ICD-10. */
static base_span plain_icd10(base_span code, char *storage)
{
    size_t size = 0;
    for (size_t i = 0; i < code.size; i++) {
        const char c = code.data[i];
        if (c != '.' && c != ' ')
            storage[size++] = (char)(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
    }
    return (base_span){storage, size};
}

static const clinical_code_table *table_of(clinical_system system, clinical_layer layer)
{
    static const clinical_code_table *const tables[][3] = {
        [CLINICAL_SYSTEM_SNOMED] = {&clinical_codes_snomed, &clinical_codes_exposure_snomed,
                                    &clinical_codes_pregnancy_snomed},
        [CLINICAL_SYSTEM_ICD10CM] = {&clinical_codes_icd10cm, &clinical_codes_exposure_icd10cm,
                                     &clinical_codes_pregnancy_icd10cm},
        [CLINICAL_SYSTEM_ICD10] = {&clinical_codes_icd10cm, &clinical_codes_exposure_icd10cm,
                                   &clinical_codes_pregnancy_icd10cm},
        [CLINICAL_SYSTEM_RXNORM] = {&clinical_codes_rxnorm, NULL, NULL},
        [CLINICAL_SYSTEM_ATC] = {&clinical_codes_atc, NULL, NULL},
        [CLINICAL_SYSTEM_CVX] = {&clinical_codes_cvx, NULL, NULL},
        [CLINICAL_SYSTEM_LOINC] = {&clinical_codes_loinc, NULL, &clinical_codes_pregnancy_loinc},
        [CLINICAL_SYSTEM_CPT] = {&clinical_codes_cpt, NULL, NULL},
    };
    return tables[system][layer];
}

clinical_found clinical_code_find(clinical_system system, clinical_layer layer, base_span code)
{
    const clinical_code_table *table = table_of(system, layer);
    char storage[CLINICAL_CODE_MAX];
    if (table == NULL || code.size == 0 || code.size > sizeof(storage))
        return (clinical_found){NULL, 0, false};
    if (system == CLINICAL_SYSTEM_ICD10CM || system == CLINICAL_SYSTEM_ICD10)
        code = plain_icd10(code, storage);
    return clinical_table_find(table, code);
}
