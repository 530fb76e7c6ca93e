// What the variants of the 8-bit centroid products share.

#ifndef VDB_COARSE_H
#define VDB_COARSE_H

#include "kernel_table.h"
#include "lanes.h"

// Keys are promised to be exact, so nothing is fused.
#pragma clang fp contract(off)

// Bytes of one panel of sixteen centroids.
static inline size_t byte_panel_size(size_t d) { return (d + 3) / 4 * 64; }

#endif
