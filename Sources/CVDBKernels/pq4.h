// What the variants of the 4-bit scan share.

#ifndef VDB_PQ4_H
#define VDB_PQ4_H

#include "kernel_table.h"
#include "lanes.h"

// Estimates are promised to be exact, so every level multiplies and adds in the
// same order, unfused.
#pragma clang fp contract(off)

// What turns a sum into an estimate, and when to keep it.
typedef struct pq4_line {
    float scale, bias, base, threshold;
} pq4_line;

// Where a group keeps the code of `entry` in subspace m; see vdb_kernels.h.
static inline size_t byte_offset(size_t M, size_t entry, size_t m) {
    size_t quads = (M + 1) / 4 * 4;  // subspaces in quads; a pair may follow
    if (m < quads) {
        return m / 4 * 64 + 4 * (entry % 16) + m % 4;
    }
    return quads * 16 + 2 * (entry % 16) + (m - quads);
}

// The tables of the subspaces after the last full quad, zero padded, so that
// kernels load whole registers without reading past the caller's table.
static inline void copy_last_tables(const uint8_t *table, size_t M, uint8_t last[64]) {
    memset(last, 0, 64);
    memcpy(last, table + 16 * (M - M % 4), 16 * (M % 4));
}

// Appends the allowed entries of one group whose estimate is below the threshold.
INLINE size_t append_below(const uint16_t sums[32], const pq4_line *line, const float *alpha,
                           const float *beta, uint32_t allowed, uint32_t first, float *estimates,
                           uint32_t *positions, size_t found) {
    for (uint32_t i = 0; i < 32; i++) {
        float product = alpha[i] * (line->scale * (float)sums[i] + line->bias);
        float estimate = (line->base + beta[i]) - product;
        if ((allowed >> i & 1) && estimate < line->threshold) {
            estimates[found] = estimate;
            positions[found] = first + i;
            found++;
        }
    }
    return found;
}

#endif
