import PulpGuest

/// A page that shows what happens as it happens: a counter that ticks, and a cheer that everybody sees.
@main
struct Ticker: Plugin {
    var number = 0
    var cheers = 0

    static func configure(_ app: inout Application<Self>) throws(PluginError) {
        app.events("/events")
        app.get("/") { _, _ in .html(Self.page) }
        app.post("/cheer") { (plugin, _) throws(PluginError) in
            plugin.cheers += 1
            try Events.emit("\(plugin.cheers)", to: "/events", id: "c\(plugin.cheers)", event: "cheer")
            return .status(204)
        }
        // A tick costs a step: with nobody there it is over at once.
        app.onTick { (plugin) throws(PluginError) in
            let watching = Events.subscriberCount(of: "/events")
            guard watching > 0 else { return }
            plugin.number += 1
            try Events.emit("\(plugin.number) \(watching)", to: "/events", event: "tick")
        }
    }

    static let page = """
        <!doctype html>
        <title>ticker</title>
        <style>body { font: 1.5rem system-ui; margin: 4rem auto; max-width: 30rem } b { font-size: 3rem }</style>
        <p>tick <b id=tick>-</b></p>
        <p><span id=watching>-</span> watching, <span id=cheers>0</span> cheers
        <button onclick="fetch('/cheer', { method: 'POST' })">cheer</button></p>
        <script>
            const events = new EventSource('/events');
            const show = (id, text) => document.getElementById(id).textContent = text;
            events.addEventListener('tick', event => {
                const [number, watching] = event.data.split(' ');
                show('tick', number);
                show('watching', watching);
            });
            events.addEventListener('cheer', event => show('cheers', event.data));
        </script>

        """
}
