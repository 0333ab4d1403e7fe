/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/fingerprint.h"

#include <lethe/lethe.h>

#include <elf.h>
#include <link.h>
#include <stdio.h>
#include <stdlib.h>

/* The build id that the linker gave the program or library that this code is in: two builds of one version differ in
 * it. Zeroes where there is none. */
typedef struct build_search {
    uintptr_t code;
    uint8_t id[20];
} build_search;

static void read_notes(const char *notes, size_t size, uint8_t ret_id[20])
{
    for (size_t at = 0; at + sizeof(ElfW(Nhdr)) <= size;) {
        ElfW(Nhdr) note;
        memcpy(&note, notes + at, sizeof(note));
        const size_t name = at + sizeof(note), text = name + ((note.n_namesz + 3u) & ~3u);
        if (note.n_type == NT_GNU_BUILD_ID && note.n_namesz == 4 && memcmp(notes + name, "GNU", 4) == 0 &&
            note.n_descsz <= 20 && text + note.n_descsz <= size)
            memcpy(ret_id, notes + text, note.n_descsz);
        at = text + ((note.n_descsz + 3u) & ~3u);
    }
}

static int look_at_object(struct dl_phdr_info *info, size_t size, void *context)
{
    build_search *search = context;
    bool ours = false;
    (void)size;
    for (int i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *header = &info->dlpi_phdr[i];
        const uintptr_t begin = info->dlpi_addr + header->p_vaddr;
        ours |= header->p_type == PT_LOAD && search->code >= begin && search->code - begin < header->p_memsz;
    }
    for (int i = 0; ours && i < info->dlpi_phnum; i++)
        if (info->dlpi_phdr[i].p_type == PT_NOTE)
            read_notes((const char *)(info->dlpi_addr + info->dlpi_phdr[i].p_vaddr), info->dlpi_phdr[i].p_memsz,
                       search->id);
    return ours;
}

static void write_build(base_buf *lines)
{
    build_search search = {.code = (uintptr_t)&engine_fingerprint};
    (void)dl_iterate_phdr(look_at_object, &search);
    base_buf_text(lines, "build=");
    for (size_t i = 0; i < sizeof(search.id); i++)
        base_buf_format(lines, "%02x", search.id[i]);
    base_buf_byte(lines, '\n');
}

static const char *text_of(const char *value)
{
    return value != NULL ? value : "";
}

void engine_fingerprint(const engine_settings *settings, base_buf *ret_lines)
{
    base_buf_format(ret_lines, "version=%s\n", lethe_version());
    write_build(ret_lines);
    base_buf_format(ret_lines, "level=%s\nk=%u\nattacker-visits=%u\nattacker-items=%u\n", settings->level, settings->k,
                    settings->visits, settings->items);
    base_buf_format(ret_lines, "snapshots=%s\nas-of=%d %s\n", settings->snapshots_name, settings->as_of_day,
                    text_of(settings->as_of_from)); /* the environment's too: SOURCE_DATE_EPOCH */
    base_buf_format(ret_lines, "audience=%s\ndataset-name=%s\n", settings->audience, settings->dataset_name);
    base_buf_format(ret_lines, "patient-identifier=%s\n", text_of(settings->patient_identifier));
    base_buf_format(ret_lines, "suppression-limit=%a\nbeta=%a\nhorizon-months=%u\nplan-seconds=%u\nstrict=%d\n",
                    settings->suppression_limit, settings->beta, settings->horizon_months, settings->plan_seconds,
                    settings->strict);
    base_buf_format(ret_lines, "raw-ceiling=%d\nfrontier=%d\n", settings->raw_ceiling, settings->frontier);
    char *folder = settings->temporary_folder != NULL ? realpath(settings->temporary_folder, NULL) : NULL;
    base_buf_format(ret_lines, "temporary-folder=%s\n", folder != NULL ? folder : text_of(settings->temporary_folder));
    free(folder);
}

/* Up to the end of the line; moves behind it. */
static base_span take_line(base_span *text)
{
    const char *end = text->size != 0 ? memchr(text->data, '\n', text->size) : NULL;
    const base_span line = {text->data, end != NULL ? (size_t)(end - text->data) : text->size};
    const size_t used = line.size + (end != NULL);
    *text = (base_span){text->data + used, text->size - used};
    return line;
}

int engine_fingerprint_compare(base_span then, base_span now, lethe_error *error)
{
    while (now.size != 0) {
        char name[64];
        const base_span before = take_line(&then), line = take_line(&now);
        if (base_span_compare(before, line) == 0)
            continue;
        const char *equals = memchr(line.data, '=', line.size);
        (void)snprintf(name, sizeof(name), "%.*s", equals != NULL ? (int)(equals - line.data) : 0, line.data);
        base_fail(error, LETHE_E_ENGINE_RESUME);
        base_error_path(error, name);
        return LETHE_E_ENGINE_RESUME;
    }
    return 0;
}
