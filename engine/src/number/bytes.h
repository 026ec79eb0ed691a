/* bytes.h - little-endian numbers of a file, at any address. */
#ifndef LN_BYTES_H
#define LN_BYTES_H

#include <stdint.h>

static inline uint32_t ln_read_u32(const uint8_t *p) {
    return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static inline int32_t ln_read_i32(const uint8_t *p) {
    uint32_t u = ln_read_u32(p);
    return u <= INT32_MAX ? (int32_t)u : (int32_t)(u - 0x80000000u) + INT32_MIN;
}

static inline int16_t ln_read_i16(const uint8_t *p) {
    int32_t u = p[0] | p[1] << 8;
    return (int16_t)(u <= INT16_MAX ? u : u - 65536);
}

static inline int8_t ln_read_i8(const uint8_t *p) {
    return (int8_t)(p[0] <= INT8_MAX ? p[0] : p[0] - 256);
}

static inline uint64_t ln_read_u64(const uint8_t *p) {
    return (uint64_t)ln_read_u32(p) | (uint64_t)ln_read_u32(p + 4) << 32;
}

#endif
