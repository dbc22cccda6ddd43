/* CRC-32 as in zlib (IEEE 802.3, reflected, polynomial 0xEDB88320). */
#ifndef CRC32_H
#define CRC32_H

#include <stddef.h>
#include <stdint.h>

uint32_t crc32(const int8_t *data, size_t bytes);

#endif
