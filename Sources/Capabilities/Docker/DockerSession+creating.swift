import Logging
import NIOCore
import NIOPosix
import PulpCapability
import PulpWire

/// Making containers.
extension DockerSession {
    /// When a container is looked for whose making was given up before the engine had answered.
    private static let looks: [Duration] = [.zero, .milliseconds(200), .seconds(1), .seconds(3)]
    /// How long clearing one container away may take.
    private static let cleanupTime = TimeAmount.seconds(10)

    /// Makes a container, starts it, and sees to it that it is what was asked for; else there is none.
    func create(_ request: DockerCreateRequest, by deadline: NIODeadline) async throws -> DockerServer {
        let token = try self.parts.freshToken()
        let policy = self.policy
        var plan = try await self.parts.threads.runIfActive {
            try ContainerPlan(request, policy, freshName: String(token.prefix(8)))
        }
        plan.mark(token)
        let others = self.creations.begin(token)
        do {
            try await self.checkRoom(for: others, by: deadline)
        } catch {
            self.creations.complete(token)
            throw error
        }
        let id = try await self.allocate(plan, token, by: deadline)
        do {
            let server = try await self.start(id, plan, by: deadline)
            try Task.checkCancellation()
            self.creations.complete(token)
            return server
        } catch {
            self.creations.abandon(token)
            let cleanup = self.cleanups.start { await self.clear(id, of: token) }
            // Whoever is told of a failure is told the truth: the container is gone. A dropped guest is told nothing.
            if !Task.isCancelled, (error as? EngineFault)?.isOfConnection != true { await cleanup?.value }
            throw error
        }
    }

    private func checkRoom(for creations: Int, by deadline: NIODeadline) async throws {
        let own = try await self.listings(
            ["label": ["\(DockerPolicy.Label.scope)=\(self.policy.scope)"]], isAll: true, by: deadline)
        guard own.count + creations <= self.policy.maximumContainers else {
            throw CapabilityError(
                .operationFailed,
                "docker_create: the plugin has \(own.count) containers; raise containers in [limits.spawn.docker]")
        }
    }

    /// - Returns: The id of a container that does not run yet.
    private func allocate(_ plan: ContainerPlan, _ token: String, by deadline: NIODeadline) async throws -> String {
        do {
            let created = try await self.engine.call(
                EngineRequest(.post, "/containers/create", query: [("name", plan.name)], json: plan.body),
                by: deadline, as: EngineCreated.self)
            guard ContainerName.isPlain(created.id) else { throw EngineFault.garbled("an id is none") }
            return created.id
        } catch {
            switch error as? EngineFault {
            case .refused, .unreachable: self.creations.complete(token)
            default:
                // The engine may have made it, or be about to.
                self.creations.abandon(token)
                self.cleanups.start { await self.clear(token) }
            }
            throw error
        }
    }

    private func start(_ id: String, _ plan: ContainerPlan, by deadline: NIODeadline) async throws -> DockerServer {
        do {
            _ = try await self.engine.call(EngineRequest(.post, "/containers/\(id)/start"), by: deadline)
        } catch EngineFault.refused(404, let message) {
            // The engine says so of a command that the image does not have: the container itself is there.
            throw EngineFault.refused(status: 400, message: message)
        }
        let container = try await self.inspect(id, by: deadline)
        for publication in plan.publications {
            let ports = container.published(publication.port)
            guard ports.contains(where: { publication.host.contains($0) }) else {
                throw CapabilityError(
                    .operationFailed,
                    "docker_create: port \(publication.port) was asked for, but the engine did not publish it; the "
                        + "container was removed. Its network may publish none: see [docker] network")
            }
        }
        return container.server
    }

    /// Removes a container whose id is known.
    private func clear(_ id: String, of token: String) async {
        do {
            try await self.remove(id, by: self.parts.now() + Self.cleanupTime)
            self.creations.forget(token)
        } catch {
            self.say(.notice, "a container whose making failed is not removed yet", ["reason": "\(error)"])
        }
    }

    /// Looks for a container whose making was given up before the engine had answered.
    private func clear(_ token: String) async {
        let deadline = self.parts.now() + Self.cleanupTime
        for pause in Self.looks {
            try? await Task.sleep(for: pause)
            do {
                if try await self.removeContainers(of: token, by: deadline) { return self.creations.forget(token) }
            } catch {
                self.say(.notice, "a container whose making was given up is not removed yet", ["reason": "\(error)"])
            }
        }
    }

    /// - Returns: Whether there was one.
    private func removeContainers(of token: String, by deadline: NIODeadline) async throws -> Bool {
        let label = "\(DockerPolicy.Label.creation)=\(token)"
        let found = try await self.listings(["label": [label]], isAll: true, by: deadline)
        for listing in found { try await self.remove(listing.id, by: deadline) }
        return !found.isEmpty
    }

    /// Removes the plugin's containers that nobody will ever ask for. Called when the engine is there again.
    func removeOrphans() async throws {
        let deadline = self.parts.now() + Self.cleanupTime
        let own = try await self.listings(
            ["label": ["\(DockerPolicy.Label.scope)=\(self.policy.scope)"]], isAll: true, by: deadline)
        for listing in own {
            guard let token = listing.labels?[DockerPolicy.Label.creation],
                self.creations.isOrphan(token, hasStarted: listing.state != "created")
            else { continue }
            try await self.remove(listing.id, by: deadline)
            self.creations.forget(token)
            self.say(.notice, "removed a container whose making was given up", ["id": "\(listing.id)"])
        }
    }
}
