import NIOCore
import PulpListener
import PulpWire

extension WebSocketOpenRecord {
    /// What a plugin hears of the request that opened a connection.
    init(_ exchange: HTTPExchange, subprotocol: String) {
        var headers = FieldList()
        for (name, value) in exchange.headers where name.lowercased() != "host" {
            headers.append(name: Self.canonical(name), value: value)
        }
        self.init(
            connID: exchange.id, path: exchange.path,
            query: FieldList(exchange.queryItems.map { FieldList.Field(name: $0.name, value: $0.value) })
                .firstOfEachName(.exact),
            headers: headers.firstOfEachName(.ignoringCase),
            params: FieldList(exchange.parameters.map { FieldList.Field(name: $0.name, value: $0.value) }),
            remoteAddr: exchange.remoteAddress, subprotocol: subprotocol)
    }

    /// `Sec-Websocket-Key`: the first letter and each behind a hyphen upper case, as the reference shows names.
    private static func canonical(_ name: String) -> String {
        name.split(separator: "-", omittingEmptySubsequences: false).map { part in
            part.prefix(1).uppercased() + part.dropFirst().lowercased()
        }.joined(separator: "-")
    }
}
