import Foundation

/// Where Pulp's sources for plugins are: `Sources/PulpWire`, `Sources/PulpGuest`, `Sources/PulpGuestTesting`, `SDKs`.
package struct SDKLocation: Hashable, Sendable {
    /// An absolute path.
    package let root: String

    package var wire: String { "\(self.root)/Sources/PulpWire" }
    package var guest: String { "\(self.root)/Sources/PulpGuest" }
    package var guestTesting: String { "\(self.root)/Sources/PulpGuestTesting" }
    /// The folder of one language's SDK; Swift's is ``guest``.
    package func folder(_ language: Language) -> String {
        language == .swift ? self.guest : "\(self.root)/SDKs/\(language.rawValue)"
    }

    /// A root that is known to be one.
    package init(root: String) { self.root = root }

    /// Finds the root: the environment's `PULP_SDK`, else `../share/pulp` beside the program, else the nearest folder
    /// above the program that has one.
    ///
    /// - Parameters:
    ///   - environment: Of the process.
    ///   - executable: The running program; links are followed.
    /// - Throws: ``BuildError/Code/toolchain``, with what to set.
    package static func find(environment: [String: String], executable: String) throws(BuildError) -> SDKLocation {
        if let named = environment["PULP_SDK"], !named.isEmpty {
            let root = Files.absolute(named)
            guard Self.isRoot(root) else {
                throw BuildError(
                    .toolchain,
                    "PULP_SDK is \(named), which has no Sources/PulpGuest; set it to Pulp's folder, or to share/pulp "
                        + "of an installed copy")
            }
            return SDKLocation(root: root)
        }
        let program = URL(filePath: executable).resolvingSymlinksInPath().deletingLastPathComponent().path
        let shared = URL(filePath: program).deletingLastPathComponent().appending(path: "share/pulp").path
        if Self.isRoot(shared) { return SDKLocation(root: shared) }
        var folder = program
        while folder != "/", !folder.isEmpty {
            if Self.isRoot(folder) { return SDKLocation(root: folder) }
            folder = URL(filePath: folder).deletingLastPathComponent().path
        }
        throw BuildError(
            .toolchain,
            "the SDK is neither in \(shared) nor above \(program); set PULP_SDK to Pulp's folder (the one that has "
                + "Sources/PulpGuest)")
    }

    private static func isRoot(_ path: String) -> Bool { Files.isFolder("\(path)/Sources/PulpGuest") }
}
