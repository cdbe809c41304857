import Testing

@testable import Audit

@Suite struct AuditQueryTests {
    private typealias Term = AuditQuery.Term

    @Test func theExampleMeansWhatItSays() throws {
        let query = try AuditQuery.parse("profile:production since:1h model:gpt-* decision:deny -provider:x")
        #expect(query.since == .ago(3_600_000_000))
        #expect(query.until == nil)
        #expect(
            query.terms == [
                Term(field: .profile, isNegated: false, matches: [.exactly("production")]),
                Term(field: .model, isNegated: false, matches: [.pattern("gpt-*")]),
                Term(field: .decision, isNegated: false, matches: [.exactly("deny")]),
                Term(field: .provider, isNegated: true, matches: [.exactly("x")]),
            ]
        )
    }

    @Test(arguments: ["", "   ", "\t\n"])
    func anEmptyQueryAsksForEverything(text: String) throws {
        #expect(try AuditQuery.parse(text) == AuditQuery())
    }

    @Test(
        arguments: [
            ("actor:a,b", [AuditQuery.Match.exactly("a"), .exactly("b")]),
            (#"actor:"a, b*""#, [.exactly("a, b*")]),
            (#"model:"x y",gpt-*"#, [.exactly("x y"), .pattern("gpt-*")]),
            ("request:a:b", [.exactly("a:b")]),
            ("kind:relay.*,token.exchanged", [.pattern("relay.*"), .exactly("token.exchanged")]),
            ("status:503", [.number(503...503)]),
            ("status:5xx", [.number(500...599)]),
            ("status:>=400", [.number(400...999)]),
            ("status:>400", [.number(401...999)]),
            ("status:<=299", [.number(0...299)]),
            ("status:<300", [.number(0...299)]),
            ("status:400..499,503", [.number(400...499), .number(503...503)]),
        ]
    )
    func valuesAreRead(text: String, matches: [AuditQuery.Match]) throws {
        let query = try AuditQuery.parse(text)
        #expect(query.terms.map(\.matches) == [matches])
    }

    @Test(
        arguments: [
            ("since:90s", AuditQuery.Moment.ago(90_000_000)), ("since:15m", .ago(900_000_000)),
            ("since:7d", .ago(604_800_000_000)), ("since:2w", .ago(1_209_600_000_000)),
            ("since:2026-11-23", .at(1_795_392_000_000_000)),
            (#"since:"2026-11-23T01:00:00+01:00""#, .at(1_795_392_000_000_000)),
        ]
    )
    func timesAreRead(text: String, moment: AuditQuery.Moment) throws {
        #expect(try AuditQuery.parse(text).since == moment)
    }

    @Test(
        arguments: [
            ("production", 1), ("profile:x production", 11), ("profil:x", 1), ("-nothing:x", 2), ("profile:", 9),
            ("profile:a,", 11), ("profile:,a", 9), (#"actor:"open"#, 7), (#"actor:"a"b"#, 10), (#"actor:a"b""#, 8),
            ("decision:maybe", 10), ("status:ok", 8), ("status:4xxx", 8), ("status:>999", 8), ("status:<0", 8),
            ("status:499..400", 8), ("status:200,abc", 12), ("since:yesterday", 7), ("since:1h since:2h", 10),
            ("-since:1h", 1), ("until:1h,2h", 1), ("since:1234567s", 7), ("since:-1h", 7), ("kind:relay.intentt", 6),
            ("x since:1h", 1), ("ö:x", 1), (":x", 1), ("-", 2),
        ]
    )
    func aMistakeIsPointedAt(text: String, column: Int) {
        let error = #expect(throws: AuditQueryError.self) { try AuditQuery.parse(text) }
        #expect(error?.column == column, "\(error?.description ?? "")")
        #expect(error?.message.hasSuffix(".") == true)
    }

    @Test func anOverlongQueryIsRefused() {
        let text = "actor:" + String(repeating: "a", count: AuditQuery.maximumLength)
        #expect(throws: AuditQueryError.self) { try AuditQuery.parse(text) }
    }

    @Test(arguments: [("gpt-*", "gpt-%"), ("100%_*", #"100\%\_%"#), (#"a\*"#, #"a\\%"#)])
    func patternsBecomeLikeOperands(pattern: String, operand: String) {
        #expect(AuditQuery.Match.pattern(pattern).likeOperand == operand)
        #expect(AuditQuery.Match.exactly(pattern).likeOperand == nil)
    }

    @Test func aSpanCountsBackFromNow() {
        #expect(AuditQuery.Moment.ago(5).resolved(now: 12) == 7)
        #expect(AuditQuery.Moment.at(5).resolved(now: 12) == 5)
    }
}
