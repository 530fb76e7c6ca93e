// One vector level of pq_encode.c; see lanes.h.
//
// Sixteen vectors go side by side and codewords one after the other, so that
// finding the least distance needs no step across a register. A block of
// codewords keeps its sums in registers.

#ifdef LEVEL_IS_AVX512
#define CODEWORD_BLOCK 16
#else
#define CODEWORD_BLOCK 4
#endif

// Dimensions of a subspace that are laid side by side at a time.
#define DIMENSION_BLOCK 64

// columns[t][lane] = element t of the lane's vector. Vectors beyond
// the last repeat it.
TARGET INLINE void NAMED(columns)(const float *x, size_t count, size_t stride, size_t width,
                                  float *columns) {
    for (size_t lane = 0; lane < 16; lane++) {
        const float *row = x + (lane < count ? lane : count - 1) * stride;
        for (size_t t = 0; t < width; t++) {
            columns[16 * t + lane] = row[t];
        }
    }
}

TARGET void NAMED(pq_encode)(const float *x, size_t n, size_t stride, const float *codebook,
                             const float *half_norms, size_t M, size_t s, size_t K,
                             uint8_t *codes) {
    float columns[DIMENSION_BLOCK * 16];
    for (size_t i = 0; i < n; i += 16) {
        size_t count = n - i < 16 ? n - i : 16;
        for (size_t m = 0; m < M; m++) {
            const float *subvectors = x + i * stride + m * s;
            const float *codewords = codebook + m * s * K;
            lanes best = (lanes)__builtin_inff();
            lanes_int nearest = 0;
            for (size_t j = 0; j < K; j += CODEWORD_BLOCK) {
                lanes score[CODEWORD_BLOCK];
#pragma clang loop unroll(full)
                for (size_t c = 0; c < CODEWORD_BLOCK; c++) {
                    score[c] = (lanes)half_norms[m * K + j + c];
                }
                for (size_t first = 0; first < s; first += DIMENSION_BLOCK) {
                    size_t width = s - first < DIMENSION_BLOCK ? s - first : DIMENSION_BLOCK;
                    // One block of dimensions serves all blocks of codewords.
                    if (j == 0 || s > DIMENSION_BLOCK) {
                        NAMED(columns)(subvectors + first, count, stride, width, columns);
                    }
                    for (size_t t = 0; t < width; t++) {
                        const float *row = codewords + (first + t) * K + j;
                        lanes value;
                        memcpy(&value, columns + 16 * t, sizeof value);
#pragma clang loop unroll(full)
                        for (size_t c = 0; c < CODEWORD_BLOCK; c++) {
                            score[c] -= value * row[c];
                        }
                    }
                }
#pragma clang loop unroll(full)
                for (size_t c = 0; c < CODEWORD_BLOCK; c++) {
                    lanes_int nearer = score[c] < best;
                    best = nearer ? score[c] : best;
                    nearest = nearer ? (lanes_int)(int32_t)(j + c) : nearest;
                }
            }
            int32_t index[16];
            memcpy(index, &nearest, sizeof index);
            for (size_t lane = 0; lane < count; lane++) {
                codes[(i + lane) * M + m] = (uint8_t)index[lane];
            }
        }
    }
}

#undef CODEWORD_BLOCK
#undef DIMENSION_BLOCK
