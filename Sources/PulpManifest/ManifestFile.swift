import Foundation

/// The file system as far as manifests need it.
enum ManifestFile {
    /// What a path names, links followed.
    enum Kind {
        case missing
        case regular
        case folder
        /// A pipe, a device, a socket: reading it could block or never end.
        case other
    }

    /// One byte more than the parser accepts, so that it refuses a file that is larger, without reading all of it.
    private static let largestRead = (1 << 20) + 1

    static func kind(_ path: String) -> Kind {
        let target = URL(filePath: path).resolvingSymlinksInPath().path
        guard let attributes = try? FileManager.default.attributesOfItem(atPath: target) else { return .missing }
        switch attributes[.type] as? FileAttributeType {
        case .typeRegular?: return .regular
        case .typeDirectory?: return .folder
        default: return .other
        }
    }

    static func directory(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    /// What a manifest is called, the first one that is there.
    private static let names = ["pulp.plugin.toml", "pulp.cell.toml"]

    static func inFolder(_ folder: String) throws(ManifestError) -> String {
        let trimmed = folder.count > 1 && folder.hasSuffix("/") ? String(folder.dropLast()) : folder
        let paths = names.map { trimmed == "." ? $0 : trimmed == "/" ? "/\($0)" : "\(trimmed)/\($0)" }
        if let found = paths.first(where: { kind($0) == .regular }) { return found }
        throw unreadable(
            folder,
            "this folder has no pulp.plugin.toml; name a plugin's folder or its manifest, or make one: pulp new NAME")
    }

    static func read(_ path: String) throws(ManifestError) -> [UInt8] {
        switch kind(path) {
        case .missing: throw unreadable(path, "there is no such file or folder; name a plugin's folder or its manifest")
        case .folder: throw unreadable(path, "this is a folder; name the manifest in it, such as pulp.plugin.toml")
        case .other: throw unreadable(path, "this is not a regular file; name a manifest such as pulp.plugin.toml")
        case .regular: break
        }
        do {
            let handle = try FileHandle(forReadingFrom: URL(filePath: path))
            defer { try? handle.close() }
            return try [UInt8](handle.read(upToCount: largestRead) ?? Data())
        } catch {
            throw unreadable(path, "the file cannot be read; check its permissions")
        }
    }

    private static func unreadable(_ path: String, _ message: String) -> ManifestError {
        let position = ManifestPosition(file: path, line: 1, column: 1)
        return ManifestError(diagnostics: [ManifestDiagnostic(position: position, message: message)])
    }
}
