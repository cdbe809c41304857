import ControlClient
import Synchronization
import Testing

@Suite struct CallbackTests {
    private let question = CallbackQuestion(state: "state", issuer: "https://issuer", issuerIsMandatory: false)

    @Test(arguments: [
        ("GET /callback?code=c&state=state HTTP/1.1", CallbackQuestion.Visit.code("c")),
        ("GET /callback?code=c&state=state&iss=https%3A%2F%2Fissuer HTTP/1.1", .code("c")),
        ("GET /callback?code=c&state=state&iss=https%3A%2F%2Fother HTTP/1.1", .refused("another issuer answered")),
        ("GET /callback?error=access_denied&state=state HTTP/1.1", .refused("access_denied")),
        ("GET /callback?error=e&error_description=no%0Away&state=state HTTP/1.1", .refused("no way")),
        ("GET /callback?state=state HTTP/1.1", .refused("the answer holds no code")),
        ("GET /callback?code=c HTTP/1.1", .stray(status: 400)),
        ("GET /callback?code=c&state=other HTTP/1.1", .stray(status: 400)),
        ("GET /callback?error=access_denied&state=other HTTP/1.1", .stray(status: 400)),
        ("GET /callback?code=c&code=d&state=state HTTP/1.1", .stray(status: 400)),
        ("GET /callback?code=%zz&state=state HTTP/1.1", .stray(status: 400)),
        ("POST /callback?code=c&state=state HTTP/1.1", .stray(status: 405)),
        ("GET /favicon.ico HTTP/1.1", .stray(status: 404)),
        ("GET /callback?code=c&state=state", .stray(status: 400)),
        ("", .stray(status: 400)),
    ])
    func onlyTheBrowserOfThisSignInCanFinishIt(line: String, visit: CallbackQuestion.Visit) {
        #expect(question.visit(requestLine: line) == visit)
    }

    @Test func anIssuerThatPromisesToNameItselfMust() {
        let strict = CallbackQuestion(state: "state", issuer: "https://issuer", issuerIsMandatory: true)
        let visit = strict.visit(requestLine: "GET /callback?code=c&state=state HTTP/1.1")
        #expect(visit == .refused("the answer does not name its issuer"))
    }

    @Test func aStrayVisitDoesNotEndTheWait() async throws {
        let listener = try await CallbackListener()
        let transport = NetworkTransport(userAgent: "test")
        let base = listener.redirectURI
        async let waited = listener.wait(for: question, atMost: .seconds(20))
        var statuses: [Int] = []
        for query in ["?code=x&state=wrong", "?code=right&state=state"] {
            // The listener may not know its question yet.
            for _ in 0..<100 {
                let reply = try await transport.send(ClientRequest(.get, base + query, timeout: .seconds(5)))
                if reply.status == 503 { continue }
                statuses.append(reply.status)
                break
            }
        }
        let visit = await waited
        await transport.close()
        await listener.close()
        #expect(statuses == [400, 200])
        #expect(visit == .code("right"))
    }

    @Test func aWaitEndsByItself() async throws {
        let listener = try await CallbackListener()
        let visit = await listener.wait(for: question, atMost: .milliseconds(30))
        await listener.close()
        #expect(visit == nil)
    }
}
