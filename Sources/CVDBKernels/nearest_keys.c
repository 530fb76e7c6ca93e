// Many queries against centroids in 8 bits: all keys of each, or the least. Other
// levels than AVX-512 make the keys of one query after the other; there, panels are
// brought from the second-level cache once for some queries, whose sums fill the
// registers.

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

static inline void keys_of(keys_function *write_keys, const int8_t *q, size_t n,
                           const int8_t *panels, const int32_t *sums, const float *offsets,
                           const float *factors, size_t k, size_t d, float *out) {
    for (size_t i = 0; i < n; i++) {
        write_keys(q + i * ((d + 3) & ~(size_t)3), panels, sums, offsets, factors[i], k, d,
                   out + i * k);
    }
}

#define NEAREST_OF_ONE(level)                                                                 \
    void nearest_keys_##level(const int8_t *q, size_t n, const int8_t *panels,                \
                              const int32_t *sums, const float *offsets, const float *factors, \
                              size_t k, size_t d, uint32_t *index, float *key) {              \
        nearest_of(centroid_keys_##level, q, n, panels, sums, offsets, factors, k, d, index,  \
                   key);                                                                      \
    }                                                                                         \
    void many_centroid_keys_##level(const int8_t *q, size_t n, const int8_t *panels,          \
                                    const int32_t *sums, const float *offsets,                \
                                    const float *factors, size_t k, size_t d, float *out) {   \
        keys_of(centroid_keys_##level, q, n, panels, sums, offsets, factors, k, d, out);      \
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

// The sums of one tile of queries and panels.
typedef __m512i tile_sums[TILE_QUERIES][TILE_PANELS];

// The queries of one tile; those beyond the last repeat it.
typedef struct tile {
    const int8_t *queries[TILE_QUERIES];
    float factors[TILE_QUERIES];
} tile;

TARGET_AVX512 INLINE tile avx512_tile(const int8_t *q, const float *factors, size_t count,
                                      size_t d) {
    tile result;
    for (size_t i = 0; i < TILE_QUERIES; i++) {
        size_t query = i < count ? i : count - 1;
        result.queries[i] = q + query * ((d + 3) & ~(size_t)3);
        result.factors[i] = factors[query];
    }
    return result;
}

// `width` panels from `panels` on. As in coarse_x86.c the products are those of
// q + 128.
TARGET_AVX512 INLINE void avx512_sums(size_t width, const tile *tile, const int8_t *panels,
                                      size_t d, tile_sums total) {
    const size_t size = byte_panel_size(d);
    const __m512i high = _mm512_set1_epi32((int32_t)0x80808080);
#pragma clang loop unroll(full)
    for (size_t i = 0; i < TILE_QUERIES; i++) {
#pragma clang loop unroll(full)
        for (size_t p = 0; p < width; p++) {
            total[i][p] = _mm512_setzero_si512();
        }
    }
    for (size_t t = 0, offset = 0; t < d; t += 4, offset += 64) {
        __m512i panel[TILE_PANELS];
#pragma clang loop unroll(full)
        for (size_t p = 0; p < width; p++) {
            panel[p] = _mm512_loadu_si512(panels + p * size + offset);
        }
#pragma clang loop unroll(full)
        for (size_t i = 0; i < TILE_QUERIES; i++) {
            int32_t four;
            memcpy(&four, tile->queries[i] + t, 4);
            __m512i query = _mm512_xor_si512(_mm512_set1_epi32(four), high);
#pragma clang loop unroll(full)
            for (size_t p = 0; p < width; p++) {
                total[i][p] = _mm512_dpbusd_epi32(total[i][p], query, panel[p]);
            }
        }
    }
}

// The centroids of one panel that exist, their offsets, and what q + 128 adds.
typedef struct panel_ends {
    __mmask16 exists;
    __m512 offset;
    __m512i sum;
} panel_ends;

TARGET_AVX512 INLINE panel_ends avx512_ends(const int32_t *sums, const float *offsets,
                                            size_t place, size_t k) {
    panel_ends ends;
    ends.exists = k - place < 16 ? (__mmask16)((1u << (k - place)) - 1) : 0xffff;
    ends.offset = _mm512_mask_loadu_ps(_mm512_set1_ps(__builtin_inff()), ends.exists,
                                       offsets + place);
    ends.sum = _mm512_slli_epi32(_mm512_loadu_si512(sums + place), 7);
    return ends;
}

TARGET_AVX512 INLINE __m512 avx512_key(__m512i total, float factor, panel_ends ends) {
    __m512 product = _mm512_mul_ps(_mm512_set1_ps(factor),
                                   _mm512_cvtepi32_ps(_mm512_sub_epi32(total, ends.sum)));
    return _mm512_sub_ps(ends.offset, product);
}

TARGET_AVX512 INLINE void avx512_write_keys(size_t width, const tile *tile, size_t count,
                                            const int8_t *panels, const int32_t *sums,
                                            const float *offsets, size_t first, size_t k,
                                            size_t d, float *out) {
    tile_sums total;
    avx512_sums(width, tile, panels + first / 16 * byte_panel_size(d), d, total);
#pragma clang loop unroll(full)
    for (size_t p = 0; p < width; p++) {
        panel_ends ends = avx512_ends(sums, offsets, first + 16 * p, k);
#pragma clang loop unroll(full)
        for (size_t i = 0; i < TILE_QUERIES; i++) {
            if (i < count) {
                _mm512_mask_storeu_ps(out + i * k + first + 16 * p, ends.exists,
                                      avx512_key(total[i][p], tile->factors[i], ends));
            }
        }
    }
}

TARGET_AVX512 void many_centroid_keys_avx512(const int8_t *q, size_t n, const int8_t *panels,
                                             const int32_t *sums, const float *offsets,
                                             const float *factors, size_t k, size_t d,
                                             float *out) {
    const size_t panel_count = vdb_padded_count(k) / 16;
    for (size_t start = 0; start < n; start += TILE_QUERIES) {
        size_t count = n - start < TILE_QUERIES ? n - start : TILE_QUERIES;
        const tile tile =
            avx512_tile(q + start * ((d + 3) & ~(size_t)3), factors + start, count, d);
        size_t p = 0;
        for (; p + TILE_PANELS <= panel_count; p += TILE_PANELS) {
            avx512_write_keys(TILE_PANELS, &tile, count, panels, sums, offsets, 16 * p, k, d,
                              out + start * k);
        }
        for (; p < panel_count; p++) {
            avx512_write_keys(1, &tile, count, panels, sums, offsets, 16 * p, k, d,
                              out + start * k);
        }
    }
}

// The least key so far of each lane, and its centroid.
typedef struct least {
    __m512 key;
    __m512i index;
} least;

TARGET_AVX512 INLINE void avx512_find_least(size_t width, const tile *tile,
                                            const int8_t *panels, const int32_t *sums,
                                            const float *offsets, size_t first, size_t k,
                                            size_t d, least *best) {
    tile_sums total;
    avx512_sums(width, tile, panels + first / 16 * byte_panel_size(d), d, total);
    const __m512i lane = _mm512_set_epi32(15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0);
#pragma clang loop unroll(full)
    for (size_t p = 0; p < width; p++) {
        panel_ends ends = avx512_ends(sums, offsets, first + 16 * p, k);
        __m512i number = _mm512_add_epi32(lane, _mm512_set1_epi32((int32_t)(first + 16 * p)));
#pragma clang loop unroll(full)
        for (size_t i = 0; i < TILE_QUERIES; i++) {
            __m512 key = avx512_key(total[i][p], tile->factors[i], ends);
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
    const size_t panel_count = vdb_padded_count(k) / 16;
    for (size_t start = 0; start < n; start += TILE_QUERIES) {
        size_t count = n - start < TILE_QUERIES ? n - start : TILE_QUERIES;
        const tile tile =
            avx512_tile(q + start * ((d + 3) & ~(size_t)3), factors + start, count, d);
        least best[TILE_QUERIES];
        for (size_t i = 0; i < TILE_QUERIES; i++) {
            best[i].key = _mm512_set1_ps(__builtin_inff());
            best[i].index = _mm512_setzero_si512();
        }
        size_t p = 0;
        for (; p + TILE_PANELS <= panel_count; p += TILE_PANELS) {
            avx512_find_least(TILE_PANELS, &tile, panels, sums, offsets, 16 * p, k, d, best);
        }
        for (; p + 2 <= panel_count; p += 2) {
            avx512_find_least(2, &tile, panels, sums, offsets, 16 * p, k, d, best);
        }
        for (; p < panel_count; p++) {
            avx512_find_least(1, &tile, panels, sums, offsets, 16 * p, k, d, best);
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
