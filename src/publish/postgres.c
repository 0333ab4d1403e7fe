/* SPDX-License-Identifier: Apache-2.0 */
#include "publish/postgres.h"

#include <dlfcn.h>
#include <pthread.h>
#include <string.h>

static publish_pq loaded; /* written once, under `once` */
static bool is_loaded;

static bool find(void *library, const char *name, void *ret_function, size_t size)
{
    void *symbol = dlsym(library, name);
    memcpy(ret_function, &symbol, size);
    return symbol != NULL;
}

static void load(void)
{
    bool whole = true;
    void *library = dlopen("libpq.so.5", RTLD_NOW | RTLD_LOCAL);
    if (library == NULL)
        return;
#define PUBLISH_PQ_FIND(name) whole = whole && find(library, "PQ" #name, &loaded.name, sizeof(loaded.name));
    PUBLISH_PQ_FUNCTIONS(PUBLISH_PQ_FIND)
#undef PUBLISH_PQ_FIND
    is_loaded = whole;
}

int publish_pq_load(const publish_pq **ret_pq, lethe_error *error)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    (void)pthread_once(&once, load);
    if (!is_loaded)
        return base_fail(error, LETHE_E_NET_LIBRARY);
    *ret_pq = &loaded;
    return 0;
}
