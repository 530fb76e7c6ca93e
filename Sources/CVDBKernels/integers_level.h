// One vector level of integers.c; see lanes.h.

#ifdef VDB_X86
#include <immintrin.h>
#endif
#ifdef VDB_NEON
#include <arm_neon.h>
#endif

#if defined(LEVEL_IS_AVX512)

// 32 components from the i-th on.
TARGET INLINE __m512i avx512_bytes(int is_signed, const uint8_t *x, size_t i) {
    __m256i bytes = _mm256_loadu_si256((const __m256i *)(x + i));
    return is_signed ? _mm512_cvtepi8_epi16(bytes) : _mm512_cvtepu8_epi16(bytes);
}

// The same of the last n - i < 32 components, and 0 behind them.
TARGET INLINE __m512i avx512_last_bytes(int is_signed, const uint8_t *x, size_t i, size_t n) {
    __m256i bytes = _mm256_maskz_loadu_epi8((__mmask32)((1u << (n - i)) - 1), x + i);
    return is_signed ? _mm512_cvtepi8_epi16(bytes) : _mm512_cvtepu8_epi16(bytes);
}

TARGET INLINE __m512i avx512_last_words(const int16_t *q, size_t i, size_t n) {
    return _mm512_maskz_loadu_epi16((__mmask32)((1u << (n - i)) - 1), q + i);
}

// The sums, still spread over the lanes.
TARGET INLINE __m512i avx512_spread(int is_l2, int is_signed, const int16_t *q, const uint8_t *x,
                                    size_t n) {
    __m512i sum[2] = {_mm512_setzero_si512(), _mm512_setzero_si512()};
    size_t i = 0;
    for (; i + 64 <= n; i += 64) {
#pragma clang loop unroll(full)
        for (size_t j = 0; j < 2; j++) {
            __m512i query = _mm512_loadu_si512(q + i + 32 * j);
            __m512i row = avx512_bytes(is_signed, x, i + 32 * j);
            __m512i first = is_l2 ? _mm512_sub_epi16(query, row) : query;
            sum[j] = _mm512_dpwssd_epi32(sum[j], first, is_l2 ? first : row);
        }
    }
    for (; i + 32 <= n; i += 32) {
        __m512i query = _mm512_loadu_si512(q + i);
        __m512i row = avx512_bytes(is_signed, x, i);
        __m512i first = is_l2 ? _mm512_sub_epi16(query, row) : query;
        sum[0] = _mm512_dpwssd_epi32(sum[0], first, is_l2 ? first : row);
    }
    if (i < n) {
        __m512i query = avx512_last_words(q, i, n);
        __m512i row = avx512_last_bytes(is_signed, x, i, n);
        __m512i first = is_l2 ? _mm512_sub_epi16(query, row) : query;
        sum[1] = _mm512_dpwssd_epi32(sum[1], first, is_l2 ? first : row);
    }
    return _mm512_add_epi32(sum[0], sum[1]);
}

TARGET INLINE int32_t NAMED(core)(int is_l2, int is_signed, const int16_t *q, const uint8_t *x,
                                  size_t n) {
    return _mm512_reduce_add_epi32(avx512_spread(is_l2, is_signed, q, x, n));
}

TARGET INLINE void NAMED(core_pair)(int is_signed, const int16_t *q, const uint8_t *x, size_t n,
                                    int32_t sums[2]) {
    __m512i product[2] = {_mm512_setzero_si512(), _mm512_setzero_si512()};
    __m512i square[2] = {_mm512_setzero_si512(), _mm512_setzero_si512()};
    size_t i = 0;
    for (; i + 64 <= n; i += 64) {
#pragma clang loop unroll(full)
        for (size_t j = 0; j < 2; j++) {
            __m512i row = avx512_bytes(is_signed, x, i + 32 * j);
            product[j] = _mm512_dpwssd_epi32(product[j], _mm512_loadu_si512(q + i + 32 * j), row);
            square[j] = _mm512_dpwssd_epi32(square[j], row, row);
        }
    }
    for (; i + 32 <= n; i += 32) {
        __m512i row = avx512_bytes(is_signed, x, i);
        product[0] = _mm512_dpwssd_epi32(product[0], _mm512_loadu_si512(q + i), row);
        square[0] = _mm512_dpwssd_epi32(square[0], row, row);
    }
    if (i < n) {
        __m512i row = avx512_last_bytes(is_signed, x, i, n);
        product[1] = _mm512_dpwssd_epi32(product[1], avx512_last_words(q, i, n), row);
        square[1] = _mm512_dpwssd_epi32(square[1], row, row);
    }
    sums[0] = _mm512_reduce_add_epi32(_mm512_add_epi32(product[0], product[1]));
    sums[1] = _mm512_reduce_add_epi32(_mm512_add_epi32(square[0], square[1]));
}

// Eight rows, one after the other.
TARGET INLINE void NAMED(eight_integers)(int is_l2, int is_signed, const int16_t *q,
                                         const uint8_t *base, size_t stride, size_t n,
                                         float *out) {
    typedef int32_t eight_sums __attribute__((ext_vector_type(8)));
    lanes_int totals[8], eights[4], fours[2];
#pragma clang loop unroll(full)
    for (size_t i = 0; i < 8; i++) {
        totals[i] = (lanes_int)avx512_spread(is_l2, is_signed, q, base + i * stride, n);
    }
#pragma clang loop unroll(full)
    for (size_t i = 0; i < 4; i++) {
        SUMS_OF_TWO(totals[2 * i], totals[2 * i + 1], eights[i]);
    }
    SUMS_OF_FOUR(eights[0], eights[1], fours[0]);
    SUMS_OF_FOUR(eights[2], eights[3], fours[1]);
    eight_sums sums;
    SUMS_OF_EIGHT(fours[0], fours[1], sums);
    half_lanes floats = __builtin_convertvector(sums, half_lanes);
    memcpy(out, &floats, sizeof floats);
}

#define VDB_HAS_EIGHT_INTEGERS 1

#elif defined(VDB_X86)

TARGET INLINE int32_t avx2_total(__m256i sum) {
    int32_t parts[8], total = 0;
    memcpy(parts, &sum, sizeof parts);
    for (int part = 0; part < 8; part++) {
        total += parts[part];
    }
    return total;
}

TARGET INLINE int32_t NAMED(core)(int is_l2, int is_signed, const int16_t *q, const uint8_t *x,
                                  size_t n) {
    __m256i sum = _mm256_setzero_si256();
    size_t i = 0;
    for (; i + 16 <= n; i += 16) {
        __m256i query = _mm256_loadu_si256((const __m256i *)(q + i));
        __m128i bytes = _mm_loadu_si128((const __m128i *)(x + i));
        __m256i row = is_signed ? _mm256_cvtepi8_epi16(bytes) : _mm256_cvtepu8_epi16(bytes);
        __m256i first = is_l2 ? _mm256_sub_epi16(query, row) : query;
        sum = _mm256_add_epi32(sum, _mm256_madd_epi16(first, is_l2 ? first : row));
    }
    return avx2_total(sum) + rest_scalar(is_l2, is_signed, q, x, i, n);
}

TARGET INLINE void NAMED(core_pair)(int is_signed, const int16_t *q, const uint8_t *x, size_t n,
                                    int32_t sums[2]) {
    __m256i product = _mm256_setzero_si256(), square = product;
    size_t i = 0;
    for (; i + 16 <= n; i += 16) {
        __m256i query = _mm256_loadu_si256((const __m256i *)(q + i));
        __m128i bytes = _mm_loadu_si128((const __m128i *)(x + i));
        __m256i row = is_signed ? _mm256_cvtepi8_epi16(bytes) : _mm256_cvtepu8_epi16(bytes);
        product = _mm256_add_epi32(product, _mm256_madd_epi16(query, row));
        square = _mm256_add_epi32(square, _mm256_madd_epi16(row, row));
    }
    sums[0] = avx2_total(product);
    sums[1] = avx2_total(square);
    rest_pair_scalar(is_signed, q, x, i, n, sums);
}

#else

TARGET INLINE int32_t NAMED(core)(int is_l2, int is_signed, const int16_t *q, const uint8_t *x,
                                  size_t n) {
    int32x4_t sum = vdupq_n_s32(0);
    size_t i = 0;
    for (; i + 8 <= n; i += 8) {
        int16x8_t query = vld1q_s16(q + i);
        int16x8_t row = is_signed ? vmovl_s8(vreinterpret_s8_u8(vld1_u8(x + i)))
                                  : vreinterpretq_s16_u16(vmovl_u8(vld1_u8(x + i)));
        int16x8_t first = is_l2 ? vsubq_s16(query, row) : query;
        int16x8_t second = is_l2 ? first : row;
        sum = vmlal_s16(sum, vget_low_s16(first), vget_low_s16(second));
        sum = vmlal_high_s16(sum, first, second);
    }
    return vaddvq_s32(sum) + rest_scalar(is_l2, is_signed, q, x, i, n);
}

TARGET INLINE void NAMED(core_pair)(int is_signed, const int16_t *q, const uint8_t *x, size_t n,
                                    int32_t sums[2]) {
    int32x4_t product = vdupq_n_s32(0), square = product;
    size_t i = 0;
    for (; i + 8 <= n; i += 8) {
        int16x8_t query = vld1q_s16(q + i);
        int16x8_t row = is_signed ? vmovl_s8(vreinterpret_s8_u8(vld1_u8(x + i)))
                                  : vreinterpretq_s16_u16(vmovl_u8(vld1_u8(x + i)));
        product = vmlal_s16(product, vget_low_s16(query), vget_low_s16(row));
        product = vmlal_high_s16(product, query, row);
        square = vmlal_s16(square, vget_low_s16(row), vget_low_s16(row));
        square = vmlal_high_s16(square, row, row);
    }
    sums[0] = vaddvq_s32(product);
    sums[1] = vaddvq_s32(square);
    rest_pair_scalar(is_signed, q, x, i, n, sums);
}

#endif

TARGET uint32_t NAMED(greatest_magnitude)(const float *x, size_t n) {
    lanes_int greatest = 0;
    size_t i = 0;
    for (; i + 16 <= n; i += 16) {
        lanes_int bits;
        memcpy(&bits, x + i, sizeof bits);
        bits &= 0x7fffffff;
        greatest = bits > greatest ? bits : greatest;
    }
    uint32_t top = greatest_magnitude_scalar(x + i, n - i);
    for (int lane = 0; lane < 16; lane++) {
        top = (uint32_t)greatest[lane] > top ? (uint32_t)greatest[lane] : top;
    }
    return top;
}

TARGET int NAMED(to_i16)(const float *x, size_t n, float low, float high, int16_t *out) {
    typedef int16_t words16 __attribute__((ext_vector_type(16)));
    lanes_int wrong = 0;
    size_t i = 0;
    for (; i + 16 <= n; i += 16) {
        lanes row;
        memcpy(&row, x + i, sizeof row);
        // Clamped first: what is out of range has no conversion.
        lanes clamped = row > (lanes)low ? row : (lanes)low;
        clamped = clamped < (lanes)high ? clamped : (lanes)high;
        lanes_int whole = __builtin_convertvector(clamped, lanes_int);
        wrong |= (lanes_int)__builtin_convertvector(whole, lanes) ^ (lanes_int)row;
        words16 words = __builtin_convertvector(whole, words16);
        memcpy(out + i, &words, sizeof words);
    }
    int any = 0;
    for (int lane = 0; lane < 16; lane++) {
        any |= wrong[lane];
    }
    return !any && to_i16_scalar(x + i, n - i, low, high, out + i);
}

#include "integers_table.h"
#undef VDB_HAS_EIGHT_INTEGERS
