/// One finding about a policy document.
package struct DocumentDiagnostic: Codable, Hashable, Sendable {
    /// `error` refuses the apply; `warning` is shown.
    package var severity: String
    /// Path relative to the organization's folder.
    package var file: String
    package var line: Int?
    package var column: Int?
    package var key: String?
    package var message: String
    /// What to write instead.
    package var fix: String?

    package init(
        severity: String,
        file: String,
        line: Int?,
        column: Int?,
        key: String?,
        message: String,
        fix: String?
    ) {
        self.severity = severity
        self.file = file
        self.line = line
        self.column = column
        self.key = key
        self.message = message
        self.fix = fix
    }
}

/// The body of `POST /v1/policy/plan` and `POST /v1/policy/apply`: every document of the organization at once.
package struct PolicyRequest: Codable, Hashable, Sendable {
    /// Path relative to the organization's folder → TOML text: `profiles/staging.toml`.
    package var files: [String: String]
    /// The revision that the change was planned on, 0 before the first; required for apply, which answers 409 when
    /// another one was applied since.
    package var baseVersion: Int64?

    package enum CodingKeys: String, CodingKey {
        case files
        case baseVersion = "base_version"
    }

    package init(files: [String: String], baseVersion: Int64?) {
        self.files = files
        self.baseVersion = baseVersion
    }
}

/// What an apply would do. Invalid documents answer a 422 problem with every diagnostic instead.
package struct PolicyPlan: Codable, Hashable, Sendable {
    package struct Change: Codable, Hashable, Sendable {
        /// `added`, `changed` or `removed`.
        package var action: String
        package var file: String
        /// Unified-diff lines, `+`, `-` or a space first; without a file header.
        package var lines: [String]

        package init(action: String, file: String, lines: [String]) {
            self.action = action
            self.file = file
            self.lines = lines
        }
    }

    package var baseVersion: Int64
    /// Lower-case hex SHA-256 of the documents.
    package var digest: String
    package var changes: [Change]
    /// Members and service accounts whose effective configuration may change.
    package var affected: Int
    package var warnings: [DocumentDiagnostic]

    package enum CodingKeys: String, CodingKey {
        case baseVersion = "base_version"
        case digest
        case changes
        case affected
        case warnings
    }

    package init(
        baseVersion: Int64,
        digest: String,
        changes: [Change],
        affected: Int,
        warnings: [DocumentDiagnostic]
    ) {
        self.baseVersion = baseVersion
        self.digest = digest
        self.changes = changes
        self.affected = affected
        self.warnings = warnings
    }
}

/// The revision made by an apply, and an entry of `GET /v1/policy/history` (newest first).
package struct PolicyRevision: Codable, Hashable, Sendable {
    package var revision: Int64
    package var digest: String
    /// The stable id of the author.
    package var author: String
    /// Whole seconds since 1970.
    package var appliedAt: Int64

    package enum CodingKeys: String, CodingKey {
        case revision
        case digest
        case author
        case appliedAt = "applied_at"
    }

    package init(revision: Int64, digest: String, author: String, appliedAt: Int64) {
        self.revision = revision
        self.digest = digest
        self.author = author
        self.appliedAt = appliedAt
    }
}

package struct PolicyHistory: Codable, Hashable, Sendable {
    package var revisions: [PolicyRevision]

    package init(revisions: [PolicyRevision]) { self.revisions = revisions }
}
