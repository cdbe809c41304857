/// What the browser shows after the redirect. Holds nothing from the request.
struct CallbackPage: Sendable {
    let visit: CallbackQuestion.Visit

    var text: String {
        let body = """
            <!doctype html><html lang="en"><meta charset="utf-8"><title>Keyreeve</title>\
            <body style="font:16px/1.5 system-ui,sans-serif;max-width:24rem;margin:4rem auto">\
            <h1>\(title)</h1><p>\(sentence)</p></html>
            """
        return """
            HTTP/1.1 \(status)\r
            Content-Type: text/html; charset=utf-8\r
            Content-Length: \(body.utf8.count)\r
            Content-Security-Policy: default-src 'none'; style-src 'unsafe-inline'\r
            Referrer-Policy: no-referrer\r
            Cache-Control: no-store\r
            Connection: close\r
            \r
            \(body)
            """
    }

    private var status: String {
        switch visit {
        case .code: "200 OK"
        case .refused: "200 OK"
        case .stray(let status): "\(status) No"
        }
    }

    private var title: String {
        switch visit {
        case .code: "Signed in"
        case .refused: "Not signed in"
        case .stray: "Nothing here"
        }
    }

    private var sentence: String {
        switch visit {
        case .code: "You can close this window and go back to the terminal."
        case .refused: "The terminal says why."
        case .stray: "This address serves one Keyreeve sign-in and nothing else."
        }
    }
}
