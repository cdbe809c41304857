import Testing

@testable import Commands

@Suite struct ProofKeyTests {
    @Test func theChallengeIsThatOfTheStandardsExample() {
        let key = ProofKey(verifier: "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk")
        #expect(key.challenge == "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM")
    }

    @Test func everySignInHasAVerifierOfItsOwn() {
        let keys = (0..<100).map { _ in ProofKey.random() }
        #expect(Set(keys).count == 100)
        #expect(keys.allSatisfy { $0.verifier.utf8.count == 43 && $0.challenge.utf8.count == 43 })
    }

    @Test func theAuthorizationRequestEncodesEveryValue() {
        let request = AuthorizationRequest(
            endpoint: "https://issuer.example/authorize?tenant=1",
            clientID: "a b&c",
            redirectURI: "http://127.0.0.1:4000/callback",
            scope: "openid email",
            state: "s",
            nonce: "n",
            challenge: "c"
        )
        #expect(
            request.url == "https://issuer.example/authorize?tenant=1&response_type=code&client_id=a%20b%26c"
                + "&redirect_uri=http%3A%2F%2F127.0.0.1%3A4000%2Fcallback&scope=openid%20email&state=s&nonce=n"
                + "&code_challenge=c&code_challenge_method=S256"
        )
    }
}
