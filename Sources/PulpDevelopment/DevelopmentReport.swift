import Pulp
import PulpBuild

/// What became of one save: for the terminal.
package enum DevelopmentReport: Sendable {
    /// The new version is served.
    case serves(Served)
    /// The newest sources do not work. The version before, if there is one, is served still.
    case failed(Failure)
    /// Something to know, as a sentence.
    case note(String)

    package struct Served: Sendable {
        package let name: String
        /// Whether there was a version before.
        package let isReplacement: Bool
        package let build: Duration
        package let byteCount: Int
        package let routes: [String]
        /// What compilers say although they are content; empty most of the time.
        package let warnings: String
        package let timings: Timings
    }

    package struct Failure: Sendable {
        /// The compiler's or the plugin's own words, and what to do.
        package let message: String
        package let isServing: Bool
    }

    /// From the save to the first request that the new version gets.
    package struct Timings: Sendable {
        /// From the newest file's date to the start of the build; zero for the first one.
        package let watch: Duration
        package let build: Duration
        /// Compiled to machine code, linked and instantiated.
        package let load: Duration
        package let initialization: Duration
        package let swap: Duration

        package var total: Duration { self.watch + self.build + self.load + self.initialization + self.swap }
    }
}

extension DevelopmentReport.Served: CustomStringConvertible {
    package var description: String {
        let routes = "\(self.routes.count) \(self.routes.count == 1 ? "route" : "routes")"
        let verb = self.isReplacement ? "swapped" : "serves"
        return "built in \(DurationText.short(self.build)), \(Self.size(self.byteCount)); \(routes); \(verb)"
    }

    private static func size(_ count: Int) -> String {
        let thousands = (count + 512) / 1024
        return count < 1024 ? "\(count) B" : "\(thousands) KB"
    }
}

extension DevelopmentReport.Timings: CustomStringConvertible {
    package var description: String {
        let parts = [
            ("watch", self.watch), ("build", self.build), ("load", self.load), ("init", self.initialization),
            ("swap", self.swap), ("together", self.total),
        ]
        return parts.map { "\($0.0) \(DurationText.short($0.1))" }.joined(separator: ", ")
    }
}

/// A duration as people read it: `0.8 s`, `12 ms`.
enum DurationText {
    static func short(_ duration: Duration) -> String {
        let microseconds = duration.components.seconds * 1_000_000 + duration.components.attoseconds / 1_000_000_000_000
        switch microseconds {
        case ..<1_000: return "\(microseconds) us"
        case ..<100_000: return "\(microseconds / 1_000).\(microseconds / 100 % 10) ms"
        default:
            let tenths = (microseconds + 50_000) / 100_000
            return "\(tenths / 10).\(tenths % 10) s"
        }
    }
}
