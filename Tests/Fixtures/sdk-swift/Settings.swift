import PulpGuest

/// The manifest's `[config]`, each type once.
struct Settings {
    struct Upstream: ConfigDecodable {
        let url: String
        let retries: Int64

        init(config: Config) throws(PluginError) {
            self.url = try config.string("url")
            self.retries = try config.integer("retries", default: 3)
            if self.retries < 0 { throw config.error("retries", "0 or more") }
        }
    }

    let name: String
    let limit: Int64
    let ratio: Double
    let isOn: Bool
    let tags: [String]
    let sizes: [Int64]
    let nickname: String?
    let upstream: Upstream
    let mirrors: [Upstream]

    init(config: Config) throws(PluginError) {
        if try config.bool("strict", default: false) {
            try config.only(
                "name", "limit", "ratio", "on", "tags", "sizes", "nickname", "upstream", "mirrors", "pattern", "strict")
        }
        self.name = try config.string("name")
        self.limit = try config.integer("limit", in: 0...100, default: 10)
        self.ratio = try config.number("ratio")
        self.isOn = try config.bool("on", default: true)
        self.tags = try config.strings("tags")
        self.sizes = try config.integers("sizes")
        self.nickname = try config.string(ifPresent: "nickname")
        self.upstream = try config.value("upstream", of: Upstream.self)
        self.mirrors = try config.values("mirrors", of: Upstream.self)
    }

    var description: String {
        var text = "\(self.name) \(self.limit) \(self.isOn) \(self.nickname ?? "-") \(self.tags.joined(separator: "+"))"
        text += self.ratio == 2 ? " 2.0" : " other"
        for size in self.sizes { text += " \(size)" }
        for upstream in [self.upstream] + self.mirrors { text += " \(upstream.url)x\(upstream.retries)" }
        return text
    }
}
