import PulpEgress

/// An absolute `http` or `https` URL, taken apart once: what is checked is what is connected to.
///
/// Strict where a lenient reading could mean another host (backslashes, controls, percent signs and other scripts in the
/// authority are refused), lenient in path and query, whose odd bytes are percent-encoded.
struct OutboundURL: Hashable, Sendable {
    let isSecure: Bool
    /// A name in lower case, or an address without brackets.
    let host: String
    let port: UInt16
    /// Path and query; begins with `/`.
    let target: String
    /// What stood before `@`, decoded; nil without.
    let credentials: [UInt8]?

    /// The longest that is taken, in bytes.
    static let maximumBytes = 16 * 1024

    init(_ text: String) throws(FetchFailure) {
        let bytes = Array(text.utf8)
        guard !bytes.isEmpty else { throw FetchFailure(.badRequest, "the URL is empty") }
        guard bytes.count <= Self.maximumBytes else {
            throw FetchFailure(.badRequest, "the URL has more than \(Self.maximumBytes) bytes")
        }
        guard bytes.allSatisfy({ $0 >= 0x20 && $0 != 0x7f }) else {
            throw FetchFailure(.badRequest, "the URL holds a line break or another control character")
        }
        guard let scheme = Self.scheme(of: bytes[...]) else {
            throw FetchFailure(.badRequest, "the URL has no scheme: it must begin with http:// or https://")
        }
        guard scheme == "http" || scheme == "https" else {
            throw FetchFailure(.badRequest, "the URL's scheme is not http or https")
        }
        let rest = bytes[(scheme.utf8.count + 1)...]
        guard rest.starts(with: "//".utf8) else { throw FetchFailure(.badRequest, "the URL has no host") }
        let afterSlashes = rest.dropFirst(2)
        let end = afterSlashes.firstIndex { "/?#\\".utf8.contains($0) } ?? afterSlashes.endIndex
        guard end == afterSlashes.endIndex || afterSlashes[end] != UInt8(ascii: "\\") else {
            throw FetchFailure(.badRequest, "the URL's authority is followed by a backslash")
        }
        self.isSecure = scheme == "https"
        let authority = try Authority(afterSlashes[..<end])
        self.host = authority.host
        self.port = authority.port ?? (scheme == "https" ? 443 : 80)
        self.credentials = authority.credentials
        self.target = Self.target(afterSlashes[end...])
    }

    private init(_ base: OutboundURL, target: String) {
        self.isSecure = base.isSecure
        self.host = base.host
        self.port = base.port
        self.credentials = nil
        self.target = target
    }

    /// Whether both have scheme, host and port in common.
    func isSameOrigin(as other: OutboundURL) -> Bool {
        self.isSecure == other.isSecure && self.host == other.host && self.port == other.port
    }

    /// The URL without credentials, for the client and for messages.
    var text: String { "\(self.isSecure ? "https" : "http")://\(self.authority)\(self.target)" }

    private var authority: String {
        let host = self.host.utf8.contains(UInt8(ascii: ":")) ? "[\(self.host)]" : self.host
        return self.port == (self.isSecure ? 443 : 80) ? host : "\(host):\(self.port)"
    }

    /// What a `Location` means that came with an answer from this URL (RFC 3986, section 5.2).
    func resolving(_ reference: String) throws(FetchFailure) -> OutboundURL {
        let bytes = Array(reference.utf8)
        if Self.scheme(of: bytes[...]) != nil { return try OutboundURL(reference) }
        if bytes.starts(with: "//".utf8) { return try OutboundURL((self.isSecure ? "https:" : "http:") + reference) }
        guard bytes.count <= Self.maximumBytes, bytes.allSatisfy({ $0 >= 0x20 && $0 != 0x7f }) else {
            throw FetchFailure(.redirects, "the server redirects to something that is no URL")
        }
        let path = Self.split(self.target).path
        switch bytes.first {
        case nil, UInt8(ascii: "#"): return OutboundURL(self, target: self.target)
        case UInt8(ascii: "?"): return OutboundURL(self, target: path + Self.encoded(Self.withoutFragment(bytes[...])))
        default: break
        }
        let relative = Self.encoded(Self.withoutFragment(bytes[...]))
        let (relativePath, relativeQuery) = Self.split(relative)
        let merged =
            relativePath.hasPrefix("/")
            ? relativePath : String(path[...(path.lastIndex(of: "/") ?? path.startIndex)]) + relativePath
        return OutboundURL(self, target: Self.withoutDots(merged) + relativeQuery)
    }
}

// MARK: Reading

extension OutboundURL {
    private struct Authority {
        var host: String
        var port: UInt16?
        var credentials: [UInt8]?

        init(_ bytes: ArraySlice<UInt8>) throws(FetchFailure) {
            var hostAndPort = bytes
            if let at = bytes.lastIndex(of: UInt8(ascii: "@")) {
                self.credentials = OutboundURL.decoded(bytes[..<at])
                hostAndPort = bytes[(at + 1)...]
            }
            var portText: ArraySlice<UInt8> = []
            if hostAndPort.first == UInt8(ascii: "[") {
                guard let end = hostAndPort.firstIndex(of: UInt8(ascii: "]")),
                    let address = IPAddress(
                        String(decoding: hostAndPort[(hostAndPort.startIndex + 1)..<end], as: UTF8.self)),
                    address.bitCount == 128
                else {
                    throw FetchFailure(.badRequest, "the URL's host in brackets is not an IPv6 address without a zone")
                }
                self.host = "\(address)"
                portText = hostAndPort[(end + 1)...]
            } else {
                let colon = hostAndPort.firstIndex(of: UInt8(ascii: ":")) ?? hostAndPort.endIndex
                portText = hostAndPort[colon...]
                guard let name = HostName(String(decoding: hostAndPort[..<colon], as: UTF8.self)) else {
                    throw FetchFailure(
                        .badRequest, "the URL's host is not a name: names in other scripts need their xn-- form")
                }
                self.host = IPAddress(name.text).map { "\($0)" } ?? name.text
            }
            guard !portText.isEmpty, portText != [UInt8(ascii: ":")] else { return }
            guard portText.first == UInt8(ascii: ":"),
                let number = UInt16(String(decoding: portText.dropFirst(), as: UTF8.self)), number > 0,
                portText.dropFirst().allSatisfy({ 0x30...0x39 ~= $0 })
            else { throw FetchFailure(.badRequest, "the URL's port is not in 1...65535") }
            self.port = number
        }
    }

    /// What stands before the first colon, in lower case, when it has the form of a scheme.
    private static func scheme(of bytes: ArraySlice<UInt8>) -> String? {
        guard let colon = bytes.firstIndex(of: UInt8(ascii: ":")), colon > bytes.startIndex else { return nil }
        let name = bytes[..<colon].map { 0x41...0x5a ~= $0 ? $0 | 0x20 : $0 }
        guard 0x61...0x7a ~= name[0],
            name.allSatisfy({ 0x61...0x7a ~= $0 || 0x30...0x39 ~= $0 || "+-.".utf8.contains($0) })
        else { return nil }
        return String(decoding: name, as: UTF8.self)
    }

    private static func target(_ bytes: ArraySlice<UInt8>) -> String {
        let rest = Self.encoded(Self.withoutFragment(bytes))
        return rest.hasPrefix("/") ? rest : "/" + rest
    }

    private static func withoutFragment(_ bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        bytes[..<(bytes.firstIndex(of: UInt8(ascii: "#")) ?? bytes.endIndex)]
    }

    /// Path, and query with its question mark.
    private static func split(_ target: String) -> (path: String, query: String) {
        let mark = target.firstIndex(of: "?") ?? target.endIndex
        return (String(target[..<mark]), String(target[mark...]))
    }

    private static func isPlain(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5a, 0x61...0x7a, 0x2d...0x2f, 0x3d, 0x3f, 0x5f: true
        default: "~!$&'()*+,;:@".utf8.contains(byte)
        }
    }

    private static func hexadecimal(_ byte: UInt8) -> UInt8? {
        switch byte {
        case 0x30...0x39: byte - 0x30
        case 0x41...0x46: byte - 0x41 + 10
        case 0x61...0x66: byte - 0x61 + 10
        default: nil
        }
    }

    /// Path and query with every byte encoded that may not stand there as it is; what is encoded already stays.
    private static func encoded(_ bytes: ArraySlice<UInt8>) -> String {
        let digits = Array("0123456789ABCDEF".utf8)
        var result: [UInt8] = []
        result.reserveCapacity(bytes.count)
        for index in bytes.indices {
            let byte = bytes[index]
            let isEscape =
                byte == UInt8(ascii: "%") && index + 2 < bytes.endIndex
                && Self.hexadecimal(bytes[index + 1]) != nil && Self.hexadecimal(bytes[index + 2]) != nil
            if isEscape || Self.isPlain(byte) {
                result.append(byte)
            } else {
                result += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return String(decoding: result, as: UTF8.self)
    }

    private static func decoded(_ bytes: ArraySlice<UInt8>) -> [UInt8] {
        var result: [UInt8] = []
        var index = bytes.startIndex
        while index < bytes.endIndex {
            if bytes[index] == UInt8(ascii: "%"), index + 2 < bytes.endIndex,
                let high = Self.hexadecimal(bytes[index + 1]), let low = Self.hexadecimal(bytes[index + 2])
            {
                result.append(high << 4 | low)
                index += 3
            } else {
                result.append(bytes[index])
                index += 1
            }
        }
        return result
    }

    /// RFC 3986, section 5.2.4, for a path that begins with `/`.
    private static func withoutDots(_ path: String) -> String {
        var kept: [Substring] = []
        let parts = path.split(separator: "/", omittingEmptySubsequences: false).dropFirst()
        for (index, part) in zip(parts.indices, parts) {
            let isLast = index == parts.endIndex - 1
            switch part {
            case ".": if isLast { kept.append("") }
            case "..":
                _ = kept.popLast()
                if isLast { kept.append("") }
            default: kept.append(part)
            }
        }
        return "/" + kept.joined(separator: "/")
    }
}
