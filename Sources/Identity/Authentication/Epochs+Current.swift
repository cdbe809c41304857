package import Model
package import Policy

extension Epochs {
    /// The epochs that a token minted now carries.
    package func current(for subject: Principal.Subject, session: SessionID?) -> TokenEpochs {
        let subjectEpoch =
            switch subject {
            case .user(let id), .platformOperator(let id): user(id)
            case .serviceAccount(let id): serviceAccount(id)
            }
        return TokenEpochs(
            organization: organization,
            subject: subjectEpoch,
            session: session.map { self.session($0) } ?? 0
        )
    }
}
