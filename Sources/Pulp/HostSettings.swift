import PulpListener
import PulpManifest
import PulpRuntime

/// One plugin of a host: what to run, and the file that said so.
package struct HostPlugin: Sendable {
    package let spec: PluginSpec
    /// The manifest as the user named it, for messages.
    package let manifest: String

    package init(spec: PluginSpec, manifest: String) {
        self.spec = spec
        self.manifest = manifest
    }
}

/// How a host serves its plugins. What is nil is left to the manifests.
package struct HostSettings: Sendable {
    /// Where the admin pages are.
    package enum Admin: Sendable, Equatable {
        case off
        /// Here, and on a free port of the same address when this one is taken.
        case preferably(ListenerConfiguration.Address)
        /// Here; the host does not start when it is taken.
        case exactly(ListenerConfiguration.Address)
    }

    /// Wins over every manifest's `[http] listen`.
    package var listen: ListenerConfiguration.Address?
    /// Used when neither ``listen`` nor a manifest says where.
    package var defaultListen = ListenerConfiguration.Address.tcp(host: "127.0.0.1", port: 8080)
    /// Wins over every manifest's `tls_cert` and `tls_key`.
    package var tls: ListenerConfiguration.TLS?
    package var admin = Admin.off
    /// Whether the host's listener is bound also when no plugin needs it.
    package var alwaysListens = false
    /// How long requests in flight may go on once the host is asked to stop.
    package var grace = Duration.seconds(10)
    /// How long the shutdown of plugins may take after that: the reference's five seconds.
    package var shutdownLimit = Duration.seconds(5)

    package init() {}

    /// What the settings and the manifests say together.
    ///
    /// - Throws: ``HostError`` when manifests disagree and the command line does not decide.
    func resolved(for plugins: [HostPlugin]) throws(HostError) -> (
        address: ListenerConfiguration.Address, tls: ListenerConfiguration.TLS?
    ) {
        let listen = Self.distinct(plugins) { $0.http.listen }
        let files = Self.distinct(plugins) { $0.http.tls }
        var problems: [String] = []
        if self.listen == nil, listen.count > 1 {
            problems.append(
                "the manifests ask for different addresses (\(Self.list(listen))); choose one with --listen")
        }
        if self.tls == nil, files.count > 1 {
            let names = files.map { ($0.value.certificate, $0.manifest) }
            problems.append(
                "the manifests name different certificates (\(Self.list(names))); choose with --tls-cert and --tls-key")
        }
        guard problems.isEmpty else { throw HostError(problems) }
        let tls = files.first.map {
            ListenerConfiguration.TLS(certificateChainPath: $0.value.certificate, privateKeyPath: $0.value.key)
        }
        let wish = try Self.address(listen.first)
        return (self.listen ?? wish ?? self.defaultListen, self.tls ?? tls)
    }

    private static func address(
        _ wish: (value: String, manifest: String)?
    ) throws(HostError) -> ListenerConfiguration.Address? {
        guard let wish else { return nil }
        do throws(ListenAddress.Problem) {
            return try ListenAddress.parse(wish.value)
        } catch {
            throw HostError(["\(wish.manifest): [http] listen: \(error.description)"])
        }
    }

    private static func distinct<Value: Equatable>(
        _ plugins: [HostPlugin], _ value: (PluginSpec) -> Value?
    ) -> [(value: Value, manifest: String)] {
        var found: [(value: Value, manifest: String)] = []
        for plugin in plugins {
            guard let wish = value(plugin.spec), !found.contains(where: { $0.value == wish }) else { continue }
            found.append((wish, plugin.manifest))
        }
        return found
    }

    private static func list(_ wishes: [(String, String)]) -> String {
        wishes.map { "\($0.0) in \($0.1)" }.joined(separator: ", ")
    }
}

/// Why a host did not start: everything at once, each a sentence with its remedy.
package struct HostError: Error, Sendable, CustomStringConvertible {
    package let problems: [String]

    package init(_ problems: [String]) {
        self.problems = problems
    }

    package var description: String { self.problems.joined(separator: "\n") }

    /// An error in words: of a guest that trapped, with its functions below.
    package static func explain(_ error: any Error) -> String {
        guard let error = error as? PluginError else { return "\(error)" }
        let frames = "\(error.trap.map { "\($0)" } ?? "")".split(separator: "\n").dropFirst()
        let isCrowded = error.message.contains("maximum concurrent")
        let remedy = isCrowded ? "; PULP_MAX_INSTANCES is how many guests may live at once" : ""
        let first = "plugin \"\(error.plugin)\": \(error.message)\(remedy)"
        return ([first] + frames.map(String.init)).joined(separator: "\n")
    }
}
