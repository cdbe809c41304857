package import Model

/// What a file of a policy folder is, by its path within it.
package enum DocumentPath: Hashable, Sendable {
    /// `platform/NAME.toml`: the operator's layer, put in by the server and never by an organization.
    case platform(String)
    case organization
    case profile(ProfileName)
    case group(GroupName)
    case user(UserID)

    /// Why a path means nothing.
    package struct Problem: Error, Hashable, Sendable {
        package let message: String
    }

    package init(_ path: String) throws(Problem) {
        let parts = path.split(separator: "/", omittingEmptySubsequences: false)
        guard let file = parts.last, file.hasSuffix(".toml"), parts.count <= 2 else {
            throw Problem(message: "this is not a policy document: \(Self.known)")
        }
        let stem = String(file.dropLast(".toml".count))
        switch parts.count == 2 ? parts.first : nil {
        case nil where stem == "organization": self = .organization
        case "platform":
            guard ProfileName(stem) != nil else { throw Problem(message: "its name has \(ProfileName.rule)") }
            self = .platform(stem)
        case "profiles":
            guard let name = ProfileName(stem), !ProfileName.reserved.contains(stem) else {
                throw Problem(message: "a profile's name has \(ProfileName.rule), and is not `active`")
            }
            self = .profile(name)
        case "groups":
            guard let name = GroupName(stem) else { throw Problem(message: "a group's name has \(GroupName.rule)") }
            self = .group(name)
        case "users":
            guard let id = UserID(stem) else {
                throw Problem(message: "a user's document is named by their id, as `keyreeve whoami` shows it")
            }
            self = .user(id)
        case "tests":
            throw Problem(message: "decision tables are not run by this version; take the file away")
        default:
            throw Problem(message: "this is not a policy document: \(Self.known)")
        }
    }

    private static let known = "organization.toml, profiles/NAME.toml, groups/NAME.toml, users/ID.toml"
}
