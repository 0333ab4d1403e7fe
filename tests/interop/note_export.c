/* SPDX-License-Identifier: Apache-2.0 */
/* The design note's call, as its platform would make it: prints the key that it returns.
 * usage: note-export DATASET TARGET ENDPOINT */
#include <lethe/lethe.h>

#include <stdio.h>

int main(int argc, char **argv)
{
    lethe_error error = {0};
    lethe_publish_result result;
    if (argc != 4)
        return 2;
    const lethe_publish_options options = {
        .size_bytes = sizeof(options), .dataset = argv[1], .target = argv[2], .endpoint = argv[3]};
    const int status = lethe_export_anonymized_profiles_for_training(&options, &result, &error);
    if (status != 0)
        (void)fprintf(stderr, "%s %s\n", error.name, error.file);
    else
        (void)printf("%s %s\n", result.key, result.table);
    return status != 0;
}
