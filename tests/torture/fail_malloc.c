/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Preloaded (LD_PRELOAD): makes one allocation of the process fail, the one whose number LETHE_FAIL_AT names, or with
 * LETHE_FAIL_ON=1 that one and every later one. With LETHE_FAIL_COUNT=FILE the number of allocations goes to FILE at
 * the end. Without threads, the same number is the same allocation in every run. Neither counted nor failed is what
 * libraries ask for once and do not survive (KNOWN_LIMITS.md): OpenSSL 3.0 reads a lock that it could not make, and
 * simdjson 3 ends the process where the names of its implementations (strings below 128 bytes) find no memory.
 */
#include <errno.h>
#include <link.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *block, size_t size);
extern void *__libc_memalign(size_t alignment, size_t size);

__attribute__((visibility("default"))) void *malloc(size_t size);
__attribute__((visibility("default"))) void *calloc(size_t count, size_t size);
__attribute__((visibility("default"))) void *realloc(void *block, size_t size);
__attribute__((visibility("default"))) void *aligned_alloc(size_t alignment, size_t size);
__attribute__((visibility("default"))) int posix_memalign(void **ret_block, size_t alignment, size_t size);

static uint64_t count, fail_at = UINT64_MAX;
static bool fail_on;

typedef struct code_range {
    const char *name;
    uintptr_t begin, end;
} code_range;

static code_range crypto = {.name = "libcrypto"}, cxx = {.name = "libstdc++"};

static int find_code(struct dl_phdr_info *info, size_t size, void *context)
{
    code_range *range = context;
    (void)size;
    if (strstr(info->dlpi_name, range->name) == NULL)
        return 0;
    for (int i = 0; i < info->dlpi_phnum; i++)
        if (info->dlpi_phdr[i].p_type == PT_LOAD && (info->dlpi_phdr[i].p_flags & PF_X) != 0) {
            range->begin = info->dlpi_addr + info->dlpi_phdr[i].p_vaddr;
            range->end = range->begin + info->dlpi_phdr[i].p_memsz;
        }
    return 1;
}

static bool within(const code_range *range, const void *caller)
{
    return (uintptr_t)caller >= range->begin && (uintptr_t)caller < range->end;
}

__attribute__((constructor)) static void begin(void)
{
    const char *at = getenv("LETHE_FAIL_AT"), *on = getenv("LETHE_FAIL_ON");
    __atomic_store_n(&count, 0, __ATOMIC_RELAXED); /* the loader's own are not counted */
    (void)dl_iterate_phdr(find_code, &crypto);
    (void)dl_iterate_phdr(find_code, &cxx);
    fail_on = on != NULL && on[0] == '1';
    if (at != NULL)
        fail_at = strtoull(at, NULL, 10);
}

__attribute__((destructor)) static void end(void)
{
    const char *path = getenv("LETHE_FAIL_COUNT");
    const int file = path != NULL ? open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600) : -1;
    if (file >= 0) {
        (void)dprintf(file, "%llu\n", (unsigned long long)__atomic_load_n(&count, __ATOMIC_RELAXED));
        (void)close(file);
    }
}

static bool fails(const void *caller, size_t size)
{
    if (within(&crypto, caller) || (within(&cxx, caller) && size < 128))
        return false;
    const uint64_t number = __atomic_add_fetch(&count, 1, __ATOMIC_RELAXED);
    if (number != fail_at && !(fail_on && number > fail_at))
        return false;
    errno = ENOMEM;
    return true;
}

void *malloc(size_t size)
{
    return fails(__builtin_return_address(0), size) ? NULL : __libc_malloc(size);
}

void *calloc(size_t number, size_t size)
{
    return fails(__builtin_return_address(0), size) ? NULL : __libc_calloc(number, size);
}

void *realloc(void *block, size_t size)
{
    return fails(__builtin_return_address(0), size) ? NULL : __libc_realloc(block, size);
}

void *aligned_alloc(size_t alignment, size_t size)
{
    return fails(__builtin_return_address(0), size) ? NULL : __libc_memalign(alignment, size);
}

int posix_memalign(void **ret_block, size_t alignment, size_t size)
{
    void *block = fails(__builtin_return_address(0), size) ? NULL : __libc_memalign(alignment, size);
    if (block == NULL)
        return ENOMEM;
    *ret_block = block;
    return 0;
}
