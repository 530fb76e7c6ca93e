// One vector level of assign.c; see lanes.h.
//
// The tile is as many points by centroids as keep the registers full: each step
// over t loads a panel row and multiplies it with one broadcast value per point.
// AVX-512 has 32 registers of 16 floats, AVX2 16 of 8, NEON 32 of 4.

#ifdef LEVEL_IS_AVX512
#define TILE_POINTS 14
#define TILE_PANELS 2
#else
#define TILE_POINTS 6
#define TILE_PANELS 1
#endif

// Scores `width` panels from centroid `first` on against one tile of points and
// keeps the best of each lane. points: [d][TILE_POINTS].
TARGET INLINE void NAMED(tile)(size_t width, const float *points, size_t d, const float *panels,
                               const float *norms, int32_t first, lanes *best,
                               lanes_int *best_index) {
    lanes dot[TILE_POINTS][TILE_PANELS];
#pragma clang loop unroll(full)
    for (size_t i = 0; i < TILE_POINTS; i++) {
#pragma clang loop unroll(full)
        for (size_t p = 0; p < width; p++) {
            dot[i][p] = 0;
        }
    }
    for (size_t t = 0; t < d; t++) {
        lanes row[TILE_PANELS];
#pragma clang loop unroll(full)
        for (size_t p = 0; p < width; p++) {
            memcpy(&row[p], panels + (p * d + t) * 16, sizeof row[p]);
        }
#pragma clang loop unroll(full)
        for (size_t i = 0; i < TILE_POINTS; i++) {
            lanes value = (lanes)points[t * TILE_POINTS + i];
#pragma clang loop unroll(full)
            for (size_t p = 0; p < width; p++) {
                dot[i][p] += value * row[p];
            }
        }
    }
    const lanes_int lane = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
#pragma clang loop unroll(full)
    for (size_t p = 0; p < width; p++) {
        lanes norm;
        memcpy(&norm, norms + first + 16 * p, sizeof norm);
        lanes_int number = lane + (lanes_int)(first + (int32_t)(16 * p));
#pragma clang loop unroll(full)
        for (size_t i = 0; i < TILE_POINTS; i++) {
            lanes score = norm - 2 * dot[i][p];
            lanes_int nearer = score < best[i];
            best[i] = nearer ? score : best[i];
            best_index[i] = nearer ? number : best_index[i];
        }
    }
}

// The best over the lanes of one point; the lowest index of equal ones.
TARGET INLINE void NAMED(best_lane)(const lanes *best, const lanes_int *best_index, float *score,
                                    uint32_t *index) {
    half_lanes eight = best->lo < best->hi ? best->lo : best->hi;
    quarter_lanes four = eight.lo < eight.hi ? eight.lo : eight.hi;
    float even = four.x < four.z ? four.x : four.z, odd = four.y < four.w ? four.y : four.w;
    float least = even < odd ? even : odd;
    lanes_int candidates = *best == (lanes)least ? *best_index : (lanes_int)INT32_MAX;
    *score = least;
    *index = (uint32_t)__builtin_reduce_min(candidates);
}

TARGET void NAMED(assign)(const float *x, size_t n, size_t stride, size_t d, const float *panels,
                          const float *norms, size_t k, uint32_t *index, float *distance,
                          float *scratch) {
    lanes best[POINT_BLOCK];
    lanes_int best_index[POINT_BLOCK];
    size_t panel_count = vdb_padded_count(k) / 16;

    for (size_t start = 0; start < n; start += POINT_BLOCK) {
        size_t count = n - start < POINT_BLOCK ? n - start : POINT_BLOCK;
        size_t tile_count = (count + TILE_POINTS - 1) / TILE_POINTS;

        // The points of a tile side by side; points beyond the last repeat it.
        for (size_t i = 0; i < tile_count * TILE_POINTS; i++) {
            const float *point = x + (start + (i < count ? i : count - 1)) * stride;
            float *column = scratch + (i / TILE_POINTS) * TILE_POINTS * d + i % TILE_POINTS;
            for (size_t t = 0; t < d; t++) {
                column[t * TILE_POINTS] = point[t];
            }
            best[i] = (lanes)__builtin_inff();
            best_index[i] = 0;
        }

        size_t p = 0;
        for (; p + TILE_PANELS <= panel_count; p += TILE_PANELS) {
            for (size_t tile = 0; tile < tile_count; tile++) {
                size_t i = tile * TILE_POINTS;
                NAMED(tile)(TILE_PANELS, scratch + i * d, d, panels + p * 16 * d, norms,
                            (int32_t)(16 * p), best + i, best_index + i);
            }
        }
        for (; p < panel_count; p++) {
            for (size_t tile = 0; tile < tile_count; tile++) {
                size_t i = tile * TILE_POINTS;
                NAMED(tile)(1, scratch + i * d, d, panels + p * 16 * d, norms,
                            (int32_t)(16 * p), best + i, best_index + i);
            }
        }

        for (size_t i = 0; i < count; i++) {
            float score;
            NAMED(best_lane)(&best[i], &best_index[i], &score, &index[start + i]);
            if (distance) {
                float squared = score + squared_norm(x + (start + i) * stride, d);
                distance[start + i] = squared < 0 ? 0 : squared;
            }
        }
    }
}

#undef TILE_POINTS
#undef TILE_PANELS
