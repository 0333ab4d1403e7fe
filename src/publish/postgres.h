/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PUBLISH_POSTGRES_H
#define PUBLISH_POSTGRES_H

#include "base/error.h"

#include <libpq-fe.h>

/* libpq, loaded when the first connection is made and kept, as libcurl is (net/curl.h). */
#define PUBLISH_PQ_FUNCTIONS(X)                                                                                        \
    X(connectdbParams)                                                                                                 \
    X(status)                                                                                                          \
    X(finish)                                                                                                          \
    X(exec)                                                                                                            \
    X(execParams)                                                                                                      \
    X(resultStatus)                                                                                                    \
    X(resultErrorField)                                                                                                \
    X(clear)                                                                                                           \
    X(ntuples)                                                                                                         \
    X(nfields)                                                                                                         \
    X(getvalue)                                                                                                        \
    X(getlength)                                                                                                       \
    X(getisnull)                                                                                                       \
    X(cmdTuples)                                                                                                       \
    X(putCopyData)                                                                                                     \
    X(putCopyEnd)                                                                                                      \
    X(getResult)                                                                                                       \
    X(setNoticeReceiver)

typedef struct publish_pq {
#define PUBLISH_PQ_MEMBER(name) __typeof__(&PQ##name) name;
    PUBLISH_PQ_FUNCTIONS(PUBLISH_PQ_MEMBER)
#undef PUBLISH_PQ_MEMBER
} publish_pq;

/* LETHE_E_NET_LIBRARY where libpq.so.5 is not there. Any thread. */
int publish_pq_load(const publish_pq **ret_pq, lethe_error *error);

#endif
