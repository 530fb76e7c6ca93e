// One vector level of distances.c; see lanes.h.

// Sixteen elements of x from element i on, as float32.
TARGET INLINE void NAMED(load)(const void *x, size_t i, vdb_element element, lanes *out) {
    typedef _Float16 halves16 __attribute__((ext_vector_type(16)));
    typedef int8_t signed16 __attribute__((ext_vector_type(16)));
    typedef uint8_t unsigned16 __attribute__((ext_vector_type(16)));
    const uint8_t *bytes = x;
    switch (element) {
    case VDB_FLOAT32:
        memcpy(out, bytes + 4 * i, sizeof *out);
        break;
    case VDB_FLOAT16: {
        halves16 narrow;
        memcpy(&narrow, bytes + 2 * i, sizeof narrow);
        *out = __builtin_convertvector(narrow, lanes);
        break;
    }
    case VDB_INT8: {
        signed16 narrow;
        memcpy(&narrow, bytes + i, sizeof narrow);
        *out = __builtin_convertvector(narrow, lanes);
        break;
    }
    case VDB_UINT8: {
        unsigned16 narrow;
        memcpy(&narrow, bytes + i, sizeof narrow);
        *out = __builtin_convertvector(narrow, lanes);
        break;
    }
    }
}

TARGET INLINE float NAMED(sum)(const lanes *values) {
    half_lanes eight = values->lo + values->hi;
    quarter_lanes four = eight.lo + eight.hi;
    return (four.x + four.z) + (four.y + four.w);
}

// Adds sixteen elements to the running sums; where `keep` is 0 they add nothing.
TARGET INLINE void NAMED(add)(int operation, const lanes *q, const lanes *x,
                              const lanes_int *keep, lanes *sum, lanes *norm) {
    lanes a = operation == VDB_L2 ? *q - *x : *q;
    lanes b = *x;
    if (keep) {
        a = (lanes)((lanes_int)a & *keep);
        b = (lanes)((lanes_int)b & *keep);
    }
    *sum += a * (operation == VDB_L2 ? a : b);
    if (operation == VDB_DOT_NORM) {
        *norm += b * b;
    }
}

// The sums of a vector of 16 elements or more, still spread over the lanes.
TARGET INLINE void NAMED(spread)(int operation, vdb_element element, const float *q,
                                 const void *x, size_t n, lanes *total, lanes *squares) {
    // Four chains, so that the latency of one addition hides behind the others.
    lanes sum[4] = {0, 0, 0, 0}, norm[4] = {0, 0, 0, 0};
    lanes query, vector;
    size_t i = 0;
    for (; i + 64 <= n; i += 64) {
#pragma clang loop unroll(full)
        for (size_t j = 0; j < 4; j++) {
            memcpy(&query, q + i + 16 * j, sizeof query);
            NAMED(load)(x, i + 16 * j, element, &vector);
            NAMED(add)(operation, &query, &vector, NULL, &sum[j], &norm[j]);
        }
    }
    for (; i + 16 <= n; i += 16) {
        memcpy(&query, q + i, sizeof query);
        NAMED(load)(x, i, element, &vector);
        NAMED(add)(operation, &query, &vector, NULL, &sum[1], &norm[1]);
    }
    if (i < n) {
        // The last sixteen elements once more, without those already added.
        const lanes_int lane = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
        lanes_int keep = lane >= (lanes_int)(int32_t)(16 - (n - i));
        memcpy(&query, q + n - 16, sizeof query);
        NAMED(load)(x, n - 16, element, &vector);
        NAMED(add)(operation, &query, &vector, &keep, &sum[2], &norm[2]);
    }
    *total = (sum[0] + sum[1]) + (sum[2] + sum[3]);
    if (operation == VDB_DOT_NORM) {
        *squares = (norm[0] + norm[1]) + (norm[2] + norm[3]);
    }
}

TARGET INLINE void NAMED(core)(int operation, vdb_element element, const float *q, const void *x,
                               size_t n, float out[2]) {
    if (n < 16) {
        // A multiply-add chain of this length is over before a masked load is.
        core_scalar(operation, element, q, x, n, out);
        return;
    }
    lanes total, squares;
    NAMED(spread)(operation, element, q, x, n, &total, &squares);
    out[0] = NAMED(sum)(&total);
    if (operation == VDB_DOT_NORM) {
        out[1] = NAMED(sum)(&squares);
    }
}

// The sums of eight spread totals, in the order of additions that `sum` has.
TARGET INLINE void NAMED(sums_of_eight)(const lanes *totals, float *out, size_t width) {
    lanes eights[4], fours[2];
#pragma clang loop unroll(full)
    for (size_t i = 0; i < 4; i++) {
        SUMS_OF_TWO(totals[2 * i], totals[2 * i + 1], eights[i]);
    }
    SUMS_OF_FOUR(eights[0], eights[1], fours[0]);
    SUMS_OF_FOUR(eights[2], eights[3], fours[1]);
    half_lanes sums;
    SUMS_OF_EIGHT(fours[0], fours[1], sums);
    if (width == 1) {
        memcpy(out, &sums, sizeof sums);
        return;
    }
#pragma clang loop unroll(full)
    for (size_t i = 0; i < 8; i++) {
        out[i * width] = sums[i];
    }
}

// Eight rows, one after the other, of 16 elements or more.
TARGET INLINE void NAMED(eight_rows)(int operation, vdb_element element, const float *q,
                                     const uint8_t *base, size_t stride, size_t n, float *out) {
    lanes totals[8], squares[8];
    const size_t width = operation == VDB_DOT_NORM ? 2 : 1;
#pragma clang loop unroll(full)
    for (size_t i = 0; i < 8; i++) {
        NAMED(spread)(operation, element, q, base + i * stride, n, &totals[i], &squares[i]);
    }
    NAMED(sums_of_eight)(totals, out, width);
    if (operation == VDB_DOT_NORM) {
        NAMED(sums_of_eight)(squares, out + 1, width);
    }
}

#define VDB_HAS_EIGHT_ROWS 1

#include "distances_table.h"
#undef VDB_HAS_EIGHT_ROWS

// Turns products and squared norms into cosine distances.
TARGET void NAMED(cosines)(const float *pairs, size_t count, float query_norm, float *out) {
#pragma clang fp contract(off)
    size_t i = 0;
    for (; i + 16 <= count; i += 16) {
        lanes first, second;
        memcpy(&first, pairs + 2 * i, sizeof first);
        memcpy(&second, pairs + 2 * i + 16, sizeof second);
        lanes product = __builtin_shufflevector(first, second, 0, 2, 4, 6, 8, 10, 12, 14, 16, 18,
                                                20, 22, 24, 26, 28, 30);
        lanes square = __builtin_shufflevector(first, second, 1, 3, 5, 7, 9, 11, 13, 15, 17, 19,
                                               21, 23, 25, 27, 29, 31);
        lanes norms = (lanes)query_norm * __builtin_elementwise_sqrt(square);
        lanes distance = (lanes)1.0f - product / norms;
        distance = norms > (lanes)0.0f ? distance : (lanes)1.0f;
        memcpy(out + i, &distance, sizeof distance);
    }
    cosines_scalar(pairs + 2 * i, count - i, query_norm, out + i);
}
