import NIOCore
import PulpCapability
import Synchronization

/// Takes events to a plugin's instances: the sink in its scope, which exists before the instances do and outlives them.
///
/// Holds the groups from load to close, so that nothing on the path of a request is referenced weakly: an object with
/// weak references counts all of its references in a side table, several times slower.
final class PluginGate: EventSink {
    private enum State {
        case starting
        case open([InstanceGroup])
        case closed
    }

    private let state = Mutex<State>(.starting)
    private let roundRobin = Atomic<Int>(0)

    /// Empty before the load and after the close.
    var groups: [InstanceGroup] {
        self.state.withLock { if case .open(let groups) = $0 { groups } else { [] } }
    }

    func open(_ groups: [InstanceGroup]) {
        self.state.withLock { $0 = .open(groups) }
    }

    /// No event passes from now on; the groups, once.
    func close() -> [InstanceGroup] {
        self.state.withLock { state in
            defer { state = .closed }
            return if case .open(let groups) = state { groups } else { [] }
        }
    }

    var availability: Availability {
        let (groups, whenEmpty): ([InstanceGroup], Availability) = self.state.withLock { state in
            switch state {
            case .starting: ([], .starting)
            case .open(let groups): (groups, .starting)
            case .closed: ([], .stopped)
            }
        }
        var best: Availability?
        for group in groups {
            let availability = group.availability
            if availability == .ready { return .ready }
            if best == nil || availability == .full { best = availability }
        }
        return best ?? whenEmpty
    }

    func deliver(_ event: any GuestEvent, from loop: any EventLoop, to instance: InstanceID?) {
        guard let group = self.group(for: instance, near: loop) else {
            return event.finished(.failed(.unavailable(self.availability)))
        }
        if group.loop.inEventLoop {
            group.accept(event, for: instance)
        } else {
            group.loop.execute { group.accept(event, for: instance) }
        }
    }

    private func group(for instance: InstanceID?, near loop: any EventLoop) -> InstanceGroup? {
        let groups = self.groups
        if groups.count <= 1 { return groups.first }
        if let instance {
            let index = InstanceGroup.groupIndex(of: instance)
            return index < groups.count ? groups[index] : nil
        }
        if let near = groups.first(where: { $0.loop === loop }), near.availability == .ready { return near }
        let start = self.roundRobin.add(1, ordering: .relaxed).oldValue
        let order = (0..<groups.count).map { groups[(start &+ $0) % groups.count] }
        return order.first { $0.availability == .ready } ?? order.first
    }
}
