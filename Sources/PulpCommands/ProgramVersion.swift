import PulpEngine

/// What the program says it is.
enum ProgramVersion {
    static let number = "0.1.0"
    static let line = "pulp \(Self.number)"

    /// The compiler that built it, as far as it can be told from inside.
    static var swift: String {
        #if compiler(>=6.4)
            "6.4 or newer"
        #elseif compiler(>=6.3)
            "6.3"
        #else
            "6.2"
        #endif
    }

    static var platform: String { "\(Self.system) \(Self.architecture)" }

    static var engine: String { "libwasmtime \(Engine.libraryVersion)" }

    private static var system: String {
        #if os(Linux)
            "Linux"
        #elseif os(macOS)
            "macOS"
        #else
            "another system"
        #endif
    }

    private static var architecture: String {
        #if arch(x86_64)
            "x86_64"
        #elseif arch(arm64)
            "arm64"
        #else
            "another architecture"
        #endif
    }
}
