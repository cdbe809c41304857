/// A model id of an allow-list, in which `*` stands for any text: `gpt-5.*`.
package struct ModelPattern: Hashable, Sendable {
    package let text: String

    package init(_ text: String) { self.text = text }

    /// Compares bytes; case matters, as it does to providers. Time is proportional to both lengths at worst.
    package func matches(_ model: String) -> Bool {
        let pattern = Array(text.utf8)
        let name = Array(model.utf8)
        var at = (pattern: 0, name: 0)
        var resume: (pattern: Int, name: Int)?
        while at.name < name.count {
            if at.pattern < pattern.count, pattern[at.pattern] == UInt8(ascii: "*") {
                resume = (at.pattern + 1, at.name)
                at.pattern += 1
            } else if at.pattern < pattern.count, pattern[at.pattern] == name[at.name] {
                at = (at.pattern + 1, at.name + 1)
            } else if let last = resume {
                resume = (last.pattern, last.name + 1)
                at = (last.pattern, last.name + 1)
            } else {
                return false
            }
        }
        return pattern[at.pattern...].allSatisfy { $0 == UInt8(ascii: "*") }
    }
}

/// Which models may be asked for: every list that a layer gives must admit the model, so that a later layer can only
/// narrow what an earlier one allows.
package struct ModelAllowList: Hashable, Sendable {
    /// One list per layer that has one; none at all admits everything.
    package let lists: [[ModelPattern]]

    package init(lists: [[ModelPattern]] = []) { self.lists = lists }

    package func allows(_ model: String) -> Bool {
        lists.allSatisfy { list in list.contains { $0.matches(model) } }
    }

    package func narrowed(by other: ModelAllowList) -> ModelAllowList { ModelAllowList(lists: lists + other.lists) }
}
