import NIOCore
import NIOSSL
import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The certificate and key in use, read from PEM files, replaceable while connections are open.
final class CertificateStore: Sendable {
    private let files: ListenerConfiguration.TLS
    private let current: Mutex<NIOSSLContext>

    init(_ files: ListenerConfiguration.TLS) throws {
        self.files = files
        self.current = Mutex(try Self.load(files))
    }

    /// What the next handshake uses.
    var context: NIOSSLContext { self.current.withLock { $0 } }

    /// - Throws: ``ListenerError`` when the files do not make a usable pair; the one in use stays.
    func reload() throws {
        let fresh = try Self.load(self.files)
        self.current.withLock { $0 = fresh }
    }

    private static func load(_ files: ListenerConfiguration.TLS) throws -> NIOSSLContext {
        for path in [files.certificateChainPath, files.privateKeyPath] where unsafe access(path, R_OK) != 0 {
            throw ListenerError("cannot read \(path): there is no such file, or it may not be read; give a PEM file")
        }
        do {
            let chain = try NIOSSLCertificate.fromPEMFile(files.certificateChainPath)
            guard !chain.isEmpty else { throw ListenerError("there is no certificate in it") }
            let key = try NIOSSLPrivateKey(file: files.privateKeyPath, format: .pem)
            var configuration = TLSConfiguration.makeServerConfiguration(
                certificateChain: chain.map { .certificate($0) }, privateKey: .privateKey(key))
            configuration.applicationProtocols = ["h2", "http/1.1"]
            configuration.minimumTLSVersion = .tlsv12
            // How long a close waits for the farewell of the other side.
            configuration.shutdownTimeout = .seconds(1)
            return try NIOSSLContext(configuration: configuration)
        } catch {
            throw ListenerError(
                """
                cannot use the certificate \(files.certificateChainPath) with the key \(files.privateKeyPath): \
                \(error); both are PEM files and belong together
                """)
        }
    }
}

extension ListenerConfiguration.TLS {
    /// Reads the files as a listener would.
    /// - Throws: ``ListenerError`` when they do not make a usable pair.
    package func verify() throws {
        _ = try CertificateStore(self)
    }
}
