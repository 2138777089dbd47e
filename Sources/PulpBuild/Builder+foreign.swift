/// Languages that bring a compiler of their own.
extension Builder {
    func compileRust(_ job: BuildJob) async throws(BuildError) -> String {
        throw BuildError(.toolchain, "Rust is not built yet")
    }

    func compileGo(_ job: BuildJob) async throws(BuildError) -> String {
        throw BuildError(.toolchain, "Go is not built yet")
    }

    func compileZig(_ job: BuildJob) async throws(BuildError) -> String {
        throw BuildError(.toolchain, "Zig is not built yet")
    }
}
