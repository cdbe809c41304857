/// Opens a URL in the person's browser: `$BROWSER`, else the desktop's own.
struct Browser: Sendable {
    let environment: [String: String]

    /// - Returns: Whether something started; the URL is printed in any case.
    func open(_ url: String) -> Bool {
        Self.commands(environment, url: url).contains { command in
            guard let name = command.first else { return false }
            return SystemProcess.startDetached(name, arguments: Array(command.dropFirst()))
        }
    }

    /// What to try, in order. `$BROWSER` is a list with colons, each with an optional `%s` for the URL. Without a
    /// display `xdg-open` would start a browser inside this terminal, so it is left out there.
    static func commands(_ environment: [String: String], url: String) -> [[String]] {
        let chosen = (environment["BROWSER"] ?? "").split(separator: ":").map { entry in
            let words = entry.split(separator: " ").map(String.init)
            return words.contains { $0.contains("%s") } ? words.map { $0.replacing("%s", with: url) } : words + [url]
        }
        let hasDisplay = ["DISPLAY", "WAYLAND_DISPLAY"].contains { !(environment[$0] ?? "").isEmpty }
        return chosen + (hasDisplay ? [["xdg-open", url]] : [])
    }
}
