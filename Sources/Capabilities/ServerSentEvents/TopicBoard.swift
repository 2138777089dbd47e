import PulpListener

/// All paths of a plugin, what is kept for them, and who listens where. A value; the session guards it.
struct TopicBoard: Sendable {
    struct Limits: Sendable {
        var replay: Int
        var replayBytes: Int
        var replayPaths: Int
        var subscribers: Int
        var subscribersPerPath: Int
    }

    /// A subscription that was taken in.
    struct Joined: Sendable {
        /// Events with a higher number are sent as they come; those below are in `replay`, or not for this one.
        let number: UInt64
        let replay: [StreamPart]
        /// Whether events between the client's last one and `replay` are not there any more.
        let isMissing: Bool
    }

    /// Which limit a subscriber met.
    enum Full: Error {
        case plugin, path
    }

    private(set) var topics: [TopicPath: Topic] = [:]
    /// Subscribers, and those gone whose departure the plugin has still to be told.
    private(set) var subscriberCount = 0
    private(set) var keptBytes = 0
    /// Paths that events are kept for.
    private(set) var keptPaths = 0
    var limits: Limits
    /// The number of the newest event or subscriber.
    private var newest: UInt64 = 0

    init(_ limits: Limits) {
        self.limits = limits
    }

    /// Takes an event in, and says on which loops it has to be sent.
    mutating func publish(_ frame: EventFrame, at path: TopicPath) -> (number: UInt64, loops: [ObjectIdentifier]) {
        self.newest += 1
        var topic = self.topics[path] ?? Topic()
        // One owner, so that what follows is not a copy of all that is kept.
        self.topics[path] = nil
        topic.lastUse = self.newest
        if self.limits.replay > 0 {
            self.keptPaths -= topic.kept.isEmpty ? 0 : 1
            self.keptBytes -= topic.keptBytes
            topic.keep(frame, count: self.limits.replay, bytes: self.limits.replayBytes)
            self.keptBytes += topic.keptBytes
            self.keptPaths += topic.kept.isEmpty ? 0 : 1
            self.makeRoom()
        }
        let loops = Array(topic.listeners.keys)
        if !topic.kept.isEmpty || !loops.isEmpty { self.topics[path] = topic }
        return (self.newest, loops)
    }

    /// - Parameter lastEventID: What the client names; nil for one that comes for the first time.
    mutating func join(
        _ path: TopicPath, on loop: ObjectIdentifier, lastEventID: [UInt8]?
    ) throws(Full) -> Joined {
        guard self.subscriberCount < self.limits.subscribers else { throw .plugin }
        var topic = self.topics[path] ?? Topic()
        guard topic.listenerCount < self.limits.subscribersPerPath else { throw .path }
        self.newest += 1
        topic.lastUse = self.newest
        topic.join(loop)
        self.subscriberCount += 1
        self.topics[path] = topic
        guard let lastEventID, self.limits.replay > 0 else {
            return Joined(number: self.newest, replay: [], isMissing: false)
        }
        let (parts, isMissing) = topic.after(lastEventID)
        return Joined(number: self.newest, replay: parts, isMissing: isMissing)
    }

    /// A subscriber has gone; its place is free after ``release()``.
    mutating func leave(_ path: TopicPath, on loop: ObjectIdentifier) {
        self.topics[path]?.leave(loop)
        guard let topic = self.topics[path], topic.listeners.isEmpty, topic.kept.isEmpty else { return }
        self.topics[path] = nil
    }

    mutating func release() {
        self.subscriberCount -= 1
    }

    /// Forgets what was kept for a path that is not served any more.
    mutating func dropKept(at path: TopicPath) {
        guard let topic = self.topics[path], !topic.kept.isEmpty else { return }
        self.keptBytes -= topic.keptBytes
        self.keptPaths -= 1
        if topic.listeners.isEmpty {
            self.topics[path] = nil
        } else {
            self.topics[path]?.dropKept()
        }
    }

    func listenerCount(at path: TopicPath) -> Int { self.topics[path]?.listenerCount ?? 0 }

    /// Lets go of what was kept for the paths that were silent longest, until the limits hold. The path that is being
    /// worked on is not among `topics`, and within them alone.
    private mutating func makeRoom() {
        while self.keptBytes > self.limits.replayBytes || self.keptPaths > self.limits.replayPaths {
            // A search through all, once for each path that is let go.
            let oldest = self.topics.filter { !$0.value.kept.isEmpty }.min { $0.value.lastUse < $1.value.lastUse }
            guard let (path, topic) = oldest else { return }
            self.keptBytes -= topic.keptBytes
            self.keptPaths -= 1
            if topic.listeners.isEmpty {
                self.topics[path] = nil
            } else {
                self.topics[path]?.dropKept()
            }
        }
    }
}
