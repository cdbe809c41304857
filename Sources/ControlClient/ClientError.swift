package import ControlAPI

/// Why a call did not give what was asked for.
package enum ClientError: Error, Hashable, Sendable {
    /// No connection: refused, no route, no such name, a certificate that does not verify.
    case unreachable(String)
    /// The deadline passed first.
    case timeout
    /// An answer that is none of Keyreeve's.
    case malformed(String)
    /// The server said no, and why.
    case problem(Problem)

    /// Whether the same call may succeed in a moment without anyone doing anything.
    package var isTransient: Bool {
        switch self {
        case .unreachable, .timeout: true
        case .malformed: false
        case .problem(let problem): problem.status >= 500 || problem.status == 429 || problem.status == 408
        }
    }

    /// Whether the bearer of the call was refused: another one may be taken.
    package var isRefusedBearer: Bool {
        guard case .problem(let problem) = self else { return false }
        return problem.status == 401 || problem.code == "sign_in_required"
    }
}
