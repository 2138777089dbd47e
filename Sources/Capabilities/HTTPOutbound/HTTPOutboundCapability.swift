import Logging
import NIOSSL
import PulpCapability
import PulpEgress
import PulpWire

/// `transport.http.outbound`: requests to other servers, answered whole or as streams.
///
/// - SeeAlso: `README.md` in this folder, and `docs/decisions/0014-outbound-http.md`.
package struct HTTPOutboundCapability: Capability {
    package static let id: CapabilityID = "transport.http.outbound"
    package static let section: String? = "http"
    package static let settings = [Self.allow, Self.internet]
    package static let limits = HTTPOutboundLimits.keys

    private static let allow = SettingKey(
        "allow", .strings, example: "[\"api.example.com\", \"10.0.0.0/8:5432\"]",
        "Hosts and address blocks, each with or without a port, that the plugin may connect to although they are not "
            + "public, or although `internet` is false.")
    private static let internet = SettingKey(
        "internet", .boolean(default: true),
        "Whether the plugin may connect to every public address; if not, only to what `allow` lists.")

    private let resolver: any HostResolver
    private let streams: BodyStreams
    private let hostRules: (rules: [EgressRule], errors: [EgressRuleError])
    private let tls: TLSConfiguration?
    private let detour: FetchDetour?

    /// - Parameters:
    ///   - resolver: Turns names into addresses.
    ///   - hostRules: What the host's administrator opens for every plugin, as in `HTTP_FETCH_ALLOW`.
    ///   - streams: Where open streams are offered to other capabilities.
    ///   - tls: Whom to trust; nil for the system's authorities.
    ///   - detour: Who answers in place of the servers that are asked; nil in a host.
    package init(
        resolver: any HostResolver, hostRules: String, streams: BodyStreams, tls: TLSConfiguration?,
        detour: FetchDetour? = nil
    ) {
        self.resolver = resolver
        self.hostRules = EgressRule.list(hostRules)
        self.streams = streams
        self.tls = tls
        self.detour = detour
    }

    /// - Throws: ``EgressRuleError`` for an entry of `[http] allow` that is no rule.
    package func open(_ scope: PluginScope) async throws -> HTTPOutboundSession {
        var policy = EgressPolicy(
            rules: self.hostRules.rules, opensInternet: scope.settings.boolean(Self.internet, in: "http"),
            place: "allow in [http] of the manifest")
        for entry in scope.settings.strings(Self.allow, in: "http") {
            policy.rules.append(try EgressRule(entry))
        }
        for error in self.hostRules.errors {
            scope.logger.warning("an entry of HTTP_FETCH_ALLOW was passed over", metadata: ["reason": "\(error)"])
        }
        let session = HTTPOutboundSession(
            scope, egress: EgressGuard(policy: policy, resolver: self.resolver), streams: self.streams, tls: self.tls,
            detour: self.detour)
        self.streams.offer(session, for: scope)
        return session
    }

    package func isBusy(_ session: HTTPOutboundSession) -> Bool { session.passesBodiesOn }

    package func close(_ session: HTTPOutboundSession) async {
        await session.close()
    }

    package func instanceEnded(_ instance: InstanceID, in session: HTTPOutboundSession) {
        session.instanceEnded(instance)
    }
}

extension HTTPOutboundCapability {
    package static let imports: [HostImport<HTTPOutboundSession>] = [
        .suspendingWords(
            Self.query(
                "http_fetch",
                "Fetches a URL: `{method, url, headers, body, timeout}` gives `{id, status, headers, body}`.")
        ) { session, call in session.fetch(&call) },
        .suspendingWords(
            Self.query(
                "http_fetch_begin", "Fetches a URL whose body is read later: gives `{id, status, headers}`.")
        ) { session, call in session.begin(&call) },
        .suspendingWords(
            ImportSignature(
                "http_fetch_read",
                [.init("id_lo"), .init("id_hi"), .init("max"), .init("resp_ptr_out"), .init("resp_len_out")],
                summary: "The next part of a stream's body, at most `max` bytes: `{bytes, eof, err}`.",
                statuses: Self.answering.merging([
                    0: "done, also for an unknown stream and a broken body: then `err` says so", 1: "`max` is 0",
                ]) { $1 })
        ) { session, call in session.read(&call) },
        .words(
            ImportSignature(
                "http_fetch_close", [.init("id_lo"), .init("id_hi")],
                summary: "Closes a stream.",
                statuses: [0: "done, also when there is no such stream", 99: "not granted"])
        ) { session, call in session.close(stream: call.splitWord(0)) },
        .words(
            ImportSignature(
                "http_fetch_error", [.init("resp_ptr_out"), .init("resp_len_out")],
                summary: "Why this instance's last fetch failed: `{code, message, allow}`; no bytes when none has.",
                statuses: Self.answering)
        ) { session, call in session.lastError(&call) },
    ]

    private static let answering: [Int32: String] = [
        0: "done", 5: "answer not encodable", 6: "the guest has no `pulp_alloc`", 7: "`pulp_alloc` gave no room",
        8: "answer or out-pair outside the memory", 99: "not granted",
    ]

    private static func query(_ name: String, _ summary: String) -> ImportSignature {
        ImportSignature(
            name, [.init("req_ptr"), .init("req_len"), .init("resp_ptr_out"), .init("resp_len_out")], summary: summary,
            statuses: Self.answering.merging([
                1: "empty request", 2: "request outside the memory", 3: "request not decodable",
                4: "the fetch failed; `http_fetch_error` says why",
            ]) { $1 })
    }
}
