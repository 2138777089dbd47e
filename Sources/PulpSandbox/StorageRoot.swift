/// The folder below which plugins keep what they store: one folder for each, named like the plugin.
///
/// A path only: whoever stores makes the folder, and opens it without following links that lead out.
package struct StorageRoot: Hashable, Sendable {
    /// Absolute, or relative to the process's working directory.
    package let path: String
    /// Paths that the environment sets for single plugins: `PULP_FS_ROOT_NAME`, by `NAME`.
    package let overrides: [String: String]

    package init(path: String, environment: [String: String] = [:]) {
        self.path = path
        var overrides: [String: String] = [:]
        for (key, value) in environment where key.hasPrefix(Self.prefix) && !value.isEmpty {
            overrides[String(key.dropFirst(Self.prefix.count))] = value
        }
        self.overrides = overrides
    }

    private static let prefix = "PULP_FS_ROOT_"

    /// The folder of a plugin.
    ///
    /// - Throws: ``UnusableName`` when the plugin's name cannot be a folder's.
    package func folder(of plugin: String) throws(UnusableName) -> String {
        let isPlain = plugin.utf8.allSatisfy { byte in
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2E, 0x2D, 0x5F: true
            default: false
            }
        }
        guard isPlain, !plugin.isEmpty, plugin.utf8.count <= 200, !plugin.contains(".."), plugin != "." else {
            throw UnusableName(plugin: plugin)
        }
        return self.path.hasSuffix("/") ? self.path + plugin : "\(self.path)/\(plugin)"
    }

    /// The folder of a plugin's files: as the environment says, else ``folder(of:)``.
    package func filesFolder(of plugin: String) throws(UnusableName) -> String {
        let folder = try self.folder(of: plugin)
        let key = String(
            plugin.uppercased().map { $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : "_" })
        return self.overrides[key] ?? folder
    }

    /// A plugin whose name cannot name a folder.
    package struct UnusableName: Error, CustomStringConvertible {
        package let plugin: String

        package var description: String {
            "the plugin's name cannot name its folder of stored files; use letters, digits, '.', '-' and '_' only"
        }
    }
}
