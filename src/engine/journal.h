/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ENGINE_JOURNAL_H
#define ENGINE_JOURNAL_H

#include "base/file.h"
#include "crypt/keyring.h"
#include "engine/sealed.h"

/*
 * The hidden folder that a run works in, and what it noted there for a process that goes on with it.
 *
 *   .NAME.writing-XXXXXX/journal     how far the run is: replaced as a whole, by a rename, after it and what it names
 *                                    were synced
 *                        spill-1 …   pages of the store, a file each process that worked on the run
 *                        dataset/    what is released, once the gate has decided; it gets its name by a rename
 *
 * journal and spill files are sealed under keys that derive from the project's key, the run's random id and a salt of
 * their own: whoever has the key file can read them, and nobody else. The folder is locked (flock) while a process
 * works in it. With another temporary folder, spill files are in a hidden folder there.
 */
#define ENGINE_RUN_ID_BYTES 16

typedef struct engine_journal {
    base_folder holder; /* .NAME.writing-XXXXXX */
    char spill_path[BASE_PATH_MAX];
    bool kept; /* the run can be resumed: there is a journal */
    int lock;  /* -1: none */
    uint8_t run_id[ENGINE_RUN_ID_BYTES];
    uint8_t run_key[32]; /* of this run, from the project's */
} engine_journal;

/* A new folder for a run into `output`. `temporary_folder`: where spill files go; NULL: the same folder. */
int engine_journal_begin(const char *output, const char *temporary_folder, bool kept, const crypt_keyring *ring,
                         engine_journal *ret_journal, lethe_error *error);

/* The folder that the latest interrupted run into `output` left; false where there is none. LETHE_E_ENGINE_BUSY where
 * somebody works in it, LETHE_E_ENGINE_RESUME (path "key") where it was made under another key. */
int engine_journal_find(const char *output, const crypt_keyring *ring, engine_journal *ret_journal, bool *ret_found,
                        lethe_error *error);

/* Writes the journal anew. Everything that it names must have been synced. `note` fills it. */
int engine_journal_write(const engine_journal *journal, void (*note)(void *context, engine_sealed_writer *writer),
                         void *context, lethe_error *error);
int engine_journal_read(const engine_journal *journal,
                        int (*recall)(void *context, engine_sealed_reader *reader, lethe_error *error), void *context,
                        lethe_error *error);

/* Where spill files are, as a journal notes it: nothing where they lie beside it, so that whoever goes on may call the
 * folder by another name. */
const char *engine_journal_spill(const engine_journal *journal);
void engine_journal_set_spill(engine_journal *journal, base_span noted);

/* Removes everything but what has got another name. */
void engine_journal_remove(engine_journal *journal);

/* Forgets the key and gives up the lock; files stay where they were not removed. */
void engine_journal_close(engine_journal *journal);

#endif
