import Crypto
import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// Compiled modules on disk: a module of megabytes takes seconds to compile and a millisecond to load again.
///
/// An image is native code, and the library takes a corrupt one for good: so the folder must be ours alone (0700),
/// an entry is named by the module's digest, the library's version and the settings, and its own SHA-256 lies beside
/// it and is checked at each load. Anything that does not fit is compiled anew and said once. Writes are atomic
/// renames; a folder that cannot be written costs speed, never a failure.
public final class ModuleCache: Sendable {
    /// Bytes of images that the folder may hold; the oldest are removed beyond.
    public static let maximumByteCount = 2 << 30

    /// nil when nothing is cached.
    public let directory: String?
    private let notice: @Sendable (String) -> Void
    private let saidOnce = Mutex<Set<String>>([])

    /// - Parameters:
    ///   - directory: Made with mode 0700 when missing. nil turns the cache off.
    ///   - notice: Gets a sentence when an entry is bad or the folder cannot be used.
    public init(directory: String?, notice: @escaping @Sendable (String) -> Void) {
        self.notice = notice
        guard let directory else {
            self.directory = nil
            return
        }
        if let problem = PrivateFolder.problem(with: directory) {
            notice("compiled modules are not cached: \(problem)")
            self.directory = nil
        } else {
            self.directory = directory
        }
    }

    /// The folder that the environment names: `PULP_CACHE_DIR` (empty turns the cache off), else the user's cache.
    public static func defaultDirectory(environment: [String: String]) -> String? {
        if let named = environment["PULP_CACHE_DIR"] { return named.isEmpty ? nil : named }
        if let cache = environment["XDG_CACHE_HOME"], cache.hasPrefix("/") { return cache + "/pulp/modules" }
        if let home = environment["HOME"], home.hasPrefix("/") { return home + "/.cache/pulp/modules" }
        return nil
    }

    /// The module of `bytes`, from the folder or compiled. Blocks for as long as that takes: never on an event loop.
    ///
    /// - Throws: ``EngineError/Code/invalidModule``.
    public func module(_ bytes: [UInt8], engine: Engine) throws(EngineError) -> Module {
        guard let directory else { return try Module(compiling: bytes, engine: engine) }
        let entry = Entry(directory: directory, bytes: bytes, settings: engine.settings)
        switch entry.verifiedImage() {
        case .good:
            do throws(EngineError) {
                return try Module(image: entry.imagePath, engine: engine)
            } catch {
                self.sayOnce(entry, "was made for another engine or machine (\(error.message))")
            }
        case .corrupt: self.sayOnce(entry, "is corrupt")
        case .missing: break
        }
        let module = try Module(compiling: bytes, engine: engine)
        do throws(EngineError) {
            try entry.store(module.serialized())
            PrivateFolder.prune(directory, to: Self.maximumByteCount, keeping: entry.key)
        } catch {
            self.sayOnce(entry, "could not be written: \(error.message)")
        }
        return module
    }

    /// What lies beside an image.
    static func digest(of image: [UInt8]) -> String { hex(SHA256.hash(data: image)) }

    private func sayOnce(_ entry: Entry, _ what: String) {
        guard self.saidOnce.withLock({ $0.insert(entry.key).inserted }) else { return }
        self.notice("the cached module \(entry.imagePath) \(what); it is compiled again")
    }
}

/// One image and the digest beside it.
private struct Entry {
    enum State {
        case good, missing, corrupt
    }

    let key: String
    let imagePath: String
    private let digestPath: String

    init(directory: String, bytes: [UInt8], settings: EngineSettings) {
        var hash = SHA256()
        hash.update(data: Array("\(Engine.libraryVersion);\(settings.fingerprint);".utf8))
        hash.update(data: bytes)
        self.key = hex(hash.finalize())
        self.imagePath = "\(directory)/\(self.key).cwasm"
        self.digestPath = "\(directory)/\(self.key).sha256"
    }

    func verifiedImage() -> State {
        guard PosixFile.exists(self.imagePath) else { return .missing }
        guard let image = PosixFile.contents(self.imagePath), let digest = PosixFile.contents(self.digestPath)
        else { return .corrupt }
        return Array(ModuleCache.digest(of: image).utf8) == digest ? .good : .corrupt
    }

    /// The digest first: an image without it would count as corrupt.
    func store(_ image: [UInt8]) throws(EngineError) {
        try PosixFile.replace(self.digestPath, with: Array(ModuleCache.digest(of: image).utf8))
        try PosixFile.replace(self.imagePath, with: image)
    }
}

/// Lower-case hexadecimal digits.
private func hex(_ digest: some Sequence<UInt8>) -> String {
    let digits = Array("0123456789abcdef".utf8)
    return String(decoding: digest.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
}
