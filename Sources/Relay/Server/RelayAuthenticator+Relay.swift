package import Identity

extension RelayAuthenticator: RelayAuthenticating {}
