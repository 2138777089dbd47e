/// The script that reloads a page of a plugin that is being developed, and shows what is wrong with its sources.
enum PageScript {
    static let path = "/.well-known/pulp/dev.js"
    static let eventsPath = "/.well-known/pulp/dev/events"

    /// The element that loads the script: it names the version that the page is of.
    static func element(_ version: String) -> String { "<script src=\"\(Self.path)?v=\(version)\"></script>" }

    /// What tells why no version works, on the page that stands for the plugin's own.
    static let reasonID = "pulp-dev-reason"

    static let text = """
        // Served by pulp dev only: reloads this page when the plugin has a new version, and shows why it has none.
        (() => {
            const source = document.currentScript && new URL(document.currentScript.src);
            let version = source && source.searchParams.get("v");
            let overlay = null;
            const hide = () => {
                if (overlay) overlay.remove();
                overlay = null;
            };
            const show = text => {
                hide();
                overlay = document.createElement("pulp-dev-error");
                const style = {
                    position: "fixed", inset: "0", zIndex: "2147483647", overflow: "auto", padding: "2em",
                    background: "rgba(20, 20, 24, 0.94)", color: "#f4f4f4", font: "14px/1.5 ui-monospace, monospace",
                    whiteSpace: "pre-wrap", cursor: "pointer",
                };
                Object.assign(overlay.style, style);
                overlay.textContent = "The last change does not work; the version before it is still served.\\n"
                    + "A click hides this.\\n\\n" + text;
                overlay.addEventListener("click", hide);
                document.documentElement.append(overlay);
            };
            let events = null;
            const stop = () => {
                if (events) events.close();
                events = null;
            };
            // A browser has few connections for one host: a page that nobody looks at goes without.
            const listen = () => {
                if (events || document.hidden) return;
                events = new EventSource("\(Self.eventsPath)");
                events.onmessage = message => {
                    const state = JSON.parse(message.data);
                    if (state.version !== version && version) {
                        stop();
                        return location.reload();
                    }
                    version = state.version;
                    const reason = document.getElementById("\(Self.reasonID)");
                    if (reason) reason.textContent = state.error || reason.textContent;
                    else if (state.error) show(state.error);
                    else hide();
                };
            };
            document.addEventListener("visibilitychange", () => document.hidden ? stop() : listen());
            addEventListener("pagehide", stop);
            addEventListener("pageshow", listen);
            listen();
        })();

        """
}
