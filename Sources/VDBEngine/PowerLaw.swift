/// Roots without a library of mathematics.
enum PowerLaw {
    /// A root of a number of 0 … 1: that part of the exponent, then Newton's method.
    @inline(__always)
    static func root(_ degree: Int, of value: Double) -> Double {
        guard value > 0 else { return 0 }
        // Read as an integer, the bits of a float are its logarithm, nearly, in steps of 2⁻⁵².
        let one = Double(1).bitPattern
        var root = Double(bitPattern: one - (one - value.bitPattern) / UInt64(degree))
        for _ in 0..<3 {
            var power = root
            for _ in 2..<degree { power *= root }
            root = (Double(degree - 1) * root + value / power) / Double(degree)
        }
        return root
    }
}
