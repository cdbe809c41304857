import Testing

@testable import WireFormats

@Suite struct RequestFactsTests {
    static let accepted: [(String, String?, Bool)] = [
        (#"{"model":"gpt-5.4","stream":true}"#, "gpt-5.4", true),
        (#" { "stream" : false , "model" : "a/b:c" } "#, "a/b:c", false),
        (#"{"input":[{"model":"inner"}],"model":"outer"}"#, "outer", false),
        (#"{"input":"say \"model\": \\","model":"m"}"#, "m", false),
        (#"{"x":[1,-0.5e+3,0,null,true,{}],"y":{},"z":[],"model":"m","stream":null}"#, "m", false),
        ("{}", nil, false),
        (#"{"text":"\u00e9\ud83d\ude00","model":"m"}"#, "m", false),
        (#"{"text":"é€😀 \#u{10ffff}\#u{d7ff}\#u{e000}","model":"m"}"#, "m", false),
    ]

    @Test(arguments: accepted)
    func aPlainBodyIsRead(body: String, model: String?, stream: Bool) {
        #expect(RequestFacts.scan(Array(body.utf8)) == .success(RequestFacts(model: model, stream: stream)))
    }

    static let refused: [(String, RequestRefusal)] = [
        ("", .notJSON), ("{", .notJSON), ("nul", .notJSON), ("[]", .notAnObject), ("\"x\"", .notAnObject),
        ("17", .notAnObject), ("{}x", .notJSON), ("{}{}", .notJSON), (#"{"model":"a",}"#, .notJSON),
        (#"{"a":1 "model":"b"}"#, .notJSON), (#"{model:"b"}"#, .notJSON), (#"{'model':'b'}"#, .notJSON),
        (#"{"a":01}"#, .notJSON), (#"{"a":1.}"#, .notJSON), (#"{"a":-}"#, .notJSON), (#"{"a":1e}"#, .notJSON),
        (#"{"a":+1}"#, .notJSON), (#"{"a":tru}"#, .notJSON), (#"{"a":truex}"#, .notJSON), (#"{"a":[1,]}"#, .notJSON),
        (#"{"a":[}"#, .notJSON), (#"{"a":]}"#, .notJSON), ("{\"a\":\"\n\"}", .notJSON), (#"{"a":"\x"}"#, .notJSON),
        (#"{"a":"\u12g4"}"#, .notJSON), ("\u{feff}{}", .notJSON), ("/*x*/{}", .notJSON),
        (#"{"model":"a","model":"b"}"#, .modelTwice), (#"{"model":"a","\u006dodel":"b"}"#, .nameEscaped),
        (#"{"model":"a","Model":"b"}"#, .modelMisspelled), (#"{"MODEL":"b"}"#, .modelMisspelled),
        (#"{"model":"\u0061"}"#, .modelNotPlain), (#"{"model":""}"#, .modelNotPlain),
        (#"{"model":null}"#, .modelNotPlain), (#"{"model":["a"]}"#, .modelNotPlain),
        (#"{"model":{}}"#, .modelNotPlain), (#"{"model":1}"#, .modelNotPlain), (#"{"model":"a b"}"#, .modelNotPlain),
        (#"{"stream":true,"stream":false}"#, .streamTwice), (#"{"stream":"true"}"#, .streamNotBoolean),
        (#"{"Stream":true}"#, .streamMisspelled), (#"{"stream":1}"#, .streamNotBoolean),
        (#"{"stream":[true]}"#, .streamNotBoolean),
        ("{\"model\":\"" + String(repeating: "m", count: 257) + "\"}", .modelNotPlain),
        ("{\"a\":" + String(repeating: "[", count: 64) + String(repeating: "]", count: 64) + "}", .tooDeep),
        ("{\"a\":" + String(repeating: "[", count: 100_000), .tooDeep),
    ]

    @Test(arguments: refused)
    func aBodyThatTwoReadersCouldTakeDifferentlyIsRefused(body: String, reason: RequestRefusal) {
        #expect(RequestFacts.scan(Array(body.utf8)) == .failure(reason))
    }

    static let notUTF8: [[UInt8]] = [
        [0x80], [0xbf], [0xc0, 0xaf], [0xc1, 0xbf], [0xe0, 0x80, 0xaf], [0xe0, 0x9f, 0xbf], [0xed, 0xa0, 0x80],
        [0xed, 0xbf, 0xbf], [0xf0, 0x80, 0x80, 0xaf], [0xf0, 0x8f, 0xbf, 0xbf], [0xf4, 0x90, 0x80, 0x80],
        [0xf5, 0x80, 0x80, 0x80], [0xff], [0xfe], [0xc3], [0xe2, 0x82], [0xf0, 0x9f, 0x98], [0xc3, 0x28],
    ]

    /// In a text that is passed over, in a name that is read, and in one that is not.
    @Test(arguments: notUTF8)
    func bytesThatAreNotUTF8AreRefused(bytes: [UInt8]) {
        let filler = Array(String(repeating: "x", count: 100).utf8)
        for (before, after) in [(#"{"a":""#, #""}"#), (#"{""#, #"":1}"#), (#"{"a":{""#, #"":1}}"#)] {
            let body = Array(before.utf8) + filler + bytes + Array(after.utf8)
            #expect(RequestFacts.scan(body) == .failure(.notJSON))
        }
    }

    /// Every position relative to the blocks that are read together.
    @Test func whatEndsAStringIsFoundWhereverItStands() {
        for length in 0..<140 {
            let text = String(repeating: "é", count: length % 3) + String(repeating: "x", count: length)
            for ending in [#"\""#, #"\\"#, "é", "\\u0041", ""] {
                let body = Array(#"{"a":"\#(text)\#(ending)\#(text)","model":"m"}"#.utf8)
                #expect(RequestFacts.scan(body) == .success(RequestFacts(model: "m", stream: false)))
            }
            let broken = Array("{\"a\":\"\(text)\u{1}\(text)\"}".utf8)
            #expect(RequestFacts.scan(broken) == .failure(.notJSON))
        }
    }

    @Test func membersOfAnotherNameAreReadWithTheSameCare() {
        let members = RequestMembers(model: "modelId", stream: nil)
        let cases: [(String, Result<RequestFacts, RequestRefusal>)] = [
            (#"{"modelId":"m","stream":"x","model":"n"}"#, .success(RequestFacts(model: "m", stream: false))),
            (#"{"modelid":"m"}"#, .failure(.modelMisspelled)),
            (#"{"modelId":"m","modelId":"m"}"#, .failure(.modelTwice)),
        ]
        for (body, expected) in cases {
            var scanner = RequestScanner(members: members)
            scanner.consume(Array(body.utf8).span)
            #expect(scanner.finish() == expected)
        }
    }

    @Test func theDeepestAllowedBodyIsRead() {
        let body = "{\"a\":" + String(repeating: "[", count: 63) + String(repeating: "]", count: 63) + "}"
        #expect(RequestFacts.scan(Array(body.utf8)) == .success(RequestFacts(model: nil, stream: false)))
    }

    @Test func aBodyReadsTheSameHoweverItIsSplit() {
        let body = Array(#"{"a":[1.5e-3,"\u00e9é😀\\",true],"model":"gpt-5.4","stream":true,"b":{"model":"no"}}"#.utf8)
        for first in 0...body.count {
            for second in first...body.count {
                var scanner = RequestScanner()
                scanner.consume(body.span.extracting(0..<first))
                scanner.consume(body.span.extracting(first..<second))
                scanner.consume(body.span.extracting(second..<body.count))
                #expect(scanner.finish() == .success(RequestFacts(model: "gpt-5.4", stream: true)))
            }
        }
    }

    @Test func noBytesEverTrap() {
        var generator = SplitMix(state: 7)
        let alphabet = Array("{}[]\",:\\u0123456789abcdeftrulns-+.eE \n\u{1}model".utf8)
        for _ in 0..<20_000 {
            let length = Int.random(in: 0..<60, using: &generator)
            let body = (0..<length).map { _ in alphabet.randomElement(using: &generator) ?? 0 }
            _ = RequestFacts.scan(body)
        }
    }
}

/// A seeded generator, so that a failure can be repeated.
struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }
}
