/* SPDX-License-Identifier: Apache-2.0 */
#include "vector/test_rows.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

uint64_t test_next(test_random *random)
{
    random->state += 0x9e3779b97f4a7c15ULL; /* splitmix64 */
    uint64_t z = random->state;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ULL;
    z = (z ^ z >> 27) * 0x94d049bb133111ebULL;
    return z ^ z >> 31;
}

double test_unit(test_random *random)
{
    return (double)(test_next(random) >> 11) * 0x1p-53;
}

const vector_schema *test_schema(uint32_t dimensions)
{
    static const vector_column columns[] = {
        {"season", false}, {"sex", false}, {"history", true}, {"medication", true}, {"allergy", true}};
    static const vector_block small[] = {{0, 40, .8}, {40, 12, .3}, {52, 12, .5}};
    static const vector_block large[] = {{0, 640, .8}, {640, 64, .3}, {704, 64, .5}};
    static const vector_stamp stamp = {"model-1", "1.0.0", "vocabulary-7", "plan-abc", "key-1"};
    static const vector_schema schema_small = {64, 3, 5, small, columns, stamp};
    static const vector_schema schema_large = {768, 3, 5, large, columns, stamp};
    return dimensions == 64 ? &schema_small : &schema_large;
}

static void add_term(test_row *row, const char *column, char mark, const char *value, uint64_t number)
{
    (void)snprintf(row->texts[row->term_count], sizeof(row->texts[0]), "%s%c%s_%u", column, mark, value,
                   (unsigned)number);
    row->term_count++;
}

static void make_terms(test_random *random, test_row *row)
{
    row->term_count = 0;
    add_term(row, "season", '=', "season", test_next(random) % 4);
    if (test_next(random) % 5 != 0) /* some have none */
        add_term(row, "sex", '=', "sex", test_next(random) % 3);
    for (uint64_t i = test_next(random) % 5; i > 0; i--)
        add_term(row, "history", '~', "condition", test_next(random) % 30);
    for (uint64_t i = test_next(random) % 3; i > 0; i--)
        add_term(row, "medication", '~', "drug", test_next(random) % 200);
}

static void make_vector(test_random *random, uint32_t dimensions, float *vector)
{
    double squares = 0;
    const bool sparse = test_next(random) % 2 != 0;
    for (uint32_t i = 0; i < dimensions; i++) {
        const double value = test_unit(random) + test_unit(random) + test_unit(random) - 1.5;
        vector[i] = (float)(sparse && test_next(random) % 8 != 0 ? 0 : value);
        squares += (double)vector[i] * (double)vector[i];
    }
    for (uint32_t i = 0; i < dimensions && squares > 0; i++)
        vector[i] = (float)((double)vector[i] / __builtin_sqrt(squares));
}

void test_make_row(uint64_t seed, uint32_t number, uint32_t patient, uint32_t dimensions, test_row *ret_row)
{
    test_random random = {seed * 1000003 + number};
    (void)snprintf(ret_row->row_id, sizeof(ret_row->row_id), "visit_%llx_%u", (unsigned long long)seed, number);
    (void)snprintf(ret_row->group_id, sizeof(ret_row->group_id), "anon_%u", patient);
    ret_row->snapshot = number % 7;
    make_terms(&random, ret_row);
    const uint64_t kind = test_next(&random) % 16;
    test_random twin = {seed * 77 + number % 5};
    make_vector(kind < 2 ? &twin : &random, dimensions, ret_row->vector);
    if (kind == 15 && number % 3 == 0)
        memset(ret_row->vector, 0, sizeof(ret_row->vector));
    for (uint32_t i = 0; i < ret_row->term_count; i++)
        ret_row->terms[i] = ret_row->texts[i];
}

vector_row test_given(const test_row *row)
{
    return (vector_row){row->row_id, row->group_id, row->snapshot, row->term_count, row->vector, row->terms};
}

int test_build(const char *folder, uint64_t seed, uint32_t count, uint32_t dimensions, lethe_error *error)
{
    vector_build *build = NULL;
    static test_row row;
    BASE_TRY(vector_build_begin(folder, test_schema(dimensions), &build, error));
    for (uint32_t i = 0; i < count; i++) {
        test_make_row(seed, i, i / 3, dimensions, &row);
        const vector_row given = test_given(&row);
        const int status = vector_build_add(build, &given, error);
        if (status != 0) {
            vector_build_abandon(build);
            return status;
        }
    }
    return vector_build_commit(&build, error);
}

/* From the text alone, in another way than the filter does it: every value of the clause against every term of the row.
 */
bool test_passes(const test_row *row, const char *clause)
{
    const size_t column = strcspn(clause, "!=~");
    const bool negated = clause[column] == '!';
    const char mark = clause[column + (negated ? 1 : 0)];
    bool found = false;
    for (const char *value = clause + column + (negated ? 2 : 1); value[-1] != '\0';) {
        const size_t size = strcspn(value, "|");
        for (uint32_t i = 0; i < row->term_count; i++) {
            const char *term = row->terms[i];
            found = found || (strncmp(term, clause, column) == 0 && term[column] == mark &&
                              strncmp(term + column + 1, value, size) == 0 && term[column + 1 + size] == '\0');
        }
        value += size + 1;
    }
    return found != negated;
}

double test_similarity(const float *query, const double *weights, const float *vector, uint32_t dimensions)
{
    const vector_schema *schema = test_schema(dimensions);
    static const double stored[3] = {.8, .3, .5};
    double sums[8] = {0}, all = 0, wanted = 0;
    for (int b = 0; b < 3; b++) {
        all += stored[b];
        wanted += weights != NULL ? weights[b] : stored[b];
    }
    for (uint32_t i = 0; i < dimensions; i++) {
        int b = 2;
        while (schema->blocks[b].at > i)
            b--;
        float element = query[i];
        if (weights != NULL)
            element = (float)((double)query[i] * ((weights[b] * all) / (stored[b] * wanted)));
        sums[i % 8] += (double)element * (double)vector[i];
    }
    return ((sums[0] + sums[4]) + (sums[2] + sums[6])) + ((sums[1] + sums[5]) + (sums[3] + sums[7]));
}

void test_folder_make(char path[128])
{
    const char *base = getenv("TMPDIR");
    (void)snprintf(path, 128, "%s/lethe-vectors-XXXXXX", base != NULL && strlen(base) < 80 ? base : "/tmp");
    if (mkdtemp(path) == NULL)
        abort();
}

void test_folder_remove(const char *path)
{
    char name[512];
    DIR *folder = opendir(path);
    for (struct dirent *entry; folder != NULL && (entry = readdir(folder)) != NULL;) {
        (void)snprintf(name, sizeof(name), "%s/%s", path, entry->d_name);
        (void)unlink(name);
    }
    if (folder != NULL)
        (void)closedir(folder);
    (void)rmdir(path);
}
