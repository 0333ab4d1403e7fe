/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NET_CURL_H
#define NET_CURL_H

#include "base/error.h"

#define CURL_DISABLE_TYPECHECK 1
#include <curl/curl.h>

/* libcurl without its macros, which would hide the members below. */
#undef curl_easy_setopt
#undef curl_easy_getinfo
#undef curl_multi_setopt

/*
 * libcurl, loaded when the first client is made and kept: its libraries cost every start of the program milliseconds
 * that only those who publish should pay. The headers are used, the library is not linked.
 */
#define NET_CURL_FUNCTIONS(X)                                                                                          \
    X(global_init)                                                                                                     \
    X(easy_init)                                                                                                       \
    X(easy_setopt)                                                                                                     \
    X(easy_getinfo)                                                                                                    \
    X(easy_reset)                                                                                                      \
    X(easy_cleanup)                                                                                                    \
    X(multi_init)                                                                                                      \
    X(multi_setopt)                                                                                                    \
    X(multi_add_handle)                                                                                                \
    X(multi_remove_handle)                                                                                             \
    X(multi_perform)                                                                                                   \
    X(multi_poll)                                                                                                      \
    X(multi_info_read)                                                                                                 \
    X(multi_cleanup)                                                                                                   \
    X(slist_append)                                                                                                    \
    X(slist_free_all)

typedef struct net_curl {
#define NET_CURL_MEMBER(name) __typeof__(&curl_##name) name;
    NET_CURL_FUNCTIONS(NET_CURL_MEMBER)
#undef NET_CURL_MEMBER
} net_curl;

/* LETHE_E_NET_LIBRARY where libcurl.so.4 is not there or lacks a function. Any thread. */
int net_curl_load(const net_curl **ret_curl, lethe_error *error);

#endif
