// One query against centroids in 8 bits: quantizing, packing, and the products in plain C
// and NEON. coarse_x86.c has AVX2 and AVX-512.

#include "coarse.h"

// 127 steps for the greatest magnitude; a query that is the mean has scale 0.
static inline float steps_of(float greatest, float *scale) {
    *scale = greatest / 127;
    return *scale >= 0x1p-120f ? 1 / *scale : 0;
}

// The greatest of `greatest` and the differences from component `first` on.
static inline float greatest_rest(const float *x, const float *mean, size_t first, size_t d,
                                  float greatest) {
    for (size_t t = first; t < d; t++) {
        float magnitude = __builtin_fabsf(x[t] - mean[t]);
        greatest = magnitude > greatest ? magnitude : greatest;
    }
    return greatest;
}

// Components from `first` on, and the zeros behind them.
static inline int32_t quantize_rest(const float *x, const float *mean, size_t first, size_t d,
                                    float steps, int8_t *out) {
    int32_t squares = 0;
    for (size_t t = first; t < ((d + 3) & ~(size_t)3); t++) {
        float value = t < d ? (x[t] - mean[t]) * steps : 0;
        value = value > 127 ? 127 : value < -127 ? -127 : value;
        // Adding 1.5 * 2^23 rounds to an integer, ties to even.
        out[t] = (int8_t)((value + 0x1.8p23f) - 0x1.8p23f);
        squares += out[t] * out[t];
    }
    return squares;
}

float greatest_difference_scalar(const float *x, const float *mean, size_t d) {
    return greatest_rest(x, mean, 0, d, 0);
}

int32_t quantize_steps_scalar(const float *x, const float *mean, size_t d, float steps,
                              int8_t *out) {
    return quantize_rest(x, mean, 0, d, steps, out);
}

void quantize_query_scalar(const float *q, const float *mean, size_t d, int8_t *out,
                           float *scale) {
    float greatest = greatest_rest(q, mean, 0, d, 0);
    quantize_rest(q, mean, 0, d, steps_of(greatest, scale), out);
}

#define VDB_LEVEL_SOURCE "coarse_level.h"
#include "each_level.h"

void vdb_pack_byte_panels(const int8_t *centroids, size_t k, size_t d, int8_t *panels,
                          int32_t *sums) {
    size_t stride = (d + 3) & ~(size_t)3;
    memset(panels, 0, vdb_byte_panels_size(k, d));
    for (size_t c = 0; c < vdb_padded_count(k); c++) {
        const int8_t *row = centroids + c * stride;
        int8_t *column = panels + c / 16 * byte_panel_size(d) + c % 16 * 4;
        int32_t sum = 0;
        for (size_t t = 0; t < stride && c < k; t += 4) {
            memcpy(column + 16 * t, row + t, 4);
        }
        for (size_t t = 0; t < stride && c < k; t++) {
            sum += row[t];
        }
        sums[c] = sum;
    }
}

void centroid_keys_scalar(const int8_t *q, const int8_t *panels, const int32_t *sums,
                          const float *offsets, float factor, size_t k, size_t d, float *out) {
    (void)sums;
    for (size_t c = 0; c < k; c++) {
        const int8_t *column = panels + c / 16 * byte_panel_size(d) + c % 16 * 4;
        int32_t product = 0;
        for (size_t t = 0; t < d; t++) {
            product += q[t] * column[t / 4 * 64 + t % 4];
        }
        out[c] = offsets[c] - factor * (float)product;
    }
}

#ifdef VDB_NEON
#include <arm_neon.h>

void centroid_keys_neon(const int8_t *q, const int8_t *panels, const int32_t *sums,
                        const float *offsets, float factor, size_t k, size_t d, float *out) {
    (void)sums;
    for (size_t c = 0; c < k; c += 16) {
        const int8_t *panel = panels + c / 16 * byte_panel_size(d);
        int32x4_t total[4] = {vdupq_n_s32(0), vdupq_n_s32(0), vdupq_n_s32(0), vdupq_n_s32(0)};
        for (size_t t = 0; t < d; t += 4, panel += 64) {
            int32_t four;
            memcpy(&four, q + t, 4);
            int8x16_t query = vreinterpretq_s8_s32(vdupq_n_s32(four));
            for (int part = 0; part < 4; part++) {
                int8x16_t centroid = vld1q_s8(panel + 16 * part);
                int16x8_t low = vmull_s8(vget_low_s8(query), vget_low_s8(centroid));
                int16x8_t high = vmull_high_s8(query, centroid);
                int32x4_t sum = vpaddq_s32(vpaddlq_s16(low), vpaddlq_s16(high));
                total[part] = vaddq_s32(total[part], sum);
            }
        }
        float keys[16], starts[16];
        size_t count = k - c < 16 ? k - c : 16;
        memcpy(starts, offsets + c, count * sizeof(float));
        for (int part = 0; part < 4; part++) {
            float32x4_t scaled = vmulq_n_f32(vcvtq_f32_s32(total[part]), factor);
            vst1q_f32(keys + 4 * part, scaled);
        }
        for (size_t i = 0; i < count; i++) {
            out[c + i] = starts[i] - keys[i];
        }
    }
}
#endif
