import Foundation
import PulpBuild
import PulpEngine

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The machine: what a host that runs plugins may use of it.
extension Examination {
    func docker() -> Finding {
        let named = self.environment["DOCKER_HOST"] ?? ""
        guard named.isEmpty || named.hasPrefix("unix:///") else {
            return Finding(
                "docker", .warning, "DOCKER_HOST is \(named), but the engine is spoken to on a unix socket only",
                "export DOCKER_HOST=unix:///var/run/docker.sock")
        }
        let path = named.isEmpty ? "/var/run/docker.sock" : String(named.dropFirst("unix://".count))
        switch Self.connect(toUnixSocket: path) {
        case 0: return Finding("docker", .ok, "an engine listens on \(path)")
        case EACCES, EPERM:
            return Finding(
                "docker", .warning, "\(path) is not for this user, and spawn.docker needs it",
                "sudo usermod -aG docker $USER, and log in again")
        default:
            return Finding(
                "docker", .warning, "no engine listens on \(path), and spawn.docker needs one",
                "start it (sudo systemctl start docker), or set DOCKER_HOST=unix:///PATH")
        }
    }

    /// 0, or the reason as the system numbers it.
    private static func connect(toUnixSocket path: String) -> Int32 {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let bytes = Array(path.utf8)
        let room = MemoryLayout.size(ofValue: address.sun_path)
        guard bytes.count < room else { return ENAMETOOLONG }
        unsafe withUnsafeMutableBytes(of: &address.sun_path) { field in
            for (index, byte) in bytes.enumerated() { unsafe field[index] = byte }
        }
        let socket = Self.streamSocket(AF_UNIX)
        guard socket >= 0 else { return errno }
        defer { close(socket) }
        let size = socklen_t(MemoryLayout<sockaddr_un>.size)
        let result = unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                #if canImport(Glibc)
                    unsafe Glibc.connect(socket, address, size)
                #elseif canImport(Musl)
                    unsafe Musl.connect(socket, address, size)
                #else
                    unsafe Darwin.connect(socket, address, size)
                #endif
            }
        }
        return result == 0 ? 0 : errno
    }

    private static func streamSocket(_ family: Int32) -> Int32 {
        #if canImport(Glibc)
            socket(family, Int32(SOCK_STREAM.rawValue), 0)
        #else
            socket(family, SOCK_STREAM, 0)
        #endif
    }

    func port(_ number: UInt16, _ option: String) -> Finding {
        let name = "port \(number)"
        let socket = Self.streamSocket(AF_INET)
        guard socket >= 0 else { return Finding(name, .warning, "no socket can be made", "check ulimit -n") }
        defer { close(socket) }
        var yes: Int32 = 1
        unsafe setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &yes, socklen_t(MemoryLayout<Int32>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = number.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let result = unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { unsafe bind(socket, $0, size) }
        }
        guard result != 0 else { return Finding(name, .ok, "free") }
        return Finding(
            name, .warning, "taken by another program",
            "see by which: ss -ltnp sport = :\(number); or use another: pulp run \(option) 127.0.0.1:0")
    }

    func cache() -> Finding {
        guard let modules = ModuleCache.defaultDirectory(environment: self.environment) else {
            return Finding(
                "cache", .warning, "off: every start compiles every module anew",
                "unset PULP_CACHE_DIR, or set it to a folder")
        }
        let folders = Set([modules, SDKCache.defaultFolder(environment: self.environment) ?? modules]).sorted()
        for folder in folders {
            var existing = folder
            while !FileManager.default.fileExists(atPath: existing), existing.count > 1 {
                existing = URL(filePath: existing).deletingLastPathComponent().path
            }
            if unsafe access(existing, W_OK) != 0 {
                return Finding(
                    "cache", .warning, "\(folder) cannot be written: nothing compiled is kept",
                    "chmod u+rwx \(existing), or set PULP_CACHE_DIR to a folder that can be")
            }
        }
        // The one for the SDK may lie in the one for modules.
        let outer = folders.filter { folder in !folders.contains { folder.hasPrefix($0 + "/") } }
        let size = outer.reduce(0) { $0 + Self.byteCount(below: $1) }
        return Finding("cache", .ok, "\(outer.joined(separator: ", ")), \(Quantity.bytes(size))")
    }

    private static func byteCount(below folder: String) -> Int {
        let paths = FileManager.default.enumerator(
            at: URL(filePath: folder), includingPropertiesForKeys: [.fileSizeKey, .isRegularFileKey])
        var total = 0
        while let url = paths?.nextObject() as? URL {
            total += (try? url.resourceValues(forKeys: [.fileSizeKey]).fileSize) ?? 0
        }
        return total
    }

    // MARK: Limits

    func openFiles() -> Finding? {
        guard let limit = Self.limit(Self.openFilesResource) else { return nil }
        guard limit < 4096 else {
            return Finding("open files", .ok, limit == .max ? "no limit" : "\(limit)")
        }
        return Finding(
            "open files", .warning, "\(limit) at most, and each connection is one", "ulimit -n 65536")
    }

    func addressSpace() -> Finding? {
        guard let limit = Self.limit(Self.addressSpaceResource), limit != .max else { return nil }
        return Finding(
            "memory", .warning,
            "the address space is limited to \(Quantity.bytes(Int(clamping: limit))); the engine reserves far more "
                + "than it uses", "ulimit -v unlimited")
    }

    /// Each instance has a few mappings of its own.
    func mappings() -> Finding? {
        guard let limit = Self.number("/proc/sys/vm/max_map_count") else { return nil }
        guard limit < 65_530 else { return Finding("mappings", .ok, "\(limit)") }
        return Finding(
            "mappings", .warning, "\(limit) at most for a process, and each instance has several",
            "sudo sysctl vm.max_map_count=262144")
    }

    func watches() -> Finding? {
        guard let watches = Self.number("/proc/sys/fs/inotify/max_user_watches"),
            let instances = Self.number("/proc/sys/fs/inotify/max_user_instances")
        else { return nil }
        guard watches < 8192 || instances < 64 else {
            return Finding("inotify", .ok, "\(watches) watches, \(instances) instances")
        }
        return Finding(
            "inotify", .warning, "\(watches) watches and \(instances) instances: pulp dev may have to poll instead",
            "sudo sysctl fs.inotify.max_user_watches=65536 fs.inotify.max_user_instances=512")
    }

    #if canImport(Glibc)
        private static let openFilesResource = Int32(RLIMIT_NOFILE.rawValue)
        private static let addressSpaceResource = Int32(RLIMIT_AS.rawValue)
    #else
        private static let openFilesResource = RLIMIT_NOFILE
        private static let addressSpaceResource = RLIMIT_AS
    #endif

    private static func limit(_ resource: Int32) -> UInt64? {
        var limits = rlimit()
        guard unsafe getrlimit(resource, &limits) == 0 else { return nil }
        // The system's word for "none" is the largest number that its type has.
        let infinity = UInt64(rlim_t.max)
        let value = UInt64(limits.rlim_cur)
        return value >= infinity >> 1 ? .max : value
    }

    private static func number(_ path: String) -> Int? {
        guard let text = try? String(contentsOfFile: path, encoding: .utf8) else { return nil }
        return Int(text.trimmingCharacters(in: .whitespacesAndNewlines))
    }
}
