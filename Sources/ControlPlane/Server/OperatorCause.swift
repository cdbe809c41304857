import Audit
import Credentials
import Model
import Store

/// What the operator's log says about an error: errors of ours describe themselves without values; of anything else,
/// only the type.
struct OperatorCause: CustomStringConvertible {
    let description: String

    init(_ error: any Error) {
        switch error {
        case let failure as Failure: description = failure.rawValue
        case let refusal as ControlRefusal: description = refusal.failure.rawValue
        case let error where Store.isStoreError(error): description = String(describing: error)
        case let error as JournalError: description = String(describing: error)
        case let error as SealError: description = String(describing: error)
        default: description = String(describing: type(of: error))
        }
    }
}
