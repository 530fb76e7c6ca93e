// The nearest codeword in every subspace.

#include "kernel_table.h"

#pragma clang fp contract(fast)

#define VDB_LEVEL_SOURCE "pq_encode_level.h"
#include "each_level.h"

void pq_encode_scalar(const float *x, size_t n, size_t stride, const float *codebook,
                      const float *half_norms, size_t M, size_t s, size_t K, uint8_t *codes) {
    for (size_t i = 0; i < n; i++) {
        for (size_t m = 0; m < M; m++) {
            float best = __builtin_inff();
            size_t nearest = 0;
            for (size_t j = 0; j < K; j++) {
                float score = half_norms[m * K + j];
                for (size_t t = 0; t < s; t++) {
                    score -= x[i * stride + m * s + t] * codebook[(m * s + t) * K + j];
                }
                if (score < best) {
                    best = score;
                    nearest = j;
                }
            }
            codes[i * M + m] = (uint8_t)nearest;
        }
    }
}
