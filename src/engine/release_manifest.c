/* SPDX-License-Identifier: Apache-2.0 */
#include "clinical/vocabulary.h"
#include "engine/columns.h"
#include "engine/release.h"
#include "engine/text.h"
#include "json/json_writer.h"

#include <lethe/lethe.h>

#include <math.h>

#define DOCUMENT_MAX ((size_t)64 << 20)

static void write_attacker(json_writer *w, const engine_release *release)
{
    json_member_text(w, "level", release->level);
    json_member_int(w, "k", release->k);
    json_write_key(w, "attacker");
    json_write_object(w);
    json_member_int(w, "visits", release->attacker_visits);
    json_member_int(w, "items", release->attacker_items);
    json_write_end(w);
    if (release->beta != 0)
        json_member_double(w, "beta", release->beta);
    json_member_text(w, "privacy", release->statement);
    json_member_text(w, "earlier_releases", "not checked against earlier releases of this pseudonym epoch");
}

static void write_counts(json_writer *w, const engine_release *release)
{
    uint64_t rows = 0, people = 0;
    for (int split = 0; split < IDENTITY_SPLIT_COUNT; split++) {
        rows += release->apply->split_rows[split];
        people += release->apply->split_people[split];
    }
    json_member_int(w, "total_profiles", (int64_t)rows);
    json_member_int(w, "total_patients", (int64_t)people);
    json_write_key(w, "splits");
    json_write_object(w);
    for (int split = 0; split < IDENTITY_SPLIT_COUNT; split++) {
        json_write_key(w, identity_split_name((identity_split)split));
        json_write_object(w);
        json_member_int(w, "profiles", (int64_t)release->apply->split_rows[split]);
        json_member_int(w, "patients", (int64_t)release->apply->split_people[split]);
        json_write_end(w);
    }
    json_write_end(w);
}

/* What `compliance_validated` rests on; `lethe verify` makes the same checks again from the files. */
static void write_compliance(json_writer *w, const engine_release *release)
{
    char text[160];
    json_member_bool(w, "compliance_validated", true);
    json_write_key(w, "compliance_checks");
    json_write_array(w);
    json_write_text(w, "only values of closed vocabularies are released; no string of the input is");
    json_write_text(w, "pseudonyms are HMAC-SHA-256 under a secret key (130 bits)");
    (void)snprintf(text, sizeof(text), "each ordered sequence of at most %u visits: at least %u people",
                   release->attacker_visits, release->k);
    json_write_text(w, text);
    (void)snprintf(text, sizeof(text), "each set of at most %u list items: at least %u people", release->attacker_items,
                   release->k);
    json_write_text(w, text);
    if (release->beta != 0) {
        json_write_text(w, "one row a person; the sets of list items are counted inside each class of rows");
        (void)snprintf(text, sizeof(text), "enhanced beta-likeness of sensitive items in each class, beta %g",
                       release->beta);
        json_write_text(w, text);
        json_write_text(w, "columns without a hierarchy are withheld");
    }
    json_write_text(w, "every vector is a function of its released row");
    json_write_text(w, "dates, names, addresses, identifiers, free text: not in the release");
    json_write_end(w);
}

static void write_files(json_writer *w, const engine_files *files)
{
    char hex[65];
    json_write_key(w, "files");
    json_write_array(w);
    for (size_t i = 0; i < files->count; i++) {
        engine_hex(files->files[i].digest, 32, hex);
        json_write_object(w);
        json_member_text(w, "path", files->files[i].path);
        json_member_int(w, "bytes", (int64_t)files->files[i].size_bytes);
        json_member_text(w, "sha256", hex);
        json_write_end(w);
    }
    json_write_end(w);
}

static void write_weights(json_writer *w)
{
    json_write_key(w, "similarity_weights");
    json_write_object(w);
    json_member_double(w, "medical", 0.8);
    json_member_double(w, "demographic", 0.3);
    json_member_double(w, "temporal", 0.5);
    json_write_end(w);
}

/* To two digits: it knows what was before the gate. */
static void write_similarity(json_writer *w, double similarity)
{
    char text[16];
    if (isnan(similarity)) {
        json_member_null(w, "similarity_preserved");
        return;
    }
    const int size = snprintf(text, sizeof(text), "%.2f", similarity);
    json_write_key(w, "similarity_preserved");
    json_write_raw(w, (base_span){text, (size_t)size});
}

static int write_document(json_writer *w, const engine_release *release, lethe_error *error)
{
    uint8_t public_key[32];
    char text[64], key_id[17];
    BASE_TRY(crypt_keyring_public(release->ring, public_key, error));
    BASE_TRY(engine_key_id(public_key, key_id, error));
    json_write_object(w);
    json_member_text(w, "dataset_name", release->dataset_name);
    json_member_text(w, "schema_version", ENGINE_SCHEMA_VERSION);
    json_member_text(w, "anonymization_version", lethe_version());
    json_member_text(w, "vocabulary_version", clinical_vocabulary_version());
    json_member_text(w, "embedding_model", embed_model_id(release->model));
    json_member_text(w, "created_at", release->created_at);
    json_member_text(w, "created_at_from", release->created_at_from);
    json_member_text(w, "audience", release->audience);
    json_member_text(w, "snapshots", release->snapshots);
    json_member_int(w, "outcome_horizon_months", release->horizon_months);
    if (release->erased)
        json_member_bool(w, "after_erasure", true);
    write_attacker(w, release);
    write_counts(w, release);
    write_weights(w);
    write_similarity(w, release->similarity);
    write_compliance(w, release);
    crypt_base64(public_key, 32, text);
    json_member_text(w, "public_key", text);
    json_member_text(w, "key_id", key_id);
    write_files(w, release->files);
    json_write_end(w);
    return 0;
}

static int sign_and_write(const engine_release *release, base_span manifest, lethe_error *error)
{
    uint8_t signature[64];
    BASE_TRY(crypt_keyring_sign(release->ring, manifest, signature, error));
    BASE_TRY(base_folder_write(release->folder, "manifest.json", manifest, error));
    return base_folder_write(release->folder, "manifest.sig", (base_span){(const char *)signature, 64}, error);
}

int engine_release_manifest(const engine_release *release, lethe_error *error)
{
    base_buf out;
    base_buf_init(&out, DOCUMENT_MAX);
    json_writer w = json_writer_of(&out, true);
    engine_files_sort(release->files);
    int status = write_document(&w, release, error);
    base_buf_byte(&out, '\n');
    if (status == 0)
        status = base_buf_check(&out, error);
    if (status == 0)
        status = sign_and_write(release, base_buf_view(&out), error);
    base_buf_done(&out);
    return status;
}
