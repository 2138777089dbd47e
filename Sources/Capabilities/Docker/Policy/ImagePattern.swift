/// One entry of `[docker] images`: which images it stands for.
///
/// `*` stands for any run of characters but `/`. Without a tag, every tag and digest of the repository; with one, images
/// that are named by exactly such a tag. An image that is named by its id alone is none of any repository.
struct ImagePattern: Hashable, Sendable {
    private let repository: [UInt8]
    private let tag: [UInt8]?

    init(_ text: String) {
        let name = ImageName(text)
        self.repository = Array(name.repository.utf8)
        self.tag = name.tag.map { Array($0.utf8) }
    }

    func matches(_ image: ImageName) -> Bool {
        // An id, which the engine takes for a name.
        guard image.repository != "sha256" else { return false }
        guard Self.glob(self.repository[...], Array(image.repository.utf8)[...]) else { return false }
        guard let tag = self.tag else { return true }
        // The engine does not look at a tag beside a digest.
        guard image.digest == nil else { return false }
        return Self.glob(tag[...], Array((image.tag ?? "latest").utf8)[...])
    }

    private static func glob(_ pattern: ArraySlice<UInt8>, _ text: ArraySlice<UInt8>) -> Bool {
        var (pattern, text) = (pattern, text)
        // Where to go on when what was taken for the last star was too little.
        var retry: (pattern: ArraySlice<UInt8>, text: ArraySlice<UInt8>)?
        while true {
            if pattern.first == UInt8(ascii: "*") {
                pattern = pattern.dropFirst()
                retry = (pattern, text)
            } else if let byte = text.first, byte == pattern.first {
                pattern = pattern.dropFirst()
                text = text.dropFirst()
            } else if text.isEmpty, pattern.isEmpty {
                return true
            } else if let last = retry, let skipped = last.text.first, skipped != UInt8(ascii: "/") {
                retry = (last.pattern, last.text.dropFirst())
                (pattern, text) = (last.pattern, last.text.dropFirst())
            } else {
                return false
            }
        }
    }
}

/// An image's name in its parts: `REPOSITORY[:TAG][@DIGEST]`.
struct ImageName: Hashable, Sendable {
    let repository: String
    let tag: String?
    let digest: String?

    init(_ text: String) {
        let parts = text.split(separator: "@", maxSplits: 1, omittingEmptySubsequences: false)
        self.digest = parts.count == 2 ? String(parts[1]) : nil
        let name = parts.first ?? ""
        let start = name.lastIndex(of: "/") ?? name.startIndex
        if let colon = name[start...].lastIndex(of: ":") {
            self.repository = String(name[..<colon])
            self.tag = String(name[name.index(after: colon)...])
        } else {
            self.repository = String(name)
            self.tag = nil
        }
    }

    /// The name with a tag or a digest, so that the engine cannot take it for the front of an id.
    var explicit: String {
        if let digest = self.digest { return "\(self.repository)@\(digest)" }
        return "\(self.repository):\(self.tag ?? "latest")"
    }

    /// Whether the engine could know an image by this text.
    static func isPlain(_ text: String) -> Bool {
        1...512 ~= text.utf8.count
            && text.utf8.allSatisfy { byte in
                switch byte {
                case 0x2D...0x3A, 0x40...0x5A, 0x5F, 0x61...0x7A: true
                default: false
                }
            }
    }
}
