// Distances of a float32 query to stored vectors of any element type.

#include "half.h"
#include "kernel_table.h"
#include "lanes.h"

// Sums may be fused; the tolerance in the manual covers it.
#pragma clang fp contract(fast)

INLINE size_t element_size(vdb_element element) {
    return element == VDB_FLOAT32 ? 4 : element == VDB_FLOAT16 ? 2 : 1;
}

// How many rows ahead to prefetch: some fifty lines are on their way at a time.
INLINE size_t prefetch_distance(size_t row_size) {
    return row_size >= 2048 ? 2 : row_size >= 512 ? 4 : 8;
}

INLINE void prefetch_row(const uint8_t *row, size_t row_size) {
    for (size_t offset = 0; offset < row_size; offset += 64) {
        PREFETCH(row + offset);
    }
}

// Element i of x as float32.
INLINE float element_at(const void *x, size_t i, vdb_element element) {
    const uint8_t *bytes = x;
    switch (element) {
    case VDB_FLOAT32: {
        float value;
        memcpy(&value, bytes + 4 * i, 4);
        return value;
    }
    case VDB_FLOAT16: {
        uint16_t half;
        memcpy(&half, bytes + 2 * i, 2);
        return half_to_float(half);
    }
    case VDB_INT8:
        return (float)(int8_t)bytes[i];
    case VDB_UINT8:
        return (float)bytes[i];
    }
    return 0;
}

// The core of every level: out[0] is the squared distance or inner product,
// out[1] the squared norm of x for VDB_DOT_NORM. `operation` and `element` are
// constants at every call, so that the choice costs nothing.
INLINE void core_scalar(int operation, vdb_element element, const float *q, const void *x,
                        size_t n, float out[2]) {
    float sum = 0, norm = 0;
    for (size_t i = 0; i < n; i++) {
        float value = element_at(x, i, element);
        if (operation == VDB_L2) {
            sum += (q[i] - value) * (q[i] - value);
        } else {
            sum += q[i] * value;
        }
        if (operation == VDB_DOT_NORM) {
            norm += value * value;
        }
    }
    out[0] = sum;
    if (operation == VDB_DOT_NORM) {
        out[1] = norm;
    }
}

void cosines_scalar(const float *pairs, size_t count, float query_norm, float *out) {
#pragma clang fp contract(off)
    for (size_t i = 0; i < count; i++) {
        float norms = query_norm * __builtin_sqrtf(pairs[2 * i + 1]);
        out[i] = norms > 0 ? 1 - pairs[2 * i] / norms : 1;
    }
}

#define LEVEL scalar
#define TARGET
#include "distances_table.h"
#undef LEVEL
#undef TARGET

#define VDB_LEVEL_SOURCE "distances_level.h"
#include "each_level.h"
