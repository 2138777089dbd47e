import Foundation

/// Runs `body` with a fresh folder, which is removed afterwards with all that is in it.
@discardableResult
package func withTemporaryFolder<Result: Sendable>(
    _ body: @Sendable (_ path: String) async throws -> Result
) async throws -> Result {
    let path = NSTemporaryDirectory() + "pulp-test-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: path) }
    return try await body(path)
}
