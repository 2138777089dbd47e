/// Which pattern each open connection came by: what follows its opening names the connection only.
struct Connections {
    /// By id, ascending; the host counts up, so that a new one goes to the end.
    private var entries: [(id: UInt64, pattern: Int)] = []

    mutating func insert(_ id: UInt64, pattern: Int) {
        self.entries.insert((id, pattern), at: self.position(of: id))
    }

    func pattern(of id: UInt64) -> Int? {
        let position = self.position(of: id)
        guard position < self.entries.count, self.entries[position].id == id else { return nil }
        return self.entries[position].pattern
    }

    mutating func remove(_ id: UInt64) -> Int? {
        let position = self.position(of: id)
        guard position < self.entries.count, self.entries[position].id == id else { return nil }
        return self.entries.remove(at: position).pattern
    }

    private func position(of id: UInt64) -> Int {
        var (low, high) = (0, self.entries.count)
        while low < high {
            let middle = (low + high) / 2
            if self.entries[middle].id < id { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
