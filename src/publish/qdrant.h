/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PUBLISH_QDRANT_H
#define PUBLISH_QDRANT_H

#include "publish/vectors.h"

/* The UUID (version 5) that names a row; non-zero where the row_id is too long. */
int publish_qdrant_id(base_span row_id, char ret_uuid[37]);

#endif
