import PulpWire

/// Encoding and decoding of one request and one answer.
enum WireBenchmarks {
    static func run() -> [Measurement] {
        var headers = FieldList()
        for number in 0..<10 { headers.append(name: "X-Header-\(number)", value: "a value of some length \(number)") }
        let request = HTTPRequestRecord(
            id: 1, method: "GET", path: "/echo/hi", params: FieldList(), query: FieldList(), headers: headers,
            body: [UInt8](repeating: 7, count: 64), remoteAddr: "127.0.0.1:50000")
        let answer = HTTPResponseRecord(
            id: 1, status: 200, headers: headers, cookies: [], body: [UInt8](repeating: 7, count: 64))
        let answerBytes = answer.encodedBytes()
        var room = [UInt8](repeating: 0, count: 4096)
        var seen = 0
        let rows = [
            Measurement("encode http.request, 10 headers", count: 20_000) {
                seen += unsafe room.withUnsafeMutableBytes { buffer in
                    (try? unsafe MessagePackWriter.write(into: buffer) { request.encode(into: &$0) }) ?? 0
                }
            },
            Measurement("read an answer in place, 10 headers", count: 20_000) {
                guard let view = try? HTTPResponseView(reading: answerBytes.wireBytes) else { return }
                var fields = view.headers
                while fields.next() { seen += fields.value.byteCount }
            },
        ]
        precondition(seen > 0, "the benchmark's records are sound")
        return rows
    }
}
