// Which cells of a column are in a range, and which places in a circle.

#include "kernel_table.h"
#include "lanes.h"

// Cells from `first` on.
#define RANGE_OF(type, cells, first, count, low, span, bits)                   \
    do {                                                                       \
        const type *cells_ = (cells);                                          \
        for (size_t i = (first); i < (count); i++) {                           \
            bits |= (uint64_t)((type)(cells_[i] - (type)(low)) <= (type)(span)) << i; \
        }                                                                      \
    } while (0)

INLINE uint64_t range_scalar_from(const void *cells, size_t width, size_t first, size_t count,
                                  uint64_t low, uint64_t span) {
    uint64_t bits = 0;
    if (width == 8) {
        RANGE_OF(uint64_t, cells, first, count, low, span, bits);
    } else if (width == 4) {
        RANGE_OF(uint32_t, cells, first, count, low, span, bits);
    } else {
        RANGE_OF(uint8_t, cells, first, count, low, span, bits);
    }
    return bits;
}

uint64_t cells_within_scalar(const void *cells, size_t width, size_t count, uint64_t low,
                             uint64_t span) {
    return range_scalar_from(cells, width, 0, count, low, span);
}

// Bounds on sin^2 of half the angle d to the centre, of a place that is `north`
// and `east` radians from it:
//
//     sin^2(d / 2) = sin^2(north / 2) + cos(lat0) cos(lat) sin^2(east / 2)
//
// x^2 - x^4/3 <= sin^2 x <= x^2 - x^4/3 + 2 x^6/45, and cos(lat) = cos(lat0 + north)
// differs from cos(lat0) (1 - north^2/2) - sin(lat0) (north - north^3/6) by at most
// north^4/24 + |north|^5/120. `type` is a number or a vector of them.
#define CIRCLE_BOUNDS(type, circle, north, turn, least, most)                           \
    do {                                                                                \
        type n_ = (north), e_ = (turn) * 0.5, h_ = n_ * 0.5;                            \
        type n2_ = n_ * n_, e2_ = e_ * e_, h2_ = h_ * h_;                               \
        type n4_ = n2_ * n2_, size_ = __builtin_elementwise_abs(n_);                    \
        type cos_ = (circle)->cosine * (1 - n2_ * 0.5) -                                \
                    (circle)->sine * (n_ - n_ * n2_ * (1.0 / 6));                       \
        type off_ = n4_ * (1.0 / 24) + n4_ * size_ * (1.0 / 120) + 1e-15;               \
        type low_ = __builtin_elementwise_max(cos_ - off_, (type)(n_ * 0)) * (circle)->cosine;   \
        type high_ = __builtin_elementwise_max(cos_ + off_, (type)(n_ * 0)) * (circle)->cosine;  \
        type sn_ = h2_ - h2_ * h2_ * (1.0 / 3), se_ = e2_ - e2_ * e2_ * (1.0 / 3);       \
        type zero_ = n_ * 0;                                                            \
        least = __builtin_elementwise_max(sn_, zero_) +                                 \
                low_ * __builtin_elementwise_max(se_, zero_);                           \
        most = sn_ + h2_ * h2_ * h2_ * (2.0 / 45) +                                     \
               high_ * (se_ + e2_ * e2_ * e2_ * (2.0 / 45));                            \
    } while (0)

// Places from `first` on.
INLINE void circle_scalar_from(const vdb_circle *circle, const uint32_t *latitudes,
                               const uint32_t *longitudes, size_t first, size_t count,
                               uint64_t *inside, uint64_t *outside) {
    for (size_t i = first; i < count; i++) {
        double north = ((double)latitudes[i] - circle->latitude) * circle->step;
        double turn = __builtin_fabs((double)longitudes[i] - circle->longitude);
        turn = turn * 2 > circle->turn ? circle->turn - turn : turn;
        double least, most;
        CIRCLE_BOUNDS(double, circle, north, turn * circle->step, least, most);
        *inside |= (uint64_t)(most < circle->inner) << i;
        *outside |= (uint64_t)(least > circle->outer) << i;
    }
}

void places_within_scalar(const vdb_circle *circle, const uint32_t *latitudes,
                          const uint32_t *longitudes, size_t count, uint64_t *inside,
                          uint64_t *outside) {
    *inside = *outside = 0;
    circle_scalar_from(circle, latitudes, longitudes, 0, count, inside, outside);
}

typedef uint64_t cells8 __attribute__((ext_vector_type(8)));
typedef int64_t cells8_int __attribute__((ext_vector_type(8)));
typedef uint32_t cells4 __attribute__((ext_vector_type(16)));
typedef uint32_t half_cells4 __attribute__((ext_vector_type(8)));
typedef uint8_t cells1 __attribute__((ext_vector_type(64)));
typedef double places8 __attribute__((ext_vector_type(8)));
typedef _Bool bits8 __attribute__((ext_vector_type(8)));
typedef _Bool bits16 __attribute__((ext_vector_type(16)));
typedef _Bool bits64 __attribute__((ext_vector_type(64)));

#define VDB_LEVEL_SOURCE "cells_level.h"
#include "each_level.h"
