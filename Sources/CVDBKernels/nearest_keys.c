// Many queries against centroids in 8 bits: the nearest of each. Other levels than
// AVX-512 make the keys of one query after the other; there, panels are brought
// from the second-level cache once for some queries, whose sums fill the registers.

#include "coarse.h"

// Centroids whose keys are made at a time: whole panels.
enum { KEY_BLOCK = 64 };

typedef void keys_function(const int8_t *q, const int8_t *panels, const int32_t *sums,
                           const float *offsets, float factor, size_t k, size_t d, float *out);

static inline void nearest_of(keys_function *write_keys, const int8_t *q, size_t n,
                              const int8_t *panels, const int32_t *sums, const float *offsets,
                              const float *factors, size_t k, size_t d, uint32_t *index,
                              float *key) {
    float keys[KEY_BLOCK];
    for (size_t i = 0; i < n; i++, q += (d + 3) & ~(size_t)3) {
        key[i] = __builtin_inff();
        index[i] = 0;
        for (size_t first = 0; first < k; first += KEY_BLOCK) {
            size_t count = k - first < KEY_BLOCK ? k - first : KEY_BLOCK;
            write_keys(q, panels + first / 16 * byte_panel_size(d), sums + first, offsets + first,
                       factors[i], count, d, keys);
            for (size_t c = 0; c < count; c++) {
                if (keys[c] < key[i]) {
                    key[i] = keys[c];
                    index[i] = (uint32_t)(first + c);
                }
            }
        }
    }
}

#define NEAREST_OF_ONE(level)                                                                 \
    void nearest_keys_##level(const int8_t *q, size_t n, const int8_t *panels,                \
                              const int32_t *sums, const float *offsets, const float *factors, \
                              size_t k, size_t d, uint32_t *index, float *key) {              \
        nearest_of(centroid_keys_##level, q, n, panels, sums, offsets, factors, k, d, index,  \
                   key);                                                                      \
    }

NEAREST_OF_ONE(scalar)
#ifdef VDB_NEON
NEAREST_OF_ONE(neon)
#endif

#ifdef VDB_X86
#include <immintrin.h>

NEAREST_OF_ONE(avx2)

// Queries by panels whose sums are in registers at a time.
enum { TILE_QUERIES = 6, TILE_PANELS = 4 };

// The least key so far of each lane, and its centroid.
typedef struct least {
    __m512 key;
    __m512i index;
} least;

// `width` panels from centroid `first` on. As in coarse_x86.c the products are
// those of q + 128.
TARGET_AVX512 INLINE void avx512_tile(size_t width, const int8_t *const *queries,
                                      const int8_t *panels, const int32_t *sums,
                                      const float *offsets, const float *factors, size_t first,
                                      size_t k, size_t d, least *best) {
    const size_t size = byte_panel_size(d);
    const __m512i high = _mm512_set1_epi32((int32_t)0x80808080);
    __m512i total[TILE_QUERIES][TILE_PANELS];
#pragma clang loop unroll(full)
    for (size_t i = 0; i < TILE_QUERIES; i++) {
#pragma clang loop unroll(full)
        for (size_t p = 0; p < width; p++) {
            total[i][p] = _mm512_setzero_si512();
        }
    }
    const int8_t *start = panels + first / 16 * size;
    for (size_t t = 0, offset = 0; t < d; t += 4, offset += 64) {
        __m512i panel[TILE_PANELS];
#pragma clang loop unroll(full)
        for (size_t p = 0; p < width; p++) {
            panel[p] = _mm512_loadu_si512(start + p * size + offset);
        }
#pragma clang loop unroll(full)
        for (size_t i = 0; i < TILE_QUERIES; i++) {
            int32_t four;
            memcpy(&four, queries[i] + t, 4);
            __m512i query = _mm512_xor_si512(_mm512_set1_epi32(four), high);
#pragma clang loop unroll(full)
            for (size_t p = 0; p < width; p++) {
                total[i][p] = _mm512_dpbusd_epi32(total[i][p], query, panel[p]);
            }
        }
    }
    const __m512i lane = _mm512_set_epi32(15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0);
    const __m512 none = _mm512_set1_ps(__builtin_inff());
#pragma clang loop unroll(full)
    for (size_t p = 0; p < width; p++) {
        size_t place = first + 16 * p;
        __mmask16 exists = k - place < 16 ? (__mmask16)((1u << (k - place)) - 1) : 0xffff;
        __m512 offset = _mm512_mask_loadu_ps(none, exists, offsets + place);
        __m512i sum = _mm512_slli_epi32(_mm512_loadu_si512(sums + place), 7);
        __m512i number = _mm512_add_epi32(lane, _mm512_set1_epi32((int32_t)place));
#pragma clang loop unroll(full)
        for (size_t i = 0; i < TILE_QUERIES; i++) {
            __m512 product = _mm512_mul_ps(
                _mm512_set1_ps(factors[i]), _mm512_cvtepi32_ps(_mm512_sub_epi32(total[i][p], sum)));
            __m512 key = _mm512_sub_ps(offset, product);
            __mmask16 nearer = _mm512_cmp_ps_mask(key, best[i].key, _CMP_LT_OQ);
            best[i].key = _mm512_mask_mov_ps(best[i].key, nearer, key);
            best[i].index = _mm512_mask_mov_epi32(best[i].index, nearer, number);
        }
    }
}

TARGET_AVX512 void nearest_keys_avx512(const int8_t *q, size_t n, const int8_t *panels,
                                       const int32_t *sums, const float *offsets,
                                       const float *factors, size_t k, size_t d, uint32_t *index,
                                       float *key) {
    const size_t stride = (d + 3) & ~(size_t)3;
    const size_t panel_count = vdb_padded_count(k) / 16;
    for (size_t start = 0; start < n; start += TILE_QUERIES) {
        size_t count = n - start < TILE_QUERIES ? n - start : TILE_QUERIES;
        const int8_t *queries[TILE_QUERIES];
        float factor[TILE_QUERIES];
        least best[TILE_QUERIES];
        // Queries beyond the last repeat it.
        for (size_t i = 0; i < TILE_QUERIES; i++) {
            size_t query = start + (i < count ? i : count - 1);
            queries[i] = q + query * stride;
            factor[i] = factors[query];
            best[i].key = _mm512_set1_ps(__builtin_inff());
            best[i].index = _mm512_setzero_si512();
        }
        size_t p = 0;
        for (; p + TILE_PANELS <= panel_count; p += TILE_PANELS) {
            avx512_tile(TILE_PANELS, queries, panels, sums, offsets, factor, 16 * p, k, d, best);
        }
        for (; p + 2 <= panel_count; p += 2) {
            avx512_tile(2, queries, panels, sums, offsets, factor, 16 * p, k, d, best);
        }
        for (; p < panel_count; p++) {
            avx512_tile(1, queries, panels, sums, offsets, factor, 16 * p, k, d, best);
        }
        for (size_t i = 0; i < count; i++) {
            float least_key = _mm512_reduce_min_ps(best[i].key);
            __mmask16 equal =
                _mm512_cmp_ps_mask(best[i].key, _mm512_set1_ps(least_key), _CMP_EQ_OQ);
            key[start + i] = least_key;
            index[start + i] = _mm512_mask_reduce_min_epu32(equal, best[i].index);
        }
    }
}

#endif
