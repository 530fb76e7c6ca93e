// One vector level of cells.c; see lanes.h.
//
// A comparison of two vectors becomes one bit a lane, so that a word of 64 answers
// takes a handful of instructions.

TARGET uint64_t NAMED(cells_within)(const void *cells, size_t width, size_t count, uint64_t low,
                                    uint64_t span) {
    uint64_t bits = 0;
    size_t i = 0;
    if (width == 8) {
        for (; i + 8 <= count; i += 8) {
            cells8 cell;
            memcpy(&cell, (const uint64_t *)cells + i, sizeof cell);
            bits8 found = __builtin_convertvector(cell - low <= span, bits8);
            bits |= (uint64_t)__builtin_bit_cast(uint8_t, found) << i;
        }
    } else if (width == 4) {
        for (; i + 16 <= count; i += 16) {
            cells4 cell;
            memcpy(&cell, (const uint32_t *)cells + i, sizeof cell);
            bits16 found = __builtin_convertvector(
                cell - (uint32_t)low <= (uint32_t)span, bits16);
            bits |= (uint64_t)__builtin_bit_cast(uint16_t, found) << i;
        }
    } else if (count == 64) {
        cells1 cell;
        memcpy(&cell, cells, sizeof cell);
        bits64 found = __builtin_convertvector(cell - (uint8_t)low <= (uint8_t)span, bits64);
        bits = __builtin_bit_cast(uint64_t, found);
        i = 64;
    }
    return bits | range_scalar_from(cells, width, i, count, low, span);
}

TARGET void NAMED(places_within)(const vdb_circle *circle, const uint32_t *latitudes,
                                 const uint32_t *longitudes, size_t count, uint64_t *inside,
                                 uint64_t *outside) {
    uint64_t in = 0, out = 0;
    size_t i = 0;
    for (; i + 8 <= count; i += 8) {
        half_cells4 latitude, longitude;
        memcpy(&latitude, latitudes + i, sizeof latitude);
        memcpy(&longitude, longitudes + i, sizeof longitude);
        places8 north = __builtin_convertvector(latitude, places8) - circle->latitude;
        places8 turn = __builtin_elementwise_abs(
            __builtin_convertvector(longitude, places8) - circle->longitude);
        turn = __builtin_elementwise_min(turn, circle->turn - turn);
        north *= circle->step;
        turn *= circle->step;
        places8 least, most;
        CIRCLE_BOUNDS(places8, circle, north, turn, least, most);
        bits8 is_in = __builtin_convertvector(most < circle->inner, bits8);
        bits8 is_out = __builtin_convertvector(least > circle->outer, bits8);
        in |= (uint64_t)__builtin_bit_cast(uint8_t, is_in) << i;
        out |= (uint64_t)__builtin_bit_cast(uint8_t, is_out) << i;
    }
    circle_scalar_from(circle, latitudes, longitudes, i, count, &in, &out);
    *inside = in;
    *outside = out;
}
