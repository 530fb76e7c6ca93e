// Scan of 8-bit codes against float tables.
//
// Four entries at a time give the processor four independent chains of
// additions, and codes are loaded eight at a time: the loop is then bound by
// its table loads, which no instruction set does faster (gathers were measured
// slower), so there is one variant.

#include "kernel_table.h"

#include <string.h>

// Estimates are promised to be exact.
#pragma clang fp contract(off)

// Table sums of four codes.
static inline void sum_four(const uint8_t *const rows[4], size_t M, const float *table,
                            float sums[4]) {
    float a = 0, b = 0, c = 0, d = 0;
    size_t m = 0;
    for (; m + 8 <= M; m += 8) {
        uint64_t codes[4];
        for (int i = 0; i < 4; i++) {
            memcpy(&codes[i], rows[i] + m, 8);
        }
        const float *entries = table + 256 * m;
        for (int byte = 0; byte < 8; byte++, entries += 256) {
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
            int shift = 8 * byte;
#else
            int shift = 56 - 8 * byte;
#endif
            a += entries[codes[0] >> shift & 0xff];
            b += entries[codes[1] >> shift & 0xff];
            c += entries[codes[2] >> shift & 0xff];
            d += entries[codes[3] >> shift & 0xff];
        }
    }
    for (; m < M; m++) {
        const float *entries = table + 256 * m;
        a += entries[rows[0][m]];
        b += entries[rows[1][m]];
        c += entries[rows[2][m]];
        d += entries[rows[3][m]];
    }
    sums[0] = a, sums[1] = b, sums[2] = c, sums[3] = d;
}

size_t vdb_scan_pq8(const uint8_t *codes, size_t count, size_t M, const float *table, float bias,
                    const float *alpha, const float *beta, float base, float beta_factor,
                    float threshold, uint32_t first, const uint32_t *masks, float *estimates,
                    uint32_t *positions) {
    size_t found = 0;
    for (size_t i = 0; i < count; i += 4) {
        uint32_t allowed = masks ? masks[i / 32] >> (i % 32) & 15 : 15;
        if (allowed == 0) {
            continue;
        }
        size_t width = count - i < 4 ? count - i : 4;
        const uint8_t *rows[4];
        for (size_t j = 0; j < 4; j++) {
            rows[j] = codes + (i + (j < width ? j : width - 1)) * M;
        }
        float sums[4];
        sum_four(rows, M, table, sums);
        for (size_t j = 0; j < width; j++) {
            float product = alpha[i + j] * (sums[j] + bias);
            float estimate = (base + beta_factor * beta[i + j]) - product;
            if ((allowed >> j & 1) && estimate < threshold) {
                estimates[found] = estimate;
                positions[found] = first + (uint32_t)(i + j);
                found++;
            }
        }
    }
    return found;
}
