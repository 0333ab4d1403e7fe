/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FHIR_POLICY_H
#define FHIR_POLICY_H

#include "fhir/schema.h"

/*
 * Our de-identification policy: for each element of the schema one rule and its reason (data/policy.tsv), and what a
 * profile makes of it. Constant; any number of threads.
 */
/* The order of RULES in tools/fhir/policy.py. */
typedef enum fhir_judgement {
    FHIR_REDACT,
    FHIR_WALK,
    FHIR_KEEP,
    FHIR_CODE,
    FHIR_LANGUAGE,
    FHIR_MIME,
    FHIR_CURRENCY,
    FHIR_COUNTRY,
    FHIR_STATE,
    FHIR_TIME,
    FHIR_SAMPLES,
    FHIR_TERM,
    FHIR_DATE,
    FHIR_BIRTH,
    FHIR_AGE,
    FHIR_ZIP,
    FHIR_CITY,
    FHIR_ID,
    FHIR_VERSION,
    FHIR_REFERENCE,
    FHIR_URI,
    FHIR_FULL_URL,
    FHIR_REQUEST,
    FHIR_QUERY,
    FHIR_TOKEN,
    FHIR_SYSTEM,
    FHIR_CODE_VALUE,
    FHIR_DISPLAY,
    FHIR_CONCEPT_TEXT,
    FHIR_UNIT,
    FHIR_UNIT_CODE,
    FHIR_IDENTIFIER,
    FHIR_ID_SYSTEM,
    FHIR_ID_VALUE,
    FHIR_SCRUB,
    FHIR_NOTE,
    FHIR_BLANK,
    FHIR_RESOURCE_RULE,
    FHIR_EXTENSION_RULE,
    FHIR_MODIFIER_RULE,
    FHIR_RULE_COUNT,
} fhir_judgement;

typedef enum fhir_profile {
    FHIR_EXPERT_ML, /* the default */
    FHIR_SAFE_HARBOR,
    FHIR_LIMITED_DATASET,
    FHIR_GDPR,
    FHIR_RESEARCH_DATES,
    FHIR_PROFILE_COUNT,
} fhir_profile;

typedef enum fhir_dates { FHIR_DATES_SHIFT, FHIR_DATES_YEAR, FHIR_DATES_KEEP } fhir_dates;

typedef enum fhir_zip { FHIR_ZIP_THREE, FHIR_ZIP_WHOLE, FHIR_ZIP_NONE } fhir_zip;

typedef struct fhir_profile_rules {
    const char *name;
    const char *is, *is_not; /* one sentence each: printed with what it makes */
    const char *audience;
    fhir_dates dates;
    fhir_zip zip;
    bool birth_year; /* the year alone of a birth date */
    bool age_cut;    /* ages over 89 are one */
    bool city, race, identifiers;
} fhir_profile_rules;

const fhir_profile_rules *fhir_profile_of(fhir_profile profile);
bool fhir_profile_find(const char *name, fhir_profile *ret_profile);

/* What a profile does with an element. */
fhir_judgement fhir_policy_rule(fhir_profile profile, const fhir_element *element);

/* keep, pseudonymize, shift, generalize, scrub or redact. */
const char *fhir_policy_action(fhir_profile profile, fhir_judgement rule);
const char *fhir_policy_rule_name(fhir_judgement rule);
const char *fhir_policy_how(fhir_profile profile, fhir_judgement rule); /* one sentence */

/* Whether data-absent-reason stands in its place where it goes: required by FHIR, or by an invariant. */
bool fhir_policy_masks(const fhir_element *element);

/* The line that judges it: what it is about, and why. */
const char *fhir_policy_what(const fhir_element *element);
const char *fhir_policy_reason(const fhir_element *element);

/* The element of a resource type whose reference names the patient; NULL: any reference inside. */
const fhir_element *fhir_policy_owner(fhir_type type);

/* "Patient.contact.telecom": the element, NULL where there is none. `ret_gone`: the outermost element on the way that
 * goes as a whole under the profile, or NULL. */
const fhir_element *fhir_policy_path(fhir_profile profile, const char *path, const fhir_element **ret_gone);

#endif
