package import FoundationEssentials
package import Model
import Postgres

/// This installation: the one row of `deployments`.
package struct Deployment: Hashable, Sendable {
    package enum Mode: String, Sendable, PostgresValue {
        case production
        /// Made by `keyreeved dev`; `serve` refuses it.
        case development
    }

    package let id: DeploymentID
    package let mode: Mode
    package let createdAt: Date
}
