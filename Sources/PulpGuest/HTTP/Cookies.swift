/// The cookies that a client sent.
public struct Cookies: ~Escapable {
    private let headers: RequestFields

    @_lifetime(copy headers)
    init(_ headers: RequestFields) {
        self.headers = headers
    }

    /// The value of the cookie `name`, as sent; nil when the client sent none.
    public subscript(name: String) -> String? {
        for header in self.headers.all("Cookie") {
            let bytes = [UInt8](copying: header)
            var start = 0
            while start < bytes.count {
                let end = bytes.firstIndex(of: 0x3b, from: start)
                while start < end, bytes[start] == 0x20 { start += 1 }
                let equals = bytes.firstIndex(of: 0x3d, from: start)
                if equals < end, bytes.wireBytes.extracting(start..<equals).isEqual(to: name) {
                    return String(repairing: bytes.wireBytes.extracting((equals + 1)..<end))
                }
                start = end + 1
            }
        }
        return nil
    }
}

extension [UInt8] {
    /// Where `byte` stands, at `start` at the earliest; the count when it does not.
    func firstIndex(of byte: UInt8, from start: Int) -> Int {
        var index = start
        while index < self.count, self[index] != byte { index += 1 }
        return index
    }
}
