/* SPDX-License-Identifier: Apache-2.0 */
#include "base/file.h"
#include "base/test.h"
#include "engine/source.h"

#include <stdlib.h>

static base_folder home;

static void put(const char *name, const char *text, size_t size)
{
    assert_int_equal(base_folder_write(&home, name, (base_span){text, size}, NULL), 0);
}

static engine_source *open_input(const char *name, size_t document_max)
{
    char path[2 * BASE_PATH_MAX];
    engine_source *source = NULL;
    (void)snprintf(path, sizeof(path), "%s/%s", home.work_path, name);
    assert_int_equal(engine_source_open(path, document_max, &source, NULL), 0);
    return source;
}

/* The lines of a file arrive once each, in order, with their line numbers and offsets, wherever chunks are cut. */
static void test_lines(void **state)
{
    (void)state;
    base_buf text;
    base_buf_init(&text, 1 << 24);
    for (int i = 0; i < 60000; i++)
        base_buf_format(&text, "{\"n\":%d,\"pad\":\"%0*d\"}\n", i, i % 90, 0);
    base_buf_text(&text, "{\"last\":1}"); /* without a newline */
    put("a.ndjson", text.data, text.size);

    engine_source *source = open_input("a.ndjson", 1 << 20);
    engine_chunk chunk;
    engine_chunk_init(&chunk);
    bool more = true;
    uint64_t byte = 0;
    int64_t line = 1;
    size_t chunks = 0;
    while (engine_source_next(source, &chunk, (base_idle){0}, &more, NULL) == 0 && more) {
        assert_true(chunk.lines && chunk.byte == byte && chunk.line == line);
        assert_memory_equal(chunk.bytes.data, text.data + byte, chunk.bytes.size);
        for (size_t i = 0; i < chunk.bytes.size; i++)
            line += chunk.bytes.data[i] == '\n';
        byte += chunk.bytes.size;
        chunks++;
    }
    assert_true(byte == text.size && line == 60001 && chunks > 2);
    engine_chunk_done(&chunk);
    engine_source_close(source);
    base_buf_done(&text);
}

static void test_kinds(void **state)
{
    (void)state;
    assert_int_equal(base_folder_make(&home, "kinds", NULL), 0);
    put("kinds/1.json", "{\n \"a\": {}\n}\n", 13);
    put("kinds/2.json", "{\"a\":\"}\\\"\"}\n{\"b\":1}\n", 20);
    put("kinds/3.txt", "not input", 9);
    put("kinds/4.json", "", 0);
    engine_source *source = open_input("kinds", 1 << 20);
    engine_chunk chunk;
    engine_chunk_init(&chunk);
    bool more = true;
    assert_int_equal(engine_source_next(source, &chunk, (base_idle){0}, &more, NULL), 0);
    assert_true(more && !chunk.lines && chunk.bytes.size == 13);
    assert_int_equal(engine_source_next(source, &chunk, (base_idle){0}, &more, NULL), 0);
    assert_true(more && chunk.lines && chunk.bytes.size == 20);
    assert_int_equal(engine_source_next(source, &chunk, (base_idle){0}, &more, NULL), 0);
    assert_false(more);
    assert_true(engine_source_count(source).ignored_count == 1);
    engine_chunk_done(&chunk);
    engine_source_close(source);
}

/* A line beyond the limit is passed over and said; its neighbours arrive. */
static void test_oversized(void **state)
{
    (void)state;
    base_buf text;
    base_buf_init(&text, 1 << 24);
    base_buf_text(&text, "{\"first\":1}\n");
    base_buf_format(&text, "{\"large\":\"%03000000d\"}\n", 0);
    base_buf_text(&text, "{\"last\":1}\n");
    put("o.ndjson", text.data, text.size);
    engine_source *source = open_input("o.ndjson", 1000);
    engine_chunk chunk;
    engine_chunk_init(&chunk);
    bool more = true;
    int seen = 0, large = 0;
    while (engine_source_next(source, &chunk, (base_idle){0}, &more, NULL) == 0 && more) {
        large += chunk.oversized;
        if (chunk.oversized)
            assert_true(chunk.line == 2);
        seen += chunk.bytes.size != 0;
    }
    assert_int_equal(large, 1);
    assert_int_equal(seen, 2);
    engine_chunk_done(&chunk);
    engine_source_close(source);
    base_buf_done(&text);
}

static int set_up(void **state)
{
    (void)state;
    return base_folder_begin("/tmp/lethe-source-test", &home, NULL);
}

static int tear_down(void **state)
{
    (void)state;
    base_folder_abandon(&home);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lines),
        cmocka_unit_test(test_kinds),
        cmocka_unit_test(test_oversized),
    };
    return cmocka_run_group_tests_name("engine/source", tests, set_up, tear_down);
}
