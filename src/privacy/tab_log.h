/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PRIVACY_TAB_LOG_H
#define PRIVACY_TAB_LOG_H

#include "base/real.h"

/* Without libm, so that equal input gives equal bits on every machine. */
static inline double privacy_log2(double x)
{
    return base_log(x) * 0x1.71547652b82fep+0;
}

#endif
