import Foundation

/// A client of an event stream that costs no memory of this process: a socket, read when it is asked to.
struct StreamSocket {
    private let descriptor: Int32

    /// Connects to this machine and asks for `/events`.
    init(port: Int) throws {
        self.descriptor = LoopbackClient.connected(port: port)
        guard self.descriptor >= 0 else { throw BenchProblem("no connection to port \(port): error \(errno)") }
        let request = Array("GET /events HTTP/1.1\r\nHost: localhost\r\n\r\n".utf8)
        guard unsafe send(self.descriptor, request, request.count, Int32(MSG_NOSIGNAL)) == request.count else {
            throw BenchProblem("a subscriber's request was not taken")
        }
    }

    /// Reads to the end of the answer's head.
    func readHead() throws {
        var head: [UInt8] = []
        while !head.suffix(4).elementsEqual([13, 10, 13, 10]) { head.append(try self.read(1)) }
        guard String(decoding: head.prefix(12), as: UTF8.self) == "HTTP/1.1 200" else {
            throw BenchProblem("a subscriber was answered \(String(decoding: head, as: UTF8.self))")
        }
    }

    /// Reads `count` bytes, waiting for them.
    /// - Returns: The last one.
    @discardableResult
    func read(_ count: Int) throws -> UInt8 {
        var bytes = InlineArray<4096, UInt8>(repeating: 0)
        var left = count
        while left > 0 {
            var span = bytes.mutableSpan
            let wanted = min(left, 4096)
            let received = unsafe span.withUnsafeMutableBytes { buffer in
                unsafe recv(self.descriptor, buffer.baseAddress, wanted, 0)
            }
            guard received > 0 else { throw BenchProblem("a subscriber's stream ended") }
            left -= received
            if left == 0 { return bytes[received - 1] }
        }
        return 0
    }

    func close() { _ = Foundation.close(self.descriptor) }
}
