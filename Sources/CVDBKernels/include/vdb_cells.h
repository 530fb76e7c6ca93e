// Cells: which of up to 64 neighbours in a column of attributes match a filter.
//
// The conventions are those of vdb_kernels.h, which includes this.

#ifndef VDB_CELLS_H
#define VDB_CELLS_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// Bit i: cells[i] is in low ... low + span. `width` is the bytes of a cell, 1, 4 or
// 8, aligned to it; low + span fits a cell. Bits from count <= 64 on are 0. Exact.
uint64_t vdb_cells_within(const void *cells, size_t width, size_t count, uint64_t low,
                          uint64_t span);

// A circle on the sphere, for places given by cells of `step` radians each.
typedef struct vdb_circle {
    double latitude, longitude;  // the centre, in cells
    double step;
    double turn;                 // cells of all longitudes
    double cosine, sine;         // of the centre's latitude
    double inner, outer;         // sin^2 of half the angle of the radius, less and more a little
} vdb_circle;

// Bit i of *inside: the place is surely in the circle; of *outside: surely not.
// Neither, where bounds on its distance do not tell; the bounds are a share of
// 1e-7 apart up to some hundred kilometres, more beyond. Bits from count <= 64 on are
// 0. Levels may differ in which of the places at the very border they leave open.
void vdb_places_within(const vdb_circle *circle, const uint32_t *latitudes,
                       const uint32_t *longitudes, size_t count, uint64_t *inside,
                       uint64_t *outside);

#ifdef __cplusplus
}
#endif

#endif
