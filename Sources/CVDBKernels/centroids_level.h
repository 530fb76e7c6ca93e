// One vector level of centroids.c; see lanes.h.

// `width` panels from `panels` on, of which `count` centroids exist. `squared`
// and `width` are constants at every call.
TARGET INLINE void NAMED(panels)(int squared, size_t width, const float *q, const float *panels,
                                 size_t count, size_t d, float *out) {
    lanes sum[4] = {0, 0, 0, 0};
    for (size_t t = 0; t < d; t++) {
        lanes query = (lanes)q[t];
#pragma clang loop unroll(full)
        for (size_t p = 0; p < width; p++) {
            lanes centroid;
            memcpy(&centroid, panels + (p * d + t) * 16, sizeof centroid);
            if (squared) {
                lanes difference = query - centroid;
                sum[p] += difference * difference;
            } else {
                sum[p] += query * centroid;
            }
        }
    }
    memcpy(out, sum, count * sizeof(float));
}

TARGET INLINE void NAMED(all_panels)(int squared, const float *q, const float *panels, size_t k,
                                     size_t d, float *out) {
    size_t c = 0;
    // Four panels at a time hide the latency of the additions.
    for (; c + 64 <= k; c += 64) {
        NAMED(panels)(squared, 4, q, panels + c * d, 64, d, out + c);
    }
    for (; c + 16 <= k; c += 16) {
        NAMED(panels)(squared, 1, q, panels + c * d, 16, d, out + c);
    }
    if (c < k) {
        NAMED(panels)(squared, 1, q, panels + c * d, k - c, d, out + c);
    }
}

TARGET void NAMED(centroid_l2)(const float *q, const float *panels, size_t k, size_t d,
                               float *out) {
    NAMED(all_panels)(1, q, panels, k, d, out);
}

TARGET void NAMED(centroid_ip)(const float *q, const float *panels, size_t k, size_t d,
                               float *out) {
    NAMED(all_panels)(0, q, panels, k, d, out);
}

TARGET void NAMED(add_to_sums)(const float *x, size_t d, double *sums) {
    typedef double double_lanes __attribute__((ext_vector_type(16)));
    lanes values;
    double_lanes sum;
    size_t t = 0;
    for (; t + 16 <= d; t += 16) {
        memcpy(&values, x + t, sizeof values);
        memcpy(&sum, sums + t, sizeof sum);
        sum += __builtin_convertvector(values, double_lanes);
        memcpy(sums + t, &sum, sizeof sum);
    }
    for (; t < d; t++) {
        sums[t] += (double)x[t];
    }
}

// Rows by panels whose sums fill the registers; see assign_level.h, whose points
// lie side by side instead.
#define TILE_ROWS 6
#ifdef LEVEL_IS_AVX512
#define TILE_PANELS 4
#else
#define TILE_PANELS 1
#endif

// The products of some rows with `width` panels, of which `count` vectors exist.
// `rows` and `width` are constants at every call.
TARGET INLINE void NAMED(product_tile)(size_t rows, size_t width, const float *x, size_t stride,
                                       const float *panels, size_t count, size_t d, float *out,
                                       size_t out_stride) {
    lanes sum[TILE_ROWS][TILE_PANELS];
#pragma clang loop unroll(full)
    for (size_t i = 0; i < rows; i++) {
#pragma clang loop unroll(full)
        for (size_t p = 0; p < width; p++) {
            sum[i][p] = 0;
        }
    }
    for (size_t t = 0; t < d; t++) {
        lanes row[TILE_PANELS];
#pragma clang loop unroll(full)
        for (size_t p = 0; p < width; p++) {
            memcpy(&row[p], panels + (p * d + t) * 16, sizeof row[p]);
        }
#pragma clang loop unroll(full)
        for (size_t i = 0; i < rows; i++) {
            lanes value = (lanes)x[i * stride + t];
#pragma clang loop unroll(full)
            for (size_t p = 0; p < width; p++) {
                sum[i][p] += value * row[p];
            }
        }
    }
#pragma clang loop unroll(full)
    for (size_t i = 0; i < rows; i++) {
        memcpy(out + i * out_stride, sum[i], count * sizeof(float));
    }
}

TARGET void NAMED(row_products)(const float *x, size_t n, size_t stride, const float *panels,
                                size_t k, size_t d, float *out, size_t out_stride) {
    // A group of panels serves all rows while it is in the cache.
    for (size_t c = 0; c < k;) {
        int is_wide = k - c >= 16 * TILE_PANELS;
        size_t count = is_wide ? 16 * TILE_PANELS : k - c < 16 ? k - c : 16;
        size_t i = 0;
        for (; i + TILE_ROWS <= n; i += TILE_ROWS) {
            if (is_wide) {
                NAMED(product_tile)(TILE_ROWS, TILE_PANELS, x + i * stride, stride,
                                    panels + c * d, 16 * TILE_PANELS, d,
                                    out + i * out_stride + c, out_stride);
            } else {
                NAMED(product_tile)(TILE_ROWS, 1, x + i * stride, stride, panels + c * d, count,
                                    d, out + i * out_stride + c, out_stride);
            }
        }
        for (; i < n; i++) {
            NAMED(all_panels)(0, x + i * stride, panels + c * d, count, d,
                              out + i * out_stride + c);
        }
        c += count;
    }
}

#undef TILE_ROWS
#undef TILE_PANELS
