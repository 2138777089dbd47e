/// A page that starts a container, shows its log over a WebSocket, and removes it.
let page = """
    <!doctype html>
    <html lang="en">
    <meta charset="utf-8">
    <title>containers</title>
    <style>
    body { font: 16px/1.5 system-ui, sans-serif; max-width: 40rem; margin: 2rem auto; padding: 0 1rem }
    pre { background: #111; color: #ddd; padding: 1rem; min-height: 12rem; white-space: pre-wrap }
    input, button { font: inherit; padding: .4rem .8rem }
    </style>
    <h1>containers</h1>
    <p><input id="name" value="demo" pattern="[a-z0-9]+"> <button id="start">start</button>
    <button id="remove">remove</button> <span id="state"></span></p>
    <pre id="log"></pre>
    <script>
    const at = id => document.getElementById(id), path = () => '/containers/' + at('name').value;
    const say = text => at('state').textContent = text.trim();
    at('start').onclick = async () => {
        at('log').textContent = '';
        const answer = await fetch(path(), { method: 'POST' });
        say(await answer.text());
        if (!answer.ok) return;
        const socket = new WebSocket(location.origin.replace('http', 'ws') + path() + '/live');
        socket.onmessage = message => at('log').textContent += message.data;
        socket.onclose = end => say(end.reason || 'closed');
    };
    at('remove').onclick = async () => say(await (await fetch(path(), { method: 'DELETE' })).text());
    </script>
    </html>

    """
