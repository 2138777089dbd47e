import PulpEngine

/// Modules of `Tests/Fixtures/hostile`, assembled.
enum Fixture {
    static func hostile(_ name: String) throws -> [UInt8] {
        try Module.binary(
            fromText: String(decoding: Places.bytes("Tests/Fixtures/hostile/\(name).wat"), as: UTF8.self))
    }
}
