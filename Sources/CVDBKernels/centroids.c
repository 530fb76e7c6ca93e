// One query against centroids laid out in panels of sixteen.

#include "kernel_table.h"

#pragma clang fp contract(fast)

#define VDB_LEVEL_SOURCE "centroids_level.h"
#include "each_level.h"

void vdb_pack_panels(const float *centroids, size_t k, size_t d, float *panels, float *norms) {
    // Packing is read back bit for bit on every level, so no fused sums here.
#pragma clang fp contract(off)
    for (size_t c = 0; c < vdb_padded_count(k); c++) {
        float *column = panels + (c / 16) * 16 * d + c % 16;
        float norm = 0;
        for (size_t t = 0; t < d; t++) {
            float value = c < k ? centroids[c * d + t] : 0;
            column[16 * t] = value;
            norm += value * value;
        }
        norms[c] = c < k ? norm : __builtin_inff();
    }
}

void centroid_l2_scalar(const float *q, const float *panels, size_t k, size_t d, float *out) {
    for (size_t c = 0; c < k; c++) {
        const float *column = panels + (c / 16) * 16 * d + c % 16;
        float sum = 0;
        for (size_t t = 0; t < d; t++) {
            sum += (q[t] - column[16 * t]) * (q[t] - column[16 * t]);
        }
        out[c] = sum;
    }
}

void centroid_ip_scalar(const float *q, const float *panels, size_t k, size_t d, float *out) {
    for (size_t c = 0; c < k; c++) {
        const float *column = panels + (c / 16) * 16 * d + c % 16;
        float sum = 0;
        for (size_t t = 0; t < d; t++) {
            sum += q[t] * column[16 * t];
        }
        out[c] = sum;
    }
}

void add_to_sums_scalar(const float *x, size_t d, double *sums) {
    for (size_t t = 0; t < d; t++) {
        sums[t] += (double)x[t];
    }
}

void row_products_scalar(const float *x, size_t n, size_t stride, const float *panels, size_t k,
                         size_t d, float *out, size_t out_stride) {
    for (size_t i = 0; i < n; i++) {
        centroid_ip_scalar(x + i * stride, panels, k, d, out + i * out_stride);
    }
}
