import PulpListener

/// Reads `host:port`, `[v6]:port`, `:port`, a bare port, or `unix:PATH`.
package enum ListenAddress {
    package struct Problem: Error, CustomStringConvertible {
        package let description: String

        init(_ description: String) {
            self.description = description
        }
    }

    /// - Throws: ``Problem`` that says which form is expected.
    package static func parse(_ text: String) throws(Problem) -> ListenerConfiguration.Address {
        if text.hasPrefix("unix:") {
            let path = String(text.dropFirst(5))
            guard !path.isEmpty else { throw Problem("\"\(text)\" names no path; write unix:/path/to.sock") }
            return .unix(path: path)
        }
        guard let colon = text.lastIndex(of: ":") else {
            guard let port = Self.port(text[...]) else {
                throw Problem("\"\(text)\" is no address; write host:port, such as 127.0.0.1:8080")
            }
            return .tcp(host: "0.0.0.0", port: port)
        }
        guard let port = Self.port(text[text.index(after: colon)...]) else {
            throw Problem("\"\(text)\" has no port; a port is a number from 0 to 65535")
        }
        var host = String(text[..<colon])
        if host.hasPrefix("["), host.hasSuffix("]") { host = String(host.dropFirst().dropLast()) }
        return .tcp(host: host.isEmpty ? "0.0.0.0" : host, port: port)
    }

    private static func port(_ text: Substring) -> Int? {
        guard let port = Int(text), 0...65_535 ~= port, text.allSatisfy(\.isNumber) else { return nil }
        return port
    }
}
