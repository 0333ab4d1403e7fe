/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NET_CHECKSUM_H
#define NET_CHECKSUM_H

#include "base/span.h"

#include <stdint.h>

/* Checksums that object stores compare with what they received; continued from `crc`, 0 begins. */

/* CRC-64/NVME (NVM Express, NVM Command Set 5.2.1.3.4: polynomial AD93D23594C93659, reflected). */
uint64_t net_crc64nvme(uint64_t crc, base_span bytes);

/* CRC-32C (Castagnoli, RFC 3720 B.4). */
uint32_t net_crc32c(uint32_t crc, base_span bytes);

/* The checksum of two pieces from those of each: what a whole file has, of parts in any order. `second_size` bytes. */
uint64_t net_crc64nvme_join(uint64_t first, uint64_t second, uint64_t second_size);

/* Base64 of the big-endian bytes, as the header x-amz-checksum-crc64nvme carries it: 12 characters and a NUL. */
void net_crc64_text(uint64_t crc, char ret_text[13]);

#endif
