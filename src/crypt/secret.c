/* SPDX-License-Identifier: Apache-2.0 */
#include "crypt/secret.h"

#include <openssl/crypto.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

static size_t whole_pages(size_t size)
{
    const size_t page = (size_t)sysconf(_SC_PAGESIZE);
    return (size + page - 1) / page * page;
}

int crypt_secret_new(size_t size, void **ret_secret, lethe_error *error)
{
    const size_t pages = whole_pages(size);
    void *secret = mmap(NULL, pages, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (secret == MAP_FAILED)
        return base_fail_errno(error, LETHE_E_BASE_MEMORY);
    (void)mlock(secret, pages); /* a container may forbid it; the key still stays out of dumps and children */
    (void)madvise(secret, pages, MADV_DONTDUMP);
    (void)madvise(secret, pages, MADV_WIPEONFORK);
    *ret_secret = secret;
    return 0;
}

void crypt_secret_free(void *secret, size_t size)
{
    if (secret == NULL)
        return;
    const size_t pages = whole_pages(size);
    crypt_wipe(secret, pages);
    (void)munmap(secret, pages);
}

void crypt_wipe(void *data, size_t size)
{
    explicit_bzero(data, size);
}

void crypt_harden_process(void)
{
    const struct rlimit none = {0, 0};
    (void)setrlimit(RLIMIT_CORE, &none);
    (void)prctl(PR_SET_DUMPABLE, 0);
    (void)prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    /* openssl.cnf can load modules into the process that holds the key; and reading it takes longer than a profile, as
     * does filling the table of names, of which we use three */
    (void)OPENSSL_init_crypto(
        OPENSSL_INIT_NO_LOAD_CONFIG | OPENSSL_INIT_NO_ADD_ALL_CIPHERS | OPENSSL_INIT_NO_ADD_ALL_DIGESTS, NULL);
}
