import PulpWire

/// All tests of a module: what the entry that `pulp test` writes is made of. Nothing for authors.
public struct TestModule {
    private var suites: [Suite] = []
    // A guest runs on one thread: never touched by two at once.
    nonisolated(unsafe) private static var shared = TestModule()

    private init() {}

    /// Adds a type's tests.
    public mutating func add<Tests: PluginTests>(_ tests: Tests.Type) {
        var suite = Suite()
        Tests.tests(&suite)
        self.suites.append(suite)
    }

    /// Called once by `pulp_init`: tells the exports, which are C, what they stand for.
    public static func main(_ declare: (inout TestModule) -> Void) {
        var module = TestModule()
        declare(&module)
        unsafe Self.shared = module
        unsafe pulp_install(
            { bytes, count in unsafe TestModule.start(UnsafeRawBufferPointer(start: bytes, count: Int(count))) },
            { _, _ in Status.unavailable.rawValue }, { Status.ok.rawValue })
    }

    /// Says which tests there are, or runs the one whose number is given.
    private static func start(_ number: UnsafeRawBufferPointer) -> Int32 {
        let suites = unsafe Self.shared.suites
        guard unsafe !number.isEmpty else {
            let bytes = MessagePackValue.array(suites.map { $0.record }).encodedBytes()
            return unsafe bytes.withUnsafeBytes { unsafe pulp_test_declare($0.baseAddress, UInt32($0.count)) }
        }
        var reader = unsafe MessagePackReader(number.bytes)
        guard var rest = try? reader.readInt64() else { return Status.decodeFailed.rawValue }
        for suite in suites {
            if rest < suite.tests.count {
                suite.tests[Int(rest)].body(TestHost())
                return Status.ok.rawValue
            }
            rest -= Int64(suite.tests.count)
        }
        return Status.notFound.rawValue
    }
}
