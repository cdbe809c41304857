import Model
import Synchronization

/// Merged configurations of one snapshot, by what distinguishes people: the groups and the user layer that exist.
///
/// So its size is bounded by the documents, not by the number of people. Merging happens outside the lock; two callers
/// may merge the same thing once each.
final class EffectiveCache: Sendable {
    private struct Key: Hashable {
        let profile: ProfileName
        let groups: Set<GroupName>
        let user: UserID?
    }

    private let policy: PolicySet
    private let merged = Mutex<[Key: EffectiveConfiguration]>([:])

    init(_ policy: PolicySet) { self.policy = policy }

    func effective(
        _ profile: ProfileName,
        groups: Set<GroupName>,
        user: UserID?
    ) -> Result<EffectiveConfiguration, Failure> {
        let relevant = policy.groups.isEmpty ? Set() : Set(groups.filter { policy.groups[$0] != nil })
        let layered = user.flatMap { policy.users[$0] == nil ? nil : $0 }
        let key = Key(profile: profile, groups: relevant, user: layered)
        if let known = merged.withLock({ $0[key] }) { return .success(known) }
        guard let fresh = policy.effective(profile: profile, groups: relevant, user: layered) else {
            return .failure(.unknownProfile)
        }
        merged.withLock { $0[key] = fresh }
        return .success(fresh)
    }
}
