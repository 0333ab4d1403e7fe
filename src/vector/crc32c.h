/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VECTOR_CRC32C_H
#define VECTOR_CRC32C_H

#include <stddef.h>
#include <stdint.h>

/* CRC-32C (Castagnoli), continued from `crc`; 0 begins. By the processor's own instruction where it has one. */
uint32_t vector_crc32c(uint32_t crc, const void *bytes, size_t size);

#endif
