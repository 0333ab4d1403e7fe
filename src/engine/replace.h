/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ENGINE_REPLACE_H
#define ENGINE_REPLACE_H

#include "base/file.h"

/*
 * A folder that takes the place of another, whole or not at all:
 *
 *   parent/NAME            old ─────────┐                    new
 *   parent/.NAME.erasing        new ────┴ exchange ──► old ─ removed
 *
 * Both names are exchanged in one step, so NAME is there at every moment. A file system that cannot do that gets two
 * renames; whoever stops between them is helped by the next engine_replace_begin. What lies under the hidden names at
 * the beginning is what somebody left who was interrupted: it is never the only copy of anything, and removed.
 */
typedef struct engine_replace {
    base_folder folder;             /* final_path, links resolved; work_path: "" until engine_replace_make */
    char aside_path[BASE_PATH_MAX]; /* where two renames put the old folder */
    int lock, work_lock;            /* of the folders themselves, by whatever name */
    bool plain;                     /* as if the file system could not exchange: for tests */
} engine_replace;

/* Locks the folder against others who would replace it: LETHE_E_ENGINE_LOCKED; LETHE_E_BASE_NOT_FOUND. The folders
 * that an interrupted one left stay where they are, and the first of them is named in `ret_leftover` ("": none). */
int engine_replace_begin(const char *path, engine_replace *ret_replace, char ret_leftover[BASE_PATH_MAX],
                         lethe_error *error);

/* Removes them. LETHE_E_BASE_IO, the folder named, where something of it stays. */
int engine_replace_clean(const engine_replace *replace, lethe_error *error);

/* An empty folder, its owner's alone; to be filled through replace->folder. */
int engine_replace_make(engine_replace *replace, lethe_error *error);

/* The new folder, all of it synced, takes the name and the mode of the old one. */
int engine_replace_commit(engine_replace *replace, lethe_error *error);

/* Removes what was not committed, and ends the locks. */
void engine_replace_done(engine_replace *replace);

#endif
