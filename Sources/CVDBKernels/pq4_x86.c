// The 4-bit scan with AVX2, AVX-512 and its VBMI; see vdb_kernels.h for the layout.

#include "pq4.h"

#ifdef VDB_X86
#include <immintrin.h>

// --- AVX2 ------------------------------------------------------------------

// Running sums. A look-up gives bytes, of which the even ones are added in the
// low half of each word and the odd ones, shifted down, in `odd`. What the odd
// bytes add to the high half of `all` is taken off at the end: sums of 256 bytes
// fit 16 bits, so nothing is lost.
typedef struct avx2_sums {
    __m256i all, odd;
} avx2_sums;

TARGET_AVX2 INLINE void avx2_add(avx2_sums *sums, __m256i bytes) {
    sums->all = _mm256_add_epi16(sums->all, bytes);
    sums->odd = _mm256_add_epi16(sums->odd, _mm256_srli_epi16(bytes, 8));
}

// Looks up two subspaces, one per half register.
TARGET_AVX2 INLINE void avx2_look_up(__m256i codes, const uint8_t *table, avx2_sums *low,
                                     avx2_sums *high) {
    const __m256i nibble = _mm256_set1_epi8(15);
    __m256i entries = _mm256_loadu_si256((const __m256i *)table);
    avx2_add(low, _mm256_shuffle_epi8(entries, _mm256_and_si256(codes, nibble)));
    avx2_add(high, _mm256_shuffle_epi8(
                       entries, _mm256_and_si256(_mm256_srli_epi16(codes, 4), nibble)));
}

// A quad: two registers with four subspaces byte by byte become two with two
// subspaces each, one per half.
TARGET_AVX2 INLINE void avx2_quad(const uint8_t *group, const uint8_t *table, avx2_sums *low,
                                  avx2_sums *high) {
    const __m256i by_subspace = _mm256_broadcastsi128_si256(
        _mm_setr_epi8(0, 4, 8, 12, 2, 6, 10, 14, 1, 5, 9, 13, 3, 7, 11, 15));
    const __m256i halves = _mm256_setr_epi32(0, 4, 1, 5, 2, 6, 3, 7);
    __m256i a = _mm256_loadu_si256((const __m256i *)group);
    __m256i b = _mm256_loadu_si256((const __m256i *)(group + 32));
    a = _mm256_permutevar8x32_epi32(_mm256_shuffle_epi8(a, by_subspace), halves);
    b = _mm256_permutevar8x32_epi32(_mm256_shuffle_epi8(b, by_subspace), halves);
    avx2_look_up(_mm256_unpacklo_epi64(a, b), table, low, high);
    avx2_look_up(_mm256_unpackhi_epi64(a, b), table + 32, low, high);
}

TARGET_AVX2 INLINE void avx2_pair(const uint8_t *group, const uint8_t *table, avx2_sums *low,
                                  avx2_sums *high) {
    const __m256i by_subspace = _mm256_broadcastsi128_si256(
        _mm_setr_epi8(0, 2, 4, 6, 8, 10, 12, 14, 1, 3, 5, 7, 9, 11, 13, 15));
    __m256i codes = _mm256_loadu_si256((const __m256i *)group);
    codes = _mm256_permute4x64_epi64(_mm256_shuffle_epi8(codes, by_subspace), 0xd8);
    avx2_look_up(codes, table, low, high);
}

// Sixteen sums in entry order.
TARGET_AVX2 INLINE void avx2_store(const avx2_sums *sums, uint16_t *out) {
    __m256i even = _mm256_sub_epi16(sums->all, _mm256_slli_epi16(sums->odd, 8));
    __m128i e = _mm_add_epi16(_mm256_castsi256_si128(even), _mm256_extracti128_si256(even, 1));
    __m128i o = _mm_add_epi16(_mm256_castsi256_si128(sums->odd),
                              _mm256_extracti128_si256(sums->odd, 1));
    _mm_storeu_si128((__m128i *)out, _mm_unpacklo_epi16(e, o));
    _mm_storeu_si128((__m128i *)(out + 8), _mm_unpackhi_epi16(e, o));
}

TARGET_AVX2 size_t scan_pq4_avx2(const vdb_pq4_query *query, const vdb_pq4_block *block,
                       const vdb_pq4_block *ahead, const uint32_t *masks, float *estimates,
                       uint32_t *positions) {
    const size_t M = query->M, groupCount = block->groupCount;
    const size_t group_size = vdb_pq4_group_size(M);
    uint8_t last[64];
    copy_last_tables(query->table, M, last);
    size_t found = 0;
    for (size_t g = 0; g < groupCount; g++) {
        uint32_t allowed = masks ? masks[g] : ~0u;
        if (allowed == 0) {
            continue;
        }
        prefetch_group(ahead, g, group_size);
        const uint8_t *group = block->groups + g * group_size;
        avx2_sums low = {_mm256_setzero_si256(), _mm256_setzero_si256()}, high = low;
        for (size_t m = 0; m < M - M % 4; m += 4, group += 64) {
            avx2_quad(group, query->table + 16 * m, &low, &high);
        }
        if (M % 4 == 3) {
            avx2_quad(group, last, &low, &high);
        } else if (M % 4 != 0) {
            avx2_pair(group, last, &low, &high);
        }
        uint16_t sums[32];
        avx2_store(&low, sums);
        avx2_store(&high, sums + 16);

        float values[32];
        uint32_t below = 0;
        for (size_t i = 0; i < 32; i += 8) {
            __m256 sum = _mm256_cvtepi32_ps(
                _mm256_cvtepu16_epi32(_mm_loadu_si128((const __m128i *)(sums + i))));
            __m256 product = _mm256_add_ps(_mm256_mul_ps(_mm256_set1_ps(query->scale), sum),
                                           _mm256_set1_ps(query->bias));
            product = _mm256_mul_ps(_mm256_loadu_ps(block->alpha + 32 * g + i), product);
            __m256 beta = _mm256_mul_ps(_mm256_set1_ps(query->beta_factor),
                                        _mm256_loadu_ps(block->beta + 32 * g + i));
            __m256 start = _mm256_add_ps(_mm256_set1_ps(query->base), beta);
            __m256 estimate = _mm256_sub_ps(start, product);
            __m256 less = _mm256_cmp_ps(estimate, _mm256_set1_ps(query->threshold), _CMP_LT_OQ);
            below |= (uint32_t)_mm256_movemask_ps(less) << i;
            _mm256_storeu_ps(values + i, estimate);
        }
        for (below &= allowed; below != 0; below &= below - 1) {
            uint32_t i = (uint32_t)__builtin_ctz(below);
            estimates[found] = values[i];
            positions[found] = query->first + (uint32_t)(32 * g) + i;
            found++;
        }
    }
    return found;
}

// --- AVX-512 ---------------------------------------------------------------

// The codes of a pair, widened to a quad whose other two subspaces have code 0.
TARGET_AVX512 INLINE __m512i avx512_pair(const uint8_t *group) {
    return _mm512_cvtepu16_epi32(_mm256_loadu_si256((const __m256i *)group));
}

// Appends what is below the threshold among sixteen entries. Compressing in the
// register and storing all of it is fast everywhere; compressing into memory is
// microcode on Zen 4.
TARGET_AVX512 INLINE size_t avx512_append(__m512i sums, const vdb_pq4_query *query, size_t first,
                                          const vdb_pq4_block *block, uint32_t allowed,
                                          float *estimates, uint32_t *positions, size_t found) {
    __m512 product = _mm512_add_ps(
        _mm512_mul_ps(_mm512_set1_ps(query->scale), _mm512_cvtepi32_ps(sums)),
        _mm512_set1_ps(query->bias));
    product = _mm512_mul_ps(_mm512_loadu_ps(block->alpha + first), product);
    __m512 beta = _mm512_mul_ps(_mm512_set1_ps(query->beta_factor),
                                _mm512_loadu_ps(block->beta + first));
    __m512 start = _mm512_add_ps(_mm512_set1_ps(query->base), beta);
    __m512 estimate = _mm512_sub_ps(start, product);
    __mmask16 below = _mm512_mask_cmp_ps_mask((__mmask16)allowed, estimate,
                                              _mm512_set1_ps(query->threshold), _CMP_LT_OQ);
    if (below == 0) {
        return found;
    }
    const __m512i lane = _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
    __m512i position = _mm512_add_epi32(lane, _mm512_set1_epi32((int)(query->first + first)));
    // Never past the room given: found is at most `first`.
    _mm512_storeu_ps(estimates + found, _mm512_maskz_compress_ps(below, estimate));
    _mm512_storeu_si512(positions + found, _mm512_maskz_compress_epi32(below, position));
    return found + (size_t)__builtin_popcount(below);
}

// The first group from g on that is not masked out.
static inline size_t next_group(const uint32_t *masks, size_t g, size_t groupCount) {
    while (masks && g < groupCount && masks[g] == 0) {
        g++;
    }
    return g;
}

// Running sums of four subspaces, one per quarter register; see avx2_sums.
typedef struct avx512_sums {
    __m512i all, odd;
} avx512_sums;

TARGET_AVX512 INLINE void avx512_look_up(__m512i codes, __m512i table, avx512_sums *sums) {
    __m512i bytes =
        _mm512_shuffle_epi8(table, _mm512_and_si512(codes, _mm512_set1_epi8(15)));
    sums->all = _mm512_add_epi16(sums->all, bytes);
    sums->odd = _mm512_add_epi16(sums->odd, _mm512_srli_epi16(bytes, 8));
}

// Adds one quad to the sums of entries 0-15 and 16-31: four subspaces byte by byte
// become one per quarter.
TARGET_AVX512 INLINE void avx512_quad(__m512i codes, __m512i table, avx512_sums *low,
                                      avx512_sums *high) {
    const __m512i by_subspace = _mm512_broadcast_i32x4(
        _mm_setr_epi8(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15));
    const __m512i quarters =
        _mm512_setr_epi32(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15);
    codes = _mm512_permutexvar_epi32(quarters, _mm512_shuffle_epi8(codes, by_subspace));
    avx512_look_up(codes, table, low);
    avx512_look_up(_mm512_srli_epi16(codes, 4), table, high);
}

// The sums of a group in entry order, sixteen words per half.
TARGET_AVX512 INLINE __m512i avx512_group(const avx512_sums *low, const avx512_sums *high) {
    __m512i low_even = _mm512_sub_epi16(low->all, _mm512_slli_epi16(low->odd, 8));
    __m512i high_even = _mm512_sub_epi16(high->all, _mm512_slli_epi16(high->odd, 8));
    // Quarters: even ones of two pairs of subspaces, odd ones of two pairs.
    __m512i lows = _mm512_add_epi16(_mm512_shuffle_i64x2(low_even, low->odd, 0x44),
                                    _mm512_shuffle_i64x2(low_even, low->odd, 0xee));
    __m512i highs = _mm512_add_epi16(_mm512_shuffle_i64x2(high_even, high->odd, 0x44),
                                     _mm512_shuffle_i64x2(high_even, high->odd, 0xee));
    // Quarters: low even, low odd, high even, high odd.
    __m512i sums = _mm512_add_epi16(_mm512_shuffle_i64x2(lows, highs, 0x88),
                                    _mm512_shuffle_i64x2(lows, highs, 0xdd));
    __m512i swapped = _mm512_shuffle_i64x2(sums, sums, 0xb1);
    // Of each pair of quarters: entries 0-7, then 8-15.
    return _mm512_mask_blend_epi64(0xcc, _mm512_unpacklo_epi16(sums, swapped),
                                   _mm512_unpackhi_epi16(swapped, sums));
}

TARGET_AVX512 size_t scan_pq4_avx512(const vdb_pq4_query *query, const vdb_pq4_block *block,
                       const vdb_pq4_block *ahead, const uint32_t *masks, float *estimates,
                       uint32_t *positions) {
    const size_t M = query->M, groupCount = block->groupCount;
    const size_t group_size = vdb_pq4_group_size(M);
    uint8_t last_tables[64];
    copy_last_tables(query->table, M, last_tables);
    const __m512i last = _mm512_loadu_si512(last_tables);
    size_t found = 0;
    for (size_t g = next_group(masks, 0, groupCount); g < groupCount;
         g = next_group(masks, g + 1, groupCount)) {
        prefetch_group(ahead, g, group_size);
        const uint8_t *group = block->groups + g * group_size;
        avx512_sums low = {_mm512_setzero_si512(), _mm512_setzero_si512()}, high = low;
        for (size_t m = 0; m < M - M % 4; m += 4, group += 64) {
            avx512_quad(_mm512_loadu_si512(group), _mm512_loadu_si512(query->table + 16 * m),
                        &low, &high);
        }
        if (M % 4 == 3) {
            avx512_quad(_mm512_loadu_si512(group), last, &low, &high);
        } else if (M % 4 != 0) {
            avx512_quad(avx512_pair(group), last, &low, &high);
        }
        __m512i sums = avx512_group(&low, &high);
        uint32_t allowed = masks ? masks[g] : ~0u;
        found = avx512_append(_mm512_cvtepu16_epi32(_mm512_castsi512_si256(sums)), query, 32 * g,
                              block, allowed, estimates, positions, found);
        found = avx512_append(_mm512_cvtepu16_epi32(_mm512_extracti64x4_epi64(sums, 1)), query,
                              32 * g + 16, block, allowed >> 16, estimates, positions, found);
    }
    return found;
}

// --- AVX-512 with VBMI -----------------------------------------------------

// Adds one quad to the sums of entries 0-15 and 16-31. The index of a byte is
// its nibble plus 16 times its place in the quad; one instruction then adds the
// four bytes of an entry to its 32-bit sum.
TARGET_AVX512VBMI INLINE void vbmi_quad(__m512i codes, __m512i table, __m512i *low, __m512i *high) {
    const __m512i nibble = _mm512_set1_epi8(15), ones = _mm512_set1_epi8(1);
    const __m512i place = _mm512_set1_epi32(0x30201000);
    enum { and_or = 0xea };  // (codes & nibble) | place
    __m512i first = _mm512_ternarylogic_epi32(codes, nibble, place, and_or);
    __m512i second =
        _mm512_ternarylogic_epi32(_mm512_srli_epi16(codes, 4), nibble, place, and_or);
    *low = _mm512_dpbusd_epi32(*low, _mm512_permutexvar_epi8(first, table), ones);
    *high = _mm512_dpbusd_epi32(*high, _mm512_permutexvar_epi8(second, table), ones);
}

TARGET_AVX512VBMI size_t scan_pq4_avx512vbmi(const vdb_pq4_query *query, const vdb_pq4_block *block,
                       const vdb_pq4_block *ahead, const uint32_t *masks, float *estimates,
                       uint32_t *positions) {
    const size_t M = query->M, groupCount = block->groupCount;
    const size_t group_size = vdb_pq4_group_size(M);
    uint8_t last_tables[64];
    copy_last_tables(query->table, M, last_tables);
    const __m512i last = _mm512_loadu_si512(last_tables);

    // Two groups at a time: four chains of additions hide their latency, and
    // each table is loaded once for both. A single last group stands in twice.
    size_t found = 0;
    size_t g = next_group(masks, 0, groupCount);
    while (g < groupCount) {
        size_t next = next_group(masks, g + 1, groupCount);
        size_t h = next < groupCount ? next : g;
        const uint8_t *a = block->groups + g * group_size, *b = block->groups + h * group_size;
        prefetch_group(ahead, g, group_size);
        prefetch_group(ahead, h, group_size);
        __m512i a_low = _mm512_setzero_si512(), a_high = a_low, b_low = a_low, b_high = a_low;
        for (size_t m = 0; m < M - M % 4; m += 4, a += 64, b += 64) {
            __m512i entries = _mm512_loadu_si512(query->table + 16 * m);
            vbmi_quad(_mm512_loadu_si512(a), entries, &a_low, &a_high);
            vbmi_quad(_mm512_loadu_si512(b), entries, &b_low, &b_high);
        }
        if (M % 4 == 3) {
            vbmi_quad(_mm512_loadu_si512(a), last, &a_low, &a_high);
            vbmi_quad(_mm512_loadu_si512(b), last, &b_low, &b_high);
        } else if (M % 4 != 0) {
            vbmi_quad(avx512_pair(a), last, &a_low, &a_high);
            vbmi_quad(avx512_pair(b), last, &b_low, &b_high);
        }

        uint32_t allowed = masks ? masks[g] : ~0u;
        found = avx512_append(a_low, query, 32 * g, block, allowed, estimates, positions, found);
        found = avx512_append(a_high, query, 32 * g + 16, block, allowed >> 16, estimates,
                              positions, found);
        if (next >= groupCount) {
            break;
        }
        allowed = masks ? masks[h] : ~0u;
        found = avx512_append(b_low, query, 32 * h, block, allowed, estimates, positions, found);
        found = avx512_append(b_high, query, 32 * h + 16, block, allowed >> 16, estimates,
                              positions, found);
        g = next_group(masks, h + 1, groupCount);
    }
    return found;
}

#endif
