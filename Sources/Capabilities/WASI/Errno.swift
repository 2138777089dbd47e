/// What a function of `wasi_snapshot_preview1` returns; the names and numbers of its `errno`.
package enum Errno: Int32, Sendable {
    case success = 0
    case badf = 8
    case fault = 21
    case inval = 28
    case io = 29
    case nosys = 52
    case notdir = 54
    case notsock = 57
    case notsup = 58
    case spipe = 70
    case notcapable = 76

    /// For the documentation of the ABI.
    var meaning: String {
        switch self {
        case .success: "done"
        case .badf: "no such descriptor, or not for this"
        case .fault: "outside the memory"
        case .inval: "not a valid argument, or too large"
        case .io: "the host's randomness failed"
        case .nosys: "not offered"
        case .notdir: "not a directory"
        case .notsock: "not a socket"
        case .notsup: "not supported here"
        case .spipe: "not seekable"
        case .notcapable: "rights cannot be added"
        }
    }
}
