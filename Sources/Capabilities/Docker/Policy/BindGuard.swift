import Foundation
import PulpCapability
import PulpWire

/// Which folders of the host a container may see.
///
/// A folder must lie below a root that is granted, all links followed, and must neither be in a place that would hand
/// over the machine nor hold one. The engine looks the path up once more: who may write to a granted folder from
/// outside this guard can still exchange it in between.
struct BindGuard: Sendable {
    /// A folder of the host, checked, and where the container sees it.
    struct Bind: Hashable, Sendable {
        let source: String
        let target: String
        let isReadOnly: Bool
    }

    /// Never, whatever is granted: the reference's list.
    static let denied = [
        "/var/run", "/run", "/etc", "/proc", "/sys", "/dev", "/boot", "/root", "/var/lib/docker",
    ]
    static let maximumBinds = 64

    private let roots: [String]
    private let denied: [String]

    init(roots: [String], socketPath: String) {
        self.roots = roots
        self.denied = Self.denied + ["/var/run/docker.sock", socketPath].filter { !$0.isEmpty }
    }

    /// Checks one entry of `volumes`. Looks at the file system.
    ///
    /// - Parameters:
    ///   - source: Of the host, absolute.
    ///   - target: Of the container, absolute; `:ro` behind it makes it read-only.
    func check(_ source: String, _ target: String) throws(CapabilityError) -> Bind {
        let (path, isReadOnly) = Self.mode(target)
        guard path.hasPrefix("/"), path != "/", path.utf8.count <= 4_096, !Self.hasDots(path), !path.contains(":"),
            !path.utf8.contains(0)
        else { throw CapabilityError(.emptyRequest, "docker_create: a volume's place in the container is not a path") }
        guard source.hasPrefix("/"), source.utf8.count <= 4_096, !source.utf8.contains(0) else {
            throw CapabilityError(.emptyRequest, "docker_create: a volume's source is not an absolute path of the host")
        }
        guard let resolved = Self.resolved(source) else {
            throw CapabilityError(.emptyRequest, "docker_create: a volume's source does not exist on the host")
        }
        for place in self.denied
        where Self.overlap(resolved, place) || Self.overlap(resolved, Self.resolved(place) ?? place) {
            throw CapabilityError(.emptyRequest, "docker_create: no container may see \(place), nor what holds it")
        }
        guard self.roots.contains(where: { Self.isInside(resolved, Self.resolved($0) ?? $0) }) else {
            throw DockerPolicy.denial(
                "docker_create: a volume's source is below no granted folder",
                allow: #"[docker] bind_roots = ["/FOLDER"], or the environment's DOCKER_BIND_ROOTS"#)
        }
        return Bind(source: resolved, target: path, isReadOnly: isReadOnly)
    }

    private static func mode(_ target: String) -> (path: String, isReadOnly: Bool) {
        if target.hasSuffix(":ro") { return (String(target.dropLast(3)), true) }
        if target.hasSuffix(":rw") { return (String(target.dropLast(3)), false) }
        return (target, false)
    }

    static func hasDots(_ path: String) -> Bool {
        path.split(separator: "/").contains { $0 == ".." || $0 == "." }
    }

    /// The path with every link followed; nil when there is nothing.
    static func resolved(_ path: String) -> String? {
        guard let pointer = unsafe realpath(path, nil) else { return nil }
        defer { unsafe free(pointer) }
        return unsafe String(cString: pointer)
    }

    /// Whether one of the two is, or lies in, the other.
    private static func overlap(_ one: String, _ other: String) -> Bool {
        self.isInside(one, other) || self.isInside(other, one)
    }

    /// Whether `path` is `folder` or lies below it; both without links, dots and a slash at the end.
    static func isInside(_ path: String, _ folder: String) -> Bool {
        let base = folder.hasSuffix("/") ? String(folder.dropLast()) : folder
        return path == base || path.hasPrefix(base + "/")
    }
}
