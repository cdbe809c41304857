import ControlAPI
import ControlClient
import Model

/// What is known about a server and must not change behind the person's back.
struct ServerRecord: Codable, Hashable, Sendable {
    var server: String
    var deployment: DeploymentID
    var relayURL: String
    /// Pinned at the first sign-in; bundles are believed under this key alone.
    var configurationKey: ConfigurationKey
}

/// The folder of one server.
struct ServerFolder: Sendable {
    let folder: Folder
    let address: ServerAddress

    func record() throws -> ServerRecord? { try folder.readJSON("server.json") }

    func save(_ record: ServerRecord) throws { try folder.writeJSON(record, to: "server.json", isDurable: true) }

    /// - Parameter organization: nil for a platform operator.
    func account(_ organization: OrganizationName?, making: Bool) throws -> AccountFolder? {
        let name = organization?.text ?? "@operator"
        return try folder.folder(name, makingWithMode: making ? 0o700 : nil)
            .map { AccountFolder(folder: $0, address: address, organization: organization) }
    }
}
