import Pulp
import PulpCapability
import PulpWire
import Synchronization

/// `spawn.docker` without an engine: each function answers what the test lists.
///
/// The imports are the real capability's, so a plugin links here exactly when it links in `pulp run`.
struct CannedDocker: Capability {
    static let id = HostDocker.capability

    static let functions = HostDocker.signatures.map(\.name)
    /// Those that answer with bytes.
    static let answering = Set(HostDocker.signatures.filter(Self.answers).map(\.name))

    static let imports: [HostImport<CannedDocker>] = HostDocker.signatures.map { signature in
        .words(signature) { docker, call in docker.called(signature, &call).rawValue }
    }

    static var section: String? { HostDocker.section }
    static var settings: [SettingKey] { HostDocker.settings }
    static var limits: [SettingKey] { HostDocker.limits }

    private let list: [CannedCall]
    private let log: @Sendable (String) -> Void

    /// - Parameters:
    ///   - list: The first entry for a function answers it.
    ///   - log: Told what was missing.
    init(_ list: [CannedCall], log: @escaping @Sendable (String) -> Void) {
        self.list = list
        self.log = log
    }

    private static func answers(_ signature: ImportSignature) -> Bool { signature.parameters.count >= 4 }

    private func called(_ signature: ImportSignature, _ call: inout GuestCall) -> Status {
        guard let canned = self.list.first(where: { $0.function == signature.name }) else {
            self.log(
                "the test has no answer to \(signature.name), which gives status 10 as if there were no engine; "
                    + "add [[docker]] call = \"\(signature.name)\", or docker: [DockerAnswer(...)] in Swift")
            return .unavailable
        }
        guard canned.status == 0 else { return Status(rawValue: canned.status) }
        guard Self.answers(signature) else { return .ok }
        return Status(rawValue: call.answer(canned.answer, BoundaryStatuses()))
    }
}
