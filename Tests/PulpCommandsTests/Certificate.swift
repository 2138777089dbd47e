import Foundation
import Testing

/// A self-signed pair in PEM, made by the `openssl` command.
struct Certificate {
    let chain: [UInt8]
    let key: [UInt8]

    init(_ name: String) async throws {
        let folder = try Places.folder([:])
        let files = (chain: folder.appending(path: "cert.pem"), key: folder.appending(path: "key.pem"))
        let openssl = try ChildProcess(
            "/usr/bin/env",
            [
                "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                "-days", "2", "-subj", "/CN=\(name)", "-keyout", files.key.path, "-out", files.chain.path,
            ], input: [], environment: ProcessInfo.processInfo.environment, directory: folder.path)
        try #require(await openssl.until { $0.isOver ? $0.status : nil } == 0)
        self.chain = [UInt8](try Data(contentsOf: files.chain))
        self.key = [UInt8](try Data(contentsOf: files.key))
    }
}
