/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VECTOR_WRITER_INTERNAL_H
#define VECTOR_WRITER_INTERNAL_H

#include "vector/index.h"
#include "vector/log.h"
#include "vector/names.h"
#include "vector/view.h"
#include "vector/writer.h"

struct vector_writer {
    int folder, lock, log;
    vector_index *index; /* what the folder holds */
    vector_view *view;   /* the same, held */
    base_buf payload;    /* of the commit to come */
    vector_names put;    /* row ids in it */
    bool failed;         /* what the log holds is not known: to be opened anew */
};

int vector_writer_follow(vector_writer *writer, lethe_error *error); /* takes the newest view */
int vector_writer_rebase(vector_writer *writer, lethe_error *error); /* compacts */

#endif
