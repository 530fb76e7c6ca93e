// Hamming distances of packed bits.

#include "kernel_table.h"
#include "lanes.h"

// How many rows ahead to prefetch where rows lie anywhere.
enum { ROWS_AHEAD = 16 };

INLINE void prefetch_bits(const uint8_t *row, size_t size) {
    for (size_t offset = 0; offset < size; offset += 64) {
        PREFETCH(row + offset);
    }
    // A row may end in a line that it does not fill.
    PREFETCH(row + size - 1);
}

// Bits that differ from byte i on.
INLINE uint32_t rest_scalar(const uint8_t *q, const uint8_t *x, size_t i, size_t size) {
    uint32_t sum = 0;
    for (; i + 8 <= size; i += 8) {
        uint64_t a, b;
        memcpy(&a, q + i, 8);
        memcpy(&b, x + i, 8);
        sum += (uint32_t)__builtin_popcountll(a ^ b);
    }
    for (; i < size; i++) {
        sum += (uint32_t)__builtin_popcount((unsigned)(q[i] ^ x[i]));
    }
    return sum;
}

uint32_t hamming_scalar(const uint8_t *q, const uint8_t *x, size_t size) {
    return rest_scalar(q, x, 0, size);
}

void hamming_many_scalar(const uint8_t *q, const uint8_t *base, size_t stride,
                         const void *const *rows, size_t count, size_t size, float *out) {
    for (size_t i = 0; i < count; i++) {
        const uint8_t *row = rows ? rows[i] : base + i * stride;
        out[i] = (float)rest_scalar(q, row, 0, size);
    }
}

size_t scan_bits_scalar(const vdb_bits_query *query, const uint8_t *rows, size_t count,
                        const uint8_t *ahead, size_t ahead_count, const uint32_t *masks,
                        float *distances, uint32_t *positions) {
    (void)ahead;
    (void)ahead_count;
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        if (masks && !(masks[i / 32] >> i % 32 & 1)) {
            continue;
        }
        const uint8_t *row = rows + i * query->size;
        float distance = (float)rest_scalar(query->bits, row, 0, query->size);
        distances[kept] = distance;
        positions[kept] = query->first + (uint32_t)i;
        kept += distance < query->threshold;
    }
    return kept;
}

void vdb_to_f32_bits(const void *x, size_t n, float *out) {
    const uint8_t *bytes = x;
    size_t i = 0;
    for (; i + 8 <= n; i += 8) {
        for (int bit = 0; bit < 8; bit++) {
            out[i + bit] = (float)(bytes[i / 8] >> bit & 1);
        }
    }
    for (; i < n; i++) {
        out[i] = (float)(bytes[i / 8] >> i % 8 & 1);
    }
}

void vdb_from_f32_bits(const float *x, size_t n, void *out) {
    uint8_t *bytes = out;
    for (size_t i = 0; i < n; i += 8) {
        unsigned byte = 0;
        for (size_t bit = 0; bit < 8 && i + bit < n; bit++) {
            byte |= (unsigned)(x[i + bit] > 0.5f) << bit;
        }
        bytes[i / 8] = (uint8_t)byte;
    }
}

#define VDB_LEVEL_SOURCE "bits_level.h"
#include "each_level.h"

#ifdef VDB_X86
#define LEVEL avx512vbmi
#define LEVEL_IS_AVX512 1
#define LEVEL_HAS_POPCNTDQ 1
#define TARGET TARGET_AVX512VBMI
#include "bits_level.h"
#endif
