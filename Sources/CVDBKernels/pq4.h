// What the variants of the 4-bit scan share.

#ifndef VDB_PQ4_H
#define VDB_PQ4_H

#include "kernel_table.h"
#include "lanes.h"

// Estimates are promised to be exact, so every level multiplies and adds in the
// same order, unfused.
#pragma clang fp contract(off)

// Prefetches what the next block has where this one has its group g: the codes
// and corrections of 32 entries.
INLINE void prefetch_group(const vdb_pq4_block *ahead, size_t g, size_t group_size) {
    if (ahead == NULL) {
        return;
    }
    for (size_t offset = 0; offset < group_size; offset += 64) {
        PREFETCH(ahead->groups + g * group_size + offset);
    }
    PREFETCH(ahead->alpha + 32 * g);
    PREFETCH(ahead->alpha + 32 * g + 16);
    PREFETCH(ahead->beta + 32 * g);
    PREFETCH(ahead->beta + 32 * g + 16);
}

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
INLINE size_t append_below(const uint16_t sums[32], const vdb_pq4_query *query, size_t group,
                           const vdb_pq4_block *block, uint32_t allowed, float *estimates,
                           uint32_t *positions, size_t found) {
    const float *alpha = block->alpha + 32 * group, *beta = block->beta + 32 * group;
    for (uint32_t i = 0; i < 32; i++) {
        float product = alpha[i] * (query->scale * (float)sums[i] + query->bias);
        float estimate = (query->base + query->beta_factor * beta[i]) - product;
        if ((allowed >> i & 1) && estimate < query->threshold) {
            estimates[found] = estimate;
            positions[found] = query->first + (uint32_t)(32 * group) + i;
            found++;
        }
    }
    return found;
}

#endif
