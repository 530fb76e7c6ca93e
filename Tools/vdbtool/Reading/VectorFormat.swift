internal import VectorDB

/// The formats of vectors that can be read.
enum VectorFormat: String, CaseIterable {
    case fvecs, bvecs, fbin, u8bin, i8bin, npy, idx, jsonl

    /// The format that a file's name tells, or nil; `.gz` at its end is not looked at.
    init?(fileName path: String) {
        let last = path.split(separator: "/").last.map { String($0).lowercased() } ?? ""
        let name = last.hasSuffix(".gz") ? String(last.dropLast(3)) : last
        if let known = Self.allCases.first(where: { name.hasSuffix(".\($0.rawValue)") }) {
            self = known
        } else if name.hasSuffix(".ndjson") {
            self = .jsonl
        } else if name.hasSuffix("-ubyte"), name.contains("idx") {
            // As the MNIST files are called: train-images-idx3-ubyte.
            self = .idx
        } else {
            return nil
        }
    }

    /// Opens a file of vectors for a database.
    ///
    /// - Parameters:
    ///   - name: the format's, as given by an option; nil goes by the file's name.
    ///   - toleratesBadValues: whether values of attributes that cannot be read are collected
    ///     instead of being an error.
    static func open(
        _ path: String, format name: VectorFormat? = nil, schema: Schema,
        toleratesBadValues: Bool = false
    ) throws(ToolFailure) -> any VectorReader {
        guard path != "-" || name != nil else {
            throw .usage("cannot tell the format of standard input: --format says it")
        }
        guard let format = name ?? VectorFormat(fileName: path) else {
            throw .usage(
                "cannot tell the format of \(path) by its name; its end must be one of "
                    + allCases.map { ".\($0.rawValue)" }.joined(separator: ", ")
                    + ", or --format say it where there is that option")
        }
        let source = try ByteSource(opening: path)
        let reader: any VectorReader =
            if let layout = try format.layout(source) {
                FixedRowReader(source, layout.fitting(schema))
            } else {
                try JSONLinesReader(source, schema, toleratesBadValues: toleratesBadValues)
            }
        guard reader.dimension == schema.dimension else {
            let bits = ElementType.bit.vectorSize(dimension: schema.dimension)
            throw .badInput(
                "cannot use \(path): its vectors have \(reader.dimension) components, "
                    + "the database's have \(schema.dimension)"
                    + (schema.element == .bit ? " bits, which are \(bits) bytes" : ""))
        }
        return reader
    }

    /// How the rows lie; nil for JSON.
    private func layout(_ source: ByteSource) throws(ToolFailure) -> RowLayout? {
        switch self {
        case .fvecs: try Vecs.layout(source, .float32)
        case .bvecs: try Vecs.layout(source, .uint8)
        case .fbin: try Bin.layout(source, .float32)
        case .u8bin: try Bin.layout(source, .uint8)
        case .i8bin: try Bin.layout(source, .int8)
        case .npy: try Numpy.layout(source)
        case .idx: try IDX.layout(source)
        case .jsonl: nil
        }
    }
}
