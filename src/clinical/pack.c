/* SPDX-License-Identifier: Apache-2.0 */
#include "clinical/pack.h"

#include "clinical/codes.h"
#include "clinical/location.h"
#include "clinical/mapping.h"
#include "clinical/pack_observation.h"
#include "clinical/packed.h"
#include "clinical/tables.h"

#include <stdlib.h>

struct clinical_pack {
    clinical_pack_options options;
    clinical_mapper *mapper;
    clinical_coverage coverage;
};

#define BIT       CLINICAL_DOMAIN_BIT
#define SIDE_BITS (BIT(CLINICAL_DOMAIN_EXPOSURE) | BIT(CLINICAL_DOMAIN_PREGNANCY))

#define ALL_BITS                                                                                                       \
    (BIT(CLINICAL_HISTORY) | BIT(CLINICAL_SYMPTOM) | BIT(CLINICAL_ALLERGY) | BIT(CLINICAL_PROCEDURE) |                 \
     BIT(CLINICAL_IMMUNIZATION) | BIT(CLINICAL_MEDICATION) | SIDE_BITS)

/* What each kind of event may say: an allergy to penicillin is no drug that is taken, a reason for a visit no
 * diagnosis. The words of a procedure say no exposure: "Referral to Farmers' Market Nutrition Program" is no
 * occupation, "Smoking cessation education" no proof of smoking; its codes may say one. */
static const struct {
    clinical_wanted wanted;
    int counted_as; /* domain of the coverage, or -1 */
} KINDS[RECORD_STATED + 1] = {
    [RECORD_ENCOUNTER] = {{SIDE_BITS, SIDE_BITS, 0}, -1},
    [RECORD_REASON] = {{BIT(CLINICAL_SYMPTOM) | SIDE_BITS, BIT(CLINICAL_SYMPTOM) | SIDE_BITS, BIT(CLINICAL_HISTORY)},
                       -1},
    [RECORD_CONDITION] = {{ALL_BITS, BIT(CLINICAL_HISTORY) | BIT(CLINICAL_ALLERGY) | SIDE_BITS, BIT(CLINICAL_SYMPTOM)},
                          CLINICAL_HISTORY},
    [RECORD_MEDICATION] = {{BIT(CLINICAL_MEDICATION) | BIT(CLINICAL_IMMUNIZATION), BIT(CLINICAL_MEDICATION),
                            BIT(CLINICAL_IMMUNIZATION)},
                           CLINICAL_MEDICATION},
    [RECORD_ALLERGY] = {{BIT(CLINICAL_ALLERGY), BIT(CLINICAL_ALLERGY), 0}, CLINICAL_ALLERGY},
    [RECORD_PROCEDURE] = {{BIT(CLINICAL_PROCEDURE) | BIT(CLINICAL_IMMUNIZATION) | BIT(CLINICAL_DOMAIN_PREGNANCY),
                           BIT(CLINICAL_PROCEDURE) | SIDE_BITS, 0},
                          CLINICAL_PROCEDURE},
    [RECORD_IMMUNIZATION] = {{BIT(CLINICAL_IMMUNIZATION), BIT(CLINICAL_IMMUNIZATION), 0}, CLINICAL_IMMUNIZATION},
    [RECORD_SUBSTANCE] = {{BIT(CLINICAL_MEDICATION) | BIT(CLINICAL_IMMUNIZATION), BIT(CLINICAL_MEDICATION),
                           BIT(CLINICAL_IMMUNIZATION)},
                          -1},
    [RECORD_SYMPTOM] = {{BIT(CLINICAL_SYMPTOM) | SIDE_BITS, BIT(CLINICAL_SYMPTOM) | SIDE_BITS, BIT(CLINICAL_HISTORY)},
                        CLINICAL_SYMPTOM},
    [RECORD_NOTE] = {{ALL_BITS, ALL_BITS, 0}, -1},
};

int clinical_pack_new(const clinical_pack_options *options, clinical_pack **ret_pack, lethe_error *error)
{
    clinical_pack *pack = calloc(1, sizeof(*pack));
    if (pack == NULL)
        return base_fail(error, LETHE_E_BASE_MEMORY);
    pack->options = *options;
    const int status = clinical_mapper_new(&options->secret, &pack->mapper, error);
    if (status != 0) {
        free(pack);
        return status;
    }
    *ret_pack = pack;
    return 0;
}

void clinical_pack_free(clinical_pack *pack)
{
    if (pack == NULL)
        return;
    clinical_mapper_free(pack->mapper);
    clinical_coverage_done(&pack->coverage);
    free(pack);
}

const clinical_coverage *clinical_pack_coverage(const clinical_pack *pack)
{
    return &pack->coverage;
}

static clinical_fact fact_of(const record_event *event, clinical_fact_kind kind)
{
    return (clinical_fact){
        .kind = (uint8_t)kind,
        .source = (uint8_t)event->kind,
        .flags = (event->flags & RECORD_FLAG_HISTORICAL) != 0 ? CLINICAL_FACT_HISTORICAL : 0,
        .age_years = -1,
        .start = event->start,
        .end = event->end,
        .known = event->known,
        .encounter = event->encounter,
    };
}

static uint8_t gender_of(base_span text)
{
    static const struct {
        const char *name;
        uint8_t sex;
    } names[] = {
        {"female", RECORD_SEX_FEMALE}, {"f", RECORD_SEX_FEMALE},        {"woman", RECORD_SEX_FEMALE},
        {"girl", RECORD_SEX_FEMALE},   {"male", RECORD_SEX_MALE},       {"m", RECORD_SEX_MALE},
        {"man", RECORD_SEX_MALE},      {"boy", RECORD_SEX_MALE},        {"other", RECORD_SEX_OTHER},
        {"o", RECORD_SEX_OTHER},       {"nonbinary", RECORD_SEX_OTHER},
    };
    char lower[16];
    size_t size = 0;
    for (size_t i = 0; i < text.size && size < sizeof(lower); i++)
        if (text.data[i] != ' ' && text.data[i] != '-')
            lower[size++] = (char)(text.data[i] >= 'A' && text.data[i] <= 'Z' ? text.data[i] + 32 : text.data[i]);
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (base_span_is((base_span){lower, size}, names[i].name))
            return names[i].sex;
    return RECORD_SEX_UNKNOWN;
}

#define AGE_YEARS_MAX 150

static void pack_patient(const record_event *event, base_buf *out)
{
    clinical_fact fact = fact_of(event, CLINICAL_FACT_PATIENT);
    fact.gender = gender_of(event->value.text);
    if ((event->flags & RECORD_FLAG_DECEASED) != 0)
        fact.flags |= CLINICAL_FACT_DECEASED;
    if ((event->flags & RECORD_FLAG_AGE_STATED) != 0 && event->value.number >= 0 &&
        event->value.number <= AGE_YEARS_MAX)
        fact.age_years = (int16_t)event->value.number;
    clinical_fact_write(out, &fact);
}

static int pack_address(clinical_pack *pack, const record_event *event, base_buf *out, lethe_error *error)
{
    clinical_location location;
    BASE_TRY(clinical_location_of(clinical_mapper_words(pack->mapper), &event->place, &location, error));
    clinical_fact fact = fact_of(event, CLINICAL_FACT_ADDRESS);
    fact.density = location.density;
    fact.region = location.region;
    if (location.southern)
        fact.flags |= CLINICAL_FACT_SOUTHERN;
    if (location.hemisphere_known)
        fact.flags |= CLINICAL_FACT_HEMISPHERE;
    const bool known = location.density != RECORD_DENSITY_UNKNOWN || location.region != RECORD_REGION_UNKNOWN;
    if (!known)
        fact.reference = event->reference; /* a ward without an address is where its hospital is */
    if (known || location.hemisphere_known || !record_key_none(fact.reference))
        clinical_fact_write(out, &fact);
    return 0;
}

static uint8_t class_of(const record_value *value)
{
    const record_concept *concept = &value->concept;
    for (uint32_t i = 0; value->kind == RECORD_VALUE_CONCEPT && i < concept->count; i++) {
        char upper[CLINICAL_CODE_MAX];
        const base_span code = concept->codings[i].code;
        if (code.size > sizeof(upper))
            continue;
        for (size_t c = 0; c < code.size; c++)
            upper[c] = (char)(code.data[c] >= 'a' && code.data[c] <= 'z' ? code.data[c] - 32 : code.data[c]);
        const clinical_found found =
            clinical_table_find(&clinical_codes_encounter_classes, (base_span){upper, code.size});
        if (found.count != 0)
            return (uint8_t)found.targets[0];
    }
    return value->kind == RECORD_VALUE_CONCEPT && concept->count != 0 ? RECORD_CLASS_OTHER : RECORD_CLASS_UNKNOWN;
}

/* Facts of what a code or a text says, one fact for each certainty, year and weeks of gestation. */
static void write_mapped(const clinical_mapped *mapped, const clinical_fact *plain, base_buf *out)
{
    bool written[CLINICAL_MAPPED_MAX] = {false};
    for (uint32_t i = 0; i < mapped->count; i++) {
        if (written[i])
            continue;
        clinical_fact fact = *plain;
        const clinical_mention *first = &mapped->mentions[i];
        for (uint32_t j = i; j < mapped->count; j++) {
            const clinical_mention *next = &mapped->mentions[j];
            if (written[j] || next->certainty != first->certainty || next->year != first->year ||
                next->weeks != first->weeks)
                continue;
            written[j] = true;
            clinical_fact_add_target(&fact, next->target);
        }
        if (first->weeks != 0) {
            fact.has_value = true;
            fact.value = first->weeks * 7;
        }
        if (first->certainty == CLINICAL_HISTORICAL || first->year != 0)
            fact.flags |= CLINICAL_FACT_HISTORICAL;
        if (first->year != 0 && !base_time_known(fact.start))
            fact.start = (base_time){.day = base_day_of(first->year, 1, 1), .precision = BASE_PRECISION_YEAR};
        clinical_fact_write(out, &fact);
    }
}

static int pack_coded(clinical_pack *pack, const record_event *event, record_key encounter, base_buf *out,
                      lethe_error *error)
{
    const clinical_wanted *wanted = &KINDS[event->kind].wanted;
    clinical_mapped mapped;
    mapped.count = 0;
    mapped.covered = false;
    if (event->kind == RECORD_NOTE)
        BASE_TRY(clinical_map_text(pack->mapper, event->code.text, CLINICAL_TEXT_PROSE, wanted->words, wanted->accepted,
                                   &mapped, error));
    else
        BASE_TRY(clinical_map_concept(pack->mapper, &event->code, wanted, &mapped, error));
    const bool by_reference = !record_key_none(event->reference) && event->kind == RECORD_MEDICATION;
    const bool named = event->code.count != 0 || event->code.text.size != 0;
    const bool told_elsewhere = by_reference && mapped.count == 0; /* counted where the reference is followed */
    if (KINDS[event->kind].counted_as >= 0 && named && !told_elsewhere)
        clinical_coverage_add(&pack->coverage, (clinical_domain)KINDS[event->kind].counted_as,
                              clinical_concept_hash(&pack->options.secret, &event->code), mapped.covered);
    clinical_fact fact = fact_of(event, CLINICAL_FACT_CODED);
    fact.encounter = encounter;
    write_mapped(&mapped, &fact, out);
    if (told_elsewhere) {
        fact.reference = event->reference;
        clinical_fact_write(out, &fact);
    }
    return 0;
}

static int pack_encounter(clinical_pack *pack, const record_event *event, base_buf *out, lethe_error *error)
{
    clinical_fact fact = fact_of(event, CLINICAL_FACT_ENCOUNTER);
    fact.id = event->id.size <= CLINICAL_FACT_ID_MAX ? event->id : (base_span){event->id.data, CLINICAL_FACT_ID_MAX};
    fact.self = event->self;
    fact.reference = event->reference;
    fact.class_of_encounter = class_of(&event->value);
    if ((event->flags & RECORD_FLAG_DECEASED) != 0)
        fact.flags |= CLINICAL_FACT_DECEASED;
    clinical_fact_write(out, &fact);

    clinical_mapped mapped;
    BASE_TRY(clinical_map_concept(pack->mapper, &event->code, &KINDS[RECORD_ENCOUNTER].wanted, &mapped, error));
    for (uint32_t i = 0; i < event->code.count; i++) {
        static const clinical_code_table *const tables[] = {&clinical_codes_exposure_encounter_type,
                                                            &clinical_codes_pregnancy_encounter_type};
        for (size_t t = 0; t < 2; t++) {
            const clinical_found found = clinical_table_find(tables[t], event->code.codings[i].code);
            for (uint32_t n = 0; n < found.count && mapped.count < CLINICAL_MAPPED_MAX; n++)
                if (found.targets[n] != CLINICAL_TARGET_NONE)
                    mapped.mentions[mapped.count++] = (clinical_mention){.target = found.targets[n]};
        }
    }
    clinical_fact coded = fact_of(event, CLINICAL_FACT_CODED);
    coded.encounter = event->self;
    coded.end = (base_time){0}; /* when the visit ends is not when what it is evidence of ends */
    write_mapped(&mapped, &coded, out);
    return 0;
}

static void pack_stated(const record_event *event, base_buf *out)
{
    static const struct {
        const char *name, *value;
        uint8_t stated, number;
    } table[] = {
        {"pregnancy", "pregnant_trimester_1", CLINICAL_STATED_PREGNANCY, RECORD_PREGNANT_TRIMESTER_1},
        {"pregnancy", "pregnant_trimester_2", CLINICAL_STATED_PREGNANCY, RECORD_PREGNANT_TRIMESTER_2},
        {"pregnancy", "pregnant_trimester_3", CLINICAL_STATED_PREGNANCY, RECORD_PREGNANT_TRIMESTER_3},
        {"pregnancy", "pregnant", CLINICAL_STATED_PREGNANCY, RECORD_PREGNANT},
        {"pregnancy", "postpartum", CLINICAL_STATED_PREGNANCY, RECORD_POSTPARTUM},
        {"pregnancy", "not_pregnant", CLINICAL_STATED_PREGNANCY, RECORD_NOT_PREGNANT},
        {"season", "winter", CLINICAL_STATED_SEASON, RECORD_WINTER},
        {"season", "spring", CLINICAL_STATED_SEASON, RECORD_SPRING},
        {"season", "summer", CLINICAL_STATED_SEASON, RECORD_SUMMER},
        {"season", "fall", CLINICAL_STATED_SEASON, RECORD_FALL},
        {"season", "autumn", CLINICAL_STATED_SEASON, RECORD_FALL},
        {"visit", "undated", CLINICAL_STATED_UNDATED, 0},
    };
    clinical_fact fact = fact_of(event, CLINICAL_FACT_STATED);
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
        if (base_span_is(event->code.text, table[i].name) && base_span_is(event->value.text, table[i].value)) {
            fact.stated = table[i].stated;
            fact.number = table[i].number;
            clinical_fact_write(out, &fact);
            return;
        }
    for (uint32_t leaf = 0; base_span_is(event->code.text, "exposure") && leaf + 1 < clinical_exposure_count(); leaf++)
        if (base_span_is(event->value.text, clinical_exposure_name(leaf))) {
            fact.stated = CLINICAL_STATED_EXPOSURE;
            fact.number = leaf;
            clinical_fact_write(out, &fact);
            return;
        }
}

static int pack_event(clinical_pack *pack, const record_event *event, base_buf *out, lethe_error *error)
{
    clinical_fact fact;
    switch (event->kind) {
    case RECORD_PATIENT:
        pack_patient(event, out);
        return 0;
    case RECORD_ADDRESS:
        return pack_address(pack, event, out, error);
    case RECORD_LINK:
        fact = fact_of(event, CLINICAL_FACT_LINK);
        fact.reference = event->reference;
        clinical_fact_write(out, &fact);
        return 0;
    case RECORD_IDENTIFIER:
        fact = fact_of(event, CLINICAL_FACT_IDENTIFIER);
        fact.id = event->place.city;
        if (pack->options.identifier_system.size != 0 && fact.id.size != 0 && fact.id.size <= CLINICAL_FACT_ID_MAX &&
            base_span_equal(event->place.state, pack->options.identifier_system))
            clinical_fact_write(out, &fact);
        return 0;
    case RECORD_ENCOUNTER:
        return pack_encounter(pack, event, out, error);
    case RECORD_OBSERVATION:
        return clinical_pack_observation(pack->mapper, &pack->options.secret, &pack->coverage, event, out, error);
    case RECORD_STATED:
        pack_stated(event, out);
        return 0;
    case RECORD_REASON:
        return pack_coded(pack, event, event->self, out, error);
    case RECORD_CONDITION:
    case RECORD_MEDICATION:
    case RECORD_ALLERGY:
    case RECORD_PROCEDURE:
    case RECORD_IMMUNIZATION:
    case RECORD_SUBSTANCE:
    case RECORD_SYMPTOM:
    case RECORD_NOTE:
        return pack_coded(pack, event, event->encounter, out, error);
    }
    return 0;
}

int clinical_pack_resource(clinical_pack *pack, const record_event *events, size_t event_count, base_buf *out,
                           lethe_error *error)
{
    for (size_t i = 0; i < event_count; i++)
        BASE_TRY(pack_event(pack, &events[i], out, error));
    return base_buf_check(out, error);
}

int clinical_packed_identity(base_span packed, const clinical_identity_visitor *visitor, lethe_error *error)
{
    base_cursor cursor = base_cursor_of(packed);
    for (;;) {
        clinical_fact fact;
        bool more = false;
        BASE_TRY(clinical_fact_read(&cursor, &more, &fact, error));
        if (!more)
            return 0;
        if (fact.kind == CLINICAL_FACT_LINK && visitor->link != NULL && !record_key_none(fact.reference))
            BASE_TRY(visitor->link(visitor->context, fact.reference));
        if (fact.kind == CLINICAL_FACT_IDENTIFIER && visitor->identifier != NULL)
            BASE_TRY(visitor->identifier(visitor->context, fact.id));
    }
}
