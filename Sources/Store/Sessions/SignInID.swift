package import struct FoundationEssentials.UUID
import Model
import Postgres

/// A sign-in under way, between the redirect to the issuer and the way back.
package struct SignInID: Identifier, PostgresValue {
    package let uuid: UUID
    package init(_ uuid: UUID) { self.uuid = uuid }
}
