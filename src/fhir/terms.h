/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FHIR_TERMS_H
#define FHIR_TERMS_H

#include "base/span.h"

/*
 * What a string that stays may look like: codes of the core package, units of UCUM, codes of known systems in the form
 * of their system, words of terms. Constant tables (data/); any number of threads. Nothing here says that a string is
 * right, only that it is of a kind that is no name, number or address of a person.
 */
bool fhir_is_core_code(base_span code);
bool fhir_is_unit(base_span unit); /* of UCUM, composed ones too, or a spelling in use */

/* Made of words of terms, of numbers of at most five digits and of marks; at most 1000 bytes. */
bool fhir_is_term(base_span text);

bool fhir_is_language(base_span tag);
bool fhir_is_mime(base_span type);
bool fhir_is_currency(base_span code);
bool fhir_is_country(base_span text);
bool fhir_is_state(base_span text); /* of the United States, territories too */
bool fhir_is_time(base_span text);  /* hh:mm:ss(.fff) */
bool fhir_is_samples(base_span text);

/* The row of a known code system, or -1. */
int fhir_system_find(base_span uri);
bool fhir_system_has_form(int system, base_span code);

/* A URI of HL7 or of a known system: it names a definition and nobody's record. */
bool fhir_is_known_uri(base_span uri);

/* The row of an extension that may stay, or -1; `parent`: the row of the one around it, or -1. */
int fhir_extension_find(int parent, base_span url);

#endif
