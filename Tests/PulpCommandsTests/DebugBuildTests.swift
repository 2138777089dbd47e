import Foundation
import Testing

/// `pulp build --debug`, then a failure of the plugin: where it happened is told as file and line.
@Suite("Lines of the sources in failures", .timeLimit(.minutes(15)))
struct DebugBuildTests {
    /// A plugin that fails at every tick.
    struct Failing: Sendable, CustomTestStringConvertible {
        let language: String
        let path: String
        let source: String
        /// Other files that the language wants.
        var others: [String: String] = [:]

        var testDescription: String { self.language }

        /// What is told: the file and the line that says so of itself.
        var place: String {
            let lines = self.source.split(separator: "\n", omittingEmptySubsequences: false)
            let index = lines.firstIndex { $0.contains("fails here") } ?? lines.endIndex
            return "\(self.path):\(index + 1)"
        }
    }

    static let plugins = [
        Failing(
            language: "swift", path: "Plugin.swift",
            source: """
                import PulpGuest

                @main
                struct Failing: Plugin {
                    var values: [Int] = [1]

                    static func configure(_ app: inout Application<Self>) throws(PluginError) {
                        app.onTick { plugin in plugin.fail() }
                    }

                    mutating func fail() {
                        self.values[0] = self.values[self.values.count]  // fails here
                    }
                }
                """),
        Failing(
            language: "c", path: "plugin.c",
            source: """
                #include "pulp.h"

                static volatile int32_t value;

                __attribute__((noinline)) static int32_t divide(int32_t by) {
                    return 42 / by; // fails here
                }

                static void tick(void) { value = divide(value); }

                void pulp_configure(PulpConfig config) { pulp_on_tick(tick); }
                """),
        Failing(
            language: "rust", path: "src/lib.rs",
            source: """
                use pulp::{App, Plugin, Result};

                struct Failing {
                    values: Vec<u64>,
                }

                #[inline(never)]
                fn fail(values: &[u64]) -> u64 {
                    values[values.len()] // fails here
                }

                impl Plugin for Failing {
                    fn configure(app: &mut App<Self>) -> Result<Self> {
                        app.on_tick(|failing, _| {
                            failing.values[0] = fail(&failing.values);
                            Ok(())
                        });
                        Ok(Failing { values: vec![1] })
                    }
                }

                pulp::plugin!(Failing);
                """),
        Failing(
            language: "zig", path: "plugin.zig",
            source: """
                const pulp = @import("pulp");

                pub const pulp_plugin = start;
                pub const panic = pulp.panic;
                comptime {
                    pulp.exportPlugin();
                }

                var values: [1]u64 = .{1};
                var index: usize = 1;

                fn start(app: *pulp.App) !void {
                    app.on_tick = tick;
                }

                fn tick() !void {
                    values[0] = values[index]; // fails here
                }
                """),
        Failing(
            language: "go", path: "main.go",
            source: """
                package main

                import (
                	"time"

                	"pulp"
                )

                var values = []int{1}

                func main() {}

                func init() {
                	pulp.Run(func(app *pulp.App) error {
                		app.OnTick(tick)
                		return nil
                	})
                }

                func tick(time.Time) error {
                	values[0] = values[len(values)] // fails here
                	return nil
                }
                """,
            others: ["go.mod": "module plugins/failing\n\ngo 1.24\n"]),
    ]

    @Test("after pulp build --debug, PULP_BACKTRACE=1 tells the line", arguments: Self.plugins)
    func lines(plugin: Failing) async throws {
        guard Places.hasCompiler(plugin.language) else { return }
        let manifest = "name = \"failing\"\nversion = \"1\"\n"
        let folder = try Places.folder([:])
        var files = plugin.others
        files["pulp.plugin.toml"] = manifest
        files[plugin.path] = plugin.source
        for (path, text) in files {
            let file = folder.appending(path: path)
            try FileManager.default.createDirectory(
                at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data(text.utf8).write(to: file)
        }
        let built = try await pulp("build", folder.path, "--debug")
        #expect(built.code == 0, "\(built.error)")
        let stepped = try await pulp("step", folder.path, environment: ["PULP_BACKTRACE": "1"])
        #expect(stepped.error.contains(plugin.place), "\(stepped.output)\(stepped.error)")
    }
}
