#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

private func openByPath(_ path: String, _ flags: CInt) -> CInt { unsafe open(path, flags, 0) }

/// A folder as a capability: whoever holds it reaches what lies below it, and nothing else.
///
/// Every operation starts from the open root, never from a path of the process, and no link on the way is followed out
/// of the root, however the tree changes meanwhile. A link with an absolute target counts as leading out. Operations
/// wait for the disk, but for those that say otherwise. May be used from any thread.
package final class SandboxDirectory: Sendable {
    /// Who looks paths up.
    package enum Resolution: Hashable, Sendable {
        /// The kernel, in one call: Linux 5.6.
        case kernel
        /// We, part by part: everywhere.
        case stepwise

        /// The better one of those that work here.
        package static var preferred: Resolution {
            #if os(Linux)
                SystemCalls.hasOpenBeneath ? .kernel : .stepwise
            #else
                .stepwise
            #endif
        }
    }

    let root: Descriptor
    package let resolution: Resolution
    /// Whether links that stay inside are followed; otherwise each counts as leading out.
    package let followsLinks: Bool

    /// Opens the folder at `path`, which may be reached by links.
    package init(
        path: String, resolution: Resolution = .preferred, followsLinks: Bool = true
    ) throws(SandboxError) {
        let number = try SystemCalls.checked { openByPath(path, SystemCalls.lookup) }
        self.root = Descriptor(number)
        self.resolution = resolution
        self.followsLinks = followsLinks
    }

    /// Makes the folder at `path`, and those that it lies in, with permissions 0755. One that is there is left as it is.
    package static func makeFolder(_ path: String) throws(SandboxError) {
        do throws(SandboxError) {
            _ = try SystemCalls.checked { unsafe mkdir(path, 0o755) }
        } catch .system(EEXIST) {
            return
        } catch .notFound {
            guard let slash = path.lastIndex(of: "/"), slash > path.startIndex else { throw .notFound }
            try Self.makeFolder(String(path[..<slash]))
            try Self.makeFolder(path)
        }
    }

    /// What a file is opened for.
    package enum Access: Hashable, Sendable {
        case reading
        case writing
        /// For writing, made with these permissions when it is not there.
        case creating(UInt32)
    }

    /// Opens a file, following links inside the root. A pipe or a device is refused without waiting for anybody.
    ///
    /// - Parameter isCached: Only as far as the system can do it from memory, for reading; otherwise
    ///   ``SandboxError/wouldBlock``.
    package func openFile(
        _ path: SandboxPath, for access: Access, isCached: Bool = false
    ) throws(SandboxError) -> OpenFile {
        var flags = O_NONBLOCK | O_NOCTTY | O_CLOEXEC
        var mode: mode_t = 0
        switch access {
        case .reading: flags |= O_RDONLY
        case .writing: flags |= O_WRONLY
        case .creating(let permissions):
            flags |= O_WRONLY | O_CREAT
            mode = mode_t(permissions & 0o777)
        }
        return try OpenFile(try self.open(path, flags, mode, isCached: isCached))
    }

    /// What a path leads to, following links inside the root.
    package func status(of path: SandboxPath, isCached: Bool = false) throws(SandboxError) -> FileStatus {
        #if os(Linux)
            return try self.open(path, SystemCalls.pathOnly | O_CLOEXEC, 0, isCached: isCached).status()
        #else
            if path.isRoot { return try self.root.status() }
            let place = try self.place(of: path, followsLink: true)
            guard let status = try place.status() else { throw .notFound }
            return status
        #endif
    }

    /// The open folder that `path` is or lies in, and its last part: where names are made, changed and removed.
    ///
    /// - Parameters:
    ///   - path: Not the root.
    ///   - followsLink: Whether a link that has that name is followed, to the place that it leads to. Otherwise the
    ///     place is the link's own; it is refused all the same when it leads out.
    package func place(of path: SandboxPath, followsLink: Bool) throws(SandboxError) -> Place {
        let folder = try self.open(path.parent, SystemCalls.lookup, 0)
        let place = Place(folder, path.name)
        guard try place.status()?.kind == .link else { return place }
        guard self.followsLinks else { throw .outside }
        if followsLink { return try StepwiseResolver(self.root.number, followsLinks: true).place(of: path) }
        do throws(SandboxError) {
            _ = try StepwiseResolver(self.root.number, followsLinks: true).place(of: path)
        } catch .outside {
            throw .outside
        } catch {
            // Leads nowhere, or to what cannot be looked at: a link like any other.
        }
        return place
    }

    /// Sets the permissions of a file or folder, following links inside the root.
    ///
    /// - Parameter permissions: Those that it is to have; nil leaves it as it is.
    /// - Returns: False when it was left.
    package func changePermissions(
        of path: SandboxPath, _ permissions: (FileStatus) -> UInt32?
    ) throws(SandboxError) -> Bool {
        #if os(Linux)
            let target = try self.open(path, SystemCalls.pathOnly | O_CLOEXEC, 0)
        #else
            let target = try self.open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC, 0)
        #endif
        let status = try target.status()
        guard status.kind == .file || status.kind == .folder else { throw .special }
        guard let bits = permissions(status) else { return false }
        #if os(Linux)
            try SystemCalls.changeMode(of: target, to: mode_t(bits & 0o777))
        #else
            let number = target.number
            _ = try SystemCalls.checked { fchmod(number, mode_t(bits & 0o777)) }
        #endif
        return true
    }

    func open(
        _ path: SandboxPath, _ flags: CInt, _ mode: mode_t, isCached: Bool = false
    ) throws(SandboxError) -> Descriptor {
        #if os(Linux)
            if self.resolution == .kernel { return try self.openByKernel(path, flags, mode, isCached: isCached) }
        #endif
        if isCached { throw .wouldBlock }
        return try StepwiseResolver(self.root.number, followsLinks: self.followsLinks).open(path, flags, mode)
    }

    #if os(Linux)
        /// Lookups that lost a race against a rename are repeated so often.
        private static let patience = 16

        private func openByKernel(
            _ path: SandboxPath, _ flags: CInt, _ mode: mode_t, isCached: Bool
        ) throws(SandboxError) -> Descriptor {
            var resolve: SystemCalls.Resolve = [.beneath, .noMagicLinks]
            if !self.followsLinks { resolve.insert(.noLinks) }
            var flags = flags
            if isCached {
                resolve.insert(.cached)
                // The time of access is written to the disk's journal, which may take its time.
                if flags & SystemCalls.pathOnly == 0 { flags |= SystemCalls.noAccessTime }
            }
            for _ in 0..<Self.patience {
                do throws(SandboxError) {
                    return try SystemCalls.openBeneath(self.root.number, path, flags: flags, mode: mode, resolve)
                } catch .system(EXDEV) {
                    throw .outside
                } catch .system(EAGAIN) where !isCached {
                    continue
                } catch .system(EINTR) {
                    continue
                } catch .system(let code) where isCached && [EAGAIN, EPERM, EINVAL].contains(code) {
                    // Not in memory; another's file; a kernel that knows no cached lookups.
                    throw .wouldBlock
                }
            }
            return try StepwiseResolver(self.root.number, followsLinks: self.followsLinks).open(path, flags, mode)
        }
    #endif
}
