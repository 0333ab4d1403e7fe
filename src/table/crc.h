/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TABLE_CRC_H
#define TABLE_CRC_H

#include "base/span.h"

#include <stdint.h>

/* CRC-32 of gzip (polynomial 0x04C11DB7, reflected), continued from `crc`; 0 begins. Carry-less multiplication where
 * the processor has it, else zlib: a page's checksum must not cost as much as its compression. */
uint32_t table_crc32(uint32_t crc, base_span bytes);

#endif
