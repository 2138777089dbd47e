/// A route of this plugin.
///
/// The host says which request came, not which pattern it matched, so the path is matched here once more.
struct Route {
    enum Segment {
        case literal([UInt8])
        case param
        case rest

        /// What is preferred where two routes match: a literal, then `:name`, then `*name`.
        var rank: Int {
            switch self {
            case .literal: 2
            case .param: 1
            case .rest: 0
            }
        }
    }

    private let method: [UInt8]
    private let segments: [Segment]
    let answer: (borrowing Request) -> Response

    init(method: String, pattern: String, answer: @escaping (borrowing Request) -> Response) {
        self.method = [UInt8](method.utf8)
        self.answer = answer
        self.segments = pattern.utf8.dropFirst().split(separator: slash, omittingEmptySubsequences: false).map { part in
            switch part.first {
            case UInt8(ascii: ":"): .param
            case UInt8(ascii: "*"): .rest
            default: .literal([UInt8](part))
            }
        }
    }

    func matches(_ request: borrowing Request) -> Bool {
        guard request.method.isEqual(to: self.method) else { return false }
        let path = request.path
        // Offset of the segment to look at; one past the end plus one when none is left.
        var start = 1
        for segment in self.segments {
            if case .rest = segment { return true }
            guard start <= path.byteCount else { return false }
            var end = start
            while end < path.byteCount, path.byte(at: end) != slash { end += 1 }
            if case .literal(let bytes) = segment, !path.extracting(start..<end).isEqual(to: bytes) { return false }
            start = end + 1
        }
        return start > path.byteCount
    }

    /// Whether this route is to be preferred to `other`, both matching the same path.
    func isMoreSpecific(than other: Route) -> Bool {
        for (mine, theirs) in zip(self.segments, other.segments) where mine.rank != theirs.rank {
            return mine.rank > theirs.rank
        }
        return true
    }
}

private let slash = UInt8(ascii: "/")

extension RawSpan {
    fileprivate func isEqual(to bytes: [UInt8]) -> Bool {
        guard self.byteCount == bytes.count else { return false }
        for offset in bytes.indices where self.byte(at: offset) != bytes[offset] { return false }
        return true
    }
}
