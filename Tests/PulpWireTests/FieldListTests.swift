import PulpWire
import Testing

@Suite("Field lists")
struct FieldListTests {
    @Test("names are found exactly, or without case as HTTP's are")
    func lookup() {
        let list: FieldList = ["Accept": "1", "accept": "2", "Ä": "3"]
        #expect(list["accept"] == "2")
        #expect(list["ACCEPT"] == nil)
        #expect(list.first(ignoringCase: "ACCEPT") == "1")
        #expect(list.first(ignoringCase: "ä") == nil)
        #expect(list.count == 3)
    }

    @Test("the map holds the first of each name and the list all, be they few or many", arguments: [2, 24, 25, 3_000])
    func repeats(count: Int) throws {
        let fields = (0..<count).map { FieldList.Field(name: "n\($0 / 2)", value: "v\($0)") }
        let request = HTTPRequestRecord(id: 1, method: "GET", path: "/", query: FieldList(fields))
        let message = try MessagePackValue(decoding: request.encodedBytes())
        guard case .map(let pairs)? = message["query"], case .array(let all)? = message["query_list"] else {
            Issue.record("the query is not there in both forms")
            return
        }
        #expect(pairs.map(\.value) == stride(from: 0, to: count, by: 2).map { .string("v\($0)") })
        #expect(all.count == count)
        #expect(try HTTPRequestRecord(decoding: request.encodedBytes()) == request)
    }
}
