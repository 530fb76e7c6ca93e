// Distance tables of a product quantizer.

#include "kernel_table.h"

#include <float.h>

// Quantized tables are promised to be exact, so nothing is fused in this file
// but the inner products, which say so.
#pragma clang fp contract(off)

// Subspaces that a quantized table may have; their minima wait on the stack.
enum { MAX_SUBSPACES = 256 };

// The scale for the widest of all subspaces, and 1 / scale. A table whose
// entries hardly differ has scale 0: all bytes are 0 and the bias says it all.
static inline float scale_of(float range, float *inverse) {
    float scale = range / 255;
    if (!(scale >= FLT_MIN)) {
        *inverse = 0;
        return 0;
    }
    *inverse = 1 / scale;
    return scale;
}

#define VDB_LEVEL_SOURCE "pq_table_level.h"
#include "each_level.h"

void vdb_pq_half_norms(const float *codebook, size_t M, size_t s, size_t K, float *half_norms) {
    for (size_t m = 0; m < M; m++) {
        for (size_t j = 0; j < K; j++) {
            float sum = 0;
            for (size_t t = 0; t < s; t++) {
                float value = codebook[(m * s + t) * K + j];
                sum += value * value;
            }
            half_norms[m * K + j] = sum / 2;
        }
    }
}

void pq_table_scalar(const float *q, const float *codebook, size_t M, size_t s, size_t K,
                     float *table) {
    for (size_t m = 0; m < M; m++) {
        for (size_t j = 0; j < K; j++) {
            float sum = 0;
            for (size_t t = 0; t < s; t++) {
                sum += q[m * s + t] * codebook[(m * s + t) * K + j];
            }
            table[m * K + j] = sum;
        }
    }
}

void quantize_table_scalar(const float *table, size_t M, uint8_t *bytes, float *scale,
                           float *bias) {
    float minima[MAX_SUBSPACES];
    float widest = 0, total = 0, inverse;
    for (size_t m = 0; m < M; m++) {
        float low = table[16 * m], high = low;
        for (size_t j = 1; j < 16; j++) {
            float value = table[16 * m + j];
            low = value < low ? value : low;
            high = value > high ? value : high;
        }
        widest = high - low > widest ? high - low : widest;
        minima[m] = low;
        total += low;
    }
    *scale = scale_of(widest, &inverse);
    *bias = total;
    for (size_t m = 0; m < M; m++) {
        for (size_t j = 0; j < 16; j++) {
            // Adding 2^23 rounds to an integer, ties to even.
            float value = (table[16 * m + j] - minima[m]) * inverse;
            float rounded = (value + 0x1p23f) - 0x1p23f;
            bytes[16 * m + j] = (uint8_t)(rounded > 255 ? 255 : rounded);
        }
    }
}
