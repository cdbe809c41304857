import HTTPTypes
import Hummingbird
import NIOCore

/// The one page that a person sees when signing in to a `keyreeved dev`.
struct SignInPage: Sendable {
    let question: AuthorizationQuestion
    let people: [DevelopmentIssuer.Person]
    let problem: String?

    var response: Response {
        let headers: HTTPFields = [
            .contentType: "text/html; charset=utf-8",
            .cacheControl: "no-store",
            .contentSecurityPolicy: "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
        ]
        return Response(status: .ok, headers: headers, body: .init(byteBuffer: ByteBuffer(string: html)))
    }

    private var html: String {
        """
        <!doctype html><html lang="en"><meta charset="utf-8"><title>Keyreeve development sign-in</title>
        <meta name="viewport" content="width=device-width">
        <style>
        body { font: 16px/1.5 system-ui, sans-serif; max-width: 24rem; margin: 4rem auto; padding: 0 1rem }
        label { display: block; margin: .4rem 0 } input[name=code] { font: inherit; letter-spacing: .15em }
        button { font: inherit; margin-top: 1rem; padding: .4rem 1.2rem } .problem { color: #b00020 }
        </style>
        <h1>Sign in</h1>
        <p>This is the development issuer of a Keyreeve on this machine.</p>
        \(problem.map { "<p class=problem role=alert>\(escaped($0))</p>" } ?? "")
        <form method="post" action="authorize">
        \(choices)
        <label>Sign-in code, as printed on the console<br>
        <input name="code" autocomplete="one-time-code" required autofocus></label>
        \(hiddenFields)
        <button>Sign in</button>
        </form></html>
        """
    }

    private var choices: String {
        people.enumerated().map { index, person in
            let checked = index == 0 ? " checked" : ""
            return """
                <label><input type="radio" name="person" value="\(escaped(person.mail))"\(checked)> \
                \(escaped(person.displayName)) &lt;\(escaped(person.mail))&gt;</label>
                """
        }.joined(separator: "\n")
    }

    private var hiddenFields: String {
        var fields = [
            ("response_type", "code"), ("client_id", DevelopmentIssuer.clientID), ("code_challenge_method", "S256"),
            ("code_challenge", question.challenge), ("state", question.state), ("redirect_uri", question.redirectURI),
        ]
        if let nonce = question.nonce { fields.append(("nonce", nonce)) }
        return fields.map { "<input type=\"hidden\" name=\"\($0)\" value=\"\(escaped($1))\">" }.joined(separator: "\n")
    }

    private func escaped(_ text: String) -> String {
        text.reduce(into: "") { result, character in
            switch character {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            case "'": result += "&#39;"
            default: result.append(character)
            }
        }
    }
}
