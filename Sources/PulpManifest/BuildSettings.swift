/// What `[build]` says: how `pulp build` makes the module from its sources. The host that runs the module ignores it.
public struct BuildSettings: Hashable, Sendable {
    /// The language of the sources, one of ``languages``; `nil` is decided by the files.
    public var language: String?
    /// Files, folders and patterns relative to the manifest's folder; empty stands for that folder.
    public var sources: [String]
    /// Arguments for the compiler, after Pulp's own.
    public var flags: [String]
    /// A program of the author's and its arguments, which is run instead of a compiler; empty for none.
    public var command: [String]

    /// The languages that `pulp build` knows.
    public static let languages = ["swift", "c", "rust", "go", "zig"]

    public init(language: String? = nil, sources: [String] = [], flags: [String] = [], command: [String] = []) {
        self.language = language
        self.sources = sources
        self.flags = flags
        self.command = command
    }
}
