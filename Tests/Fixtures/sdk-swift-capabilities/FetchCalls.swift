import PulpGuest

enum FetchCalls {
    static func run(_ call: String, _ url: String, _ kept: inout FetchStream?) throws(PluginError) -> String {
        switch call {
        case "get":
            let answer = try HTTPClient.get(url, headers: ["X-Asks": "guest", "x-asks": "twice"])
            return "\(answer.status) \(answer.isSuccess) \(answer.headers["content-TYPE"] ?? "-") \(answer.text) "
                + "\(answer.headers.all("Set-Cookie").count) \(answer.body.byteCount) \(answer.bytes.count)"
        case "post": return try HTTPClient.post(url, [1, 2, 3], headers: ["Content-Type": "x/y"]).text
        case "timeout":
            return "\(try HTTPClient.fetch(FetchRequest(url, timeoutMilliseconds: 50)).status)"
        case "why":
            do throws(PluginError) {
                _ = try HTTPClient.get(url)
            } catch {
                return try HTTPClient.lastFailure()?.code ?? "unknown"
            }
            return try HTTPClient.lastFailure()?.code ?? "nothing failed"
        case "stream":
            let stream = try HTTPClient.stream(FetchRequest(url))
            var (count, pieces) = (0, 0)
            while let bytes = try stream.read(atMost: 1000) {
                count += bytes.count
                pieces += bytes.count <= 1000 ? 1 : 0
            }
            let after = try stream.read()
            return
                "\(stream.status) \(stream.isSuccess) \(stream.header("content-type") ?? "-") \(count) \(pieces > 1) "
                + "\(after == nil) \(stream.id)"
        case "keep":
            kept = try HTTPClient.stream(FetchRequest(url))
            return "\((kept?.id ?? 0) != 0)"
        case "go-on": return try "\(kept?.read(atMost: 10)?.count ?? -1)"
        case "close":
            kept?.close()
            kept?.close()
            return try "\(kept?.read()?.count ?? -1) \(kept?.id ?? 1)"
        case "drop":
            // Each is closed where it goes out of use: more than may be open at a time.
            for _ in 0..<100 { _ = try HTTPClient.stream(FetchRequest(url)) }
            return "closed"
        default: throw unknown(call)
        }
    }
}
