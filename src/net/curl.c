/* SPDX-License-Identifier: Apache-2.0 */
#include "net/curl.h"

#include <dlfcn.h>
#include <pthread.h>
#include <string.h>

static net_curl loaded; /* written once, under `once` */
static bool is_loaded;

static bool find(void *library, const char *name, void *ret_function, size_t size)
{
    void *symbol = dlsym(library, name);
    memcpy(ret_function, &symbol, size); /* POSIX: a function's address fits in void * */
    return symbol != NULL;
}

static void load(void)
{
    bool whole = true;
    void *library = dlopen("libcurl.so.4", RTLD_NOW | RTLD_LOCAL);
    if (library == NULL)
        return;
#define NET_CURL_FIND(name) whole = whole && find(library, "curl_" #name, &loaded.name, sizeof(loaded.name));
    NET_CURL_FUNCTIONS(NET_CURL_FIND)
#undef NET_CURL_FIND
    is_loaded = whole && loaded.global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;
}

int net_curl_load(const net_curl **ret_curl, lethe_error *error)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    (void)pthread_once(&once, load);
    if (!is_loaded)
        return base_fail(error, LETHE_E_NET_LIBRARY);
    *ret_curl = &loaded;
    return 0;
}
