internal import VDBPrimitives

/// Up to 256 neighbouring cells of a column, compared to bits.
struct CellScan {
    let view: ColumnView
    /// The first cell.
    let start: Int
    let count: Int

    typealias Bits = EntryStrip.Bits

    /// Cell `index` of these.
    subscript(index: Int) -> UInt64 {
        switch view.width {
        case .one: UInt64(cells(of: UInt8.self)[index])
        case .four: UInt64(cells(of: UInt32.self)[index])
        case .eight: cells(of: UInt64.self)[index]
        }
    }

    /// A bit for each cell that is in one of some ranges; 0 from `count` on.
    func matches(_ ranges: [CellRange]) -> Bits {
        var bits = Bits()
        for range in ranges where range.low <= view.width.maximum {
            bits.withWords {
                CellKernel.within(
                    view.cells + start * view.width.size, width: view.width, count: count,
                    low: range.low, span: min(range.high, view.width.maximum) - range.low,
                    addingTo: $0)
            }
        }
        return bits
    }

    /// A bit for each cell that fulfils the condition; 0 from `count` on.
    func matches(_ condition: (UInt64) -> Bool) -> Bits {
        var bits = Bits()
        for index in 0..<count {
            bits[index >> 6] |= (condition(self[index]) ? 1 : 0) << UInt64(index & 63)
        }
        return bits
    }

    func cells<Cell: FixedWidthInteger>(of type: Cell.Type) -> UnsafePointer<Cell> {
        view.cells.assumingMemoryBound(to: Cell.self) + start
    }
}

/// Up to 256 neighbouring places.
struct PlaceScan {
    let latitudes: CellScan
    let longitudes: CellScan

    typealias Bits = EntryStrip.Bits

    /// A bit for each place that is in one of some rectangles; 0 from the last place on.
    func matches(_ rectangles: [CellRectangle]) -> Bits {
        var bits = Bits()
        for rectangle in rectangles {
            bits.withWords {
                CellKernel.places(
                    latitude: rectangle.latitude.ofPlaces,
                    longitude: rectangle.longitude.ofPlaces,
                    latitudes: latitudes.cells(of: UInt32.self),
                    longitudes: longitudes.cells(of: UInt32.self), count: latitudes.count,
                    addingTo: $0)
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
                    within: circle, latitudes: latitudes.cells(of: UInt32.self),
                    longitudes: longitudes.cells(of: UInt32.self), count: latitudes.count,
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
