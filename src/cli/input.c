/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/verbs.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define INPUT_BYTES_MAX ((size_t)256 << 20)

/* Reads all of a stream; NULL with errno on failure. */
static char *read_stream(FILE *stream, size_t *ret_size)
{
    size_t size = 0, capacity = 1 << 16;
    char *text = malloc(capacity);
    while (text != NULL) {
        size += fread(text + size, 1, capacity - size, stream);
        if (size < capacity)
            break;
        char *larger = capacity < INPUT_BYTES_MAX ? realloc(text, capacity * 2) : NULL;
        if (larger == NULL) {
            free(text);
            errno = EFBIG;
            return NULL;
        }
        text = larger;
        capacity *= 2;
    }
    if (text != NULL && ferror(stream) != 0) {
        free(text);
        return NULL;
    }
    *ret_size = size;
    return text;
}

char *cli_read_file(const char *path, size_t *ret_size)
{
    if (strcmp(path, "-") == 0)
        return read_stream(stdin, ret_size);
    FILE *file = fopen(path, "re");
    if (file == NULL)
        return NULL;
    char *text = read_stream(file, ret_size);
    (void)fclose(file);
    return text;
}
