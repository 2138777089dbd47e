import PulpGuest

/// A page that shows what happens as it happens: a counter that ticks, and a cheer that everybody sees.
@main
struct Ticker: Plugin {
    static func start(_ host: Host) {
        var number = 0
        var cheers = 0
        host.events("/events")
        host.get("/") { _ in
            Response([UInt8](page.utf8), headers: ["Content-Type": "text/html; charset=utf-8"])
        }
        host.post("/cheer") { _ in
            cheers += 1
            host.emit("\(cheers)", to: "/events", id: "c\(cheers)", event: "cheer")
            return Response([], status: 204, headers: [:])
        }
        // A tick costs a step: with nobody there it is over at once.
        host.onTick {
            let watching = host.subscriberCount(of: "/events")
            guard watching > 0 else { return }
            number += 1
            host.emit("\(number) \(watching)", to: "/events", event: "tick")
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
