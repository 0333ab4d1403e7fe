/* SPDX-License-Identifier: Apache-2.0 */
#include "vector/build.h"
#include "vector/search.h"
#include "vector/view.h"
#include "vector/kernel.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

/*
 * vector-bench FOLDER [rows] [queries] [rows|dense] [peer]: an index of made-up rows, 768 dimensions, and what a search
 * in it costs on one core. The vectors and queries also go to FOLDER/vectors.f32 and FOLDER/queries.f32, for
 * bench/vector_peer.py. Limit of a scan: the time that this core takes to read the codes once, measured in the same
 * run.
 */
#define DIMENSIONS 768
#define K          10

static double clock_of(clockid_t clock)
{
    struct timespec time;
    clock_gettime(clock, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static double now(void)
{
    return clock_of(CLOCK_THREAD_CPUTIME_ID);
}

static uint64_t next(uint64_t *state)
{
    *state += 0x9e3779b97f4a7c15ULL; /* splitmix64 */
    uint64_t z = *state;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ULL;
    z = (z ^ z >> 27) * 0x94d049bb133111ebULL;
    return z ^ z >> 31;
}

static void fail(const lethe_error *error)
{
    (void)fprintf(stderr, "failed: %s %s\n", error->name, error->path);
    exit(1);
}

static const vector_block BLOCKS[] = {{0, 640, .8}, {640, 64, .3}, {704, 64, .5}};
static const vector_column COLUMNS[] = {{"bucket", false}, {"season", false}, {"history", true}};
static const vector_schema SCHEMA = {DIMENSIONS, 3, 3, BLOCKS, COLUMNS, {"bench", "1", "1", "", ""}};

static void unit(float *block, size_t size, double length)
{
    double squares = 0;
    for (size_t i = 0; i < size; i++)
        squares += (double)block[i] * (double)block[i];
    for (size_t i = 0; i < size && squares > 0; i++)
        block[i] = (float)((double)block[i] * length / sqrt(squares));
}

/* Like rows: some thirty of 640 axes, the frequent ones more often, and a few of the others. Or like the vectors of a
 * language model: all elements, at random. */
static void make_vector(uint64_t seed, bool dense, float *vector)
{
    uint64_t state = seed * 7919 + 1;
    memset(vector, 0, DIMENSIONS * sizeof(*vector));
    for (size_t i = 0; i < DIMENSIONS && dense; i++) {
        const double a = (double)(next(&state) >> 11) * 0x1p-53, b = (double)(next(&state) >> 11) * 0x1p-53;
        vector[i] = (float)(sqrt(-2 * log(a + 1e-300)) * cos(6.283185307179586 * b));
    }
    if (dense) {
        unit(vector, DIMENSIONS, 1);
        return;
    }
    static const float amplitudes[] = {1, 1.4142F, 1.7321F, 2};
    for (uint64_t n = 10 + next(&state) % 40; n > 0; n--) {
        const double u = (double)(next(&state) >> 11) * 0x1p-53;
        const size_t axis = (size_t)(640 * u * u);
        vector[axis] = amplitudes[axis % 4];
    }
    for (size_t n = 0; n < 9; n++)
        vector[640 + next(&state) % 64] += (float)(1 + next(&state) % 3);
    for (size_t n = 0; n < 8; n++)
        vector[704 + next(&state) % 64] += (float)(1 + next(&state) % 3);
    unit(vector, 640, sqrt(.5));
    unit(vector + 640, 64, sqrt(.1875));
    unit(vector + 704, 64, sqrt(.3125));
}

static FILE *create(const char *folder, const char *name)
{
    char path[512];
    (void)snprintf(path, sizeof(path), "%s/%s", folder, name);
    FILE *file = fopen(path, "wb");
    if (file == NULL) {
        perror(path);
        exit(1);
    }
    return file;
}

#define CHUNK 256
#define TERMS 25

typedef struct made_row {
    char row_id[40], group_id[40], texts[TERMS][32];
    const char *terms[TERMS];
    float vector[DIMENSIONS];
    vector_row row;
} made_row;

static void make_row(uint32_t i, bool dense, made_row *m)
{
    uint64_t state = i;
    make_vector(i, dense, m->vector);
    (void)snprintf(m->row_id, sizeof(m->row_id), "visit_abcdefghijklmnop%010u", i);
    (void)snprintf(m->group_id, sizeof(m->group_id), "anon_abcdefghijklmnop%010u", i / 5);
    (void)snprintf(m->texts[0], sizeof(m->texts[0]), "bucket=%u", i * 37 % 100);
    (void)snprintf(m->texts[1], sizeof(m->texts[1]), "season=%u", i % 4);
    for (int t = 2; t < TERMS; t++)
        (void)snprintf(m->texts[t], sizeof(m->texts[t]), "history~condition_%u", (unsigned)(next(&state) % 400));
    for (int t = 0; t < TERMS; t++)
        m->terms[t] = m->texts[t];
    m->row = (vector_row){m->row_id, m->group_id, i % 5, TERMS, m->vector, m->terms};
}

/* Only what the index does is timed, some rows at a time: seconds of the thread until the last row was added and until
 * all was made, and those of the wall from the last row until all was on the disk. */
static void build(const char *folder, uint32_t rows, bool dense, bool peer, double *ret_added, double *ret_made,
                  double *ret_synced)
{
    static made_row chunk[CHUNK];
    char path[512];
    lethe_error error = {0};
    vector_build *work = NULL;
    double spent = 0;
    FILE *raw = create(folder, peer ? "vectors.f32" : "none");
    (void)snprintf(path, sizeof(path), "%s/vectors", folder);
    if (vector_build_begin(path, &SCHEMA, &work, &error) != 0)
        fail(&error);
    for (uint32_t done = 0; done < rows;) {
        const uint32_t count = rows - done < CHUNK ? rows - done : CHUNK;
        for (uint32_t i = 0; i < count; i++) {
            make_row(done + i, dense, &chunk[i]);
            if (peer)
                (void)fwrite(chunk[i].vector, sizeof(chunk[i].vector), 1, raw);
        }
        const double begin = now();
        for (uint32_t i = 0; i < count; i++)
            if (vector_build_add(work, &chunk[i].row, &error) != 0)
                fail(&error);
        spent += now() - begin;
        done += count;
    }
    const double begin = now(), wall = clock_of(CLOCK_MONOTONIC);
    if (vector_build_commit(&work, &error) != 0)
        fail(&error);
    *ret_added = spent;
    *ret_made = spent + now() - begin;
    *ret_synced = clock_of(CLOCK_MONOTONIC) - wall;
    (void)fclose(raw);
}

/* Seconds to read the codes once, the best of five: a sum of their words. */
static double read_codes(const vector_view *view)
{
    double best = 1e9;
    const base_span codes = view->parts[0].segment->sections[VECTOR_CODES];
    volatile uint64_t keep = 0;
    for (int round = 0; round < 5; round++) {
        const double begin = now();
        uint64_t sums[8] = {0};
        for (size_t at = 0; at + 64 <= codes.size; at += 64) {
            uint64_t words[8];
            memcpy(words, codes.data + at, sizeof(words));
            __builtin_prefetch(codes.data + at + 2048);
            for (int i = 0; i < 8; i++)
                sums[i] += words[i];
        }
        for (int i = 0; i < 8; i++)
            keep += sums[i];
        const double time = now() - begin;
        best = time < best ? time : best;
    }
    return best;
}

typedef struct tally {
    double *times;
    size_t count;
    double compared;
    size_t right, all;
} tally;

static int by_value(const void *a, const void *b)
{
    return *(const double *)a < *(const double *)b ? -1 : *(const double *)a > *(const double *)b;
}

static double quantile(tally *t, double q)
{
    qsort(t->times, t->count, sizeof(*t->times), by_value);
    return 1000 * t->times[(size_t)(q * (double)(t->count - 1))];
}

/* The tenth similarity of an exact scan. */
static double tenth(const vector_view *view, const float *query)
{
    const vector_segment *base = view->parts[0].segment;
    double best[K];
    size_t held = 0;
    for (uint32_t row = 0; row < base->rows; row++) {
        double value = vector_kernel_best()->inner(query, base->vectors + (size_t)row * DIMENSIONS, DIMENSIONS);
        if (held == K && value <= best[K - 1])
            continue;
        held += held < K;
        size_t at = held - 1;
        for (; at > 0 && best[at - 1] < value; at--)
            best[at] = best[at - 1];
        best[at] = value;
    }
    return best[held - 1];
}

static void run_queries(const vector_view *view, vector_query query, const float *queries, size_t count,
                        const double *tenths, const char *what, double limit)
{
    lethe_error error = {0};
    tally t = {.times = malloc(count * sizeof(double)), .count = count};
    for (size_t i = 0; i < count; i++) {
        vector_result result;
        query.vector = queries + i * DIMENSIONS;
        const double begin = now();
        if (vector_search(view, &query, &result, &error) != 0)
            fail(&error);
        t.times[i] = now() - begin;
        t.compared += result.compared;
        for (uint32_t h = 0; h < result.count && tenths != NULL; h++)
            t.right += result.hits[h].similarity >= tenths[i];
        t.all += tenths != NULL ? K : 0;
        vector_result_done(&result);
    }
    const double median = quantile(&t, .5), least = quantile(&t, 0);
    printf("%-34s %8.2f ms median, %8.2f least, %8.2f p95; %7.1f compared exactly", what, median, least,
           quantile(&t, .95), t.compared / (double)count);
    if (limit > 0)
        printf("; %.2f of the limit", limit * 1000 / median);
    if (t.all != 0)
        printf("; recall@10 %.4f", (double)t.right / (double)t.all);
    printf("\n");
    free(t.times);
}

static void run_batch(const vector_view *view, vector_query query, const float *queries, size_t count, size_t width)
{
    lethe_error error = {0};
    vector_query *batch = calloc(width, sizeof(*batch));
    vector_result *results = calloc(width, sizeof(*results));
    double best = 1e9;
    for (int round = 0; round < 3; round++) {
        for (size_t i = 0; i < width; i++) {
            batch[i] = query;
            batch[i].vector = queries + i % count * DIMENSIONS;
        }
        const double begin = now();
        if (vector_search_batch(view, batch, width, 1, results, &error) != 0)
            fail(&error);
        const double time = now() - begin;
        best = time < best ? time : best;
        for (size_t i = 0; i < width; i++)
            vector_result_done(&results[i]);
    }
    printf("batch of %-4zu                      %8.2f ms a query, best of 3\n", width, 1000 * best / (double)width);
    free(batch);
    free(results);
}

static void run_filtered(vector_view *view, vector_query query, const float *queries, size_t count)
{
    const char *clause = "bucket=7";
    lethe_error error = {0};
    vector_filter *filter = NULL;
    vector_selection *selection = NULL;
    if (vector_filter_new(&clause, 1, &filter, &error) != 0)
        fail(&error);
    const double begin = now();
    if (vector_selection_new(view, filter, &selection, &error) != 0)
        fail(&error);
    printf("filter to %u rows                %8.2f ms\n", vector_selection_rows(selection), 1000 * (now() - begin));
    query.selection = selection;
    run_queries(view, query, queries, count, NULL, "search in these", 0);
    vector_selection_free(selection);
    vector_filter_free(filter);
}

static vector_index *open_timed(const char *folder)
{
    char path[512];
    lethe_error error = {0};
    vector_index *index = NULL;
    double best = 1e9;
    (void)snprintf(path, sizeof(path), "%s/vectors", folder);
    for (int round = 0; round < 5; round++) {
        vector_index_close(index);
        const double begin = now();
        if (vector_index_open(path, &index, &error) != 0)
            fail(&error);
        const double time = now() - begin;
        best = time < best ? time : best;
    }
    printf("open                               %8.2f ms best of 5\n", 1000 * best);
    return index;
}

int main(int argc, char **argv)
{
    const char *folder = argc > 1 ? argv[1] : NULL;
    const uint32_t rows = argc > 2 ? (uint32_t)strtoul(argv[2], NULL, 10) : 100000;
    const size_t count = argc > 3 ? strtoul(argv[3], NULL, 10) : 50;
    const bool dense = argc > 4 && strcmp(argv[4], "dense") == 0;
    double added = 0, made = 0, synced = 0;
    if (folder == NULL || rows == 0 || count == 0) {
        (void)fprintf(stderr, "usage: vector-bench FOLDER [rows] [queries] [rows|dense] [peer]\n");
        return 2;
    }
    build(folder, rows, dense, argc > 5, &added, &made, &synced);
    printf("%u × %d %s, kernel %s\n", rows, DIMENSIONS, dense ? "dense" : "like rows", vector_search_kernel());
    printf("build                              %8.0f rows/s; %.0f added; commit %.1f s by the wall, with the disk\n",
           rows / made, rows / added, synced);
    vector_index *index = open_timed(folder);
    vector_view *view = vector_index_view(index);
    float *queries = malloc(count * DIMENSIONS * sizeof(*queries));
    double *tenths = malloc(count * sizeof(*tenths));
    for (size_t i = 0; i < count; i++) {
        make_vector(1000000007 + i, dense, queries + i * DIMENSIONS);
        tenths[i] = tenth(view, queries + i * DIMENSIONS);
    }
    FILE *raw = create(folder, "queries.f32");
    (void)fwrite(queries, DIMENSIONS * sizeof(*queries), count, raw);
    (void)fclose(raw);
    const double limit = read_codes(view);
    printf("reading the codes once             %8.2f ms, %.1f GB/s\n", 1000 * limit, rows * 768.0 / limit / 1e9);
    vector_query query = {.stamp = &SCHEMA.stamp, .k = K, .rows = true};
    run_queries(view, query, queries, count, tenths, "proved, rows", limit);
    query.rerank = 50;
    run_queries(view, query, queries, count, tenths, "rerank 50, rows", limit);
    query.rerank = 0;
    query.rows = false;
    run_queries(view, query, queries, count, NULL, "proved, groups", limit);
    query.rows = true;
    run_batch(view, query, queries, count, 1);
    run_batch(view, query, queries, count, 64);
    run_filtered(view, query, queries, count);
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    printf("memory, mapped files included      %8ld MB\n", usage.ru_maxrss / 1024);
    vector_view_release(view);
    vector_index_close(index);
    free(queries);
    free(tenths);
    return 0;
}
