/* SPDX-License-Identifier: Apache-2.0 */
/* Runs a fuzz target over the files of a folder: the corpus is an ordinary test where no fuzzer is built. */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define FILE_MAX ((size_t)16 << 20)

/* The bytes in a block of exactly their size, so that a read behind the end is seen. */
static int replay_file(const char *path)
{
    FILE *file = fopen(path, "rb");
    if (file == NULL || fseek(file, 0, SEEK_END) != 0)
        return 1;
    const long length = ftell(file);
    rewind(file);
    uint8_t *data = length >= 0 && (size_t)length <= FILE_MAX ? malloc((size_t)length + (length == 0)) : NULL;
    const int failed = data == NULL || fread(data, 1, (size_t)length, file) != (size_t)length;
    if (!failed)
        (void)LLVMFuzzerTestOneInput(data, (size_t)length);
    free(data);
    (void)fclose(file);
    return failed;
}

int main(int argc, char **argv)
{
    char path[4096];
    size_t count = 0;
    DIR *folder = argc == 2 ? opendir(argv[1]) : NULL;
    if (folder == NULL)
        return 2;
    for (struct dirent *entry; (entry = readdir(folder)) != NULL;) {
        if (entry->d_name[0] == '.')
            continue;
        (void)snprintf(path, sizeof(path), "%s/%s", argv[1], entry->d_name);
        if (replay_file(path) != 0)
            return 1;
        count++;
    }
    (void)closedir(folder);
    printf("%zu inputs\n", count);
    return count == 0;
}
