/// Finds what was probably meant by a name that does not exist.
package enum NearestName {
    /// Longer names are not compared: the time grows with the product of the lengths.
    private static let longestName = 64

    /// The candidate with the fewest single-letter changes from `name`, if they are few enough to be a slip.
    ///
    /// Case does not count. Of equally near candidates the first is taken.
    package static func find(_ name: String, among candidates: some Sequence<String>) -> String? {
        let wanted = Array(name.lowercased().unicodeScalars)
        guard 1...longestName ~= wanted.count else { return nil }
        var nearest: (name: String, distance: Int)?
        for candidate in candidates {
            let other = Array(candidate.lowercased().unicodeScalars.prefix(longestName))
            let distance = distance(wanted, other)
            if distance <= max(1, max(wanted.count, other.count) / 3), distance < nearest?.distance ?? .max {
                nearest = (candidate, distance)
            }
        }
        return nearest?.name
    }

    /// The number of insertions, deletions, replacements and swaps of neighbours between two names.
    private static func distance(_ left: [Unicode.Scalar], _ right: [Unicode.Scalar]) -> Int {
        var beforeLast: [Int] = []
        var last = Array(0...right.count)
        for (row, scalar) in left.enumerated() {
            var current = [row + 1]
            for (column, other) in right.enumerated() {
                let replaced = last[column] + (scalar == other ? 0 : 1)
                var best = min(replaced, last[column + 1] + 1, current[column] + 1)
                if row > 0, column > 0, scalar == right[column - 1], left[row - 1] == other {
                    best = min(best, beforeLast[column - 1] + 1)
                }
                current.append(best)
            }
            beforeLast = last
            last = current
        }
        return last[right.count]
    }
}
