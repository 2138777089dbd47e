import Foundation

/// The cases of the toml-test suite, which lie outside of the repository.
///
/// `PULP_CONFORMANCE` names the folder, else it is `../shared/conformance` beside the package.
enum Conformance {
    /// One document of the suite.
    struct Case: Sendable {
        /// Such as `key/dotted-01`.
        let name: String
        let document: URL

        func bytes() throws -> [UInt8] { try [UInt8](Data(contentsOf: document)) }

        func expected() throws -> Any {
            let file = document.deletingPathExtension().appendingPathExtension("json")
            return try JSONSerialization.jsonObject(with: Data(contentsOf: file))
        }
    }

    static let valid = cases(in: "valid")
    static let invalid = cases(in: "invalid")

    /// Whether the suite is there; says so aloud when it is not, so that a green run cannot hide it.
    static let isPresent: Bool = {
        let isPresent = !valid.isEmpty && !invalid.isEmpty
        if !isPresent {
            print("SKIPPED: toml-test suite not found in \(folder.path); set PULP_CONFORMANCE to the folder")
        }
        return isPresent
    }()

    private static let folder: URL = {
        if let path = ProcessInfo.processInfo.environment["PULP_CONFORMANCE"] {
            return URL(filePath: path)
        }
        let package = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        return package.appending(path: "../shared/conformance").standardized
    }()

    private static func cases(in kind: String) -> [Case] {
        let root = folder.appending(path: "toml/\(kind)")
        let paths = FileManager.default.enumerator(atPath: root.path)?.compactMap { $0 as? String } ?? []
        return paths.filter { $0.hasSuffix(".toml") }.sorted().map { path in
            Case(name: String(path.dropLast(5)), document: root.appending(path: path))
        }
    }
}
