import DequeModule

/// What waits for an instance: first in, first out, bounded. Full is an answer, never a loss.
struct Mailbox<Element> {
    let capacity: Int
    private var waiting = Deque<Element>()

    init(capacity: Int) {
        self.capacity = capacity
    }

    var count: Int { self.waiting.count }
    var isEmpty: Bool { self.waiting.isEmpty }

    /// False when there is no room: nothing was taken.
    mutating func append(_ element: Element) -> Bool {
        guard self.waiting.count < self.capacity else { return false }
        self.waiting.append(element)
        return true
    }

    /// Takes the oldest.
    mutating func popFirst() -> Element? {
        self.waiting.popFirst()
    }

    /// Takes everything, oldest first.
    mutating func drain() -> [Element] {
        defer { self.waiting.removeAll() }
        return Array(self.waiting)
    }
}
