import Crypto
import Foundation
import PulpManifest

/// Reads a spec's module and checks it against the spec's digest.
enum ModuleFile {
    /// Bytes; a larger module is refused before it is read.
    static let maximumByteCount = 256 << 20

    static func name(of spec: PluginSpec) -> String {
        switch spec.module {
        case .file(let path): path
        case .bytes: "the module"
        }
    }

    static func bytes(of spec: PluginSpec) throws -> [UInt8] {
        let bytes: [UInt8]
        switch spec.module {
        case .bytes(let given): bytes = given
        case .file(let path): bytes = try self.read(path, spec)
        }
        if let wanted = spec.sha256Bytes, Array(SHA256.hash(data: bytes)) != wanted {
            throw PluginError(
                .module, plugin: spec.name,
                "WASM SHA-256 mismatch: \(self.name(of: spec)) is not the module that wasm_sha256 names")
        }
        return bytes
    }

    private static func read(_ path: String, _ spec: PluginSpec) throws -> [UInt8] {
        do {
            let attributes = try FileManager.default.attributesOfItem(atPath: path)
            let size = (attributes[.size] as? Int) ?? 0
            guard size <= Self.maximumByteCount else {
                throw PluginError(
                    .module, plugin: spec.name,
                    "\(path) has \(size) bytes; a module may have \(Self.maximumByteCount)")
            }
            return try [UInt8](Data(contentsOf: URL(fileURLWithPath: path)))
        } catch let error as PluginError {
            throw error
        } catch {
            throw PluginError(.module, plugin: spec.name, "\(path) cannot be read: \(error.localizedDescription)")
        }
    }
}
