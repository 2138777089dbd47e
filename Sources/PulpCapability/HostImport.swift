import PulpWire

/// One function that guests may import: its name, its words, what it does, and how it refuses.
///
/// `Session` is what the handler belongs to. The same value makes the binding, the stub and the line in `docs/abi.md`.
public struct HostImport<Session>: Sendable {
    public let signature: ImportSignature
    let body: Body

    enum Body: Sendable {
        case plain(@Sendable (Session, inout GuestCall) -> Int32)
        case suspending(@Sendable (Session, inout GuestCall) -> SuspendedImport)
    }

    init(_ signature: ImportSignature, _ body: Body) {
        self.signature = signature
        self.body = body
    }

    /// A function of words: the handler reads and writes guest memory through the call, and returns the result.
    public static func words(
        _ signature: ImportSignature, _ handler: @escaping @Sendable (Session, inout GuestCall) -> Int32
    ) -> Self {
        Self(signature, .plain(handler))
    }

    /// As ``words(_:_:)``, but the guest sleeps until the answer is there.
    public static func suspendingWords(
        _ signature: ImportSignature, _ handler: @escaping @Sendable (Session, inout GuestCall) -> SuspendedImport
    ) -> Self {
        Self(signature, .suspending(handler))
    }
}

/// How an import looks to a module, to its documentation and to its stub.
public struct ImportSignature: Hashable, Sendable {
    public enum Word: String, Hashable, Sendable {
        case i32, i64
    }

    /// The import module; `pulp` for all but WASI.
    public let module: String
    public let name: String
    /// Names for the documentation, types for the link.
    public let parameters: [Parameter]
    public let result: Word?
    /// One line of documentation.
    public let summary: String
    /// What a plugin without the grant gets.
    public let stubStatus: Int32
    /// The statuses, as the documentation lists them.
    public let statuses: [Int32: String]

    public struct Parameter: Hashable, Sendable {
        public let name: String
        public let type: Word

        public init(_ name: String, _ type: Word = .i32) {
            self.name = name
            self.type = type
        }
    }

    public init(
        module: String = "pulp", _ name: String, _ parameters: [Parameter], result: Word? = .i32, summary: String = "",
        stubStatus: Int32 = Status.notGranted.rawValue, statuses: [Int32: String] = [:]
    ) {
        precondition(parameters.count <= GuestCall.maximumWords, "\(name) has more parameters than a call carries")
        self.module = module
        self.name = name
        self.parameters = parameters
        self.result = result
        self.summary = summary
        self.stubStatus = stubStatus
        self.statuses = statuses
    }
}

/// The statuses of the boundary itself, where a function does not follow the usual pattern.
public struct BoundaryStatuses: Hashable, Sendable {
    public var empty = Status.emptyRequest
    public var unreadable = Status.readFailed
    public var undecodable = Status.decodeFailed
    public var failed = Status.operationFailed
    public var unencodable = Status.encodeFailed
    public var unallocated = Status.allocationFailed
    public var unwritable = Status.writeFailed

    public init() {}
}
