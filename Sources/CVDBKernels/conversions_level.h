// One vector level of conversions.c; see lanes.h.

typedef _Float16 NAMED(halves) __attribute__((ext_vector_type(16)));

TARGET void NAMED(to_f32_f16)(const void *x, size_t n, float *out) {
    const uint8_t *bytes = x;
    size_t i = 0;
    for (; i + 16 <= n; i += 16) {
        NAMED(halves) narrow;
        memcpy(&narrow, bytes + 2 * i, sizeof narrow);
        lanes wide = __builtin_convertvector(narrow, lanes);
        memcpy(out + i, &wide, sizeof wide);
    }
    to_f32_f16_scalar(bytes + 2 * i, n - i, out + i);
}

TARGET void NAMED(from_f32_f16)(const float *x, size_t n, void *out) {
    uint8_t *bytes = out;
    size_t i = 0;
    for (; i + 16 <= n; i += 16) {
        lanes wide;
        memcpy(&wide, x + i, sizeof wide);
        NAMED(halves) narrow = __builtin_convertvector(wide, NAMED(halves));
        memcpy(bytes + 2 * i, &narrow, sizeof narrow);
    }
    from_f32_f16_scalar(x + i, n - i, bytes + 2 * i);
}

// Sixteen nearest integers within [low, high], ties to even; 0 for NaN.
TARGET INLINE void NAMED(saturate16)(const float *x, float low, float high, lanes_int *out) {
    lanes value;
    memcpy(&value, x, sizeof value);
    lanes_int ordered = value == value;
    value = ordered ? value : (lanes)0;
    value = value < low ? (lanes)low : value;
    value = value > high ? (lanes)high : value;
    *out = __builtin_convertvector(__builtin_elementwise_roundeven(value), lanes_int);
}

TARGET void NAMED(from_f32_i8)(const float *x, size_t n, void *out) {
    typedef int8_t bytes16 __attribute__((ext_vector_type(16)));
    int8_t *bytes = out;
    size_t i = 0;
    for (; i + 16 <= n; i += 16) {
        lanes_int wide;
        NAMED(saturate16)(x + i, -128, 127, &wide);
        bytes16 narrow = __builtin_convertvector(wide, bytes16);
        memcpy(bytes + i, &narrow, sizeof narrow);
    }
    from_f32_i8_scalar(x + i, n - i, bytes + i);
}

TARGET void NAMED(from_f32_u8)(const float *x, size_t n, void *out) {
    typedef uint8_t bytes16 __attribute__((ext_vector_type(16)));
    uint8_t *bytes = out;
    size_t i = 0;
    for (; i + 16 <= n; i += 16) {
        lanes_int wide;
        NAMED(saturate16)(x + i, 0, 255, &wide);
        bytes16 narrow = __builtin_convertvector(wide, bytes16);
        memcpy(bytes + i, &narrow, sizeof narrow);
    }
    from_f32_u8_scalar(x + i, n - i, bytes + i);
}
