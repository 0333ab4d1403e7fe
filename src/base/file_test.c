/* SPDX-License-Identifier: Apache-2.0 */
#include "base/file.h"
#include "base/test.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

static char home[] = "/tmp/lethe-file-XXXXXX";

static const char *in_home(const char *name)
{
    static char path[256];
    (void)snprintf(path, sizeof(path), "%s/%s", home, name);
    return path;
}

static void put(const char *name, const void *data, size_t size)
{
    FILE *file = fopen(in_home(name), "w");
    assert_non_null(file);
    assert_int_equal(fwrite(data, 1, size, file), size);
    assert_int_equal(fclose(file), 0);
}

static int read_all(const char *name, base_buf *buf, lethe_error *error)
{
    base_reader *reader = NULL;
    int status = base_reader_open(in_home(name), &reader, error);
    for (size_t got = 1; status == 0 && got != 0;) {
        char piece[777];
        status = base_reader_read(reader, piece, sizeof(piece), &got, error);
        if (status == 0)
            base_buf_append(buf, piece, got);
    }
    base_reader_close(reader);
    return status;
}

static size_t gzip_of(char *text, size_t size, uint8_t *out, size_t capacity)
{
    z_stream stream = {0};
    assert_int_equal(deflateInit2(&stream, 6, Z_DEFLATED, 31, 8, Z_DEFAULT_STRATEGY), Z_OK);
    stream.next_in = (Bytef *)text;
    stream.avail_in = (uInt)size;
    stream.next_out = out;
    stream.avail_out = (uInt)capacity;
    assert_int_equal(deflate(&stream, Z_FINISH), Z_STREAM_END);
    const size_t made = capacity - stream.avail_out;
    (void)deflateEnd(&stream);
    return made;
}

/* Plain, gzip and Zstandard say the same, also in two members; every truncation of a compressed file is noticed. */
static void test_forms(void **state)
{
    (void)state;
    static char text[100000];
    static uint8_t packed[250000];
    for (size_t i = 0; i < sizeof(text); i++)
        text[i] = (char)('a' + (i * i / 7) % 26);
    base_buf buf;
    base_buf_init(&buf, 1 << 20);
    put("plain", text, sizeof(text));
    assert_int_equal(read_all("plain", &buf, NULL), 0);
    assert_true(base_span_equal(base_buf_view(&buf), (base_span){text, sizeof(text)}));

    size_t size = gzip_of(text, 60000, packed, sizeof(packed));
    size += gzip_of(text + 60000, 40000, packed + size, sizeof(packed) - size);
    for (int form = 0; form < 2; form++) {
        put("packed", packed, size);
        base_buf_reset(&buf);
        assert_int_equal(read_all("packed", &buf, NULL), 0);
        assert_true(base_span_equal(base_buf_view(&buf), (base_span){text, sizeof(text)}));
        for (size_t cut = 20; cut < size; cut += 997) {
            lethe_error error = {0};
            put("cut", packed, cut);
            base_buf_reset(&buf);
            const int status = read_all("cut", &buf, &error);
            if (status == 0) /* a cut between two members or frames leaves a whole file */
                assert_true(buf.size == 60000 || buf.size == 0);
            else
                assert_int_equal(status, LETHE_E_BASE_COMPRESSION);
        }
        size = ZSTD_compress(packed, sizeof(packed), text, 60000, 1);
        size += ZSTD_compress(packed + size, sizeof(packed) - size, text + 60000, 40000, 1);
    }
    base_buf_done(&buf);
}

static void test_load_within_a_maximum(void **state)
{
    (void)state;
    put("small", "12345", 5);
    for (size_t max = 0; max < 10; max++) {
        base_buf buf;
        base_buf_init(&buf, max);
        assert_int_equal(base_file_load(in_home("small"), &buf, NULL), max < 5 ? LETHE_E_BASE_LIMIT : 0);
        if (max >= 5)
            assert_true(base_span_is(base_buf_view(&buf), "12345"));
        base_buf_done(&buf);
    }
}

static void test_list_is_sorted(void **state)
{
    (void)state;
    base_file_list list;
    lethe_error error = {0};
    assert_int_equal(mkdir(in_home("d"), 0700), 0);
    put("d/b", "1", 1);
    put("d/a", "22", 2);
    put("d/.hidden", "3", 1);
    assert_int_equal(mkdir(in_home("d/c"), 0700), 0);
    put("d/c/x", "4", 1);
    assert_int_equal(base_file_list_make(in_home("d"), &list, &error), 0);
    assert_int_equal(list.count, 3);
    assert_string_equal(base_file_list_name(&list, 0), "a");
    assert_int_equal(list.files[0].size_bytes, 2);
    char path[BASE_PATH_MAX];
    base_file_list_path(&list, 2, path);
    assert_non_null(strstr(path, "d/c/x"));
    assert_true(list.regular);
    base_file_list_done(&list);
    assert_int_equal(base_file_list_make(in_home("none"), &list, &error), LETHE_E_BASE_NOT_FOUND);
}

static void test_folder_appears_whole(void **state)
{
    (void)state;
    base_folder folder;
    lethe_error error = {0};
    struct stat status;
    char path[512];
    (void)snprintf(path, sizeof(path), "%s/", in_home("out"));
    assert_int_equal(base_folder_begin(path, &folder, &error), 0);
    assert_int_equal(base_folder_make(&folder, "p/q", &error), 0);
    assert_int_equal(base_folder_write(&folder, "p/q/f", BASE_SPAN("x"), &error), 0);
    assert_int_not_equal(stat(in_home("out"), &status), 0);
    assert_int_equal(base_folder_commit(&folder, &error), 0);
    assert_int_equal(stat(in_home("out/p/q/f"), &status), 0);
    assert_int_equal(base_folder_begin(in_home("out"), &folder, &error), LETHE_E_BASE_EXISTS);

    assert_int_equal(base_folder_begin(in_home("gone"), &folder, &error), 0);
    char work[BASE_PATH_MAX];
    memcpy(work, folder.work_path, sizeof(work));
    assert_int_equal(base_folder_write(&folder, "f", BASE_SPAN("x"), &error), 0);
    base_folder_abandon(&folder);
    assert_int_not_equal(stat(work, &status), 0);
}

static unsigned mode_of(const char *name)
{
    struct stat status;
    assert_int_equal(stat(in_home(name), &status), 0);
    return status.st_mode & 0777;
}

/* The umask says who may read what is made; a private file is its owner's under any. */
static void test_modes_follow_the_umask(void **state)
{
    (void)state;
    static const mode_t masks[] = {022, 027, 077, 0};
    const mode_t before = umask(022);
    for (size_t i = 0; i < sizeof(masks) / sizeof(masks[0]); i++) {
        base_folder folder;
        struct stat status;
        umask(masks[i]);
        assert_int_equal(base_folder_begin(in_home("m"), &folder, NULL), 0);
        assert_int_equal(stat(folder.work_path, &status), 0);
        assert_int_equal(status.st_mode & 0777, 0700);
        assert_int_equal(base_folder_make(&folder, "p", NULL), 0);
        assert_int_equal(base_folder_write(&folder, "p/f", BASE_SPAN("x"), NULL), 0);
        assert_int_equal(base_folder_write_private(&folder, "mine", BASE_SPAN("x"), NULL), 0);
        assert_int_equal(base_folder_commit(&folder, NULL), 0);
        assert_int_equal(mode_of("m"), 0777 & ~masks[i]);
        assert_int_equal(mode_of("m/p"), 0777 & ~masks[i]);
        assert_int_equal(mode_of("m/p/f"), 0666 & ~masks[i]);
        assert_int_equal(mode_of("m/mine"), 0600);
        (void)snprintf(folder.work_path, sizeof(folder.work_path), "%s", in_home("m"));
        base_folder_abandon(&folder);
    }
    (void)umask(before);
}

static int set_up(void **state)
{
    (void)state;
    return mkdtemp(home) != NULL ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    base_folder folder = {0};
    memcpy(folder.work_path, home, sizeof(home));
    base_folder_abandon(&folder);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_forms),
        cmocka_unit_test(test_load_within_a_maximum),
        cmocka_unit_test(test_list_is_sorted),
        cmocka_unit_test(test_folder_appears_whole),
        cmocka_unit_test(test_modes_follow_the_umask),
    };
    return cmocka_run_group_tests_name("base/file", tests, set_up, tear_down);
}
