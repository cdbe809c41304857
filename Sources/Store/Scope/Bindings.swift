package import Model
import Postgres

// Ids and names travel as their canonical text.

extension OrganizationID: PostgresValue {}
extension UserID: PostgresValue {}
extension ServiceAccountID: PostgresValue {}
extension SessionID: PostgresValue {}
extension APITokenID: PostgresValue {}
extension DataKeyID: PostgresValue {}
extension DeploymentID: PostgresValue {}

extension OrganizationName: PostgresValue {}
extension ProfileName: PostgresValue {}
extension GroupName: PostgresValue {}
extension CredentialName: PostgresValue {}
extension ServiceAccountName: PostgresValue {}
extension ProviderID: PostgresValue {}

extension Role: PostgresValue {}
extension EpochKind: PostgresValue {}
