// Cells: which of many neighbours in columns of attributes match a filter.
//
// A set of entries has bit i % 64 of word i / 64 for entry i, in as many words as `count`
// entries need. The other conventions are those of vdb_kernels.h, which includes this.

#ifndef VDB_CELLS_H
#define VDB_CELLS_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// Adds the cells that are in low ... low + span to the set. `width` is the bytes of a
// cell, 1, 4 or 8, aligned to it; low + span fits a cell. Exact.
void vdb_cells_within(const void *cells, size_t width, size_t count, uint64_t low,
                      uint64_t span, uint64_t *bits);

// The places of keys in which bit 2 i is bit i of the latitude and bit 2 i + 1 that of the
// longitude.
void vdb_places_of_keys(const uint64_t *keys, size_t count, uint32_t *latitudes,
                        uint32_t *longitudes);

// A range of latitudes and one of longitudes, which fit a cell.
typedef struct vdb_box {
    uint32_t latitude, latitude_span;
    uint32_t longitude, longitude_span;
} vdb_box;

// Adds the places in the box to the set. Exact.
void vdb_places_in_box(const vdb_box *box, const uint32_t *latitudes,
                       const uint32_t *longitudes, size_t count, uint64_t *bits);

// A circle on the sphere, for places given by cells of `step` radians each.
typedef struct vdb_circle {
    double latitude, longitude;  // the centre, in whole cells
    double step;
    double turn;                 // cells of all longitudes
    double cosine, sine;         // of the centre's latitude
    double inner, outer;         // sin^2 of half the angle of the radius, less and more a little
} vdb_circle;

// Takes those out of the set that are surely not in the circle, and makes `open` those of
// the others that are not surely in it: where bounds on the distance do not tell. The bounds
// are a share of 1e-4 apart up to some hundred kilometres, more beyond. Levels may differ in
// which of the places at the border they leave open. The set has no bits from `count` on.
void vdb_places_in_circle(const vdb_circle *circle, const uint32_t *latitudes,
                          const uint32_t *longitudes, size_t count, uint64_t *bits,
                          uint64_t *open);

#ifdef __cplusplus
}
#endif

#endif
