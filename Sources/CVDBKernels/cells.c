// Which cells of a column are in a range, and which places in a circle.

#include "kernel_table.h"
#include "lanes.h"

// Up to 64 cells from `first` on.
#define RANGE_OF(type, cells, first, count, low, span, bits)                   \
    do {                                                                       \
        const type *cells_ = (const type *)(cells);                            \
        for (size_t i_ = (first); i_ < (count); i_++) {                        \
            bits |= (uint64_t)((type)(cells_[i_] - (type)(low)) <= (type)(span)) << i_; \
        }                                                                      \
    } while (0)

void cells_within_scalar(const void *cells, size_t width, size_t count, uint64_t low,
                         uint64_t span, uint64_t *bits) {
    for (size_t start = 0; start < count; start += 64) {
        const uint8_t *first = (const uint8_t *)cells + start * width;
        size_t rest = count - start < 64 ? count - start : 64;
        uint64_t found = 0;
        if (width == 8) {
            RANGE_OF(uint64_t, first, 0, rest, low, span, found);
        } else if (width == 4) {
            RANGE_OF(uint32_t, first, 0, rest, low, span, found);
        } else {
            RANGE_OF(uint8_t, first, 0, rest, low, span, found);
        }
        bits[start / 64] |= found;
    }
}

// Brings the bits at even places of a number, or of a vector of them, together.
#define EVEN_BITS(type, bits, result)                     \
    do {                                                  \
        type b_ = (bits) & 0x5555555555555555u;           \
        b_ = (b_ | b_ >> 1) & 0x3333333333333333u;        \
        b_ = (b_ | b_ >> 2) & 0x0f0f0f0f0f0f0f0fu;        \
        b_ = (b_ | b_ >> 4) & 0x00ff00ff00ff00ffu;        \
        b_ = (b_ | b_ >> 8) & 0x0000ffff0000ffffu;        \
        result = (b_ | b_ >> 16) & 0x00000000ffffffffu;   \
    } while (0)

INLINE void places_scalar_from(const uint64_t *keys, size_t first, size_t count,
                               uint32_t *latitudes, uint32_t *longitudes) {
    for (size_t i = first; i < count; i++) {
        uint64_t latitude, longitude;
        EVEN_BITS(uint64_t, keys[i], latitude);
        EVEN_BITS(uint64_t, keys[i] >> 1, longitude);
        latitudes[i] = (uint32_t)latitude;
        longitudes[i] = (uint32_t)longitude;
    }
}

void places_of_keys_scalar(const uint64_t *keys, size_t count, uint32_t *latitudes,
                           uint32_t *longitudes) {
    places_scalar_from(keys, 0, count, latitudes, longitudes);
}

INLINE uint64_t box_scalar_from(const vdb_box *box, const uint32_t *latitudes,
                                const uint32_t *longitudes, size_t first, size_t count) {
    uint64_t found = 0;
    for (size_t i = first; i < count; i++) {
        int is_in = (latitudes[i] - box->latitude <= box->latitude_span) &
                    (longitudes[i] - box->longitude <= box->longitude_span);
        found |= (uint64_t)is_in << i;
    }
    return found;
}

void places_in_box_scalar(const vdb_box *box, const uint32_t *latitudes,
                          const uint32_t *longitudes, size_t count, uint64_t *bits) {
    for (size_t start = 0; start < count; start += 64) {
        size_t rest = count - start < 64 ? count - start : 64;
        bits[start / 64] |= box_scalar_from(box, latitudes + start, longitudes + start, 0, rest);
    }
}

// Bounds on sin^2 of half the angle d to the centre, of a place that is `north`
// and `east` radians from it:
//
//     sin^2(d / 2) = sin^2(north / 2) + cos(lat0) cos(lat) sin^2(east / 2)
//
// x^2 - x^4/3 <= sin^2 x <= x^2 - x^4/3 + 2 x^6/45, and cos(lat) = cos(lat0 + north)
// differs from cos(lat0) (1 - north^2/2) - sin(lat0) (north - north^3/6) by at most
// north^4/24 + |north|^5/120, and by `slack` for rounding. `type` is `number` or a vector of
// them; no product is so small that float has no normal number for it.
#define CIRCLE_BOUNDS(type, number, cosine, sine, slack, north, east, least, most)      \
    do {                                                                                \
        type n_ = (north), n2_ = n_ * n_, size_ = __builtin_elementwise_abs(n_);        \
        type h2_ = n2_ * (number)0.25, e2_ = (east) * (east) * (number)0.25;            \
        type cos_ = (cosine) * (1 - n2_ * (number)0.5) -                                \
                    (sine) * n_ * (1 - n2_ * (number)(1.0 / 6));                        \
        type off_ = n2_ * n2_ * ((number)(1.0 / 24) + size_ * (number)(1.0 / 120)) + (slack);  \
        type zero_ = n_ * 0;                                                            \
        type low_ = __builtin_elementwise_max(cos_ - off_, zero_) * (cosine);           \
        type high_ = __builtin_elementwise_max(cos_ + off_, zero_) * (cosine);          \
        type sn_ = 1 - h2_ * (number)(1.0 / 3), se_ = 1 - e2_ * (number)(1.0 / 3);      \
        least = h2_ * __builtin_elementwise_max(sn_, zero_) +                           \
                low_ * e2_ * __builtin_elementwise_max(se_, zero_);                     \
        most = h2_ * (sn_ + h2_ * h2_ * (number)(2.0 / 45)) +                           \
               high_ * e2_ * (se_ + e2_ * e2_ * (number)(2.0 / 45));                    \
    } while (0)

void places_in_circle_scalar(const vdb_circle *circle, const uint32_t *latitudes,
                             const uint32_t *longitudes, size_t count, uint64_t *bits,
                             uint64_t *open) {
    for (size_t word = 0; word < (count + 63) / 64; word++) {
        open[word] = 0;
        for (uint64_t rest = bits[word]; rest != 0; rest &= rest - 1) {
            size_t i = word * 64 + (size_t)__builtin_ctzll(rest);
            double north = ((double)latitudes[i] - circle->latitude) * circle->step;
            double turn = __builtin_fabs((double)longitudes[i] - circle->longitude);
            turn = turn * 2 > circle->turn ? circle->turn - turn : turn;
            double least, most;
            double east = turn * circle->step;
            CIRCLE_BOUNDS(double, double, circle->cosine, circle->sine, 1e-15, north, east, least,
                          most);
            uint64_t bit = 1ull << (i % 64);
            bits[word] &= least > circle->outer ? ~bit : ~0ull;
            open[word] |= least > circle->outer || most < circle->inner ? 0 : bit;
        }
    }
}

// A circle for places in float: whole cells are subtracted before they are rounded. The sums
// of a dozen roundings to 2^-24 are far below the margin.
typedef struct float_circle {
    uint32_t latitude, longitude, turn;
    float step, cosine, sine, inner, outer;
} float_circle;

INLINE float_circle circle_in_float(const vdb_circle *circle) {
    const double margin = 1e-5;
    float_circle result = {
        (uint32_t)circle->latitude, (uint32_t)circle->longitude, (uint32_t)circle->turn,
        (float)circle->step, (float)circle->cosine, (float)circle->sine,
        (float)(circle->inner * (1 - margin)), (float)(circle->outer * (1 + margin)),
    };
    return result;
}

typedef uint64_t cells8 __attribute__((ext_vector_type(8)));
typedef uint32_t half_cells4 __attribute__((ext_vector_type(8)));
typedef uint32_t cells4 __attribute__((ext_vector_type(16)));
typedef uint8_t cells1 __attribute__((ext_vector_type(64)));
typedef int32_t cell_steps __attribute__((ext_vector_type(16)));
typedef _Bool bits8 __attribute__((ext_vector_type(8)));
typedef _Bool bits16 __attribute__((ext_vector_type(16)));
typedef _Bool bits64 __attribute__((ext_vector_type(64)));

#define VDB_LEVEL_SOURCE "cells_level.h"
#include "each_level.h"
