import Foundation
import PulpManifest

/// Go: a reactor. The SDK is a module beside the plugin's, in a workspace of this build alone.
extension Builder {
    func compileGo(_ job: BuildJob) async throws(BuildError) -> String {
        _ = try job.project.sources()
        let toolchain = try await ForeignToolchain.find(.go, environment: self.environment, sdk: self.sdk)
        let folder = Files.absolute(job.project.folder)
        guard Files.isFile("\(folder)/go.mod") else {
            throw BuildError(
                .sources, "\(job.project.folder) has no go.mod; make one: go mod init plugins/\(job.project.spec.name)")
        }
        let workspace = "\(job.scratch)/go.work"
        // As new as the compiler: not older than any module in it asks for.
        let words = toolchain.version.split(separator: " ").first { $0.hasPrefix("go1.") }
        let version = words?.dropFirst(2).prefix { $0.isNumber || $0 == "." } ?? "1.24"
        let text = "go \(version)\n\nuse (\n\t\(Self.goString(folder))\n\t\(Self.goString(self.sdk.folder(.go)))\n)\n"
        try Files.write(text, to: workspace)
        var variables = ["GOOS": "wasip1", "GOARCH": "wasm", "GOWORK": workspace, "GOTOOLCHAIN": "local"]
        let places = ["HOME", "XDG_CACHE_HOME", "GOCACHE"]
        if let cache = self.cache.folder, places.allSatisfy({ self.environment[$0, default: ""].isEmpty }) {
            variables["GOCACHE"] = "\(cache)/go"
        }
        let strip = job.mode == .debug ? [] : ["-ldflags=-s -w"]
        let command = Command(
            program: toolchain.program,
            arguments: ["build", "-trimpath", "-buildvcs=false", "-buildmode=c-shared"] + strip + job.flags
                + ["-o", job.output, "."],
            folder: folder, variables: variables)
        return try await self.run(command, job)
    }

    /// As go.work writes a path.
    private static func goString(_ text: String) -> String {
        "\"\(text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\""))\""
    }
}
