package import VDBPrimitives
package import VDBQuantizers

/// How the vectors of a list are coded; raw values are stored (`Formats/lists.md`).
package enum Codec: UInt8, Sendable, Hashable, CaseIterable {
    /// Product quantization, 4 bits a subspace, in interleaved groups of 32 entries.
    case pq4 = 1
    /// Product quantization, 8 bits a subspace, entry after entry.
    case pq8 = 2
    /// The vectors themselves, which are bits, entry after entry; a "subspace" is a byte.
    case bits = 3

    package init(_ shape: ProductQuantizer.Shape) {
        self = shape.isExact ? .bits : shape.bitsPerSubspace == 4 ? .pq4 : .pq8
    }

    /// Whether an entry has α and β: where its distance is exact, there is nothing to correct.
    var hasCorrections: Bool { self != .bits }
}

/// Entries of one list, unpacked: what blocks are made from and taken apart to.
package struct ListEntries: Sendable, Hashable {
    package let codec: Codec
    package let subspaceCount: Int
    /// `count × subspaceCount`, one code a byte, entry after entry.
    package var codes: [UInt8] = []
    /// The scale α and the offset β of each entry's estimate; 0 where codes are exact.
    package var alphas: [Float] = []
    package var betas: [Float] = []
    package var rows: [UInt32] = []
    package var columns: [ColumnBuffer]

    package var count: Int { rows.count }

    package init(codec: Codec, subspaceCount: Int, shape: RecordShape) {
        self.codec = codec
        self.subspaceCount = subspaceCount
        columns = shape.columns.map { ColumnBuffer(width: $0) }
    }

    /// Adds an entry; `cells` are its attributes' in the order of the columns.
    package mutating func append(
        code: some Sequence<UInt8>, alpha: Float, beta: Float, row: UInt32, cells: [UInt64?]
    ) {
        codes.append(contentsOf: code)
        alphas.append(alpha)
        betas.append(beta)
        rows.append(row)
        for index in columns.indices { columns[index].append(cells[index]) }
    }

    /// The code of entry `index`.
    package func code(_ index: Int) -> ArraySlice<UInt8> {
        codes[index * subspaceCount..<(index + 1) * subspaceCount]
    }

    package mutating func append(contentsOf other: ListEntries) {
        codes.append(contentsOf: other.codes)
        alphas.append(contentsOf: other.alphas)
        betas.append(contentsOf: other.betas)
        rows.append(contentsOf: other.rows)
        for index in columns.indices {
            for cell in 0..<other.count { columns[index].append(other.columns[index][cell]) }
        }
    }

    /// The entries at `indices`, in their order.
    package func picking(_ indices: some Collection<Int>) -> ListEntries {
        var result = self
        result.codes = []
        result.codes.reserveCapacity(indices.count * subspaceCount)
        for index in indices {
            result.codes.append(
                contentsOf: codes[index * subspaceCount..<(index + 1) * subspaceCount])
        }
        result.alphas = indices.map { alphas[$0] }
        result.betas = indices.map { betas[$0] }
        result.rows = indices.map { rows[$0] }
        result.columns = columns.map { column in
            var picked = ColumnBuffer(width: column.width)
            for index in indices { picked.append(column[index]) }
            return picked
        }
        return result
    }

    /// All entries in ascending order of their rows.
    package func sortedByRow() -> ListEntries {
        let isSorted = zip(rows, rows.dropFirst()).allSatisfy { $0 < $1 }
        return isSorted ? self : picking(rows.indices.sorted { rows[$0] < rows[$1] })
    }

    package func slice(_ range: Range<Int>) -> ListEntries {
        var result = self
        let codeRange = range.lowerBound * subspaceCount..<range.upperBound * subspaceCount
        result.codes = Array(codes[codeRange])
        result.alphas = Array(alphas[range])
        result.betas = Array(betas[range])
        result.rows = Array(rows[range])
        result.columns = columns.map { $0.slice(range) }
        return result
    }
}
