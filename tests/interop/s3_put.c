/* SPDX-License-Identifier: Apache-2.0 */
/* Sends one file to a store: what the tests of large objects call. usage: s3-put ENDPOINT BUCKET KEY FILE PART FLIGHT
 */
#include "crypt/digest.h"
#include "publish/s3.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>

static int put(net_client *client, char **words, base_span bytes, lethe_error *error)
{
    publish_s3 s3;
    publish_object object = {.key = words[3], .type = "application/octet-stream", .bytes = bytes, .listed = true};
    BASE_TRY(crypt_sha256(bytes, object.sha256, error));
    int status = publish_s3_open(&s3, client, words[2], words[1], error);
    if (status == 0) {
        s3.part_bytes = strtoull(words[5], NULL, 10);
        status = publish_s3_put(&s3, &object, error);
    }
    if (status == 0)
        status = publish_s3_drain(&s3, error);
    printf("{\"sent\": %llu, \"there\": %llu, \"taken_up\": %llu, \"sent_bytes\": %llu}\n", (unsigned long long)s3.sent,
           (unsigned long long)s3.there, (unsigned long long)s3.taken_up, (unsigned long long)s3.sent_bytes);
    publish_s3_done(&s3);
    return status;
}

/* Mapped, as lethe publish has its files. */
static base_span map(const char *path)
{
    struct stat state;
    const int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0 || fstat(file, &state) != 0 || state.st_size == 0)
        exit(2);
    void *bytes = mmap(NULL, (size_t)state.st_size, PROT_READ, MAP_PRIVATE, file, 0);
    if (bytes == MAP_FAILED)
        exit(2);
    return (base_span){bytes, (size_t)state.st_size};
}

int main(int argc, char **argv)
{
    net_client *client = NULL;
    lethe_error error = {0};
    if (argc != 7)
        return 2;
    const net_client_options options = {.flight_max = strtoul(argv[6], NULL, 10), .attempts_max = 3};
    int status = net_client_new(&options, &client, &error);
    if (status == 0)
        status = put(client, argv, map(argv[4]), &error);
    if (status != 0)
        fprintf(stderr, "%s %s %s\n", error.name, error.file, error.path);
    net_client_free(client);
    return status != 0;
}
