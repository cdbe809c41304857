import Testing

@testable import Postgres

@Suite struct SQLTests {
    @Test func interpolatedValuesBecomeParameters() {
        let name = "Robert'); DROP TABLE students;--"
        let sql: SQL = "SELECT id FROM users WHERE name = \(name) AND age > \(41)"
        #expect(sql.text == "SELECT id FROM users WHERE name = $1 AND age > $2")
        #expect(sql.parameters.count == 2)
        #expect(sql.defect == nil)
    }

    @Test func fragmentsKeepTheirParametersInOrder() {
        let conditions: [SQL] = ["a = \(1)", "b = ANY(\(["x", "y"]))", "c IS NULL"]
        let sql: SQL = "SELECT \("first") FROM t WHERE \(SQL.joined(conditions, separator: " AND ")) LIMIT \(5)"
        #expect(sql.text == "SELECT $1 FROM t WHERE a = $2 AND b = ANY($3) AND c IS NULL LIMIT $4")
        #expect(sql.parameters.map(\.type) == [.unspecified, .int8, .textArray, .int8])
    }

    @Test func joiningNothingIsEmpty() {
        #expect(SQL.joined([], separator: ", ").text == "")
    }

    @Test(arguments: ["keyreeve_app", "t1", "_x", String(repeating: "a", count: 63)])
    func plainIdentifiersAreQuoted(name: String) {
        let sql: SQL = "LISTEN \(identifier: name)"
        #expect(sql.text == "LISTEN \"\(name)\"")
        #expect(sql.defect == nil)
    }

    @Test(arguments: ["", "1a", "a b", "a\"b", "A", "naïve", "a\0", String(repeating: "a", count: 64)])
    func otherIdentifiersMakeTheStatementUnsendable(name: String) {
        let sql: SQL = "LISTEN \(identifier: name)"
        #expect(sql.defect != nil)
        #expect(!sql.text.contains("\""))
    }

    @Test func anUnsendableValueIsReportedWithoutTheValue() throws {
        let sql: SQL = "SELECT \(PostgresTimestamp(microsecondsSince1970: .min))"
        #expect(sql.defect == "a date is out of range")
    }
}
