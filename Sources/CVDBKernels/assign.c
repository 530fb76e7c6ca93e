// Nearest-centroid assignment: a small matrix product with the argmin fused.

#include "kernel_table.h"

#pragma clang fp contract(fast)

// Points handled together while a panel is in the second-level cache.
enum { POINT_BLOCK = 84 };

size_t vdb_assign_scratch_count(size_t d) { return POINT_BLOCK * d; }

// |x|^2 of one point.
static inline float squared_norm(const float *x, size_t d) {
#pragma clang fp reassociate(on)
    float sum = 0;
    for (size_t t = 0; t < d; t++) {
        sum += x[t] * x[t];
    }
    return sum;
}

#define VDB_LEVEL_SOURCE "assign_level.h"
#include "each_level.h"

void assign_scalar(const float *x, size_t n, size_t stride, size_t d, const float *panels,
                   const float *norms, size_t k, uint32_t *index, float *distance,
                   float *scratch) {
    (void)scratch;
    for (size_t i = 0; i < n; i++) {
        const float *point = x + i * stride;
        float best = __builtin_inff();
        uint32_t best_index = 0;
        for (size_t c = 0; c < k; c++) {
            const float *column = panels + (c / 16) * 16 * d + c % 16;
            float dot = 0;
            for (size_t t = 0; t < d; t++) {
                dot += point[t] * column[16 * t];
            }
            float score = norms[c] - 2 * dot;
            if (score < best) {
                best = score;
                best_index = (uint32_t)c;
            }
        }
        index[i] = best_index;
        if (distance) {
            float squared = best + squared_norm(point, d);
            distance[i] = squared < 0 ? 0 : squared;
        }
    }
}
