import Foundation
import Logging
import NIOCore
import NIOPosix
import PulpCapability
import PulpWire
import Synchronization

/// Building images, in the background and one at a time.
extension DockerSession {
    private static let alreadyBuilding: Int32 = 11
    private static let longestLine = 1 << 20
    private static let longestError = 2_048
    private static let maximumArguments = 64

    /// Checks a request and begins with it.
    func startBuild(_ request: DockerBuildRequest, by deadline: NIODeadline) async throws {
        guard !request.imageTag.isEmpty else {
            throw CapabilityError(.emptyRequest, "docker_build: image_tag is empty")
        }
        let tag = try self.checkedTag(request.imageTag)
        guard request.arguments.count <= Self.maximumArguments else {
            throw CapabilityError(.emptyRequest, "docker_build: more than \(Self.maximumArguments) build_args")
        }
        try ContainerPlan.check(request.arguments.fields.map { "\($0.name)=\($0.value)" }, "docker_build: build_args")
        let policy = self.policy
        let folder = try await self.parts.threads.runIfActive {
            try Self.folder(request.directory, below: policy.templates)
        }
        try await self.checkOwner(of: tag, by: deadline)
        let running = CapabilityError(code: Self.alreadyBuilding, "docker_build: a build of this plugin is running")
        guard self.build.begin() else { throw running }
        let started = self.background.start { await self.runBuild(tag, request.arguments, in: folder) }
        if started == nil {
            self.build.fail("the plugin is stopping")
            throw running
        }
    }

    private func checkedTag(_ text: String) throws(CapabilityError) -> String {
        let name = ImageName(text)
        guard ImageName.isPlain(text), name.digest == nil, !name.repository.isEmpty, name.repository != "sha256",
            !BindGuard.hasDots(text)
        else { throw CapabilityError(.emptyRequest, "docker_build: image_tag is no name of an image") }
        guard self.policy.images.isEmpty || self.policy.images.contains(where: { $0.matches(name) }) else {
            throw DockerPolicy.denial(
                "docker_build: the image \(text) is not among those that are granted",
                allow: "[docker] images = [\"\(text)\"]")
        }
        return name.explicit
    }

    /// The folder to build from, all links followed: the templates, or one below.
    private static func folder(_ directory: String, below templates: String) throws(CapabilityError) -> String {
        let path = directory.isEmpty ? templates : directory.hasPrefix("/") ? directory : "\(templates)/\(directory)"
        guard !path.utf8.contains(0), path.utf8.count <= 4_096, let base = BindGuard.resolved(templates),
            let folder = BindGuard.resolved(path), BindGuard.isInside(folder, base)
        else {
            throw CapabilityError(
                .emptyRequest,
                "docker_build: build_dir is no folder below the host's templates; the environment's TEMPLATES_DIR says "
                    + "where those are")
        }
        return folder
    }

    /// An image that this plugin did not build keeps its name.
    private func checkOwner(of tag: String, by deadline: NIODeadline) async throws {
        let path = tag.split(separator: "/", omittingEmptySubsequences: false).map { EngineRequest.escaped(String($0)) }
            .joined(separator: "/")
        do {
            let image = try await self.engine.call(
                EngineRequest(.get, "/images/\(path)/json"), by: deadline, as: EngineImage.self)
            guard self.policy.owns(image.config?.labels) else {
                throw CapabilityError(
                    .emptyRequest, "docker_build: there is such an image, and it is not this plugin's")
            }
        } catch let fault as EngineFault where fault.isNotFound {
            // A new name.
        }
    }

    private func runBuild(_ tag: String, _ arguments: FieldList, in folder: String) async {
        do {
            try await self.build(tag, arguments, in: folder)
            self.build.succeed(at: Int64(self.parts.wallTime() / 1_000_000_000))
            self.say(.notice, "built an image", ["image": "\(tag)"])
        } catch {
            let reason = LogText.printable("\(error)", limit: Self.longestError)
            self.build.fail(reason)
            self.say(.warning, "an image was not built", ["image": "\(tag)", "reason": "\(reason)"])
        }
    }

    private func build(_ tag: String, _ arguments: FieldList, in folder: String) async throws {
        let (threads, limit) = (self.parts.threads, self.policy.maximumBuildBytes)
        let context = try await threads.runIfActive { try BuildContext(folder, limit: limit) }
        let failure = FirstFailure()
        let request = EngineRequest(
            .post, "/build", query: try self.query(tag, arguments),
            body: .stream("application/x-tar") {
                do {
                    return try await threads.runIfActive { try context.next() }
                } catch {
                    failure.keep(error)
                    throw error
                }
            })
        let deadline = self.parts.now() + .seconds(Int64(self.policy.buildSeconds))
        do {
            try await self.engine.stream(request, by: deadline) { try await Self.follow(&$0) }
        } catch {
            throw failure.error ?? error
        }
    }

    private func query(_ tag: String, _ arguments: FieldList) throws -> [(name: String, value: String)] {
        func json(_ value: [String: String]) throws -> String {
            String(decoding: try JSONEncoder().encode(value), as: UTF8.self)
        }
        let period: Int64 = 100_000
        let limits = [
            ("memory", "\(self.policy.maximumMemory)"), ("memswap", "\(self.policy.maximumMemory)"),
            ("cpuperiod", "\(period)"), ("cpuquota", "\(self.policy.maximumNanoCPUs * period / 1_000_000_000)"),
        ]
        var query = [
            ("t", tag), ("rm", "1"), ("forcerm", "1"), ("labels", try json(self.policy.labels)),
            (
                "buildargs",
                try json(Dictionary(arguments.fields.map { ($0.name, $0.value) }) { _, last in last })
            ),
        ]
        if let network = self.policy.network { query.append(("networkmode", network)) }
        return query + limits
    }

    /// Reads what the engine tells of a build, to its end.
    ///
    /// - Throws: ``EngineFault/failed(_:)`` for the error that the engine tells among it.
    private static func follow(_ body: inout EngineBody) async throws {
        struct Message: Decodable {
            let error: String?
        }
        var lines = Lines(longest: Self.longestLine)
        var error: String?
        func read(_ line: ByteBuffer) throws {
            guard line.readableBytesView.contains(where: { $0 > 0x20 }) else { return }
            error = try EngineClient.decode(line, as: Message.self).error ?? error
        }
        while let bytes = try await body.next() {
            lines.append(bytes)
            while let line = try lines.next() { try read(line) }
        }
        try read(lines.rest)
        if let error { throw EngineFault.failed(error) }
    }
}

/// Why the files could not be sent: it says more than what the engine makes of their end.
private final class FirstFailure: Sendable {
    private let kept = Mutex<(any Error)?>(nil)

    var error: (any Error)? { self.kept.withLock { $0 } }

    func keep(_ error: any Error) {
        self.kept.withLock { if $0 == nil { $0 = error } }
    }
}
