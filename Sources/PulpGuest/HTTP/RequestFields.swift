import PulpWire

/// What a route's pattern captured.
public struct PathParameters: ~Escapable {
    private let map: RawSpan

    @_lifetime(copy map)
    init(map: RawSpan) {
        self.map = map
    }

    /// What `:name` or `*name` took; empty when the pattern has no such part.
    public subscript(name: String) -> String {
        RequestFields(map: self.map, list: self.map.extracting(first: 0), ignoringCase: false)[name] ?? ""
    }

    @_lifetime(copy self)
    func span(named name: RawSpan) -> RawSpan? {
        var reader = MessagePackReader(self.map)
        do throws(WireError) {
            for _ in 0..<(try reader.readMapHeader()) {
                let key = try reader.readKey()
                let value = try reader.readStringSpan()
                if key.isEqual(to: name) { return value }
            }
        } catch {
            return nil
        }
        return nil
    }
}

/// The headers of a request, or its query.
public struct RequestFields: ~Escapable {
    /// The first value of each name.
    private let map: RawSpan
    /// Every pair; empty where no name repeats.
    private let list: RawSpan
    private let ignoringCase: Bool

    @_lifetime(copy map, copy list)
    init(map: RawSpan, list: RawSpan, ignoringCase: Bool) {
        self.map = map
        self.list = list
        self.ignoringCase = ignoringCase
    }

    /// The first value of `name`; nil when there is none.
    public subscript(name: String) -> String? {
        var found: String?
        self.visit { key, value in
            guard key.isEqual(to: name, ignoringCase: self.ignoringCase) else { return true }
            found = String(repairing: value)
            return false
        }
        return found
    }

    /// Every value of `name`, in order.
    public func all(_ name: String) -> [String] {
        var values: [String] = []
        self.visit { key, value in
            if key.isEqual(to: name, ignoringCase: self.ignoringCase) { values.append(String(repairing: value)) }
            return true
        }
        return values
    }

    /// Calls `body` with each name and value, in order, repeats kept.
    public func forEach(_ body: (_ name: String, _ value: String) -> Void) {
        self.visit { key, value in
            body(String(repairing: key), String(repairing: value))
            return true
        }
    }

    /// - Parameter body: Whether to go on.
    private func visit(_ body: (RawSpan, RawSpan) -> Bool) {
        let isList = !self.list.isEmpty
        var reader = MessagePackReader(isList ? self.list : self.map)
        do throws(WireError) {
            for _ in 0..<(try isList ? reader.readArrayHeader() : reader.readMapHeader()) {
                if isList, try reader.readArrayHeader() != 2 { return }
                let key = try reader.readKey()
                let value = try reader.readStringSpan()
                guard body(key, value) else { return }
            }
        } catch {
            // The host writes no such thing; what was read until here stands.
        }
    }
}
