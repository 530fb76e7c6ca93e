// The functions of one level of integers.c, made from its core.

// Against `rows` if it is not NULL, else base + i * stride.
TARGET INLINE void NAMED(integers)(int is_l2, int is_signed, const int16_t *q,
                                   const uint8_t *base, size_t stride, const void *const *rows,
                                   size_t count, size_t n, float *out) {
    const size_t ahead = rows_ahead(n);
    size_t i = 0;
    if (!rows) {
#ifdef VDB_HAS_EIGHT_INTEGERS
        for (; i + 8 <= count; i += 8) {
            NAMED(eight_integers)(is_l2, is_signed, q, base + i * stride, stride, n, out + i);
        }
#endif
        for (; i < count; i++) {
            out[i] = (float)NAMED(core)(is_l2, is_signed, q, base + i * stride, n);
        }
        return;
    }
    for (; n > 0 && i < count && i < ahead; i++) {
        prefetch_vector(rows[i], n);
    }
    for (i = 0; i < count; i++) {
        if (n > 0 && i + ahead < count) {
            prefetch_vector(rows[i + ahead], n);
        }
        out[i] = (float)NAMED(core)(is_l2, is_signed, q, rows[i], n);
    }
}

TARGET void NAMED(l2_integers)(int is_signed, const int16_t *q, const uint8_t *base,
                               size_t stride, const void *const *rows, size_t count, size_t n,
                               float *out) {
    if (is_signed) {
        NAMED(integers)(1, 1, q, base, stride, rows, count, n, out);
    } else {
        NAMED(integers)(1, 0, q, base, stride, rows, count, n, out);
    }
}

TARGET void NAMED(ip_integers)(int is_signed, const int16_t *q, const uint8_t *base,
                               size_t stride, const void *const *rows, size_t count, size_t n,
                               float *out) {
    if (is_signed) {
        NAMED(integers)(0, 1, q, base, stride, rows, count, n, out);
    } else {
        NAMED(integers)(0, 0, q, base, stride, rows, count, n, out);
    }
}

TARGET INLINE void NAMED(integer_pairs)(int is_signed, const int16_t *q, const uint8_t *base,
                                        size_t stride, const void *const *rows, size_t count,
                                        size_t n, float *out) {
    const size_t ahead = rows_ahead(n);
    for (size_t i = 0; rows && n > 0 && i < count && i < ahead; i++) {
        prefetch_vector(rows[i], n);
    }
    for (size_t i = 0; i < count; i++) {
        if (rows && n > 0 && i + ahead < count) {
            prefetch_vector(rows[i + ahead], n);
        }
        int32_t sums[2];
        NAMED(core_pair)(is_signed, q, rows ? rows[i] : base + i * stride, n, sums);
        out[2 * i] = (float)sums[0];
        out[2 * i + 1] = (float)sums[1];
    }
}

TARGET void NAMED(dot_norm_integers)(int is_signed, const int16_t *q, const uint8_t *base,
                                     size_t stride, const void *const *rows, size_t count,
                                     size_t n, float *out) {
    if (is_signed) {
        NAMED(integer_pairs)(1, q, base, stride, rows, count, n, out);
    } else {
        NAMED(integer_pairs)(0, q, base, stride, rows, count, n, out);
    }
}
