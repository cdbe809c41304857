import Audit
import Model
import Postgres
import Store

/// Turns whatever stopped a start into a sentence for the operator.
enum StartFailure {
    static func sentence(for error: any Error) -> String {
        switch error {
        case let failure as Failure: failure.sentence
        case JournalError.alreadyOpen(let directory):
            "another keyreeved uses \(directory); stop it, or give another directory"
        default: String(describing: error)
        }
    }
}
