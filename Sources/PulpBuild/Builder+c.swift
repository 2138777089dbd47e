/// C without a library of its own: the SDK's header and runtime are all there is.
extension Builder {
    func compileC(_ job: BuildJob) async throws(BuildError) -> String {
        let sources = try job.project.sources()
        let toolchain = try await SwiftToolchain.find(environment: self.environment)
        let sdk = self.sdk.folder(.c)
        let command = Command(
            program: toolchain.clang,
            arguments: [
                "--target=wasm32", "-std=c17", "-nostdlib", "-ffreestanding", "-fvisibility=hidden", "-Wall", "-Wextra",
                "-Wno-unused-parameter", "-Wno-unused-function",
            ] + Self.optimization(job) + ["-I", sdk]
                + ["-Wl,--no-entry,--gc-sections,-z,stack-size=65536"]
                + job.flags + ["\(sdk)/pulp.c"] + sources + ["-o", job.output])
        return try await self.run(command, job)
    }

    private static func optimization(_ job: BuildJob) -> [String] {
        switch (job.mode, job.optimization) {
        case (.release, .size): ["-Oz", "-Wl,--strip-debug"]
        case (.release, .speed): ["-O3", "-Wl,--strip-debug"]
        case (.debug, _): ["-g", "-O1"]
        case (.development, _): ["-O1", "-Wl,--strip-debug"]
        }
    }
}
