import Foundation

/// The file system as far as building needs it.
enum Files {
    /// More than any module that a host would load; a compiler that writes more is out of its mind.
    static let largestModule = 512 << 20

    static func isFolder(_ path: String) -> Bool {
        var isFolder = ObjCBool(false)
        return unsafe FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) && isFolder.boolValue
    }

    static func isFile(_ path: String) -> Bool {
        var isFolder = ObjCBool(false)
        return unsafe FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) && !isFolder.boolValue
    }

    static func isExecutable(_ path: String) -> Bool {
        Self.isFile(path) && FileManager.default.isExecutableFile(atPath: path)
    }

    static func absolute(_ path: String) -> String {
        let base = path.hasPrefix("/") ? path : "\(FileManager.default.currentDirectoryPath)/\(path)"
        return URL(filePath: base).standardizedFileURL.path
    }

    static func folder(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    static func name(of path: String) -> String {
        path.lastIndex(of: "/").map { String(path[path.index(after: $0)...]) } ?? path
    }

    static func byteCount(_ path: String) -> Int? {
        guard let attributes = try? FileManager.default.attributesOfItem(atPath: path) else { return nil }
        return (attributes[.size] as? NSNumber)?.intValue
    }

    /// Whether `first` was written before `second`.
    static func isOlder(_ first: String, _ second: String) -> Bool {
        func date(_ path: String) -> Date {
            let attributes = try? FileManager.default.attributesOfItem(atPath: path)
            return attributes?[.modificationDate] as? Date ?? .distantPast
        }
        return date(first) < date(second)
    }

    static func contents(_ path: String) -> [UInt8]? {
        FileManager.default.contents(atPath: path).map { [UInt8]($0) }
    }

    static func makeFolder(_ path: String) throws(BuildError) {
        do {
            try FileManager.default.createDirectory(
                atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        } catch {
            throw BuildError(.files, "the folder \(path) cannot be made; check its permissions and the disk")
        }
    }

    static func write(_ text: String, to path: String) throws(BuildError) {
        do {
            try Data(text.utf8).write(to: URL(filePath: path))
        } catch {
            throw BuildError(.files, "\(path) cannot be written; check the permissions and the disk")
        }
    }

    static func remove(_ path: String) { try? FileManager.default.removeItem(atPath: path) }

    /// Puts `source` where readers find the old file or the new one, never a part.
    ///
    /// - Returns: Its size.
    static func install(_ source: String, to destination: String) throws(BuildError) -> Int {
        guard let count = Self.byteCount(source), count > 0 else {
            throw BuildError(.compiler, "the compiler was content and wrote nothing to \(source)")
        }
        guard count <= Self.largestModule, let bytes = Self.contents(source) else {
            throw BuildError(.files, "the module has \(count) bytes and cannot be read; check the disk")
        }
        let folder = Self.folder(of: destination)
        let scratch = "\(folder)/.\(Self.name(of: destination)).\(UUID().uuidString.prefix(8))"
        do {
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            try Data(bytes).write(to: URL(filePath: scratch))
        } catch {
            Self.remove(scratch)
            throw BuildError(.files, "\(destination) cannot be written; check the permissions and the disk")
        }
        guard unsafe rename(scratch, destination) == 0 else {
            Self.remove(scratch)
            throw BuildError(.files, "\(destination) cannot be replaced; is it a folder?")
        }
        return count
    }
}

/// A folder for what is made on the way; gone when its owner is.
struct ScratchFolder: ~Copyable {
    let path: String

    init() throws(BuildError) {
        self.path = NSTemporaryDirectory() + "pulp-build-\(UUID().uuidString)"
        try Files.makeFolder(self.path)
    }

    deinit { Files.remove(self.path) }
}
