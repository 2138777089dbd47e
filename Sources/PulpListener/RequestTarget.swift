import NIOCore

/// The request target taken apart: where the authority and the query are, and the decoded path.
///
/// The path is percent-decoded first and only then split on `/`, as the reference does, so `%2F` separates segments.
/// Invalid escapes, an escaped NUL and bytes that are not UTF-8 are refused.
struct RequestTarget {
    /// Decoded; starts with `/`, or is `*` for the asterisk form.
    var path: String
    /// Offsets of what follows the `?`, or nil without one.
    var query: ByteRange?
    /// Of an absolute-form target: it counts instead of `Host`.
    var authority: ByteRange?
    /// Whether the path has an empty, `.` or `..` segment, for which the client is sent to the clean one.
    var isUnclean = false

    init(_ bytes: Span<UInt8>, _ range: ByteRange, method: String) throws(RequestFault) {
        if method == "CONNECT" { throw RequestFault(501, "this server is no proxy: CONNECT is not done") }
        var pathStart = range.start
        if bytes[range.start] != HTTPSyntax.slash {
            if range.count == 1, bytes[range.start] == 0x2A {
                guard method == "OPTIONS" else { throw RequestFault(400, "the target `*` is only for OPTIONS") }
                self.path = "*"
                return
            }
            let authority = try Self.authority(bytes, range)
            self.authority = authority
            pathStart = authority.end
        }
        var pathEnd = pathStart
        var escapes = 0
        var isPlain = true
        while pathEnd < range.end, bytes[pathEnd] != HTTPSyntax.questionMark {
            let byte = bytes[pathEnd]
            if byte == HTTPSyntax.percent { escapes += 1 }
            if byte == 0x23 { throw RequestFault(400, "the request target holds a fragment") }
            if byte == HTTPSyntax.slash, pathEnd + 1 < range.end {
                let next = bytes[pathEnd + 1]
                if next == HTTPSyntax.slash || next == 0x2E { isPlain = false }
            }
            pathEnd += 1
        }
        if pathEnd < range.end { self.query = ByteRange(start: pathEnd + 1, end: range.end) }
        if pathStart == pathEnd {
            self.path = "/"
        } else if escapes == 0 {
            self.path = try Self.text(bytes.extracting(pathStart..<pathEnd))
        } else {
            self.path = try Self.decoded(bytes.extracting(pathStart..<pathEnd), escapes: escapes)
            isPlain = false
        }
        if !isPlain { self.isUnclean = RequestPath.isUnclean(self.path) }
    }

    /// The authority of `http://authority/path`.
    private static func authority(_ bytes: Span<UInt8>, _ range: ByteRange) throws(RequestFault) -> ByteRange {
        let http = ByteRange(start: range.start, end: min(range.start + 7, range.end))
        let https = ByteRange(start: range.start, end: min(range.start + 8, range.end))
        var start = range.start
        if HTTPSyntax.equals(bytes, http, "http://") {
            start = http.end
        } else if HTTPSyntax.equals(bytes, https, "https://") {
            start = https.end
        }
        var end = start
        while end < range.end, HTTPSyntax.isAuthority(bytes[end]) { end += 1 }
        let isEnded = end == range.end || bytes[end] == HTTPSyntax.slash || bytes[end] == HTTPSyntax.questionMark
        guard start > range.start, end > start, isEnded else {
            throw RequestFault(400, "the request target is neither a path nor an http URL")
        }
        return ByteRange(start: start, end: end)
    }

    private static func text(_ bytes: Span<UInt8>) throws(RequestFault) -> String {
        guard let valid = try? UTF8Span(validating: bytes) else {
            throw RequestFault(400, "the path is not UTF-8")
        }
        return String(copying: valid)
    }

    private static func decoded(_ bytes: Span<UInt8>, escapes: Int) throws(RequestFault) -> String {
        var decoded: [UInt8] = []
        decoded.reserveCapacity(bytes.count)
        var position = 0
        while position < bytes.count {
            let byte = bytes[position]
            guard byte == HTTPSyntax.percent else {
                decoded.append(byte)
                position += 1
                continue
            }
            guard position + 2 < bytes.count, let high = HTTPSyntax.hexValue(bytes[position + 1]),
                let low = HTTPSyntax.hexValue(bytes[position + 2])
            else { throw RequestFault(400, "a `%` in the path is not followed by two hexadecimal digits") }
            let value = high << 4 | low
            guard value != 0 else { throw RequestFault(400, "the path holds an escaped NUL") }
            decoded.append(value)
            position += 3
        }
        return try Self.text(decoded.span)
    }
}

/// Clean paths: no empty, `.` or `..` segments before the last slash.
enum RequestPath {
    /// Whether `path` has a segment that cleaning would remove; one trailing slash is clean.
    static func isUnclean(_ path: String) -> Bool {
        let segments = path.utf8.split(separator: HTTPSyntax.slash, omittingEmptySubsequences: false)
        for (index, segment) in segments.enumerated() where index > 0 {
            let isLast = index == segments.count - 1
            if segment.isEmpty, !isLast { return true }
            if segment.elementsEqual([0x2E]) || segment.elementsEqual([0x2E, 0x2E]) { return true }
        }
        return false
    }

    /// The path with `.` and empty segments dropped and `..` resolved; a trailing slash stays.
    static func clean(_ path: String) -> String {
        var kept: [Substring.UTF8View] = []
        let segments = path.utf8.split(separator: HTTPSyntax.slash, omittingEmptySubsequences: false)
        for segment in segments {
            if segment.isEmpty || segment.elementsEqual([0x2E]) { continue }
            if segment.elementsEqual([0x2E, 0x2E]) {
                _ = kept.popLast()
            } else {
                kept.append(segment)
            }
        }
        var clean = "/" + kept.map { String(Substring($0)) }.joined(separator: "/")
        if path.utf8.last == HTTPSyntax.slash, !kept.isEmpty { clean += "/" }
        return clean
    }

    /// The path with everything escaped that may not stand in a URL path as it is.
    static func escaped(_ path: String) -> String {
        let digits = Array("0123456789ABCDEF".utf8)
        var escaped: [UInt8] = []
        for byte in path.utf8 {
            if HTTPSyntax.isPath(byte) {
                escaped.append(byte)
            } else {
                escaped += [HTTPSyntax.percent, digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return String(decoding: escaped, as: UTF8.self)
    }
}

/// The pairs of a query string, as the reference's `net/http` reads them.
///
/// Split on `&`, then on the first `=`; `+` is a space; a pair with `;` or an invalid escape is dropped.
package struct QueryItems: Sequence, IteratorProtocol {
    private var rest: [UInt8].SubSequence

    init(_ bytes: Span<UInt8>) {
        var copy: [UInt8] = []
        copy.reserveCapacity(bytes.count)
        for position in 0..<bytes.count { copy.append(bytes[position]) }
        self.rest = copy[...]
    }

    init() { self.rest = [] }

    package mutating func next() -> (name: String, value: String)? {
        while !self.rest.isEmpty {
            let end = self.rest.firstIndex(of: 0x26) ?? self.rest.endIndex
            let pair = self.rest[self.rest.startIndex..<end]
            self.rest = end == self.rest.endIndex ? [] : self.rest[(end + 1)...]
            guard !pair.isEmpty, !pair.contains(0x3B) else { continue }
            let equals = pair.firstIndex(of: 0x3D)
            let name = Self.decoded(pair[pair.startIndex..<(equals ?? pair.endIndex)])
            let value = equals.map { Self.decoded(pair[($0 + 1)...]) } ?? .some("")
            if let name, let value { return (name, value) }
        }
        return nil
    }

    private static func decoded(_ bytes: [UInt8].SubSequence) -> String? {
        var decoded: [UInt8] = []
        decoded.reserveCapacity(bytes.count)
        var position = bytes.startIndex
        while position < bytes.endIndex {
            var byte = bytes[position]
            if byte == HTTPSyntax.percent {
                guard position + 2 < bytes.endIndex, let high = HTTPSyntax.hexValue(bytes[position + 1]),
                    let low = HTTPSyntax.hexValue(bytes[position + 2])
                else { return nil }
                byte = high << 4 | low
                position += 2
            } else if byte == 0x2B {
                byte = HTTPSyntax.space
            }
            decoded.append(byte)
            position += 1
        }
        return String(decoding: decoded, as: UTF8.self)
    }
}
