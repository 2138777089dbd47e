import Testing

/// What talks to an engine, real or not: one test after the other, since each measures, waits or fills the machine.
@Suite("Docker", .serialized)
enum DockerSuite {}
