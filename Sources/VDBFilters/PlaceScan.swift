internal import VDBPrimitives

/// Up to 256 neighbouring places, compared to bits.
struct PlaceScan {
    let latitudes: UnsafePointer<UInt32>
    let longitudes: UnsafePointer<UInt32>
    let count: Int

    typealias Bits = EntryStrip.Bits

    /// A bit for each place that is in one of some rectangles; 0 from `count` on.
    func matches(_ rectangles: [CellRectangle]) -> Bits {
        var bits = Bits()
        for rectangle in rectangles {
            bits.withWords {
                CellKernel.places(
                    latitude: rectangle.latitude.ofPlaces,
                    longitude: rectangle.longitude.ofPlaces, latitudes: latitudes,
                    longitudes: longitudes, count: count, addingTo: $0)
            }
        }
        return bits
    }

    /// Takes the places that are surely not within a circle out of `bits`; returns those of the
    /// others that are not surely within it.
    func keep(within circle: CellCircle, in bits: inout Bits) -> Bits {
        var undecided = Bits()
        bits.withWords { bits in
            undecided.withWords { undecided in
                CellKernel.keepPlaces(
                    within: circle, latitudes: latitudes, longitudes: longitudes, count: count,
                    in: bits, open: undecided)
            }
        }
        return undecided
    }
}

extension CellRange {
    /// The least cell and the span of cells of 4 bytes.
    fileprivate var ofPlaces: (low: UInt32, span: UInt32) {
        (UInt32(low), UInt32(high - low))
    }
}
