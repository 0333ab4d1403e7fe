/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BASE_FILE_H
#define BASE_FILE_H

#include "base/buf.h"

#include <stdio.h>
#include <sys/types.h>

#define BASE_PATH_MAX         4096
#define BASE_FILES_MAX        1000000 /* files of one input folder */
#define BASE_FOLDER_DEPTH_MAX 32

/*
 * Reads a file front to back, through gzip (RFC 1952, several members) or Zstandard (RFC 8878, several frames) where
 * its first bytes say so, whatever its name is. One thread at a time.
 */
typedef struct base_reader base_reader;

int base_reader_open(const char *path, base_reader **ret_reader, lethe_error *error); /* "-": standard input */
void base_reader_close(base_reader *reader);

/* Where input can keep a reader waiting (a pipe, a terminal), `ask` is called some times a second; non-zero ends the
 * read with LETHE_E_BASE_CANCELLED. */
typedef struct base_idle {
    int (*ask)(void *context);
    void *context;
} base_idle;

void base_reader_set_idle(base_reader *reader, base_idle idle);

/* Fills up to `capacity` bytes; *ret_size is 0 only at the end. LETHE_E_BASE_COMPRESSION where data is damaged or ends
 * early; `byte` of the error is the offset in the uncompressed text. */
int base_reader_read(base_reader *reader, void *ret_bytes, size_t capacity, size_t *ret_size, lethe_error *error);
uint64_t base_reader_raw_bytes(const base_reader *reader); /* bytes taken from the file so far, compressed */

/* Moves to an offset of the uncompressed text before anything was read. */
int base_reader_skip(base_reader *reader, uint64_t size, lethe_error *error);

/* Size and time of the last change of the open file; false where it is no regular file. */
bool base_reader_state(const base_reader *reader, uint64_t *ret_size, int64_t *ret_modified_ns);

/* A whole file, at most buf->max bytes, appended to `buf`; not decompressed. */
int base_file_load(const char *path, base_buf *buf, lethe_error *error);

/* Writes a file of a folder: whole or not at all, and on the disk. `name` may lie in one folder, which is
 * made. */
int base_file_put(const char *folder, const char *name, base_span bytes, lethe_error *error);

/* Regular files at or under `root`, sorted by their names in byte order: the same on every file system. Hidden files
 * and folders (a leading dot) are left out; links are followed to files, not to folders. Small, since there may be a
 * million: names are kept once, without the root. */
typedef struct base_listed_file {
    uint64_t name; /* offset in names; "" where the root is the file */
    uint64_t size_bytes;
    int64_t modified_ns; /* since 1970 */
} base_listed_file;

typedef struct base_file_list {
    char *root;
    base_buf names;
    base_listed_file *files;
    size_t count, capacity;
    bool regular; /* no pipe, no device */
} base_file_list;

int base_file_list_make(const char *path, base_file_list *ret_list, lethe_error *error); /* "-": standard input */
void base_file_list_done(base_file_list *list);
void base_file_list_path(const base_file_list *list, size_t index, char ret_path[BASE_PATH_MAX]);

static inline const char *base_file_list_name(const base_file_list *list, size_t index)
{
    return list->names.data + list->files[index].name;
}

/*
 * A folder that appears whole or not at all: written beside its final name under a temporary one, every file synced,
 * then renamed. LETHE_E_BASE_EXISTS where the final name is taken. Until then it is its owner's alone; then it has the
 * mode that the umask of base_folder_begin leaves, as its files have.
 */
typedef struct base_folder {
    char final_path[BASE_PATH_MAX];
    char work_path[BASE_PATH_MAX];
    mode_t mode; /* that it gets with its name */
} base_folder;

int base_folder_begin(const char *path, base_folder *ret_folder, lethe_error *error);

/* The same, written inside a holder beside the final name that the caller made, as `name`, where nothing is. */
int base_folder_begin_in(const char *path, const char *holder, const char *name, base_folder *ret_folder,
                         lethe_error *error);
void base_folder_remove(const char *path); /* a tree, without allocations; what cannot be removed stays */
int base_folder_sync(const char *path, lethe_error *error); /* its entries are on the disk */
int base_folder_make(const base_folder *folder, const char *name,
                     lethe_error *error); /* a folder inside, with parents */
int base_folder_write(const base_folder *folder, const char *name, base_span bytes, lethe_error *error);
int base_folder_write_private(const base_folder *folder, const char *name, base_span bytes,
                              lethe_error *error);                                       /* 0600, whatever the umask */
FILE *base_folder_open(const base_folder *folder, const char *name, lethe_error *error); /* NULL on failure */
int base_folder_close(FILE *file, lethe_error *error);                                   /* flushes, syncs, closes */
int base_folder_commit(base_folder *folder, lethe_error *error);
void base_folder_abandon(base_folder *folder); /* removes what was written; nothing after a commit */

#endif
