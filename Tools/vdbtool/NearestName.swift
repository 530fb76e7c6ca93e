/// The name that `word` was probably meant to be, or nil if none is near.
///
/// By the number of letters to insert, remove, replace or swap (optimal string alignment
/// distance): at most a third of the word's length, and at least one. A word that is the beginning
/// of a single name is near to it whatever its length.
func nearestName(to word: String, among names: [String]) -> String? {
    let begun = names.filter { word.count >= 2 && $0.hasPrefix(word) }
    if begun.count == 1 { return begun[0] }
    let limit = max(1, word.count / 3)
    return
        names
        .map { (name: $0, distance: editDistance(word, $0)) }
        .filter { $0.distance <= limit }
        .min { $0.distance < $1.distance }?.name
}

/// Insertions, removals, replacements and swaps of neighbours between two words.
func editDistance(_ left: String, _ right: String) -> Int {
    let left = Array(left)
    let right = Array(right)
    var beforeLast: [Int] = []
    var last = Array(0...right.count)
    for (row, letter) in left.enumerated() {
        var current = [row + 1]
        for (column, other) in right.enumerated() {
            var best = min(
                last[column] + (letter == other ? 0 : 1), last[column + 1] + 1, current[column] + 1)
            if row > 0, column > 0, letter == right[column - 1], left[row - 1] == other {
                best = min(best, beforeLast[column - 1] + 1)
            }
            current.append(best)
        }
        (beforeLast, last) = (last, current)
    }
    return last[right.count]
}
