// The 8-bit centroid products with AVX2 and AVX-512.

#include "coarse.h"

#ifdef VDB_X86
#include <immintrin.h>

// Components are at most 127 in magnitude, so that two products fit 16 bits.
TARGET_AVX2 void centroid_keys_avx2(const int8_t *q, const int8_t *panels, const int32_t *sums,
                                    const float *offsets, float factor, size_t k, size_t d,
                                    float *out) {
    (void)sums;
    const __m256i ones = _mm256_set1_epi16(1);
    for (size_t c = 0; c < k; c += 16) {
        const int8_t *panel = panels + c / 16 * byte_panel_size(d);
        __m256i total[2] = {_mm256_setzero_si256(), _mm256_setzero_si256()};
        for (size_t t = 0; t < d; t += 4, panel += 64) {
            int32_t four;
            memcpy(&four, q + t, 4);
            __m256i query = _mm256_set1_epi32(four);
            __m256i magnitude = _mm256_abs_epi8(query);
            for (int half = 0; half < 2; half++) {
                __m256i centroid = _mm256_loadu_si256((const __m256i *)(panel + 32 * half));
                __m256i pairs =
                    _mm256_maddubs_epi16(magnitude, _mm256_sign_epi8(centroid, query));
                total[half] = _mm256_add_epi32(total[half], _mm256_madd_epi16(pairs, ones));
            }
        }
        float keys[16];
        for (int half = 0; half < 2; half++) {
            _mm256_storeu_ps(keys + 8 * half, _mm256_mul_ps(_mm256_cvtepi32_ps(total[half]),
                                                            _mm256_set1_ps(factor)));
        }
        for (size_t i = 0; i < 16 && c + i < k; i++) {
            out[c + i] = offsets[c + i] - keys[i];
        }
    }
}

// `width` panels, of which `count` centroids exist. The products are those of
// q + 128, which is unsigned; what that adds is taken off by the sums.
TARGET_AVX512 INLINE void avx512_panels(size_t width, const int8_t *q, const int8_t *panels,
                                        const int32_t *sums, const float *offsets, float factor,
                                        size_t count, size_t d, float *out) {
    const size_t size = byte_panel_size(d);
    __m512i total[4] = {_mm512_setzero_si512(), _mm512_setzero_si512(), _mm512_setzero_si512(),
                        _mm512_setzero_si512()};
    for (size_t t = 0, offset = 0; t < d; t += 4, offset += 64) {
        int32_t four;
        memcpy(&four, q + t, 4);
        __m512i query = _mm512_set1_epi32(four ^ (int32_t)0x80808080);
#pragma clang loop unroll(full)
        for (size_t p = 0; p < width; p++) {
            total[p] = _mm512_dpbusd_epi32(
                total[p], query, _mm512_loadu_si512(panels + p * size + offset));
        }
    }
#pragma clang loop unroll(full)
    for (size_t p = 0; p < width; p++) {
        size_t rest = count - 16 * p;
        __mmask16 exists = rest < 16 ? (__mmask16)((1u << rest) - 1) : (__mmask16)0xffff;
        __m512i sum = _mm512_slli_epi32(_mm512_loadu_si512(sums + 16 * p), 7);
        __m512 product = _mm512_mul_ps(
            _mm512_set1_ps(factor), _mm512_cvtepi32_ps(_mm512_sub_epi32(total[p], sum)));
        __m512 offset = _mm512_maskz_loadu_ps(exists, offsets + 16 * p);
        _mm512_mask_storeu_ps(out + 16 * p, exists, _mm512_sub_ps(offset, product));
    }
}

TARGET_AVX512 void centroid_keys_avx512(const int8_t *q, const int8_t *panels,
                                        const int32_t *sums, const float *offsets, float factor,
                                        size_t k, size_t d, float *out) {
    const size_t size = byte_panel_size(d);
    for (size_t c = 0; c < k; c += 64) {
        size_t count = k - c < 64 ? k - c : 64;
        const int8_t *start = panels + c / 16 * size;
        // Four panels at a time hide the latency of the additions.
        switch ((count + 15) / 16) {
        case 1:
            avx512_panels(1, q, start, sums + c, offsets + c, factor, count, d, out + c);
            break;
        case 2:
            avx512_panels(2, q, start, sums + c, offsets + c, factor, count, d, out + c);
            break;
        case 3:
            avx512_panels(3, q, start, sums + c, offsets + c, factor, count, d, out + c);
            break;
        default:
            avx512_panels(4, q, start, sums + c, offsets + c, factor, count, d, out + c);
        }
    }
}

#endif
