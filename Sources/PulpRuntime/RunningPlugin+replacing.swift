import NIOCore
import PulpCapability

/// One version of a plugin after another, without a moment in which there is none.
///
/// The new version is loaded and initialised beside the old one, which goes on serving; ``takeOver(from:)`` swaps them
/// between two steps; ``retire(within:)`` lets the old one finish.
extension RunningPlugin {
    /// How often a version that has been replaced is asked whether it owes answers.
    private static let pause = TimeAmount.milliseconds(5)
    /// What `pulp_shutdown` has at least, when answers took all of the grace.
    private static let shutdownTime = Duration.seconds(1)

    /// Takes the place of `former`, beside which this version was loaded. Cannot fail.
    ///
    /// From here on what comes is this version's; `former` finishes what it has begun with.
    package func takeOver(from former: RunningPlugin) {
        OpenCapability.replace(former.open, by: self.open)
    }

    /// Ends a version that has been replaced: answers that it owes may take `grace`, then its instances are shut down in
    /// order.
    package func retire(within grace: Duration) async {
        let end = NIODeadline.now() + TimeAmount(grace)
        while self.open.contains(where: { $0.isBusy() }), NIODeadline.now() < end {
            let turn = self.environment.loops[0].scheduleTask(in: Self.pause) {}
            guard (try? await turn.futureResult.get()) != nil else { break }
        }
        let left = end - NIODeadline.now()
        await self.stop(within: max(.nanoseconds(left.nanoseconds), Self.shutdownTime))
    }
}
