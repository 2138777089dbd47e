import PulpGuest

/// The guestbook's page: the form, the entries, and the script that adds what others write.
enum Page {
    static func whole(_ title: String, _ entries: [Entry]) -> String {
        var list = ""
        for entry in entries { list += Self.item(entry) }
        return """
            <!doctype html>
            <html lang="en">
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width">
            <title>\(HTML.escaped(title))</title>
            <style>\(Self.style)</style>
            <h1>\(HTML.escaped(title))</h1>
            <form action="/entries" method="post" enctype="multipart/form-data">
            <label>Name <input name="name" maxlength="80" required></label>
            <label>Message <textarea name="message" rows="3" maxlength="2000" required></textarea></label>
            <label>Picture <input name="picture" type="file" accept="image/*"></label>
            <button>Sign</button>
            </form>
            <p id="live">connecting</p>
            <ol id="entries">\(list)</ol>
            <script>\(Self.script)</script>
            </html>

            """
    }

    /// No script and no style but the page's own.
    static var headers: FieldList {
        ["Content-Security-Policy": "default-src 'self'; script-src 'unsafe-inline'; style-src 'unsafe-inline'"]
    }

    private static func item(_ entry: Entry) -> String {
        let picture = entry.pictureType.isEmpty ? "" : "<img src=\"/pictures/\(entry.id)\" alt=\"\">"
        return "<li id=\"entry-\(entry.id)\"><b>\(HTML.escaped(entry.name))</b>"
            + "<p>\(HTML.escaped(entry.message))</p>\(picture)</li>"
    }

    private static let style = """
        body { font: 16px/1.5 system-ui, sans-serif; max-width: 40rem; margin: 2rem auto; padding: 0 1rem }
        form { display: grid; gap: .75rem } label { display: grid } input, textarea { font: inherit; padding: .4rem }
        button { justify-self: start; padding: .4rem 1.2rem; font: inherit } ol { list-style: none; padding: 0 }
        li { border-top: 1px solid #ccc; padding: .75rem 0 } li p { margin: .25rem 0; white-space: pre-wrap }
        img { max-width: 100%; max-height: 16rem } #live { color: #666; font-size: .85rem }
        """

    // The elements are made one by one, never from text: what a visitor wrote cannot become markup.
    private static let script = """
        const list = document.getElementById('entries'), live = document.getElementById('live');
        const source = new EventSource('/live');
        source.onopen = () => live.textContent = 'live';
        source.onerror = () => live.textContent = 'connecting';
        source.addEventListener('entry', event => {
            const entry = JSON.parse(event.data);
            if (document.getElementById('entry-' + entry.id)) return;
            const item = document.createElement('li');
            item.id = 'entry-' + entry.id;
            item.append(Object.assign(document.createElement('b'), { textContent: entry.name }));
            item.append(Object.assign(document.createElement('p'), { textContent: entry.message }));
            if (entry.picture) item.append(Object.assign(document.createElement('img'), { src: entry.picture }));
            list.prepend(item);
        });
        """
}
