/// Why a request is refused by the listener itself, before any owner of a route is asked.
///
/// `detail` names what is wrong and never repeats bytes of the request.
package struct RequestFault: Error, Equatable, Sendable {
    package let status: Int
    package let detail: String

    package init(_ status: Int, _ detail: String) {
        self.status = status
        self.detail = detail
    }
}
