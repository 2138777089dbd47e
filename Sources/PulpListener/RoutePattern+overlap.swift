extension RoutePattern {
    /// Whether some path matches both patterns.
    func overlaps(_ other: RoutePattern) -> Bool {
        var (mine, others) = (self.segments[...], other.segments[...])
        while let left = mine.first, let right = others.first {
            if left == .rest || right == .rest { return true }
            if case .literal(let one) = left, case .literal(let two) = right, !one.utf8.elementsEqual(two.utf8) {
                return false
            }
            mine = mine.dropFirst()
            others = others.dropFirst()
        }
        // A rest matches no segments too.
        return (mine.isEmpty || mine.first == .rest) && (others.isEmpty || others.first == .rest)
    }

    /// Whether both match the same paths, whatever their parameters are called.
    func hasShape(of other: RoutePattern) -> Bool { self.segments == other.segments }
}

extension RouteTable {
    /// Whether two patterns are different and some path matches both; false for what is no pattern.
    package static func isAmbiguous(_ pattern: String, _ other: String) -> Bool {
        do throws(RouteError) {
            let (one, two) = (try RoutePattern(pattern), try RoutePattern(other))
            return !one.hasShape(of: two) && one.overlaps(two)
        } catch {
            return false
        }
    }
}
