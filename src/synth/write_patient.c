/* SPDX-License-Identifier: Apache-2.0 */
/* Patient: names, numbers and addresses as real exports have them, none of a real person: digits in every name, SSN
 * beginning with 9 (never issued), telephone numbers 555-01xx, addresses of e-mail in example.org (RFC 2606). */
#include "base/date.h"
#include "synth/out.h"

static uint64_t hash_of(const synth_out *out, uint64_t what)
{
    return synth_mix(out->person->key ^ (what << 50));
}

void synth_put_given(const synth_out *out, base_buf *buf)
{
    const uint64_t hash = hash_of(out, 1);
    const synth_person *p = out->person;
    if (p->hispanic)
        synth_put_text(buf, p->female ? synth_names_fs[hash % SYNTH_NAMES_FS] : synth_names_ms[hash % SYNTH_NAMES_MS]);
    else
        synth_put_text(buf, p->female ? synth_names_fe[hash % SYNTH_NAMES_FE] : synth_names_me[hash % SYNTH_NAMES_ME]);
    base_buf_int(buf, (int64_t)(hash >> 32) % 900 + 100);
}

void synth_put_family(const synth_out *out, base_buf *buf)
{
    const uint64_t hash = hash_of(out, 2);
    synth_put_text(buf, out->person->hispanic ? synth_names_ls[hash % SYNTH_NAMES_LS]
                                              : synth_names_le[hash % SYNTH_NAMES_LE]);
    base_buf_int(buf, (int64_t)(hash >> 32) % 900 + 100);
}

static void put_digits(base_buf *buf, uint64_t value, unsigned count)
{
    char text[20];
    for (unsigned i = count; i > 0; i--) {
        text[i - 1] = (char)('0' + value % 10);
        value /= 10;
    }
    base_buf_append(buf, text, count);
}

void synth_put_phone(const synth_out *out, base_buf *buf)
{
    const uint64_t hash = hash_of(out, 3);
    put_digits(buf, 201 + hash % 780, 3);
    SYNTH_PUT(buf, "-555-01");
    put_digits(buf, (hash >> 20) % 100, 2);
}

void synth_put_mrn(const synth_out *out, base_buf *buf)
{
    SYNTH_PUT(buf, "MRN");
    put_digits(buf, hash_of(out, 4), 8);
}

void synth_put_street(const synth_out *out, base_buf *buf, uint32_t home)
{
    const uint64_t hash = hash_of(out, 10 + home);
    base_buf_int(buf, (int64_t)(hash % 1200) + 1);
    base_buf_byte(buf, ' ');
    synth_put_text(buf, synth_names_le[(hash >> 12) % SYNTH_NAMES_LE]);
    base_buf_byte(buf, ' ');
    synth_put_text(buf, synth_names_st[(hash >> 30) % SYNTH_NAMES_ST]);
}

static void put_identifiers(synth_out *out, base_buf *buf)
{
    const uint64_t hash = hash_of(out, 5);
    SYNTH_PUT(buf,
              ",\"identifier\":[{\"type\":{\"coding\":[{\"system\":\"http://terminology.hl7.org/CodeSystem/v2-0203\","
              "\"code\":\"MR\"}]},\"system\":\"http://hospital.example.org/mrn\",\"value\":\"");
    synth_put_mrn(out, buf);
    SYNTH_PUT(buf, "\"},{\"system\":\"http://hl7.org/fhir/sid/us-ssn\",\"value\":\"9");
    put_digits(buf, hash % 100, 2);
    base_buf_byte(buf, '-');
    put_digits(buf, 10 + (hash >> 8) % 90, 2);
    base_buf_byte(buf, '-');
    put_digits(buf, (hash >> 20) % 10000, 4);
    SYNTH_PUT(buf, "\"}]");
}

static void put_addresses(synth_out *out, base_buf *buf)
{
    const synth_person *p = out->person;
    SYNTH_PUT(buf, ",\"address\":[");
    for (uint32_t i = 0; i < p->home_count; i++) {
        const synth_place *place = &synth_places[p->homes[i].place];
        base_buf_text(buf, i == 0 ? "{\"use\":\"" : ",{\"use\":\"");
        base_buf_text(buf, i + 1u < p->home_count ? "old" : "home");
        SYNTH_PUT(buf, "\",\"line\":[\"");
        synth_put_street(out, buf, i);
        SYNTH_PUT(buf, "\"],\"city\":\"");
        synth_put_text(buf, place->city);
        SYNTH_PUT(buf, "\",\"district\":\"");
        synth_put_text(buf, place->county);
        SYNTH_PUT(buf, "\",\"state\":\"");
        base_buf_text(buf, place->state);
        SYNTH_PUT(buf, "\",\"postalCode\":\"");
        base_buf_text(buf, place->zip);
        SYNTH_PUT(buf, "\",\"country\":\"US\"");
        if (p->home_count > 1) {
            SYNTH_PUT(buf, ",\"period\":{\"start\":\"");
            synth_put_date(buf, p->homes[i].from);
            if (i + 1u < p->home_count) {
                SYNTH_PUT(buf, "\",\"end\":\"");
                synth_put_date(buf, p->homes[i + 1].from - 1);
            }
            SYNTH_PUT(buf, "\"}");
        }
        base_buf_byte(buf, '}');
    }
    base_buf_byte(buf, ']');
}

static void put_race(const synth_out *out, base_buf *buf)
{
    static const char *const races[] = {
        "\"code\":\"2106-3\",\"display\":\"White\"", "\"code\":\"2054-5\",\"display\":\"Black or African American\"",
        "\"code\":\"2028-9\",\"display\":\"Asian\"", "\"code\":\"2131-1\",\"display\":\"Other\""};
    SYNTH_PUT(
        buf, ",\"extension\":[{\"url\":\"http://hl7.org/fhir/us/core/StructureDefinition/us-core-race\",\"extension\":["
             "{\"url\":\"ombCategory\",\"valueCoding\":{\"system\":\"urn:oid:2.16.840.1.113883.6.238\",");
    base_buf_text(buf, races[out->person->race]);
    SYNTH_PUT(buf, "}}]}]");
}

static void put_death(synth_out *out, base_buf *buf)
{
    const synth_person *p = out->person;
    if (p->death == SYNTH_NEVER) {
        if (synth_untidy(out, 60))
            SYNTH_PUT(buf, ",\"deceasedBoolean\":false");
    } else if (synth_untidy(out, 250)) {
        SYNTH_PUT(buf, ",\"deceasedBoolean\":true");
    } else {
        SYNTH_PUT(buf, ",\"deceasedDateTime\":\"");
        synth_put_time(buf, p->death, 86399, synth_person_home(p, p->death)->offset); /* after every visit of the day */
        base_buf_byte(buf, '"');
    }
}

static void put_birth(synth_out *out, base_buf *buf)
{
    if (synth_untidy(out, 20))
        return;
    SYNTH_PUT(buf, ",\"birthDate\":\"");
    synth_put_date(buf, out->person->birth);
    if (synth_untidy(out, 45))
        buf->size -= synth_percent(&out->person->noise, 60) ? 6 : 3; /* year, or year and month */
    base_buf_byte(buf, '"');
}

static void put_person(synth_out *out, base_buf *buf)
{
    const synth_person *p = out->person;
    put_race(out, buf);
    put_identifiers(out, buf);
    SYNTH_PUT(buf, ",\"name\":[{\"use\":\"official\",\"family\":\"");
    synth_put_family(out, buf);
    SYNTH_PUT(buf, "\",\"given\":[\"");
    synth_put_given(out, buf);
    SYNTH_PUT(buf, "\"]}],\"telecom\":[{\"system\":\"phone\",\"value\":\"");
    synth_put_phone(out, buf);
    SYNTH_PUT(buf, "\",\"use\":\"home\"},{\"system\":\"email\",\"value\":\"patient");
    base_buf_int(buf, (int64_t)(p->index));
    SYNTH_PUT(buf, "@example.org\"}]");
    if (!synth_untidy(out, 25)) {
        SYNTH_PUT(buf, ",\"gender\":\"");
        base_buf_text(buf, synth_untidy(out, 8) ? "unknown" : p->female ? "female" : "male");
        base_buf_byte(buf, '"');
    }
    put_birth(out, buf);
    put_death(out, buf);
    put_addresses(out, buf);
}

void synth_write_patient(synth_out *out)
{
    const synth_person *p = out->person;
    const synth_id id = synth_id_of(out, SYNTH_OF_PATIENT, 0), other = synth_id_of(out, SYNTH_OF_PATIENT, 1);
    base_buf *buf = synth_begin(out, SYNTH_PATIENT, &id, p->last, 0);
    SYNTH_PUT(buf, ",\"active\":true");
    put_person(out, buf);
    if (out->twice) {
        SYNTH_PUT(buf, ",\"link\":[{\"other\":");
        synth_put_reference(out, buf, SYNTH_PATIENT, &other);
        SYNTH_PUT(buf, ",\"type\":\"replaces\"}]");
    }
    synth_end(out);
    if (!out->twice)
        return;
    buf = synth_begin(out, SYNTH_PATIENT, &other, p->first, 0);
    SYNTH_PUT(buf, ",\"active\":false");
    put_person(out, buf);
    SYNTH_PUT(buf, ",\"link\":[{\"other\":");
    synth_put_reference(out, buf, SYNTH_PATIENT, &id);
    SYNTH_PUT(buf, ",\"type\":\"replaced-by\"}]");
    synth_end(out);
}
