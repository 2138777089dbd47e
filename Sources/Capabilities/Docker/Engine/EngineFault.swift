import NIOHTTP1

/// Why the engine did not do what it was asked.
enum EngineFault: Error, Hashable, CustomStringConvertible {
    /// Nobody answers at the socket.
    case unreachable(String)
    /// It went away in the middle of a call.
    case gone
    /// It did not answer by the call's deadline.
    case timedOut
    /// What it says is not what an engine says.
    case garbled(String)
    /// It refuses, and says why.
    case refused(status: UInt, message: String)
    /// It began with what was asked, and failed.
    case failed(String)
    /// It answers more than fits.
    case tooLarge(limit: Int)

    var description: String {
        switch self {
        case .unreachable(let why): "the Docker engine cannot be reached: \(why)"
        case .gone: "the Docker engine went away during the call"
        case .timedOut: "the Docker engine did not answer in time; raise call_timeout_ms if it needs longer"
        case .garbled(let what): "the Docker engine's answer cannot be read: \(what)"
        case .refused(let status, let message): "the Docker engine refused with \(status): \(message)"
        case .failed(let message): message
        case .tooLarge(let limit): "the Docker engine's answer has more than \(limit) bytes"
        }
    }

    /// Whether what the call names does not exist.
    var isNotFound: Bool {
        if case .refused(404, _) = self { true } else { false }
    }
}
