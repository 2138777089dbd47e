import Logging
import NIOCore
import PulpCapability
import PulpWire

/// Looking at containers, and ending them.
extension DockerSession {
    /// Filters that a guest may set; others would look past what is its own, or mean nothing here.
    private static let filters: Set<String> = ["name", "status", "id", "label", "ancestor"]
    /// A stop takes its time; so much is left for what comes after it.
    private static let afterStop = TimeAmount.milliseconds(500)
    /// A host that ends does not wait long for anybody.
    private static let stopSecondsAtEnd = 2

    func list(_ request: DockerListRequest, by deadline: NIODeadline) async throws -> DockerList<DockerServer> {
        guard request.filter.count <= ContainerPlan.maximumEntries,
            request.filter.fields.allSatisfy({ Self.filters.contains($0.name) })
        else {
            throw CapabilityError(
                .emptyRequest, "docker_list: filter takes \(Self.filters.sorted().joined(separator: ", "))")
        }
        let asked = Dictionary(request.filter.fields.map { ($0.name, [$0.value]) }) { $0 + $1 }
        let listings = try await self.listings(asked, by: deadline)
        return DockerList(listings.map { $0.server })
    }

    func get(_ name: String, by deadline: NIODeadline) async throws -> DockerServer {
        try await self.owned(name, by: deadline).server
    }

    func destroy(_ id: String, by deadline: NIODeadline) async throws {
        let container = try await self.owned(id, by: deadline)
        let grace = self.stopSeconds(by: deadline)
        do {
            _ = try await self.engine.call(
                EngineRequest(.post, "/containers/\(container.id)/stop", query: [("t", "\(grace)")]), by: deadline)
        } catch let fault as EngineFault where !fault.isOfConnection {
            // It is to go in any case: what cannot be stopped is killed.
        }
        try await self.remove(container.id, by: deadline)
    }

    func restart(_ id: String, by deadline: NIODeadline) async throws {
        let container = try await self.owned(id, by: deadline)
        let grace = self.stopSeconds(by: deadline)
        _ = try await self.engine.call(
            EngineRequest(.post, "/containers/\(container.id)/restart", query: [("t", "\(grace)")]), by: deadline)
    }

    /// Removes a container, running or not, with what only it used.
    func remove(_ id: String, by deadline: NIODeadline) async throws {
        do {
            _ = try await self.engine.call(
                EngineRequest(.delete, "/containers/\(id)", query: [("force", "1"), ("v", "1")]), by: deadline)
        } catch let fault as EngineFault where fault.isNotFound || fault.isBeingRemoved {
            // Somebody else was quicker, or is about to be.
        }
    }

    /// The plugin's containers that `filters` find: the running ones when those do not speak of a status.
    func listings(
        _ filters: [String: [String]], isAll: Bool = false, by deadline: NIODeadline
    ) async throws -> [EngineListing] {
        let text = try EngineFilters.text(self.policy.filters(filters))
        return try await self.engine.call(
            EngineRequest(.get, "/containers/json", query: [("all", isAll ? "1" : "0"), ("filters", text)]),
            by: deadline, limit: 32 << 20, as: [EngineListing].self)
    }

    /// The container called `text`, if it is the plugin's.
    ///
    /// - Throws: Status 6 when there is none, or it is somebody else's: which of the two is not told.
    func owned(_ text: String, by deadline: NIODeadline) async throws -> EngineContainer {
        guard !text.isEmpty else { throw CapabilityError(.emptyRequest, "no container is named") }
        let name = text.hasPrefix("/") ? String(text.dropFirst()) : text
        let missing = CapabilityError(.notFound, "no such container of this plugin")
        guard ContainerName.isPlain(name) else { throw missing }
        let container = try await self.inspect(name, by: deadline)
        guard self.policy.owns(container.config.labels), ContainerName.isPlain(container.id) else { throw missing }
        return container
    }

    func inspect(_ id: String, by deadline: NIODeadline) async throws -> EngineContainer {
        try await self.engine.call(
            EngineRequest(.get, "/containers/\(id)/json"), by: deadline, as: EngineContainer.self)
    }

    /// How long a container may take to stop: as the manifest says, as far as the call's deadline allows.
    private func stopSeconds(by deadline: NIODeadline) -> Int {
        let left = deadline - self.parts.now() - Self.afterStop
        return max(min(self.policy.stopSeconds, Int(left.nanoseconds / 1_000_000_000)), 0)
    }

    /// Removes everything that is the plugin's: `on_stop = "remove"`.
    func removeAll() async {
        let deadline = self.parts.now() + .seconds(10)
        do {
            // With the scope switched off nothing but the labels says whose a container is.
            let own = ["label": ["\(DockerPolicy.Label.scope)=\(self.policy.scope)"]]
            let listings = try await self.engine.call(
                EngineRequest(
                    .get, "/containers/json", query: [("all", "1"), ("filters", try EngineFilters.text(own))]),
                by: deadline, limit: 32 << 20, as: [EngineListing].self)
            let grace = min(self.policy.stopSeconds, Self.stopSecondsAtEnd)
            _ = await Batches.run(listings.map(\.id), width: 16) { id in
                do {
                    _ = try? await self.engine.call(
                        EngineRequest(.post, "/containers/\(id)/stop", query: [("t", "\(grace)")]), by: deadline)
                    try await self.remove(id, by: deadline)
                } catch {
                    self.say(.warning, "a container could not be removed", ["id": "\(id)", "reason": "\(error)"])
                }
            }
        } catch EngineFault.unreachable where !self.creations.hasBegun {
            // The plugin never had a container here, as far as can be known.
        } catch {
            self.say(.warning, "the plugin's containers could not be removed", ["reason": "\(error)"])
        }
    }
}

extension EngineContainer {
    /// The container as a guest sees it.
    var server: DockerServer {
        let ports = (self.networkSettings?.ports ?? [:]).compactMap { key, bindings -> DockerServer.Port? in
            guard let host = bindings?.first.flatMap({ Int64($0.hostPort) }) else { return nil }
            return DockerServer.Port(container: String(key.prefix { $0 != "/" }), host: host)
        }
        return DockerServer(
            id: self.id, name: EngineName.plain(self.name), status: EngineName.status(self.state.status),
            ip: EngineName.address(self.networkSettings?.networks), ports: EngineName.distinct(ports),
            cpuLimit: Double(self.hostConfig?.nanoCPUs ?? 0) / 1_000_000_000,
            memoryLimit: self.hostConfig?.memory ?? 0)
    }
}

extension EngineListing {
    /// The container as a guest sees it.
    var server: DockerServer {
        let ports = (self.ports ?? []).compactMap { port in
            port.host.map { DockerServer.Port(container: "\(port.container)", host: $0) }
        }
        return DockerServer(
            id: self.id, name: EngineName.plain(self.names?.first ?? ""),
            status: EngineName.status(self.state ?? ""), ip: EngineName.address(self.networkSettings?.networks),
            ports: EngineName.distinct(ports))
    }
}

/// The engine's words in those of the reference.
private enum EngineName {
    static func plain(_ name: String) -> String { name.hasPrefix("/") ? String(name.dropFirst()) : name }

    static func status(_ state: String) -> String {
        switch state {
        case "running": "running"
        case "exited": "stopped"
        default: "error"
        }
    }

    static func address(_ networks: [String: EngineNetwork]?) -> String {
        (networks ?? [:]).sorted { $0.key < $1.key }.compactMap(\.value.address).first { !$0.isEmpty } ?? ""
    }

    /// In order, each port of the container once: it may be published on two addresses.
    static func distinct(_ ports: [DockerServer.Port]) -> [DockerServer.Port] {
        var seen: Set<String> = []
        return ports.sorted { ($0.container, $0.host) < ($1.container, $1.host) }.filter {
            seen.insert($0.container).inserted
        }
    }
}
