/// What a `.dockerignore` leaves out: lines of patterns with `*`, `?` and `**`, comments, and exceptions with `!`.
///
/// As the engine's own client reads them, but for classes of characters (`[a-z]`), which stand for themselves here. The
/// last line that matches a path, or a folder that it is in, decides.
struct IgnoreRules: Sendable {
    private struct Rule {
        let segments: [[UInt8]]
        let isException: Bool
    }

    /// Rules that are read; the others are an error of whoever reads.
    static let maximumRules = 1_000

    private let rules: [Rule]

    init(_ text: String = "") {
        self.rules = text.split(whereSeparator: \.isNewline).prefix(Self.maximumRules).compactMap { line in
            var words = line.drop { $0 == " " || $0 == "\t" }
            while let last = words.last, last == " " || last == "\t" { words = words.dropLast() }
            guard let first = words.first, first != "#" else { return nil }
            let isException = first == "!"
            if isException { words = words.dropFirst() }
            let segments = words.split(separator: "/").filter { $0 != "." }.map { Array($0.utf8) }
            return segments.isEmpty ? nil : Rule(segments: segments, isException: isException)
        }
    }

    /// Whether a folder that is left out may hold what is not.
    var hasExceptions: Bool { self.rules.contains { $0.isException } }

    func leavesOut(_ path: String) -> Bool {
        let segments = path.split(separator: "/").map { Array($0.utf8) }
        var isOut = false
        for rule in self.rules where rule.isException == isOut {
            let isMatch = (1...max(segments.count, 1)).contains {
                Self.matches(rule.segments[...], segments.prefix($0))
            }
            if isMatch { isOut = !rule.isException }
        }
        return isOut
    }

    private static func matches(_ pattern: ArraySlice<[UInt8]>, _ path: ArraySlice<[UInt8]>) -> Bool {
        // Where the rest of the pattern may match, instead of trying every way: bounded by pattern times path.
        var reachable: Set<Int> = [path.startIndex]
        for segment in pattern {
            var next: Set<Int> = []
            if segment == Array("**".utf8) {
                if let first = reachable.min() { next = Set(first...path.endIndex) }
            } else {
                for index in reachable where index < path.endIndex && Self.glob(segment, path[index]) {
                    next.insert(index + 1)
                }
            }
            reachable = next
        }
        return reachable.contains(path.endIndex)
    }

    private static func glob(_ pattern: [UInt8], _ text: [UInt8]) -> Bool {
        var (place, index) = (0, 0)
        var retry: (place: Int, index: Int)?
        while index < text.count || place < pattern.count {
            if place < pattern.count, pattern[place] == UInt8(ascii: "*") {
                retry = (place, index)
                place += 1
            } else if place < pattern.count, index < text.count,
                pattern[place] == text[index] || pattern[place] == UInt8(ascii: "?")
            {
                place += 1
                index += 1
            } else if let last = retry, last.index < text.count {
                retry = (last.place, last.index + 1)
                (place, index) = (last.place + 1, last.index + 1)
            } else {
                return false
            }
        }
        return true
    }
}
