// Groups of 32 4-bit codes: packing, and the scan in plain C and NEON. The
// layout is documented in vdb_kernels.h; pq4_x86.c has AVX2 and AVX-512.

#include "pq4.h"

void vdb_pq4_pack(const uint8_t *codes, size_t M, uint8_t *group) {
    memset(group, 0, vdb_pq4_group_size(M));
    for (size_t entry = 0; entry < 32; entry++) {
        for (size_t m = 0; m < M; m++) {
            uint8_t code = codes[entry * M + m] & 15;
            group[byte_offset(M, entry, m)] |= (uint8_t)(entry < 16 ? code : code << 4);
        }
    }
}

void vdb_pq4_unpack(const uint8_t *group, size_t M, uint8_t *codes) {
    for (size_t entry = 0; entry < 32; entry++) {
        for (size_t m = 0; m < M; m++) {
            uint8_t byte = group[byte_offset(M, entry, m)];
            codes[entry * M + m] = entry < 16 ? byte & 15 : byte >> 4;
        }
    }
}

size_t scan_pq4_scalar(const vdb_pq4_query *query, const vdb_pq4_block *block,
                       const vdb_pq4_block *ahead, const uint32_t *masks, float *estimates,
                       uint32_t *positions) {
    const size_t M = query->M, groupCount = block->groupCount;
    const size_t group_size = vdb_pq4_group_size(M);
    size_t found = 0;
    for (size_t g = 0; g < groupCount; g++) {
        uint32_t allowed = masks ? masks[g] : ~0u;
        if (allowed == 0) {
            continue;
        }
        prefetch_group(ahead, g, group_size);
        const uint8_t *group = block->groups + g * group_size;
        uint16_t sums[32];
        for (size_t entry = 0; entry < 32; entry++) {
            uint32_t sum = 0;
            for (size_t m = 0; m < M; m++) {
                uint8_t byte = group[byte_offset(M, entry, m)];
                sum += query->table[16 * m + (entry < 16 ? byte & 15 : byte >> 4)];
            }
            sums[entry] = (uint16_t)sum;
        }
        found = append_below(sums, query, g, block, allowed, estimates, positions, found);
    }
    return found;
}

#ifdef VDB_NEON
#include <arm_neon.h>

// Sums of 32 entries in 16 bits: entries 0-7, 8-15, 16-23, 24-31.
typedef struct neon_sums {
    uint16x8_t of[4];
} neon_sums;

INLINE void neon_add(uint8x16_t codes, const uint8_t *table, neon_sums *sums) {
    uint8x16_t entries = vld1q_u8(table);
    uint8x16_t low = vqtbl1q_u8(entries, vandq_u8(codes, vdupq_n_u8(15)));
    uint8x16_t high = vqtbl1q_u8(entries, vshrq_n_u8(codes, 4));
    sums->of[0] = vaddw_u8(sums->of[0], vget_low_u8(low));
    sums->of[1] = vaddw_high_u8(sums->of[1], low);
    sums->of[2] = vaddw_u8(sums->of[2], vget_low_u8(high));
    sums->of[3] = vaddw_high_u8(sums->of[3], high);
}

size_t scan_pq4_neon(const vdb_pq4_query *query, const vdb_pq4_block *block,
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
        neon_sums sums = {{vdupq_n_u16(0), vdupq_n_u16(0), vdupq_n_u16(0), vdupq_n_u16(0)}};
        for (size_t m = 0; m < M - M % 4; m += 4, group += 64) {
            uint8x16x4_t quad = vld4q_u8(group);
            for (int j = 0; j < 4; j++) {
                neon_add(quad.val[j], query->table + 16 * (m + (size_t)j), &sums);
            }
        }
        if (M % 4 == 3) {
            uint8x16x4_t quad = vld4q_u8(group);
            for (int j = 0; j < 4; j++) {
                neon_add(quad.val[j], last + 16 * j, &sums);
            }
        } else if (M % 4 != 0) {
            uint8x16x2_t pair = vld2q_u8(group);
            for (int j = 0; j < 2; j++) {
                neon_add(pair.val[j], last + 16 * j, &sums);
            }
        }
        uint16_t words[32];
        for (int part = 0; part < 4; part++) {
            vst1q_u16(words + 8 * part, sums.of[part]);
        }
        found = append_below(words, query, g, block, allowed, estimates, positions, found);
    }
    return found;
}
#endif
