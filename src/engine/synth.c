/* SPDX-License-Identifier: Apache-2.0 */
#include "synth/synth.h"

#include "base/date.h"
#include "base/file.h"

#include <lethe/synth.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* The face of synth: resources into the files of one folder, which appears whole. */
#define PROGRESS_PATIENTS 64

typedef struct synth_run_state {
    const lethe_synth_options *options;
    synth_options settings;
    synth_state *state;
    base_folder folder;
    FILE *files[SYNTH_TYPE_COUNT];
    FILE *truth;
    uint64_t index; /* of the patient at hand */
    lethe_synth_result result;
} synth_run_state;

static int bad_option(lethe_error *error, const char *name)
{
    base_fail(error, LETHE_E_SYNTH_OPTION);
    base_error_path(error, name);
    return LETHE_E_SYNTH_OPTION;
}

static int read_options(synth_run_state *run, lethe_error *error)
{
    const lethe_synth_options *options = run->options;
    synth_options *settings = &run->settings;
    base_time time;
    *settings = synth_options_default();
    if (options->size_bytes != sizeof(*options) || options->output == NULL)
        return bad_option(error, "output");
    settings->seed = options->seed;
    settings->patients = options->patients != 0 ? options->patients : 1000;
    if (settings->patients > SYNTH_PATIENTS_MAX)
        return bad_option(error, "patients");
    if (options->format != NULL && strcmp(options->format, "bundle") == 0)
        settings->format = SYNTH_BUNDLES;
    else if (options->format != NULL && strcmp(options->format, "ndjson") != 0)
        return bad_option(error, "format");
    if (options->contents != NULL && strcmp(options->contents, "full") == 0)
        settings->bytes = SYNTH_SYNTHEA_LIKE;
    else if (options->contents != NULL && strcmp(options->contents, "compact") != 0)
        return bad_option(error, "contents");
    if (options->as_of == NULL)
        return 0;
    if (base_time_parse(base_span_of(options->as_of), &time, NULL) != 0 || time.precision != BASE_PRECISION_DAY)
        return bad_option(error, "as-of");
    settings->as_of = time.day;
    return 0;
}

static int open_type(synth_run_state *run, synth_type type, lethe_error *error)
{
    char name[64];
    if (run->files[type] != NULL)
        return 0;
    (void)snprintf(name, sizeof(name), "%s.ndjson", synth_type_name(type));
    run->files[type] = base_folder_open(&run->folder, name, error);
    run->result.files++;
    return run->files[type] != NULL ? 0 : LETHE_E_BASE_IO;
}

static uint64_t count_lines(base_span bytes)
{
    uint64_t lines = 0;
    for (const char *at = bytes.data, *end = bytes.data + bytes.size;
         at < end && (at = memchr(at, '\n', (size_t)(end - at))) != NULL; at++)
        lines++;
    return lines;
}

static int truth_failed(const synth_run_state *run, lethe_error *error)
{
    base_fail_errno(error, LETHE_E_BASE_IO);
    base_error_file(error, run->options->truth);
    return LETHE_E_BASE_IO;
}

static int append_truth(synth_run_state *run, base_span bytes, lethe_error *error)
{
    return fwrite(bytes.data, 1, bytes.size, run->truth) == bytes.size ? 0 : truth_failed(run, error);
}

static int append(void *context, synth_type type, base_span bytes, lethe_error *error)
{
    synth_run_state *run = context;
    if (type == SYNTH_TRUTH)
        return append_truth(run, bytes, error);
    run->result.bytes += bytes.size;
    run->result.resources += count_lines(bytes);
    if (type == SYNTH_BUNDLE) {
        char name[64];
        (void)snprintf(name, sizeof(name), "patient-%09llu.json", (unsigned long long)run->index);
        run->result.files++;
        return base_folder_write(&run->folder, name, bytes, error);
    }
    BASE_TRY(open_type(run, type, error));
    if (bytes.size != 0 && fwrite(bytes.data, 1, bytes.size, run->files[type]) != bytes.size) {
        base_fail_errno(error, LETHE_E_BASE_IO);
        base_error_file(error, run->folder.final_path);
        return LETHE_E_BASE_IO;
    }
    return 0;
}

static int make_population(synth_run_state *run, lethe_error *error)
{
    const lethe_synth_options *options = run->options;
    const synth_sink sink = {run, append};
    BASE_TRY(synth_shared(run->state, &sink, error));
    for (run->index = 0; run->index < run->settings.patients; run->index++) {
        BASE_TRY(synth_patient(run->state, run->index, &sink, error));
        if (run->index % PROGRESS_PATIENTS == 0 && options->progress != NULL &&
            options->progress(options->progress_context, run->index, run->settings.patients) != 0)
            return base_fail(error, LETHE_E_BASE_CANCELLED);
    }
    run->result.patients = run->settings.patients;
    return 0;
}

static int close_files(synth_run_state *run, lethe_error *error)
{
    int status = 0;
    for (int type = 0; type < SYNTH_TYPE_COUNT; type++) {
        if (run->files[type] == NULL)
            continue;
        const int closed = base_folder_close(run->files[type], status == 0 ? error : NULL);
        status = status != 0 ? status : closed;
        run->files[type] = NULL;
    }
    return status;
}

/* A path of which not all exists yet: its deepest folder that does, resolved, and the rest as it stands. */
static bool resolve(const char *path, char ret_path[2 * BASE_PATH_MAX])
{
    char head[BASE_PATH_MAX];
    if ((size_t)snprintf(head, sizeof(head), "%s%s", path[0] == '/' ? "" : "./", path) >= sizeof(head))
        return false;
    for (size_t size = strlen(head); size > 1 && head[size - 1] == '/'; size--)
        head[size - 1] = '\0';
    char whole[BASE_PATH_MAX];
    memcpy(whole, head, sizeof(whole));
    for (char *slash = strrchr(head, '/'); slash != NULL; slash = strrchr(head, '/')) {
        const size_t rest = (size_t)(slash - head);
        *slash = '\0';
        char *found = realpath(rest == 0 ? "/" : head, NULL);
        if (found == NULL)
            continue;
        (void)snprintf(ret_path, (size_t)2 * BASE_PATH_MAX, "%s%s", strcmp(found, "/") == 0 ? "" : found, whole + rest);
        free(found);
        return true;
    }
    return false;
}

/* Whoever reads the folder must not read the answers. */
static bool lies_inside(const char *truth, const char *output)
{
    char file[2 * BASE_PATH_MAX], folder[2 * BASE_PATH_MAX];
    if (!resolve(truth, file) || !resolve(output, folder))
        return true;
    const size_t size = strlen(folder);
    return strncmp(file, folder, size) == 0 && (file[size] == '/' || file[size] == '\0');
}

static int open_truth(synth_run_state *run, lethe_error *error)
{
    const char *path = run->options->truth;
    if (path == NULL)
        return 0;
    if (lies_inside(path, run->options->output))
        return bad_option(error, "truth");
    const int file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (file < 0) {
        const int code = errno == EEXIST ? LETHE_E_BASE_EXISTS : LETHE_E_BASE_IO;
        base_fail_errno(error, code);
        base_error_file(error, path);
        return code;
    }
    run->truth = fdopen(file, "wb");
    run->settings.truth = true;
    if (run->truth != NULL && fchmod(file, 0600) == 0) /* whatever the umask */
        return 0;
    const int status = truth_failed(run, error);
    if (run->truth == NULL) {
        (void)close(file);
        (void)unlink(path);
    }
    return status;
}

/* It stays only with the population that it is the truth of. */
static int close_truth(synth_run_state *run, int status, lethe_error *error)
{
    if (run->truth == NULL)
        return status;
    const int closed = base_folder_close(run->truth, status == 0 ? error : NULL);
    run->truth = NULL;
    return status != 0 ? status : closed;
}

int lethe_synth(const lethe_synth_options *options, lethe_synth_result *ret_result, lethe_error *error)
{
    synth_run_state run = {.options = options};
    BASE_TRY(read_options(&run, error));
    BASE_TRY(base_folder_begin(options->output, &run.folder, error));
    int status = open_truth(&run, error);
    const bool truth = run.truth != NULL;
    if (status == 0)
        status = synth_new(&run.settings, &run.state, error);
    if (status == 0)
        status = make_population(&run, error);
    const int closed = close_files(&run, status == 0 ? error : NULL);
    status = close_truth(&run, status != 0 ? status : closed, error);
    if (status == 0)
        status = base_folder_commit(&run.folder, error);
    base_folder_abandon(&run.folder);
    if (status != 0 && truth)
        (void)unlink(options->truth);
    synth_free(run.state);
    if (status == 0)
        *ret_result = run.result;
    return status;
}
