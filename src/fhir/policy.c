/* SPDX-License-Identifier: Apache-2.0 */
#include "fhir/policy.h"

#include "fhir/policy_table.h"

static const fhir_profile_rules PROFILES[FHIR_PROFILE_COUNT] = {
    [FHIR_EXPERT_ML] =
        {
            .name = "expert-determination-ml",
            .is = "what learning needs of each record, with every date of a patient moved by one secret offset",
            .is_not = "not de-identified until an expert determines it (45 CFR 164.514(b)(1)), not anonymous: whoever "
                      "knows the order and the spacing of a patient's care can find that patient in it",
            .audience = "model developers under contract",
            .dates = FHIR_DATES_SHIFT,
            .zip = FHIR_ZIP_THREE,
            .birth_year = true,
            .age_cut = true,
            .race = true,
            .identifiers = true,
        },
    [FHIR_SAFE_HARBOR] =
        {
            .name = "safe-harbor",
            .is = "the eighteen kinds of identifiers of 45 CFR 164.514(b)(2) removed; of dates the year stays",
            .is_not = "not a finding that nobody here can be identified: 164.514(b)(2)(ii) asks for actual knowledge, "
                      "and 164.514(c) asks that the code of a record be not derived from it: give the key to nobody",
            .audience = "recipients of de-identified data",
            .dates = FHIR_DATES_YEAR,
            .zip = FHIR_ZIP_THREE,
            .birth_year = true,
            .age_cut = true,
            .race = true,
        },
    [FHIR_LIMITED_DATASET] =
        {
            .name = "limited-dataset",
            .is = "direct identifiers of 45 CFR 164.514(e)(2) removed; dates, city, state and ZIP code stay",
            .is_not = "not de-identified: protected health information that needs a data use agreement (164.514(e)(4))",
            .audience = "recipients under a data use agreement",
            .dates = FHIR_DATES_KEEP,
            .zip = FHIR_ZIP_WHOLE,
            .city = true,
            .race = true,
        },
    [FHIR_GDPR] =
        {
            .name = "gdpr-pseudonymised",
            .is = "pseudonymised by keyed tokens within one domain (GDPR article 4(5)); origin is not passed on",
            .is_not = "not anonymous: personal data under the GDPR for whoever holds it or could obtain the key",
            .audience = "processors within the pseudonymisation domain",
            .dates = FHIR_DATES_SHIFT,
            .zip = FHIR_ZIP_NONE,
            .birth_year = true,
            .age_cut = true,
            .identifiers = true,
        },
    [FHIR_RESEARCH_DATES] =
        {
            .name = "research-dates",
            .is = "every date shifted and none cut, birth dates included: all ages and intervals are exact",
            .is_not = "not de-identified: exact ages, also over 89, are in it",
            .audience = "researchers under contract",
            .dates = FHIR_DATES_SHIFT,
            .zip = FHIR_ZIP_THREE,
            .race = true,
            .identifiers = true,
        },
};

const fhir_profile_rules *fhir_profile_of(fhir_profile profile)
{
    return &PROFILES[profile];
}

bool fhir_profile_find(const char *name, fhir_profile *ret_profile)
{
    for (int i = 0; i < FHIR_PROFILE_COUNT; i++)
        if (strcmp(name, PROFILES[i].name) == 0) {
            *ret_profile = (fhir_profile)i;
            return true;
        }
    return false;
}

static const fhir_policy_line *line_of(const fhir_element *element)
{
    return &fhir_policy_lines[fhir_policy_of[element->index]];
}

fhir_judgement fhir_policy_rule(fhir_profile profile, const fhir_element *element)
{
    const fhir_profile_rules *rules = &PROFILES[profile];
    const fhir_judgement rule = (fhir_judgement)line_of(element)->number;
    switch (rule) {
    case FHIR_IDENTIFIER:
        return rules->identifiers ? FHIR_WALK : FHIR_REDACT;
    case FHIR_CITY:
        return rules->city ? FHIR_CITY : FHIR_REDACT;
    case FHIR_ZIP:
        return rules->zip != FHIR_ZIP_NONE ? FHIR_ZIP : FHIR_REDACT;
    case FHIR_AGE:
        return rules->age_cut ? FHIR_AGE : FHIR_KEEP;
    default:
        return rule;
    }
}

typedef struct rule_words {
    const char *action, *how;
} rule_words;

static const rule_words WORDS[FHIR_RULE_COUNT] = {
    [FHIR_REDACT] = {"redact", "removed; where it is required, data-absent-reason stands in its place"},
    [FHIR_WALK] = {"keep", "its elements are judged one by one"},
    [FHIR_KEEP] = {"keep", "as it is written"},
    [FHIR_CODE] = {"keep", "where it is a code of the FHIR core package"},
    [FHIR_LANGUAGE] = {"keep", "where it is a tag of BCP 47"},
    [FHIR_MIME] = {"keep", "where it is a known type of content"},
    [FHIR_CURRENCY] = {"keep", "where it is three capitals"},
    [FHIR_COUNTRY] = {"keep", "where it is a code or a common name of a country"},
    [FHIR_STATE] = {"keep", "where it is a state of the United States"},
    [FHIR_TIME] = {"keep", "where it is a time"},
    [FHIR_SAMPLES] = {"keep", "where it consists of numbers"},
    [FHIR_TERM] = {"keep", "where it consists of words of terms and numbers of at most five digits"},
    [FHIR_DATE] = {"shift", "moved by the patient's secret offset; of nobody's resources the year stays"},
    [FHIR_BIRTH] = {"generalize", "moved with the patient's dates, then the year alone; over 89 one year for all"},
    [FHIR_AGE] = {"generalize", "over 89 becomes 90"},
    [FHIR_ZIP] = {"generalize", "three digits where more than 20,000 people live, else 000"},
    [FHIR_CITY] = {"keep", "where it consists of letters"},
    [FHIR_ID] = {"pseudonymize", "a keyed token of type and id; of a UUID a UUID"},
    [FHIR_VERSION] = {"pseudonymize", "a number of at most four digits stays, others get a token"},
    [FHIR_REFERENCE] = {"pseudonymize", "the same kind of reference to the token of the same record"},
    [FHIR_URI] = {"pseudonymize", "of HL7 or a known system: stays; else a keyed urn:uuid"},
    [FHIR_FULL_URL] = {"pseudonymize", "the same kind of address with the token of the same record"},
    [FHIR_REQUEST] = {"pseudonymize", "the token of the same record; of a search only identifiers"},
    [FHIR_QUERY] = {"pseudonymize", "of a search only identifiers, with their tokens"},
    [FHIR_TOKEN] = {"pseudonymize", "a keyed token"},
    [FHIR_SYSTEM] = {"keep", "a known system stays; else a keyed urn:uuid"},
    [FHIR_CODE_VALUE] = {"keep", "of a known system and in its form; else a keyed token"},
    [FHIR_DISPLAY] = {"keep", "of a known system and made of words of terms"},
    [FHIR_CONCEPT_TEXT] = {"keep", "where a display of its codings that stays says the same; else scrubbed"},
    [FHIR_UNIT] = {"keep", "where it is a unit of UCUM or a spelling of one"},
    [FHIR_UNIT_CODE] = {"keep", "where it is a unit of UCUM; else a keyed token"},
    [FHIR_IDENTIFIER] = {"pseudonymize", "its elements are judged one by one; the value gets a keyed token"},
    [FHIR_ID_SYSTEM] = {"pseudonymize", "of HL7 or a known system: stays; else a keyed urn:uuid"},
    [FHIR_ID_VALUE] = {"pseudonymize", "a keyed token of system and value"},
    [FHIR_SCRUB] = {"scrub", "given to the text module; without one, removed"},
    [FHIR_NOTE] = {"scrub", "its elements are judged one by one where a text module is there; without one, removed"},
    [FHIR_BLANK] = {"redact", "an empty narrative stands in its place, which an invariant asks for"},
    [FHIR_RESOURCE_RULE] = {"keep", "the rules of its own type"},
    [FHIR_EXTENSION_RULE] = {"redact", "removed unless data/extensions.tsv lists it"},
    [FHIR_MODIFIER_RULE] = {"redact", "its url becomes a keyed urn:uuid and its value data-absent-reason: who meets it "
                                      "must still not trust the statement"},
};

static const char *const NAMES[FHIR_RULE_COUNT] = {
    "redact",   "walk",    "keep",      "code",      "language",    "mime",     "currency",  "country",
    "state",    "time",    "samples",   "term",      "date",        "birth",    "age",       "zip",
    "city",     "id",      "version",   "reference", "uri",         "fullurl",  "request",   "query",
    "token",    "system",  "codevalue", "display",   "concepttext", "unit",     "unitcode",  "identifier",
    "idsystem", "idvalue", "scrub",     "note",      "blank",       "resource", "extension", "modifier"};

const char *fhir_policy_rule_name(fhir_judgement rule)
{
    return NAMES[rule];
}

static bool is_date(fhir_profile profile, fhir_judgement rule)
{
    return rule == FHIR_DATE || (rule == FHIR_BIRTH && !PROFILES[profile].birth_year);
}

const char *fhir_policy_action(fhir_profile profile, fhir_judgement rule)
{
    static const char *const dates[] = {"shift", "generalize", "keep"};
    if (rule == FHIR_ZIP && PROFILES[profile].zip == FHIR_ZIP_WHOLE)
        return "keep";
    return is_date(profile, rule) ? dates[PROFILES[profile].dates] : WORDS[rule].action;
}

const char *fhir_policy_how(fhir_profile profile, fhir_judgement rule)
{
    static const char *const dates[] = {"moved by the patient's secret offset; of nobody's resources the year stays",
                                        "the year alone", "as it is written"};
    if (rule == FHIR_ZIP && PROFILES[profile].zip == FHIR_ZIP_WHOLE)
        return "where it is a ZIP code";
    return is_date(profile, rule) ? dates[PROFILES[profile].dates] : WORDS[rule].how;
}

bool fhir_policy_masks(const fhir_element *element)
{
    return (element->min != 0 || line_of(element)->mask != 0) && (element->flags & FHIR_ELEMENT_ATTRIBUTE) == 0;
}

const char *fhir_policy_what(const fhir_element *element)
{
    return fhir_policy_strings + line_of(element)->what;
}

const char *fhir_policy_reason(const fhir_element *element)
{
    return fhir_policy_strings + line_of(element)->reason;
}

const fhir_element *fhir_policy_owner(fhir_type type)
{
    const uint16_t owner = fhir_owner_of[type];
    return owner != 0 ? fhir_schema_element(owner - 1u) : NULL;
}

const fhir_element *fhir_policy_path(fhir_profile profile, const char *path, const fhir_element **ret_gone)
{
    size_t size = strcspn(path, ".");
    fhir_type type = fhir_schema_type(path, size);
    const fhir_element *element = NULL, *gone = NULL;
    for (path += size; *path == '.' && type != FHIR_TYPE_NONE; path += size) {
        path++;
        size = strcspn(path, ".");
        if (element != NULL && gone == NULL && fhir_policy_rule(profile, element) == FHIR_REDACT)
            gone = element;
        element = fhir_schema_find(type, path, size);
        type = element != NULL ? element->type : FHIR_TYPE_NONE;
    }
    *ret_gone = gone;
    return *path == '\0' ? element : NULL;
}
