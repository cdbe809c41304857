/// What a person may do; separate by default, so that an admin does not read the audit unless also an auditor.
package enum Role: String, Hashable, Sendable, Codable, CaseIterable {
    case platformOperator = "platform-operator"
    case organizationAdmin = "organization-admin"
    case policyAuthor = "policy-author"
    case approver
    case auditor
    case developer
}
