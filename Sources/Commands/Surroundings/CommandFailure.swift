import ControlAPI
import ControlClient

/// Why a command ends without success: one sentence for stderr, saying what to do, and an exit code.
package struct CommandFailure: Error, Hashable, Sendable {
    package static let failure: Int32 = 1

    /// Lines to show before the sentence: one for each finding, where there are several.
    package var details: [String]
    package var sentence: String
    package var exitCode: Int32

    package init(_ sentence: String, details: [String] = [], exitCode: Int32 = CommandFailure.failure) {
        self.sentence = sentence
        self.details = details
        self.exitCode = exitCode
    }

    init(_ problem: FileProblem) { self.init(problem.sentence) }

    init(_ error: ClientError) {
        switch error {
        case .unreachable(let reason):
            self.init("Keyreeve cannot be reached (\(Printable.line(reason))). Check the address and your network.")
        case .timeout:
            self.init("Keyreeve did not answer in time. Try again in a moment.")
        case .malformed(let sentence):
            self.init(Printable.line(sentence))
        case .problem(let problem):
            let detail = Printable.line(problem.detail)
            let id = problem.status >= 500 ? " (request \(Printable.line(problem.requestID, limit: 64)))" : ""
            self.init(detail + id, details: (problem.diagnostics ?? []).map(DiagnosticLine.text))
        }
    }

    /// Any error, for the last resort.
    package init(any error: any Error) {
        switch error {
        case let failure as CommandFailure: self = failure
        case let problem as FileProblem: self.init(problem)
        case let error as ClientError: self.init(error)
        case let problem as ServerAddress.Problem: self.init(problem.sentence)
        case is CancellationError: self.init("Stopped.")
        default: self.init("Something unexpected happened: \(Printable.line(String(describing: error)))")
        }
    }
}
