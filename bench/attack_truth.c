/* SPDX-License-Identifier: Apache-2.0 */
#include "clinical/released.h"
#include "clinical/vocabulary.h"
#include "engine/compose.h"
#include "engine/ingest.h"
#include "engine/map.h"

#include <stdio.h>
#include <stdlib.h>

/*
 * What an attacker who has the population in hand computes of it: the leaf rows of everyone, under a key of their own.
 * The project's key gives only the labels that the attack is scored with.
 *
 *   attack-truth POPULATION OWN-KEY PROJECT-KEY AS-OF-DAY < patient-ids
 *   group <qi> <level> <leaf> <name>
 *   label <Patient.id> <own token> <project's token>
 *   row <own token> <9 leaves> <index day> <class> <utilization> <followup> <observed> <death> <items>
 */
#define PARTS     256
#define ALL_LINES ((size_t)1 << 32)

typedef struct truth {
    crypt_keyring *own, *project;
    engine_source *source;
    engine_store *store;
    engine_parts *records, *rows;
    engine_catalog catalog;
    engine_people people;
    engine_claims claims;
    engine_withheld withheld;
    engine_ingest ingest;
    engine_map map;
} truth;

static int read_population(truth *t, const char *folder, int32_t as_of_day, lethe_error *error)
{
    uint8_t key[32];
    BASE_TRY(engine_store_new(ALL_LINES, "/tmp", NULL, &t->store, error));
    BASE_TRY(engine_catalog_init(&t->catalog, t->store, error));
    BASE_TRY(engine_claims_init(&t->claims, t->store, error));
    BASE_TRY(engine_source_open(folder, JSON_DOCUMENT_MAX, &t->source, error));
    BASE_TRY(engine_parts_new(PARTS, t->store, &t->records, error));
    BASE_TRY(engine_parts_new(ENGINE_ROW_PARTS, t->store, &t->rows, error));
    BASE_TRY(crypt_keyring_derive(t->own, CRYPT_SHARD, key, error));
    t->ingest = (engine_ingest){.source = t->source,
                                .threads = 1,
                                .records = t->records,
                                .catalog = &t->catalog,
                                .people = &t->people,
                                .claims = &t->claims,
                                .withheld = &t->withheld};
    memcpy(&t->ingest.secret, key, sizeof(t->ingest.secret));
    BASE_TRY(engine_ingest_run(&t->ingest, error));
    BASE_TRY(engine_people_settle(&t->people, error));
    BASE_TRY(engine_catalog_settle(&t->catalog, ALL_LINES, error));
    BASE_TRY(engine_claims_settle(&t->claims, t->records, &t->people, 1, error));
    t->map = (engine_map){
        .gather = {.records = t->records, .people = &t->people},
        .catalog = &t->catalog,
        .ring = t->own,
        .derive = {.snapshots = CLINICAL_SNAPSHOTS_VISITS, .visits_max = CLINICAL_VISITS_MAX, .as_of_day = as_of_day},
        .threads = 1,
        .withheld = &t->withheld,
        .rows = t->rows,
    };
    t->map.gather.lost = t->claims.lost;
    BASE_TRY(engine_gather_move(&t->map.gather, t->store, error));
    return engine_map_run(&t->map, error);
}

static void print_row(const char *token, const record_row *row)
{
    (void)printf("row\t%s\t", token);
    for (int qi = 0; qi < RECORD_QI_COUNT; qi++)
        (void)printf("%s%u", qi != 0 ? "," : "", row->qi.leaf[qi]);
    (void)printf("\t%d\t%s\t%s\t%s\t%u\t%u\t", row->index_day, clinical_encounter_class_name(row->encounter_class),
                 clinical_utilization_name(row->utilization), clinical_followup_name(row->followup),
                 row->qi.leaf[RECORD_QI_OBSERVED], row->death_in_window);
    for (size_t i = 0; i < row->item_count; i++)
        (void)printf("%s%u", i != 0 ? "," : "", row->items[i]);
    (void)putchar('\n');
}

static int print_rows(truth *t, lethe_error *error)
{
    base_buf bytes;
    base_arena arena;
    int status = 0;
    base_buf_init(&bytes, ALL_LINES);
    base_arena_init(&arena, ALL_LINES);
    for (size_t part = 0; status == 0 && part < ENGINE_ROW_PARTS; part++) {
        engine_person *people = NULL;
        size_t count = 0;
        base_buf_reset(&bytes);
        base_arena_reset(&arena);
        status = engine_parts_load(t->rows, part, &bytes, error);
        if (status == 0)
            status = engine_people_read(base_buf_view(&bytes), &arena, &people, &count, error);
        for (size_t i = 0; status == 0 && i < count; i++) {
            char token[IDENTITY_NAME_MAX];
            identity_format("anon_", &people[i].token, token);
            for (size_t j = 0; j < people[i].row_count; j++)
                print_row(token, &people[i].rows[j].row);
        }
    }
    base_buf_done(&bytes);
    base_arena_done(&arena);
    return status;
}

static int print_labels(const truth *t, lethe_error *error)
{
    identity_tokens *own = NULL, *project = NULL;
    char id[512], own_name[IDENTITY_NAME_MAX], project_name[IDENTITY_NAME_MAX];
    int status = identity_tokens_new(t->own, &own, error);
    if (status == 0)
        status = identity_tokens_new(t->project, &project, error);
    while (status == 0 && fgets(id, sizeof(id), stdin) != NULL) {
        identity_token token;
        id[strcspn(id, "\n")] = '\0';
        status = identity_patient(own, (base_span){NULL, 0}, base_span_of(id), &token, error);
        identity_format("anon_", &token, own_name);
        if (status == 0)
            status = identity_patient(project, (base_span){NULL, 0}, base_span_of(id), &token, error);
        identity_format("anon_", &token, project_name);
        (void)printf("label\t%s\t%s\t%s\n", id, own_name, project_name);
    }
    identity_tokens_free(own);
    identity_tokens_free(project);
    return status;
}

static int print_groups(lethe_error *error)
{
    privacy_hierarchies *h = NULL;
    BASE_TRY(engine_hierarchies_new(&h, error));
    for (int qi = 0; qi < RECORD_QI_COUNT; qi++)
        for (uint8_t level = 0; level < h->qi[qi].level_count; level++)
            for (unsigned leaf = 0; leaf < h->qi[qi].leaf_count; leaf++)
                (void)printf("group\t%d\t%u\t%u\t%s\n", qi, level, leaf,
                             privacy_group_name(h, (record_qi)qi, level,
                                                privacy_group_of(h, (record_qi)qi, level, (uint8_t)leaf)));
    free(h);
    return 0;
}

int main(int argc, char **argv)
{
    lethe_error error = {0};
    truth t = {0};
    if (argc != 5)
        return 2;
    engine_people_init(&t.people);
    engine_withheld_init(&t.withheld);
    int status = crypt_keyring_open(argv[2], &t.own, &error);
    if (status == 0)
        status = crypt_keyring_open(argv[3], &t.project, &error);
    if (status == 0)
        status = print_groups(&error);
    if (status == 0)
        status = print_labels(&t, &error);
    if (status == 0)
        status = read_population(&t, argv[1], (int32_t)strtol(argv[4], NULL, 10), &error);
    if (status == 0)
        status = print_rows(&t, &error);
    if (status != 0)
        (void)fprintf(stderr, "attack-truth: %s: %s (%s)\n", error.name, error.message, error.path);
    return status != 0;
}
