import Foundation

/// The smallest HTTP client: one request to this machine, to see whether it is answered.
enum LoopbackClient {
    /// A port that nobody listens on now.
    static func freePort() throws -> Int {
        let socket = Self.socket()
        defer { close(socket) }
        var address = Self.address(port: 0)
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isBound = unsafe withUnsafeMutablePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe bind(socket, $0, length) == 0 && getsockname(socket, $0, &length) == 0
            }
        }
        guard isBound else { throw BenchProblem("no port is free on the loopback interface") }
        return Int(UInt16(bigEndian: address.sin_port))
    }

    static func answers200(port: Int, path: String) -> Bool {
        let socket = Self.connected(port: port)
        guard socket >= 0 else { return false }
        defer { close(socket) }
        let request = Array("GET \(path) HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".utf8)
        guard unsafe send(socket, request, request.count, Int32(MSG_NOSIGNAL)) == request.count else { return false }
        var answer = [UInt8](repeating: 0, count: 64)
        let count = unsafe recv(socket, &answer, answer.count, 0)
        return count > 12 && String(decoding: answer[0..<12], as: UTF8.self) == "HTTP/1.1 200"
    }

    /// A connection's descriptor, or -1.
    static func connected(port: Int) -> Int32 {
        let socket = Self.socket()
        var address = Self.address(port: port)
        let isConnected = unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe connect(socket, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
        if isConnected { return socket }
        close(socket)
        return -1
    }

    private static func socket() -> Int32 {
        #if canImport(Glibc)
            Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        #else
            Darwin.socket(AF_INET, SOCK_STREAM, 0)
        #endif
    }

    private static func address(port: Int) -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        return address
    }
}
