import ControlAPI
import FoundationEssentials
import Model

/// What `plan --out FILE` keeps for `apply FILE`: exactly what was looked at, and for whom.
struct SavedPlan: Codable, Hashable, Sendable {
    var format = 1
    var server: String
    var organization: OrganizationName
    var files: [String: String]
    var plan: PolicyPlan

    init(server: String, organization: OrganizationName, files: [String: String], plan: PolicyPlan) {
        self.server = server
        self.organization = organization
        self.files = files
        self.plan = plan
    }

    init(bytes: [UInt8]) throws(CommandFailure) {
        guard let plan = try? JSONDecoder().decode(SavedPlan.self, from: Data(bytes)), plan.format == 1 else {
            throw CommandFailure("This is no file of `keyreeve plan --out FILE`; plan again.")
        }
        self = plan
    }

    func bytes() throws -> [UInt8] { Array(try JSONEncoder().encode(self)) }
}
