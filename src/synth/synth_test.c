/* SPDX-License-Identifier: Apache-2.0 */
#include "base/test.h"
int main(void) { return 0; }
