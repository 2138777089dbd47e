/// A route's pattern.
///
/// The host says which path came and what was captured, not which pattern matched it. Putting what was captured into
/// the pattern gives the path exactly where this is the pattern: also where a captured part holds a slash.
struct Pattern {
    private let bytes: [UInt8]

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    func matches(_ request: borrowing Request) -> Bool {
        let path = request.pathSpan
        let params = request.params
        // Offsets in the pattern and in the path.
        var (at, reached) = (0, 0)
        while at < self.bytes.count {
            let byte = self.bytes[at]
            guard byte == 0x3a || byte == 0x2a, at > 0, self.bytes[at - 1] == 0x2f else {
                guard reached < path.byteCount, path.byte(at: reached) == byte else { return false }
                at += 1
                reached += 1
                continue
            }
            let name = at + 1
            while at < self.bytes.count, self.bytes[at] != 0x2f { at += 1 }
            guard let value = params.span(named: self.bytes.wireBytes.extracting(name..<at)),
                value.byteCount <= path.byteCount - reached,
                value.isEqual(to: path.extracting(reached..<(reached + value.byteCount)))
            else { return false }
            reached += value.byteCount
        }
        return reached == path.byteCount
    }
}
