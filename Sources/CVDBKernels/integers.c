// Distances of whole-numbered queries to vectors of bytes, in integers.

#include "kernel_table.h"
#include "lanes.h"

// How many rows ahead to prefetch: some fifty lines are on their way at a time.
INLINE size_t rows_ahead(size_t n) { return n >= 2048 ? 2 : n >= 512 ? 4 : 8; }

INLINE void prefetch_vector(const uint8_t *row, size_t n) {
    for (size_t offset = 0; offset < n; offset += 64) {
        PREFETCH(row + offset);
    }
    // A row may end in a line that it does not fill.
    PREFETCH(row + n - 1);
}

INLINE int32_t rest_scalar(int is_l2, int is_signed, const int16_t *q, const uint8_t *x, size_t i,
                           size_t n) {
    int32_t sum = 0;
    for (; i < n; i++) {
        int32_t value = is_signed ? (int8_t)x[i] : x[i];
        sum += is_l2 ? (q[i] - value) * (q[i] - value) : q[i] * value;
    }
    return sum;
}

INLINE int32_t core_scalar(int is_l2, int is_signed, const int16_t *q, const uint8_t *x, size_t n) {
    return rest_scalar(is_l2, is_signed, q, x, 0, n);
}

// Adds what components from the i-th on give to the product with x and to its squared norm.
INLINE void rest_pair_scalar(int is_signed, const int16_t *q, const uint8_t *x, size_t i, size_t n,
                             int32_t sums[2]) {
    for (; i < n; i++) {
        int32_t value = is_signed ? (int8_t)x[i] : x[i];
        sums[0] += q[i] * value;
        sums[1] += value * value;
    }
}

INLINE void core_pair_scalar(int is_signed, const int16_t *q, const uint8_t *x, size_t n,
                             int32_t sums[2]) {
    sums[0] = sums[1] = 0;
    rest_pair_scalar(is_signed, q, x, 0, n, sums);
}

uint32_t greatest_magnitude_scalar(const float *x, size_t n) {
    uint32_t greatest = 0;
    for (size_t i = 0; i < n; i++) {
        uint32_t bits;
        memcpy(&bits, x + i, 4);
        bits &= 0x7fffffff;
        greatest = bits > greatest ? bits : greatest;
    }
    return greatest;
}

int to_i16_scalar(const float *x, size_t n, float low, float high, int16_t *out) {
    for (size_t i = 0; i < n; i++) {
        if (!(x[i] >= low && x[i] <= high)) {
            return 0;
        }
        // Bit by bit: -0 is no integer.
        float whole = (float)(int32_t)x[i];
        if (memcmp(&whole, x + i, 4) != 0) {
            return 0;
        }
        out[i] = (int16_t)x[i];
    }
    return 1;
}

#define LEVEL scalar
#define TARGET
#include "integers_table.h"
#undef LEVEL
#undef TARGET

#define VDB_LEVEL_SOURCE "integers_level.h"
#include "each_level.h"
