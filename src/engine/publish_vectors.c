/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/publish.h"

static int not_yet(lethe_error *error)
{
    base_fail(error, LETHE_E_PUBLISH_TARGET);
    base_error_path(error, "scheme");
    return LETHE_E_PUBLISH_TARGET;
}

int engine_publish_vectors(engine_publish *p, lethe_error *error)
{
    (void)p;
    return not_yet(error);
}

int engine_unpublish_vectors(engine_publish *p, lethe_error *error)
{
    (void)p;
    return not_yet(error);
}

int engine_publish_vectors_count(engine_publish *p, uint64_t *ret_found, lethe_error *error)
{
    (void)p;
    (void)ret_found;
    return not_yet(error);
}
