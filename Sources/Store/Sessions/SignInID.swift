import Model
import Postgres

package import struct FoundationEssentials.UUID

/// A sign-in under way, between the redirect to the issuer and the way back.
package struct SignInID: Identifier, PostgresValue {
    package let uuid: UUID
    package init(_ uuid: UUID) { self.uuid = uuid }
}
