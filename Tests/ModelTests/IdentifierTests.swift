import FoundationEssentials
import Model
import Testing

@Suite struct IdentifierTests {
    @Test func anIdentifierReadsEitherCaseAndWritesLowerCase() {
        let text = "6F9619FF-8B86-D011-B42D-00C04FC964FF"
        #expect(UserID(text)?.description == text.lowercased())
        #expect(UserID(text) == UserID(text.lowercased()))
    }

    @Test(arguments: ["", "x", "6F9619FF8B86D011B42D00C04FC964FF", "6F9619FF-8B86-D011-B42D-00C04FC964FF "])
    func anythingElseIsRefused(_ text: String) {
        #expect(UserID(text) == nil)
    }

    @Test func anIdentifierTravelsAsAPlainString() throws {
        let id = SessionID.random()
        let encoded = try JSONEncoder().encode([id])
        #expect(String(decoding: encoded, as: UTF8.self) == "[\"\(id)\"]")
        #expect(try JSONDecoder().decode([SessionID].self, from: encoded) == [id])
    }

    @Test func aMalformedIdentifierInJSONIsAnErrorWithoutItsValue() {
        let secret = "not-a-uuid-canary"
        #expect {
            try JSONDecoder().decode([SessionID].self, from: Data("[\"\(secret)\"]".utf8))
        } throws: { error in
            !String(describing: error).contains(secret)
        }
    }
}
