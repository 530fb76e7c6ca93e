/// How far a range search must look to find a share of what is within its distance
/// (`Formats/models.md`, "Calibration").
package struct RangePoint: Sendable, Hashable {
    /// 0 … 1.
    package let share: Float
    /// The greatest reach of the lists that hold this share; see `RangeBound.reach`.
    package let reach: Float
    /// By how many of their typical errors the estimates of this share exceed the distances at
    /// most; see `RangeBound.typicalError`.
    package let spread: Float

    package init(share: Float, reach: Float, spread: Float) {
        self.share = share
        self.reach = reach
        self.spread = spread
    }
}
