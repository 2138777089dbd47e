import NIOCore
import PulpListener
import PulpWire

/// Encodes a request as the `http.request` payload, from the listener's bytes into guest memory: no strings between.
///
/// The maps hold the first value of each name, header names in the canonical case (`Content-Type`), as in the
/// reference; the lists, which hold everything, are there only when a name repeats. `Host` is a key of its own.
enum HTTPRequestEncoding {
    /// Keys, markers and integers of a request without fields.
    private static let fixedBytes = 192
    /// The longest markers of a name and a value.
    private static let fieldBytes = 10

    /// At least as many bytes as ``write(_:into:)`` writes.
    ///
    /// Everything but the body comes from the head: each byte at most twice in the path and its parameters (three times
    /// as long where malformed UTF-8 is replaced), twice in a map and its list, once in `host`.
    static func byteBound(_ exchange: HTTPExchange) -> Int {
        var bound = Self.fixedBytes + 6 * exchange.headByteCount + 2 * Self.fieldBytes * exchange.headerCount
        for (name, _) in exchange.parameters { bound += name.utf8.count + Self.fieldBytes }
        return bound + exchange.remoteAddress.utf8.count + exchange.body.readableBytes
    }

    static func write(_ exchange: HTTPExchange, into writer: inout MessagePackWriter) {
        let headers = HeaderOverview(exchange)
        var query = FieldList()
        if exchange.hasQuery { for (name, value) in exchange.queryItems { query.append(name: name, value: value) } }
        let firstQuery = query.firstOfEachName(.exact)
        var optional: HTTPRequestRecord.OptionalKeys = [.remoteAddr]
        if headers.hasHost { optional.insert(.host) }
        if headers.hasRepeats { optional.insert(.headerList) }
        if firstQuery.count < query.count { optional.insert(.queryList) }

        HTTPRequestRecord.writeStart(id: exchange.id, optional: optional, into: &writer)
        writer.writeKey(.method)
        // A guest that registered GET knows nothing of HEAD; the listener leaves the body out.
        writer.writeString(exchange.routeMethod)
        writer.writeKey(.path)
        writer.writeString(exchange.path)
        writer.writeKey(.params)
        writer.writeMapHeader(exchange.parameters.count)
        for (name, value) in exchange.parameters {
            writer.writeString(name)
            writer.writeString(value)
        }
        writer.writeKey(.query)
        writer.writeFieldMap(firstQuery)
        writer.writeKey(.headers)
        Self.writeHeaders(exchange, headers, into: &writer)
        writer.writeKey(.body)
        unsafe exchange.body.withUnsafeReadableBytes { unsafe writer.writeBinary($0) }
        writer.writeKey(.remoteAddr)
        writer.writeString(exchange.remoteAddress)
        if headers.hasHost {
            writer.writeKey(.host)
            writer.writeString(exchange.host)
        }
        if headers.hasRepeats {
            writer.writeKey(.headerList)
            writer.writeFieldPairs(headers.list(exchange))
        }
        if firstQuery.count < query.count {
            writer.writeKey(.queryList)
            writer.writeFieldPairs(query)
        }
    }

    private static func writeHeaders(
        _ exchange: HTTPExchange, _ overview: HeaderOverview, into writer: inout MessagePackWriter
    ) {
        guard !overview.hasRepeats else {
            return writer.writeFieldMap(overview.list(exchange).firstOfEachName(.ignoringCase))
        }
        writer.writeMapHeader(exchange.headerCount - (overview.hasHost ? 1 : 0))
        exchange.forEachHeader { name, value in
            guard !HeaderName.isHost(name) else { return }
            HeaderName.writeCanonical(name, into: &writer)
            unsafe writer.writeString(utf8: value.bytes)
        }
    }
}

/// What has to be known of the headers before they are written.
private struct HeaderOverview {
    private(set) var hasHost = false
    private(set) var hasRepeats = false

    /// More headers than this are treated as if names repeated, which is right in any case, only slower.
    private static let compared = 64

    init(_ exchange: HTTPExchange) {
        guard exchange.headerCount <= Self.compared else {
            self.hasHost = !exchange.host.isEmpty
            self.hasRepeats = true
            return
        }
        var hashes = InlineArray<64, UInt32>(repeating: 0)
        var count = 0
        var (hasHost, hasRepeats) = (false, false)
        exchange.forEachHeader { name, _ in
            if HeaderName.isHost(name) { hasHost = true }
            let hash = HeaderName.hash(name)
            for position in 0..<count where hashes[position] == hash { hasRepeats = true }
            hashes[count] = hash
            count += 1
        }
        self.hasHost = hasHost
        self.hasRepeats = hasRepeats
    }

    /// Every header but `Host`, in order, with canonical names.
    func list(_ exchange: HTTPExchange) -> FieldList {
        var list = FieldList()
        exchange.forEachHeader { name, value in
            guard !HeaderName.isHost(name) else { return }
            list.append(name: HeaderName.canonical(name), value: String(repairing: unsafe value.bytes))
        }
        return list
    }
}
