// The smallest of many keys, without sorting them.

#include "kernel_table.h"

#include "lanes.h"

// A float's bits as an integer in the same order (no NaN).
INLINE int32_t ordered_of(float value) {
    int32_t bits;
    memcpy(&bits, &value, 4);
    return bits >= 0 ? bits : (int32_t)(bits ^ 0x7fffffff);
}

INLINE float float_of(int32_t ordered) {
    int32_t bits = ordered >= 0 ? ordered : (int32_t)(ordered ^ 0x7fffffff);
    float value;
    memcpy(&value, &bits, 4);
    return value;
}

INLINE size_t count_below_scalar(const float *keys, size_t count, float bound) {
    size_t below = 0;
    for (size_t i = 0; i < count; i++) {
        below += keys[i] < bound;
    }
    return below;
}

INLINE void range_scalar(const float *keys, size_t count, float *low, float *high) {
    *low = *high = keys[0];
    for (size_t i = 1; i < count; i++) {
        *low = keys[i] < *low ? keys[i] : *low;
        *high = keys[i] > *high ? keys[i] : *high;
    }
}

// Positions from `first` on.
INLINE size_t within_scalar(const float *keys, size_t first, size_t count, float bound,
                            size_t found, uint32_t *positions) {
    for (size_t i = first; i < count; i++) {
        positions[found] = (uint32_t)i;
        found += keys[i] <= bound;
    }
    return found;
}

size_t select_within_scalar(const float *keys, size_t count, float bound, uint32_t *positions) {
    return within_scalar(keys, 0, count, bound, 0, positions);
}

// Copies the keys below the bound, and from among those equal to it the first
// `ties`. In place too: nothing is written before it has been read.
INLINE size_t copy_below_scalar(const float *keys, const uint32_t *values, size_t first,
                                size_t count, float bound, size_t ties, size_t found,
                                float *out_keys, uint32_t *out_values) {
    for (size_t i = first; i < count; i++) {
        float key = keys[i];
        uint32_t value = values ? values[i] : (uint32_t)i;
        int keeps = key < bound;
        if (ties > 0 && key == bound) {
            ties--;
            keeps = 1;
        }
        if (keeps) {
            out_keys[found] = key;
            out_values[found] = value;
            found++;
        }
    }
    return found;
}

void order_pairs_scalar(const float *keys, const uint32_t *values, size_t count, float *out_keys,
                        uint32_t *out_values) {
    for (size_t i = 0; i < count; i++) {
        size_t rank = 0;
        for (size_t j = 0; j < count; j++) {
            rank += keys[j] < keys[i] || (keys[j] == keys[i] && j < i);
        }
        out_keys[rank] = keys[i];
        out_values[rank] = values[i];
    }
}

#define LEVEL scalar
#define TARGET
#include "select_level.h"
#undef LEVEL
#undef TARGET

#define VDB_LEVEL_SOURCE "select_vectors.h"
#include "each_level.h"
