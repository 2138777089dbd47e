#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

/// What lies below a folder, counted.
package struct TreeCount: Hashable, Sendable {
    /// Bytes of files.
    package var bytes: Int64 = 0
    /// Files, folders and whatever else has a name.
    package var entries = 0
    /// Folders within each other, and a file in the innermost.
    package var height = 0

    package init() {}
}

// Folders and what is in them.
extension SandboxDirectory {
    /// More than any limit on the depth of paths: a walk holds a descriptor for each folder that it is in.
    private static let maximumWalkDepth = 512

    /// The names in a folder and what they are, in any order. Links are not followed.
    ///
    /// - Parameters:
    ///   - path: A folder, or a link inside the root that leads to one.
    ///   - body: Returns false to end.
    package func forEachEntry(
        of path: SandboxPath, _ body: (FileName, FileStatus) -> Bool
    ) throws(SandboxError) {
        let stream = try FolderStream(
            try self.open(path, O_RDONLY | O_DIRECTORY | O_NONBLOCK | O_CLOEXEC, 0))
        while let name = try stream.next() {
            do throws(SandboxError) {
                guard body(name, try FileStatus.inside(stream.descriptor, name)) else { return }
            } catch .notFound {
                // Removed since its name was read.
            }
        }
    }

    /// Makes the folders of `path` that are not there.
    ///
    /// - Parameters:
    ///   - path: All of its parts are to be folders.
    ///   - permissions: Of those that are made.
    ///   - budget: How many may be made; more are ``SandboxError/overBudget``.
    ///   - made: Counted up by one for each, in case of an error too.
    package func makeFolders(
        _ path: SandboxPath, _ permissions: UInt32, budget: Int, made: inout Int
    ) throws(SandboxError) {
        if try self.hasFolder(path) { return }
        for depth in 1...max(path.depth, 1) {
            let part = path.prefix(depth)
            if try self.hasFolder(part) { continue }
            guard made < budget else { throw .overBudget }
            let place = try self.place(of: part, followsLink: true)
            do throws(SandboxError) {
                try place.makeFolder(permissions)
                made += 1
            } catch .system(EEXIST) {
                // Made by another meanwhile.
                guard try self.hasFolder(part) else { throw .system(ENOTDIR) }
            }
        }
    }

    /// False when nothing is there.
    private func hasFolder(_ path: SandboxPath) throws(SandboxError) -> Bool {
        do throws(SandboxError) {
            guard try self.status(of: path).kind == .folder else { throw .system(ENOTDIR) }
            return true
        } catch .notFound {
            return false
        }
    }

    /// Counts everything below the root.
    ///
    /// - Parameter visit: Sees each entry, with the folder that it lies in; false leaves it out of the count, and what
    ///   lies below it too.
    package func count(
        maximumEntries: Int, _ visit: (Place.Lent, FileStatus, _ depth: Int) -> Bool
    ) throws(SandboxError) -> TreeCount {
        let root = self.root.number
        let number = try SystemCalls.checked { unsafe openat(root, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0) }
        return try Self.count(FolderStream(Descriptor(number)), maximumEntries, visit)
    }

    /// How deep what is at `place` goes: 1 for a file or an empty folder.
    package func height(of place: borrowing Place, maximumEntries: Int) throws(SandboxError) -> Int {
        let child: FolderStream
        do throws(SandboxError) {
            child = try Self.stream(place.folder.number, place.name)
        } catch .system(ENOTDIR) {
            return 1
        }
        return 1 + (try Self.count(child, maximumEntries) { _, _, _ in true }).height
    }

    private static func count(
        _ top: FolderStream, _ maximumEntries: Int, _ visit: (Place.Lent, FileStatus, _ depth: Int) -> Bool
    ) throws(SandboxError) -> TreeCount {
        var count = TreeCount()
        var open = [top]
        while let folder = open.last {
            guard let name = try folder.next() else {
                open.removeLast()
                continue
            }
            do throws(SandboxError) {
                let status = try FileStatus.inside(folder.descriptor, name)
                guard visit(Place.Lent(folder: folder.descriptor, name: name), status, open.count) else { continue }
                count.entries += 1
                count.bytes += status.countedBytes
                count.height = max(count.height, open.count)
                guard count.entries <= maximumEntries else { throw .overBudget }
                guard status.kind == .folder else { continue }
                guard open.count < Self.maximumWalkDepth else { throw .tooDeep }
                open.append(try Self.stream(folder.descriptor, name))
            } catch .notFound {
                // Gone since its name was read.
            }
        }
        return count
    }

    /// Removes what is at `place`, and everything below it. Links are removed, never followed.
    ///
    /// - Parameters:
    ///   - place: Where something is.
    ///   - kind: What it is.
    ///   - removed: Told of each thing that was removed.
    ///   - goesOn: Asked before each; false ends it where it is.
    package func removeTree(
        at place: borrowing Place, _ kind: FileStatus.Kind, while goesOn: () -> Bool, removed: (FileStatus) -> Void
    ) throws(SandboxError) {
        guard let status = try place.status() else { return }
        guard kind == .folder else {
            try place.remove(kind)
            return removed(status)
        }
        // Each folder with its own name in the one before.
        var open = [(stream: try Self.stream(place.folder.number, place.name), name: place.name, status: status)]
        while let folder = open.last, goesOn() {
            if let name = try folder.stream.next() {
                let status = try FileStatus.inside(folder.stream.descriptor, name)
                if status.kind == .folder {
                    guard open.count < Self.maximumWalkDepth else { throw .tooDeep }
                    open.append((try Self.stream(folder.stream.descriptor, name), name, status))
                } else {
                    try Self.unlink(folder.stream.descriptor, name, status.kind)
                    removed(status)
                }
            } else {
                open.removeLast()
                let parent = open.last?.stream.descriptor ?? place.folder.number
                try Self.unlink(parent, folder.name, .folder)
                removed(folder.status)
            }
        }
    }

    private static func stream(_ folder: CInt, _ name: FileName) throws(SandboxError) -> FolderStream {
        let flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC
        let number = try unsafe name.withPointer { (name) throws(SandboxError) in
            try SystemCalls.checked { unsafe openat(folder, name, flags, 0) }
        }
        return try FolderStream(Descriptor(number))
    }

    static func unlink(_ folder: CInt, _ name: FileName, _ kind: FileStatus.Kind) throws(SandboxError) {
        _ = try unsafe name.withPointer { (name) throws(SandboxError) in
            try SystemCalls.checked { unsafe unlinkat(folder, name, kind == .folder ? AT_REMOVEDIR : 0) }
        }
    }
}

extension Place {
    /// A name in a folder that another holds open, for the length of a call.
    package struct Lent {
        let folder: CInt
        package let name: FileName

        /// Removes a file.
        package func removeFile() throws(SandboxError) {
            try SandboxDirectory.unlink(self.folder, self.name, .file)
        }
    }
}
