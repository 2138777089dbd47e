/// The same for each of many, a few at a time.
enum Batches {
    static func run<Element: Sendable, Result: Sendable>(
        _ elements: [Element], width: Int, _ body: @escaping @Sendable (Element) async -> Result
    ) async -> [Result] {
        // Structured: the group waits for every task of its own, so nothing outlives the call.
        await withTaskGroup(of: Result.self) { group in
            var results: [Result] = []
            var rest = elements[...]
            for element in rest.prefix(width) { group.addTask { await body(element) } }
            rest = rest.dropFirst(width)
            while let result = await group.next() {
                results.append(result)
                if let element = rest.popFirst() { group.addTask { await body(element) } }
            }
            return results
        }
    }
}
