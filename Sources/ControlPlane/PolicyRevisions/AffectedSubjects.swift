import Cryptography
import Model
import Policy

/// Whose effective configuration a change of policy changes.
enum AffectedSubjects {
    /// Members and service accounts of `organization` for whom anything would be different under `policy`.
    static func count(in organization: OrganizationSnapshot, under policy: PolicySet) -> Int {
        let changed = OrganizationSnapshot(
            id: organization.id,
            name: organization.name,
            changeVersion: organization.changeVersion,
            revision: organization.revision,
            policy: policy,
            members: organization.members,
            serviceAccounts: organization.serviceAccounts
        )
        let users = organization.members.filter(\.value.active).keys.map { Principal.Subject.user($0) }
        let accounts = organization.serviceAccounts.filter(\.value.active).keys
            .map { Principal.Subject.serviceAccount($0) }
        return (users + accounts).filter {
            configuration(of: $0, in: organization) != configuration(of: $0, in: changed)
        }
        .count
    }

    private static func configuration(
        of subject: Principal.Subject,
        in organization: OrganizationSnapshot
    ) -> [ProfileName: Digest] {
        var digests: [ProfileName: Digest] = [:]
        for profile in organization.profiles(for: subject) {
            if case .success(let effective) = organization.effective(profile: profile, for: subject) {
                digests[profile] = effective.digest
            }
        }
        return digests
    }
}
