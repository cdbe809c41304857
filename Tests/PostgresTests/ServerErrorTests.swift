import Testing

@testable import Postgres

@Suite struct ServerErrorTests {
    private func message(
        _ code: String,
        _ primary: String,
        statement: String = "INSERT INTO users",
        constraint: String? = nil
    ) -> String {
        ServerError(code: code, primary: primary, constraint: constraint).sanitized(statement: statement).message
    }

    @Test func dataExceptionsSayNothingOfTheData() {
        let message = message("22P02", "invalid input syntax for type uuid: \"s3cret\"")
        #expect(!message.contains("s3cret"))
        #expect(message == "a value does not have the form of its type")
    }

    @Test func quotedNamesStayOnlyWhenTheStatementHasThem() {
        #expect(message("42P01", "relation \"users\" does not exist").contains("\"users\""))
        #expect(!message("42P01", "relation \"s3cret\" does not exist").contains("s3cret"))
    }

    @Test func theConstraintIsKept() {
        let error = ServerError(
            code: "23505",
            primary: "duplicate key value violates unique constraint \"users_mail\"",
            constraint: "users_mail"
        ).sanitized(statement: "INSERT INTO users VALUES ($1)")
        #expect(error.isUniqueViolation)
        #expect(error.constraint == "users_mail")
        #expect(error.message.contains("users_mail"))
    }

    @Test func aMessageThatRepeatsAParameterGoes() {
        let parameter = SQLParameter(type: .unspecified, value: .text("s3cret"))
        let error = ServerError(code: "42704", primary: "role s3cret does not exist")
            .sanitized(statement: "SELECT $1", parameters: [parameter])
        #expect(!error.message.contains("s3cret"))
        #expect(error.code == "42704")
    }

    @Test(
        arguments: [
            ("57014", .timeout), ("55P03", .timeout), ("57P01", .connection), ("08006", .connection),
            ("28P01", .connection), ("53300", .connection), ("40001", .query), ("23505", .query), ("42501", .query),
        ] as [(String, PostgresError.Kind)]
    )
    func theKindFollowsFromTheCode(code: String, kind: PostgresError.Kind) {
        #expect(ServerError.kind(of: code) == kind)
    }
}
