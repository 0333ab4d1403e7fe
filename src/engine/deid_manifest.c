/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/deid.h"
#include "engine/text.h"
#include "json/json_writer.h"

#include <lethe/lethe.h>

#define MANIFEST_MAX ((size_t)256 << 20)

static void write_dates(json_writer *w, const engine_deid_plan *plan)
{
    const fhir_profile_rules *rules = fhir_profile_of(plan->profile);
    static const char *const days = "moved by one secret offset of the patient, 1 to 365 days either way";
    static const char *const weeks = "moved by one secret offset of the patient, 1 to 52 weeks either way";
    json_member_text(w, "dates",
                     rules->dates == FHIR_DATES_KEEP   ? "kept"
                     : rules->dates == FHIR_DATES_YEAR ? "year only"
                     : plan->weeks                     ? weeks
                                                       : days);
    json_member_text(w, "as_of", plan->as_of);
}

static int write_key(json_writer *w, const crypt_keyring *ring, lethe_error *error)
{
    uint8_t public_key[32];
    char id[17], text[64];
    BASE_TRY(crypt_keyring_public(ring, public_key, error));
    BASE_TRY(engine_key_id(public_key, id, error));
    crypt_base64(public_key, 32, text);
    json_member_text(w, "public_key", text);
    json_member_text(w, "key_id", id);
    json_member_int(w, "pseudonym_epoch", crypt_keyring_epoch(ring));
    return 0;
}

static void write_files(json_writer *w, const engine_deid_made *made)
{
    char hex[65];
    json_write_key(w, "files");
    json_write_array(w);
    for (size_t i = 0; i < made->file_count; i++) {
        const engine_deid_file *file = &made->files[i];
        engine_hex(file->digest, 32, hex);
        json_write_object(w);
        json_member_text(w, "path", file->name);
        json_member_int(w, "bytes", (int64_t)file->bytes);
        json_member_int(w, "documents", (int64_t)file->documents);
        json_member_text(w, "sha256", hex);
        json_write_end(w);
    }
    json_write_end(w);
}

static int write_manifest(json_writer *w, const engine_deid_made *made, lethe_error *error)
{
    const fhir_profile_rules *rules = fhir_profile_of(made->plan->profile);
    json_write_object(w);
    json_member_text(w, "artefact", "FHIR R4");
    json_member_text(w, "privacy", "pseudonymised");
    json_member_text(w, "profile", rules->name);
    json_member_text(w, "is", rules->is);
    json_member_text(w, "is_not", rules->is_not);
    json_member_text(w, "audience", made->plan->audience);
    json_member_text(w, "pseudonym_domain", "fhir-artefact");
    json_member_bool(w, "reversible_identifiers", made->plan->reversible);
    write_dates(w, made->plan);
    json_member_text(w, "anonymization_version", lethe_version());
    BASE_TRY(write_key(w, made->ring, error));
    json_member_int(w, "documents", (int64_t)made->documents);
    json_member_int(w, "resources", (int64_t)made->changes->resources);
    json_member_int(w, "withheld", (int64_t)made->withheld);
    json_member_int(w, "resources_of_no_patient", (int64_t)made->changes->unowned);
    write_files(w, made);
    json_write_end(w);
    return 0;
}

static void write_element(json_writer *w, const fhir_element *element, const uint64_t counts[FHIR_METHOD_COUNT])
{
    char path[256];
    (void)snprintf(path, sizeof(path), "%s.%s", fhir_schema_type_name(element->owner), fhir_element_name(element));
    for (fhir_method method = 0; method < FHIR_METHOD_COUNT; method++) {
        if (counts[method] == 0)
            continue;
        json_write_object(w);
        json_member_text(w, "element", path);
        json_member_text(w, "method", fhir_method_name(method));
        json_member_int(w, "count", (int64_t)counts[method]);
        json_write_end(w);
    }
}

static void write_changes(json_writer *w, const fhir_changes *changes)
{
    json_write_object(w);
    json_member_text(w, "note",
                     "values of each element of a type that were changed, and how; elements inside of what was "
                     "redacted as a whole are not counted. refused: redacted, since the value had not the form "
                     "that its rule asks for");
    json_member_int(w, "resources", (int64_t)changes->resources);
    json_member_int(w, "unknown_members_removed", (int64_t)changes->unknown_members);
    json_write_key(w, "changes");
    json_write_array(w);
    for (size_t i = 0; i < fhir_schema_elements(); i++)
        write_element(w, fhir_schema_element(i), changes->elements[i]);
    json_write_end(w);
    json_write_end(w);
}

static int put(const engine_deid_made *made, const char *name, base_buf *out, bool sign, lethe_error *error)
{
    uint8_t signature[64];
    base_buf_byte(out, '\n');
    BASE_TRY(base_buf_check(out, error));
    BASE_TRY(base_folder_write(made->folder, name, base_buf_view(out), error));
    if (!sign)
        return 0;
    BASE_TRY(crypt_keyring_sign(made->ring, base_buf_view(out), signature, error));
    return base_folder_write(made->folder, "manifest.sig", (base_span){(const char *)signature, 64}, error);
}

int engine_deid_manifest(const engine_deid_made *made, lethe_error *error)
{
    base_buf out;
    base_buf_init(&out, MANIFEST_MAX);
    json_writer w = json_writer_of(&out, true);
    int status = write_manifest(&w, made, error);
    if (status == 0)
        status = put(made, "manifest.json", &out, true, error);
    base_buf_reset(&out);
    w = json_writer_of(&out, true);
    if (status == 0) {
        write_changes(&w, made->changes);
        status = put(made, "changes.json", &out, false, error);
    }
    base_buf_done(&out);
    return status;
}
