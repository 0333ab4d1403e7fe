/* SPDX-License-Identifier: Apache-2.0 */
/* synth_bench PATIENTS [SEED] [compact|synthea] [ndjson|bundle] [UNTIDY_MILLE] [DIR]: speed of the generator on one
 * core and bytes by resource type; with DIR it writes the population. */
#include "synth/synth.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

typedef struct tally {
    uint64_t bytes[SYNTH_TYPE_COUNT];
    FILE *files[SYNTH_TYPE_COUNT];
    const char *folder;
} tally;

static int count(void *context, synth_type type, base_span bytes, lethe_error *error)
{
    tally *t = context;
    t->bytes[type] += bytes.size;
    if (t->folder == NULL)
        return 0;
    if (t->files[type] == NULL) {
        char path[4096];
        snprintf(path, sizeof(path), "%s/%s.ndjson", t->folder, synth_type_name(type));
        t->files[type] = fopen(path, "wb");
    }
    if (t->files[type] == NULL || fwrite(bytes.data, 1, bytes.size, t->files[type]) != bytes.size)
        return base_fail(error, LETHE_E_BASE_IO);
    return 0;
}

/* CPU time: one thread, and other work on the machine does not count. */
static double seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static void print(const tally *t, uint64_t patients, double took)
{
    uint64_t total = 0;
    for (int i = 0; i < SYNTH_TYPE_COUNT; i++)
        total += t->bytes[i];
    for (int i = 0; i < SYNTH_TYPE_COUNT; i++)
        if (t->bytes[i] != 0)
            printf("%-22s %6.1f %%\n", synth_type_name((synth_type)i), 100.0 * (double)t->bytes[i] / (double)total);
    printf("%.1f KB a patient, %.1f MB/s, %.0f patients/s\n", (double)total / 1000.0 / (double)patients,
           (double)total / 1e6 / took, (double)patients / took);
}

int main(int argc, char **argv)
{
    synth_options options = synth_options_default();
    options.patients = argc > 1 ? strtoull(argv[1], NULL, 10) : 1000;
    options.seed = argc > 2 ? strtoull(argv[2], NULL, 10) : 1;
    options.bytes = argc > 3 && argv[3][0] == 's' ? SYNTH_SYNTHEA_LIKE : SYNTH_COMPACT;
    options.format = argc > 4 && argv[4][0] == 'b' ? SYNTH_BUNDLES : SYNTH_NDJSON;
    if (argc > 5)
        options.untidy_mille = (uint32_t)strtoul(argv[5], NULL, 10);
    tally t = {.folder = argc > 6 ? argv[6] : NULL};
    const synth_sink sink = {&t, count};
    lethe_error error = {0};
    const double start = seconds();
    if (synth_run(&options, &sink, &error) != 0) {
        fprintf(stderr, "%s\n", error.message);
        return 1;
    }
    print(&t, options.patients, seconds() - start);
    for (int i = 0; i < SYNTH_TYPE_COUNT; i++)
        if (t.files[i] != NULL)
            fclose(t.files[i]);
    return 0;
}
