import Audit
import ControlAPI
import Credentials
import FoundationEssentials
import Model
import Store

/// A failure with more to say than its standard sentence. The detail holds nothing that the caller sent.
struct ControlRefusal: Error {
    let failure: Failure
    let detail: String?
    let diagnostics: [DocumentDiagnostic]?

    init(_ failure: Failure, detail: String? = nil, diagnostics: [DocumentDiagnostic]? = nil) {
        self.failure = failure
        self.detail = detail
        self.diagnostics = diagnostics
    }

    /// What a caller is told about any error. Named apart from the initializer above: a `Failure` is an `Error` too,
    /// and the compiler would choose the one without defaults, which is this one, from within itself.
    init(from error: any Error) {
        switch error {
        case let refusal as ControlRefusal: self = refusal
        case is JournalError: self.init(.auditUnavailable)
        default: self.init(Failure(storeError: error))
        }
    }

    func answer(requestID: String, allowing methods: [Route.Method] = []) -> ControlAnswer {
        let problem = Problem(failure, detail: detail, requestID: requestID, diagnostics: diagnostics)
        var answer = (try? ControlAnswer.json(problem, status: failure.status)) ?? ControlAnswer(status: failure.status)
        answer.contentType = Problem.contentType
        if failure.status == 401 { answer.headers.append((name: "WWW-Authenticate", value: "Bearer")) }
        if failure.status == 503 || failure.status == 429 { answer.headers.append((name: "Retry-After", value: "1")) }
        if !methods.isEmpty {
            answer.headers.append((name: "Allow", value: methods.map(\.rawValue).joined(separator: ", ")))
        }
        return answer
    }
}
