import ControlAPI
import FoundationEssentials
import Model

/// What `config sync --enforced --out FILE` writes and `config install FILE` reads.
///
/// The bundle and its freshness are signed; the profile is the person's own choice among those in the bundle.
struct InstallFile: Codable, Hashable, Sendable {
    static let largest = 4 << 20

    var configuration: ConfigurationAnswer
    var profile: ProfileName?

    init(configuration: ConfigurationAnswer, profile: ProfileName?) {
        self.configuration = configuration
        self.profile = profile
    }

    init(bytes: [UInt8]) throws(CommandFailure) {
        guard let file = try? JSONDecoder().decode(InstallFile.self, from: Data(bytes)) else {
            throw CommandFailure("This is no file of `keyreeve config sync --enforced --out FILE`; fetch it again.")
        }
        self = file
    }

    func bytes() throws -> [UInt8] { Array(try JSONEncoder().encode(self)) }
}
