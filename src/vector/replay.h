/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VECTOR_REPLAY_H
#define VECTOR_REPLAY_H

#include "vector/image.h"
#include "vector/log.h"
#include "vector/view.h"

/* The view after the commits that `reader` has left; `offset` is where its bytes begin in the log. A new reference to
 * the same view where there are none. */
int vector_replay(vector_view *view, vector_log_reader *reader, uint64_t offset, vector_view **ret_view,
                  lethe_error *error);

/* Adds to an image what lives in parts from..until-1 of a view. */
int vector_image_add_view(vector_image *image, const vector_view *view, size_t from, size_t until, lethe_error *error);

#endif
