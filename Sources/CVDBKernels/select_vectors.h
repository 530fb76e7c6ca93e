// The passes of select.c for one vector level; see lanes.h.

#ifdef LEVEL_IS_AVX512
#include <immintrin.h>
#endif

TARGET INLINE size_t NAMED(count_below)(const float *keys, size_t count, float bound) {
    lanes_int below = 0;
    lanes row;
    size_t i = 0;
    for (; i + 16 <= count; i += 16) {
        memcpy(&row, keys + i, sizeof row);
        // A comparison gives -1 where it holds.
        below -= row < (lanes)bound;
    }
    size_t total = 0;
    for (int lane = 0; lane < 16; lane++) {
        total += (size_t)below[lane];
    }
    return total + count_below_scalar(keys + i, count - i, bound);
}

TARGET INLINE void NAMED(range)(const float *keys, size_t count, float *low, float *high) {
    if (count < 16) {
        range_scalar(keys, count, low, high);
        return;
    }
    lanes row, least, greatest;
    memcpy(&least, keys, sizeof least);
    greatest = least;
    for (size_t i = 16; i < count; i += 16) {
        // The last row overlaps the one before.
        memcpy(&row, keys + (i + 16 <= count ? i : count - 16), sizeof row);
        least = row < least ? row : least;
        greatest = row > greatest ? row : greatest;
    }
    float lows[16], highs[16], unused;
    memcpy(lows, &least, sizeof lows);
    memcpy(highs, &greatest, sizeof highs);
    range_scalar(lows, 16, low, &unused);
    range_scalar(highs, 16, &unused, high);
}

TARGET INLINE size_t NAMED(copy_below)(const float *keys, const uint32_t *values, size_t first,
                                       size_t count, float bound, size_t ties, size_t found,
                                       float *out_keys, uint32_t *out_values) {
    size_t i = first;
#ifdef LEVEL_IS_AVX512
    const __m512i lane = _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
    for (; ties == 0 && i + 16 <= count; i += 16) {
        __m512 row = _mm512_loadu_ps(keys + i);
        __mmask16 below = _mm512_cmp_ps_mask(row, _mm512_set1_ps(bound), _CMP_LT_OQ);
        if (below == 0) {
            continue;
        }
        __m512i value = values ? _mm512_loadu_si512(values + i)
                               : _mm512_add_epi32(lane, _mm512_set1_epi32((int)i));
        int kept = __builtin_popcount(below);
        // Only what is kept is written: there is room for no more.
        __mmask16 front = (__mmask16)((1u << kept) - 1);
        _mm512_mask_storeu_ps(out_keys + found, front, _mm512_maskz_compress_ps(below, row));
        _mm512_mask_storeu_epi32(out_values + found, front,
                                 _mm512_maskz_compress_epi32(below, value));
        found += (size_t)kept;
    }
#endif
    return copy_below_scalar(keys, values, i, count, bound, ties, found, out_keys, out_values);
}

// The rank of each key is the number of those before it: no branch depends on
// the keys.
TARGET void NAMED(order_pairs)(const float *keys, const uint32_t *values, size_t count,
                               float *out_keys, uint32_t *out_values) {
    const size_t whole = count / 16 * 16;
    lanes row;
    for (size_t i = 0; i < count; i++) {
        const lanes key = (lanes)keys[i];
        lanes_int before = 0;
        // What stands before the key comes first where it is equal, too.
        size_t j = 0;
        for (; j + 16 <= i; j += 16) {
            memcpy(&row, keys + j, sizeof row);
            before -= row <= key;
        }
        size_t rank = 0, middle = j + 16 < whole ? j + 16 : whole;
        for (; j < middle; j++) {
            rank += keys[j] < keys[i] || (keys[j] == keys[i] && j < i);
        }
        for (; j < whole; j += 16) {
            memcpy(&row, keys + j, sizeof row);
            before -= row < key;
        }
        for (; j < count; j++) {
            rank += keys[j] < keys[i] || (keys[j] == keys[i] && j < i);
        }
        for (int lane = 0; lane < 16; lane++) {
            rank += (size_t)before[lane];
        }
        out_keys[rank] = keys[i];
        out_values[rank] = values[i];
    }
}

// Few keys are within the bound: sixteen at a time are passed over.
TARGET size_t NAMED(select_within)(const float *keys, size_t count, float bound,
                                   uint32_t *positions) {
    size_t found = 0, i = 0;
    for (; i + 16 <= count; i += 16) {
        lanes row;
        memcpy(&row, keys + i, sizeof row);
        lanes_int within = row <= (lanes)bound;
        if (__builtin_reduce_or(within) != 0) {
            found = within_scalar(keys, i, i + 16, bound, found, positions);
        }
    }
    return within_scalar(keys, i, count, bound, found, positions);
}

#include "select_level.h"
