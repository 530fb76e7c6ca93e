// Between float32 and the element types of stored vectors.

#include "half.h"
#include "kernel_table.h"

// Exact: no sum is formed, so levels cannot differ.
#pragma clang fp contract(off)

#define VDB_LEVEL_SOURCE "conversions_level.h"
#include "each_level.h"

// Widening bytes needs no instruction beyond the baseline to keep up with
// memory, so these have one variant.
void vdb_to_f32_i8(const void *x, size_t n, float *out) {
    const int8_t *bytes = x;
    for (size_t i = 0; i < n; i++) {
        out[i] = (float)bytes[i];
    }
}

void vdb_to_f32_u8(const void *x, size_t n, float *out) {
    const uint8_t *bytes = x;
    for (size_t i = 0; i < n; i++) {
        out[i] = (float)bytes[i];
    }
}

void to_f32_f16_scalar(const void *x, size_t n, float *out) {
    const uint8_t *bytes = x;
    for (size_t i = 0; i < n; i++) {
        uint16_t half;
        memcpy(&half, bytes + 2 * i, 2);
        out[i] = half_to_float(half);
    }
}

void from_f32_f16_scalar(const float *x, size_t n, void *out) {
    uint8_t *bytes = out;
    for (size_t i = 0; i < n; i++) {
        uint16_t half = float_to_half(x[i]);
        memcpy(bytes + 2 * i, &half, 2);
    }
}

// The nearest integer within [low, high], ties to even; 0 for NaN.
static inline int32_t saturate(float value, float low, float high) {
    if (!(value == value)) {
        return 0;
    }
    float limited = value < low ? low : (value > high ? high : value);
    // Adding 1.5 * 2^23 rounds to an integer, in the current rounding mode.
    const float shift = 0x1.8p23f;
    float rounded = (limited + shift) - shift;
    return (int32_t)rounded;
}

void from_f32_i8_scalar(const float *x, size_t n, void *out) {
    int8_t *bytes = out;
    for (size_t i = 0; i < n; i++) {
        bytes[i] = (int8_t)saturate(x[i], -128, 127);
    }
}

void from_f32_u8_scalar(const float *x, size_t n, void *out) {
    uint8_t *bytes = out;
    for (size_t i = 0; i < n; i++) {
        bytes[i] = (uint8_t)saturate(x[i], 0, 255);
    }
}
