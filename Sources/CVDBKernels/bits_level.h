// One vector level of bits.c; see lanes.h.
//
// Rows are taken eight at a time: their sums end side by side in one register,
// with no addition across a register per row.

#ifdef VDB_X86
#include <immintrin.h>
#endif
#ifdef VDB_NEON
#include <arm_neon.h>
#endif

#if defined(LEVEL_IS_AVX512)

// How many bits each of the eight words has. Without an instruction for it, nibbles
// are looked up in a register (W. Muła, N. Kurz, D. Lemire, "Faster Population Counts
// Using AVX2 Instructions", The Computer Journal 61(1), 2018,
// doi:10.1093/comjnl/bxx046).
TARGET INLINE __m512i NAMED(bit_counts)(__m512i words) {
#if defined(LEVEL_HAS_POPCNTDQ)
    return _mm512_popcnt_epi64(words);
#else
    const __m512i counts = _mm512_broadcast_i32x4(
        _mm_setr_epi8(0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4));
    const __m512i low = _mm512_set1_epi8(15);
    __m512i high = _mm512_and_si512(_mm512_srli_epi16(words, 4), low);
    __m512i bytes = _mm512_add_epi8(_mm512_shuffle_epi8(counts, _mm512_and_si512(words, low)),
                                    _mm512_shuffle_epi8(counts, high));
    return _mm512_sad_epu8(bytes, _mm512_setzero_si512());
#endif
}

// The sums of the eight words of each of eight registers.
TARGET INLINE __m512i NAMED(word_sums)(const __m512i sum[8]) {
    __m512i pairs[4], fours[2];
#pragma clang loop unroll(full)
    for (int i = 0; i < 4; i++) {
        pairs[i] = _mm512_add_epi64(_mm512_unpacklo_epi64(sum[i], sum[i + 4]),
                                    _mm512_unpackhi_epi64(sum[i], sum[i + 4]));
    }
    // Words of pairs[i]: rows i and i + 4, four times. Those of the first two
    // quarters are added to those of the last two, for two rows at a time.
#pragma clang loop unroll(full)
    for (int i = 0; i < 2; i++) {
        fours[i] = _mm512_add_epi64(_mm512_shuffle_i64x2(pairs[i], pairs[i + 2], 0x88),
                                    _mm512_shuffle_i64x2(pairs[i], pairs[i + 2], 0xdd));
    }
    // Quarters of fours[i]: rows i, i + 4 twice, then i + 2, i + 6 twice.
    return _mm512_add_epi64(_mm512_shuffle_i64x2(fours[0], fours[1], 0x88),
                            _mm512_shuffle_i64x2(fours[0], fours[1], 0xdd));
}

// Where word_sums leaves the sums of rows 0 ... 7.
#define SUM_ORDER _mm512_setr_epi64(0, 4, 2, 6, 1, 5, 3, 7)

// The distances of eight rows.
TARGET INLINE void NAMED(eight)(const uint8_t *q, const uint8_t *const x[8], size_t size,
                                float out[8]) {
    __m512i sum[8];
    const size_t whole = size & ~(size_t)63;
    const __mmask64 rest = _bzhi_u64(~0ull, (unsigned)(size - whole));
    __m512i query = _mm512_maskz_loadu_epi8(rest, q + whole);
#pragma clang loop unroll(full)
    for (int i = 0; i < 8; i++) {
        __m512i row = _mm512_maskz_loadu_epi8(rest, x[i] + whole);
        sum[i] = NAMED(bit_counts)(_mm512_xor_si512(query, row));
    }
    for (size_t offset = 0; offset < whole; offset += 64) {
        query = _mm512_loadu_si512(q + offset);
#pragma clang loop unroll(full)
        for (int i = 0; i < 8; i++) {
            __m512i row = _mm512_loadu_si512(x[i] + offset);
            __m512i counts = NAMED(bit_counts)(_mm512_xor_si512(query, row));
            sum[i] = _mm512_add_epi64(sum[i], counts);
        }
    }
    __m512i sums = _mm512_permutexvar_epi64(SUM_ORDER, NAMED(word_sums)(sum));
    _mm256_storeu_ps(out, _mm512_cvtepi64_ps(sums));
}

TARGET INLINE uint32_t NAMED(core)(const uint8_t *q, const uint8_t *x, size_t size) {
    __m512i sum = _mm512_setzero_si512();
    size_t i = 0;
    for (; i + 64 <= size; i += 64) {
        __m512i differing = _mm512_xor_si512(_mm512_loadu_si512(q + i), _mm512_loadu_si512(x + i));
        sum = _mm512_add_epi64(sum, NAMED(bit_counts)(differing));
    }
    return (uint32_t)_mm512_reduce_add_epi64(sum) + rest_scalar(q, x, i, size);
}

#elif defined(VDB_X86)

// Nibbles are looked up as above. Below 64 bytes the instruction for words is faster.
TARGET INLINE uint32_t NAMED(core)(const uint8_t *q, const uint8_t *x, size_t size) {
    size_t i = 0;
    uint32_t total = 0;
    if (size >= 64) {
        const __m256i counts =
            _mm256_setr_epi8(0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4,  //
                             0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4);
        const __m256i low = _mm256_set1_epi8(15);
        __m256i sum = _mm256_setzero_si256();
        for (; i + 32 <= size; i += 32) {
            __m256i differing = _mm256_xor_si256(_mm256_loadu_si256((const __m256i *)(q + i)),
                                                 _mm256_loadu_si256((const __m256i *)(x + i)));
            __m256i high = _mm256_and_si256(_mm256_srli_epi16(differing, 4), low);
            __m256i count =
                _mm256_add_epi8(_mm256_shuffle_epi8(counts, _mm256_and_si256(differing, low)),
                                _mm256_shuffle_epi8(counts, high));
            sum = _mm256_add_epi64(sum, _mm256_sad_epu8(count, _mm256_setzero_si256()));
        }
        uint64_t parts[4];
        memcpy(parts, &sum, sizeof parts);
        total = (uint32_t)(parts[0] + parts[1] + parts[2] + parts[3]);
    }
    return total + rest_scalar(q, x, i, size);
}

#else

TARGET INLINE uint32_t NAMED(core)(const uint8_t *q, const uint8_t *x, size_t size) {
    uint64x2_t sum = vdupq_n_u64(0);
    size_t i = 0;
    for (; i + 16 <= size; i += 16) {
        uint8x16_t count = vcntq_u8(veorq_u8(vld1q_u8(q + i), vld1q_u8(x + i)));
        sum = vpadalq_u32(sum, vpaddlq_u16(vpaddlq_u8(count)));
    }
    return (uint32_t)vaddvq_u64(sum) + rest_scalar(q, x, i, size);
}

#endif

#if !defined(LEVEL_IS_AVX512)
TARGET INLINE void NAMED(eight)(const uint8_t *q, const uint8_t *const x[8], size_t size,
                                float out[8]) {
    for (int i = 0; i < 8; i++) {
        out[i] = (float)NAMED(core)(q, x[i], size);
    }
}
#endif

TARGET uint32_t NAMED(hamming)(const uint8_t *q, const uint8_t *x, size_t size) {
    return NAMED(core)(q, x, size);
}

TARGET INLINE void NAMED(many_bits)(const uint8_t *q, const uint8_t *base, size_t stride,
                                    const void *const *rows, size_t count, size_t size,
                                    float *out) {
    for (size_t i = 0; rows && size > 0 && i < count && i < ROWS_AHEAD; i++) {
        prefetch_bits(rows[i], size);
    }
    size_t i = 0;
    for (; i + 8 <= count; i += 8) {
        const uint8_t *eight[8];
        for (size_t j = 0; j < 8; j++) {
            eight[j] = rows ? rows[i + j] : base + (i + j) * stride;
            if (rows && size > 0 && i + j + ROWS_AHEAD < count) {
                prefetch_bits(rows[i + j + ROWS_AHEAD], size);
            }
        }
        NAMED(eight)(q, eight, size, out + i);
    }
    for (; i < count; i++) {
        out[i] = (float)NAMED(core)(q, rows ? rows[i] : base + i * stride, size);
    }
}

TARGET void NAMED(hamming_many)(const uint8_t *q, const uint8_t *base, size_t stride,
                                const void *const *rows, size_t count, size_t size, float *out) {
    // Common sizes on their own: their loops unroll.
    if (!rows && size == 32 && stride == 32) {
        NAMED(many_bits)(q, base, 32, NULL, count, 32, out);
    } else if (!rows) {
        NAMED(many_bits)(q, base, stride, NULL, count, size, out);
    } else {
        NAMED(many_bits)(q, NULL, 0, rows, count, size, out);
    }
}

// Appends those of up to eight distances that are wanted and below the threshold.
TARGET INLINE size_t NAMED(keep)(const float found[8], unsigned wanted, float threshold,
                                 uint32_t first, size_t kept, float *distances,
                                 uint32_t *positions) {
#if defined(LEVEL_IS_AVX512)
    __m256 row = _mm256_loadu_ps(found);
    __mmask8 mask = _mm256_mask_cmp_ps_mask((__mmask8)wanted, row, _mm256_set1_ps(threshold),
                                            _CMP_LT_OQ);
    if (mask) {
        __m256i places = _mm256_add_epi32(_mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7),
                                          _mm256_set1_epi32((int)first));
        // In registers: compressing into memory is slow on some processors.
        _mm256_storeu_ps(distances + kept, _mm256_maskz_compress_ps(mask, row));
        _mm256_storeu_si256((__m256i *)(positions + kept),
                            _mm256_maskz_compress_epi32(mask, places));
    }
    return kept + (size_t)__builtin_popcount(mask);
#else
    for (unsigned i = 0; i < 8; i++) {
        if (wanted >> i & 1 && found[i] < threshold) {
            distances[kept] = found[i];
            positions[kept++] = first + i;
        }
    }
    return kept;
#endif
}

TARGET INLINE size_t NAMED(scan)(const vdb_bits_query *query, size_t size, const uint8_t *rows,
                                 size_t count, const uint8_t *ahead, size_t ahead_count,
                                 const uint32_t *masks, float *distances, uint32_t *positions) {
    const size_t ahead_size = ahead ? ahead_count * size : 0;
    size_t kept = 0;
    for (size_t i = 0; i < count; i += 8) {
        for (size_t offset = i * size; offset < (i + 8) * size && offset < ahead_size;
             offset += 64) {
            PREFETCH(ahead + offset);
        }
        const size_t width = count - i < 8 ? count - i : 8;
        unsigned wanted = (1u << width) - 1;
        if (masks) {
            wanted &= masks[i / 32] >> i % 32;
        }
        if (!wanted) {
            continue;
        }
        float found[8];
        if (width == 8) {
            const uint8_t *eight[8];
            for (size_t j = 0; j < 8; j++) {
                eight[j] = rows + (i + j) * size;
            }
            NAMED(eight)(query->bits, eight, size, found);
        } else {
            for (size_t j = 0; j < 8; j++) {
                found[j] = j < width ? (float)NAMED(core)(query->bits, rows + (i + j) * size, size)
                                     : 0;
            }
        }
        kept = NAMED(keep)(found, wanted, query->threshold, query->first + (uint32_t)i, kept,
                           distances, positions);
    }
    return kept;
}

TARGET size_t NAMED(scan_bits)(const vdb_bits_query *query, const uint8_t *rows, size_t count,
                               const uint8_t *ahead, size_t ahead_count, const uint32_t *masks,
                               float *distances, uint32_t *positions) {
    if (query->size == 32) {
        return NAMED(scan)(query, 32, rows, count, ahead, ahead_count, masks, distances,
                           positions);
    }
    return NAMED(scan)(query, query->size, rows, count, ahead, ahead_count, masks, distances,
                       positions);
}
