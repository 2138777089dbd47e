import NIOCore
import NIOHTTP1
import PulpListener
import PulpWire
import Synchronization

/// Puts the script of ``PageScript`` into whole HTML answers of plugins.
final class ScriptInjector: HTTPAnswerFilter {
    private let pages: DevelopmentPages
    private let warn: @Sendable (String) -> Void
    private let hasWarned = Atomic<Bool>(false)

    /// - Parameter warn: Told once that a page's own rules forbid the script.
    init(pages: DevelopmentPages, warn: @escaping @Sendable (String) -> Void) {
        self.pages = pages
        self.warn = warn
    }

    func body(
        status: Int, headers: [(name: String, value: String)], body: RawSpan, of exchange: HTTPExchange
    ) -> ByteBuffer? {
        func values(_ name: String) -> [String] {
            headers.filter { $0.name.lowercased() == name }.map(\.value)
        }
        // A part of a page that was asked for by its bytes has none to spare.
        guard body.byteCount > 0, status != 206, values("content-encoding").isEmpty,
            values("content-type").contains(where: { $0.lowercased().hasPrefix("text/html") }),
            Self.isForPage(exchange.headers["Sec-Fetch-Dest"])
        else { return nil }
        guard values("content-security-policy").allSatisfy(PolicyText.allowsScript) else {
            if !self.hasWarned.exchange(true, ordering: .relaxed) {
                self.warn(
                    "a page's Content-Security-Policy forbids the script that reloads it; allow 'self' in script-src and "
                        + "connect-src, or reload by hand")
            }
            return nil
        }
        return Self.insert(PageScript.element(self.pages.version), into: [UInt8](copying: body))
    }

    /// Parts that scripts of a page fetch are no pages. Browsers say what they ask for; others get the script too.
    static func isForPage(_ destinations: [String]) -> Bool {
        destinations.allSatisfy { ["document", "iframe", "frame"].contains($0) }
    }

    /// Before the end of the body, or at the end of a page that leaves its tags out.
    static func insert(_ element: String, into page: [UInt8]) -> ByteBuffer {
        let position = Self.lastIndex(of: Array("</body".utf8), in: page) ?? page.count
        var buffer = ByteBuffer()
        buffer.reserveCapacity(page.count + element.utf8.count)
        buffer.writeBytes(page[..<position])
        buffer.writeString(element)
        buffer.writeBytes(page[position...])
        return buffer
    }

    private static func lastIndex(of tag: [UInt8], in page: [UInt8]) -> Int? {
        guard page.count >= tag.count else { return nil }
        return (0...page.count - tag.count).last { start in
            tag.indices.allSatisfy { Self.lowercase(page[start + $0]) == tag[$0] }
        }
    }

    private static func lowercase(_ byte: UInt8) -> UInt8 { 0x41...0x5A ~= byte ? byte | 0x20 : byte }
}

/// A `Content-Security-Policy`, as far as the script and its stream are concerned.
enum PolicyText {
    /// Whether a policy lets a script of the page's own origin run, and connect there.
    static func allowsScript(_ policy: String) -> Bool {
        // Several policies may stand in one field; each has to allow it.
        policy.split(separator: ",").allSatisfy { one in
            let directives = Self.directives(one)
            if directives["sandbox"].map({ !$0.contains("allow-scripts") }) ?? false { return false }
            let scripts = directives["script-src-elem"] ?? directives["script-src"] ?? directives["default-src"]
            let connections = directives["connect-src"] ?? directives["default-src"]
            let isTrusted = scripts.map { Self.allowsSelf($0) && !$0.contains("'strict-dynamic'") } ?? true
            return isTrusted && connections.map(Self.allowsSelf) ?? true
        }
    }

    private static func directives(_ policy: Substring) -> [String: [String]] {
        var directives: [String: [String]] = [:]
        for part in policy.split(separator: ";") {
            let words = part.split { $0 == " " || $0 == "\t" }.map { $0.lowercased() }
            guard let name = words.first, directives[name] == nil else { continue }
            directives[name] = Array(words.dropFirst())
        }
        return directives
    }

    private static func allowsSelf(_ sources: [String]) -> Bool {
        sources.contains { ["'self'", "*", "http:", "https:"].contains($0) }
    }
}
