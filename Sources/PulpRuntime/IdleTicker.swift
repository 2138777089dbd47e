import NIOCore
import PulpCapability
import PulpManifest

/// Steps an idle plugin from time to time, for plugins that ask for it or whose contract has it.
///
/// Confined to the group's loop. Adaptive, as the reference's contract has it: often after an event, and once a second
/// in the end.
final class IdleTicker {
    private static let shortest = TimeAmount.milliseconds(1)
    private static let longest = TimeAmount.seconds(1)
    /// After so long without an event the period doubles at each tick.
    private static let ramp = TimeAmount.seconds(1)

    private unowned let group: InstanceGroup
    private let isAdaptive: Bool
    private var period: TimeAmount
    private let timers: any PluginTimers
    private var lastEvent: NIODeadline
    private var next: PluginTimer?

    /// nil when the plugin does not tick.
    init?(_ policy: TickPolicy, group: InstanceGroup) {
        self.group = group
        self.timers = group.plugin.environment.timers
        self.lastEvent = self.timers.now
        switch policy {
        case .none: return nil
        case .every(let period):
            self.isAdaptive = false
            self.period = TimeAmount(period)
        case .adaptive:
            self.isAdaptive = true
            self.period = Self.shortest
        }
    }

    func start() {
        self.next = self.timers.schedule(in: self.period, on: self.group.loop) { self.fire() }
    }

    func stop() {
        self.next?.cancel()
        self.next = nil
    }

    /// Ticks come often again.
    func eventArrived() {
        guard self.isAdaptive else { return }
        self.lastEvent = self.timers.now
        guard self.period > Self.shortest else { return }
        self.period = Self.shortest
        self.next?.cancel()
        self.start()
    }

    private func fire() {
        self.group.tick()
        if self.isAdaptive, self.timers.now - self.lastEvent > Self.ramp {
            self.period = min(self.period + self.period, Self.longest)
        }
        if self.next != nil { self.start() }
    }
}
