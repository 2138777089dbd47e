import PulpWire

/// Where the author wrote it.
struct Place {
    /// As `#fileID` has it: the module and the file's name.
    let file: StaticString
    let line: UInt32
    let column: UInt32

    init(_ file: StaticString, _ line: UInt32, _ column: UInt32) {
        self.file = file
        self.line = line
        self.column = column
    }
}

/// A table as a test file has it, with the place in place of the file's.
struct Record {
    private var pairs: [MessagePackValue.Pair] = []

    init() {}

    init(_ place: Place) {
        self["@"] = [
            .string(place.file.description), .int(Int64(place.line)),
            .int(Int64(place.column)),
        ]
    }

    /// Set once for a key.
    subscript(_ key: String) -> MessagePackValue {
        get { .nil }
        set { self.pairs.append(MessagePackValue.Pair(key: .string(key), value: newValue)) }
    }

    var value: MessagePackValue { .map(self.pairs) }

    mutating func add(config: MessagePackValue, without: [String], http: [FetchAnswer], docker: [DockerAnswer]) {
        if case .map(let pairs) = config, pairs.isEmpty {} else { self["config"] = config }
        if !without.isEmpty { self["without"] = .array(without.map { .string($0) }) }
        if !http.isEmpty { self["http"] = .array(http.map { $0.value }) }
        if !docker.isEmpty { self["docker"] = .array(docker.map { $0.value }) }
    }
}
