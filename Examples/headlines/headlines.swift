import PulpGuest

/// The headlines of a feed (RSS or Atom): `GET /headlines` answers one a line, `?count=` so many, `GET /feed` passes the
/// feed on as it is. The feed's server is asked once in five minutes, however many ask here.
@main
struct Headlines: Plugin {
    let feed: String
    let seconds: Int64
    private var titles: [String] = []
    private var fetched: UInt64 = 0

    init(config: Config) throws(PluginError) {
        self.feed = try config.string("feed")
        self.seconds = try config.integer("seconds", default: 300)
    }

    static func configure(_ app: inout Application<Self>) throws(PluginError) {
        app.get("/headlines") { (plugin, request) throws(PluginError) in
            try plugin.refresh()
            var lines = ""
            for title in plugin.titles.prefix(Int(request.query["count"] ?? "") ?? 10) { lines += title + "\n" }
            return .text(lines)
        }
        app.get("/feed") { (plugin, _) throws(PluginError) in
            // The body goes from server to client without passing through the plugin.
            let stream = try HTTPClient.stream(FetchRequest(plugin.feed))
            let type = stream.header("Content-Type") ?? "application/xml"
            return .stream(stream, headers: ["Content-Type": type])
        }
    }

    private mutating func refresh() throws(PluginError) {
        let age = Step.wallTime / 1_000_000_000 - self.fetched
        guard self.fetched == 0 || age >= UInt64(clamping: self.seconds) else { return }
        do throws(PluginError) {
            let answer = try HTTPClient.get(self.feed, headers: ["Accept": "application/atom+xml, application/rss+xml"])
            guard answer.isSuccess else { throw PluginError(502, "the feed's server says \(answer.status)") }
            self.titles = Feed.titles(answer.bytes)
            self.fetched = Step.wallTime / 1_000_000_000
        } catch {
            Log.warning("the feed was not read", ["reason": error.message])
            // Old news are better than none.
            if self.titles.isEmpty { throw PluginError(502, "the feed cannot be read just now") }
        }
    }
}

/// As much of XML as a feed's titles need.
enum Feed {
    /// The text of each `title` but the first, which is the feed's own.
    static func titles(_ xml: [UInt8]) -> [String] {
        var (titles, position) = ([String](), 0)
        while let opening = xml.firstIndex(of: "<title", from: position),
            let start = xml[opening...].firstIndex(of: UInt8(ascii: ">")),
            let end = xml.firstIndex(of: "</title>", from: start)
        {
            titles.append(Self.text([UInt8](xml[(start + 1)..<end])))
            position = end
        }
        return [String](titles.dropFirst())
    }

    /// Without `CDATA` around it, and with the five entities that XML has by itself.
    private static func text(_ bytes: [UInt8]) -> String {
        var (text, position, end) = ([UInt8](), 0, bytes.count)
        if bytes.stands("<![CDATA[", at: 0), let close = bytes.firstIndex(of: "]]>", from: 0) {
            (position, end) = (9, close)
        }
        let isRaw = position > 0
        while position < end {
            let entity = isRaw ? nil : Self.entities.first { bytes.stands($0.name, at: position) }
            text.append(entity?.byte ?? bytes[position])
            position += entity?.name.utf8CodeUnitCount ?? 1
        }
        return String(repairing: text.wireBytes)
    }

    private static let entities: [(name: StaticString, byte: UInt8)] = [
        ("&amp;", UInt8(ascii: "&")), ("&lt;", UInt8(ascii: "<")), ("&gt;", UInt8(ascii: ">")),
        ("&quot;", UInt8(ascii: "\"")), ("&apos;", UInt8(ascii: "'")), ("&#39;", UInt8(ascii: "'")),
    ]
}

extension [UInt8] {
    /// Whether `text` stands at `offset`.
    fileprivate func stands(_ text: StaticString, at offset: Int) -> Bool {
        guard offset + text.utf8CodeUnitCount <= self.count else { return false }
        for index in 0..<text.utf8CodeUnitCount where unsafe self[offset + index] != text.utf8Start[index] {
            return false
        }
        return true
    }

    /// Where `text` begins, at `start` at the earliest.
    fileprivate func firstIndex(of text: StaticString, from start: Int) -> Int? {
        var offset = start
        while offset < self.count {
            if self.stands(text, at: offset) { return offset }
            offset += 1
        }
        return nil
    }
}
