/// A language that plugins are written in.
package enum Language: String, CaseIterable, Sendable {
    case swift, c, rust, go, zig

    /// As people write it.
    package var title: String {
        switch self {
        case .swift: "Swift"
        case .c: "C"
        case .rust: "Rust"
        case .go: "Go"
        case .zig: "Zig"
        }
    }

    /// What the names of its sources end in, without the dot.
    package var fileExtension: String {
        switch self {
        case .rust: "rs"
        default: self.rawValue
        }
    }

    /// The file of its own build tool, which speaks for the language by being there.
    var marker: String? {
        switch self {
        case .swift, .c: nil
        case .rust: "Cargo.toml"
        case .go: "go.mod"
        case .zig: "build.zig"
        }
    }
}
