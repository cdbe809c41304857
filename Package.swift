// swift-tools-version: 6.3
import PackageDescription

// Every target compiles under the same strict settings; a warning is an error.
let strict: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    .enableUpcomingFeature("InferIsolatedConformances"),
    .enableUpcomingFeature("ImmutableWeakCaptures"),
    .strictMemorySafety(),
    .treatAllWarnings(as: .error),
]

// `KEYREEVE_WITHOUT_LIBSECRET=1 swift build` leaves the Secret Service out, for machines without libsecret.
let withLibSecret = Context.environment["KEYREEVE_WITHOUT_LIBSECRET"] == nil

// `KEYREEVE_TESTS=PolicyTests,AuditTests swift test` builds only those test targets, for a quick inner loop.
let chosenTests = Context.environment["KEYREEVE_TESTS"].map { Set($0.split(separator: ",").map(String.init)) }

let nioCore = Target.Dependency.product(name: "NIOCore", package: "swift-nio")
let nioHTTP1 = Target.Dependency.product(name: "NIOHTTP1", package: "swift-nio")
let nioPosix = Target.Dependency.product(name: "NIOPosix", package: "swift-nio")
let nioTLS = Target.Dependency.product(name: "NIOSSL", package: "swift-nio-ssl")
let nioTLSEvents = Target.Dependency.product(name: "NIOTLS", package: "swift-nio")
let nioHTTP2 = Target.Dependency.product(name: "NIOHTTP2", package: "swift-nio-http2")
let nioHPACK = Target.Dependency.product(name: "NIOHPACK", package: "swift-nio-http2")
let nioEmbedded = Target.Dependency.product(name: "NIOEmbedded", package: "swift-nio")
let httpTypes = Target.Dependency.product(name: "HTTPTypes", package: "swift-http-types")
let hummingbird = Target.Dependency.product(name: "Hummingbird", package: "hummingbird")
let asyncHTTPClient = Target.Dependency.product(name: "AsyncHTTPClient", package: "async-http-client")
let argumentParser = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")
let configuration = Target.Dependency.product(name: "Configuration", package: "swift-configuration")
let jwtKit = Target.Dependency.product(name: "JWTKit", package: "jwt-kit")
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let serviceLifecycle = Target.Dependency.product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
let unixSignals = Target.Dependency.product(name: "UnixSignals", package: "swift-service-lifecycle")
let subprocess = Target.Dependency.product(name: "Subprocess", package: "swift-subprocess")
let toml = Target.Dependency.product(name: "TOMLKit", package: "TOMLKit")

func module(_ name: String, _ dependencies: [Target.Dependency] = [], settings: [SwiftSetting] = []) -> Target {
    .target(name: name, dependencies: dependencies, swiftSettings: strict + settings)
}

// The order below is the module map: a target uses only targets above it.
var targets: [Target] = [
    // C
    .systemLibrary(name: "COpenSSL", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),
    .systemLibrary(name: "CLibPQ", pkgConfig: "libpq", providers: [.apt(["libpq-dev"])]),

    // Platform
    module("Cryptography", ["COpenSSL"]),
    module(
        "Keyring",
        ["Cryptography"] + (withLibSecret ? ["CLibSecret"] : []),
        settings: withLibSecret ? [.define("KEYREEVE_LIBSECRET")] : []
    ),
    module("Postgres", ["CLibPQ"]),

    // Domain
    module("Model"),
    module("Audit", ["Model", "Cryptography"]),
    module("Credentials", ["Model", "Cryptography"]),
    module("Policy", ["Model", "Cryptography"]),
    module("PolicyDocuments", ["Policy", "Model", "Cryptography", toml]),
    module("WireFormats", ["Model"]),
    module("Signing", ["Model", "Cryptography"]),

    // Adapters
    module("Identity", ["Model", "Cryptography", "Policy", "Credentials", jwtKit]),
    module(
        "Store",
        [
            "Model", "Cryptography", "Policy", "Audit", "Credentials", "Postgres", logging,
            serviceLifecycle,
        ]
    ),

    // Services
    module(
        "Relay",
        [
            "Model", "Cryptography", "Policy", "Audit", "Credentials", "Signing", "WireFormats",
            "Identity", nioCore, nioHPACK, nioHTTP2, nioPosix, nioTLS, nioTLSEvents, logging, serviceLifecycle,
        ]
    ),
    module("ControlAPI", ["Model"]),
    module(
        "ControlPlane",
        [
            "ControlAPI", "Model", "Cryptography", "Policy", "PolicyDocuments", "Audit", "Credentials", "Identity",
            "Store", asyncHTTPClient, hummingbird, httpTypes, logging, nioCore, nioHTTP1,
            serviceLifecycle,
        ]
    ),
    module("ControlClient", ["ControlAPI", "Model", asyncHTTPClient, nioCore, nioHTTP1, nioPosix]),
    module(
        "Commands",
        [
            "ControlAPI", "ControlClient", "Cryptography", "Keyring", "Model", "PolicyDocuments", argumentParser,
            subprocess,
        ]
    ),
    module(
        "Development",
        [
            "Model", "Cryptography", "Postgres", asyncHTTPClient, hummingbird, httpTypes, jwtKit, logging, nioCore,
            nioPosix, serviceLifecycle, subprocess,
        ]
    ),

    // Executables
    .executableTarget(
        name: "keyreeved",
        dependencies: [
            "Audit", "ControlAPI", "ControlPlane", "Credentials", "Cryptography", "Development", "Identity",
            "Keyring", "Model", "Policy", "PolicyDocuments", "Postgres", "Relay", "Store", argumentParser,
            asyncHTTPClient, nioCore, nioHTTP1, nioPosix, unixSignals, configuration, logging, serviceLifecycle,
        ],
        swiftSettings: strict
    ),
    .executableTarget(name: "keyreeve", dependencies: ["Commands", argumentParser], swiftSettings: strict),

    // Tests
    .target(
        name: "KeyreeveTesting",
        dependencies: ["Cryptography", "Development", "Model", "Postgres", "Store"],
        swiftSettings: strict
    ),
]

if withLibSecret {
    targets.insert(
        .systemLibrary(name: "CLibSecret", pkgConfig: "libsecret-1", providers: [.apt(["libsecret-1-dev"])]),
        at: 2
    )
}

let tests: [(String, [Target.Dependency])] = [
    ("CryptographyTests", ["Cryptography"]),
    ("KeyringTests", ["Keyring", "Cryptography"]),
    ("PostgresTests", ["Postgres", "Development"]),
    ("ModelTests", ["Model"]),
    ("AuditTests", ["Audit", "Model", "Cryptography"]),
    ("CredentialsTests", ["Credentials", "Cryptography", "Model"]),
    ("PolicyTests", ["Policy", "Model", "Cryptography"]),
    ("PolicyDocumentsTests", ["PolicyDocuments", "Policy", "Model", "Cryptography"]),
    ("WireFormatsTests", ["WireFormats"]),
    ("SigningTests", ["Signing", "Model", "Cryptography"]),
    ("IdentityTests", ["Identity", "Cryptography", "Policy", "Model", jwtKit]),
    (
        "RelayTests",
        [
            "Relay", "Audit", "Credentials", "Cryptography", "Identity", "Model", "Policy", "PolicyDocuments",
            "WireFormats", "Signing", nioCore, nioHPACK, nioHTTP2, nioPosix, nioEmbedded, nioTLS, nioTLSEvents, logging,
            subprocess,
        ]
    ),
    (
        "ControlPlaneTests",
        [
            "ControlPlane", "ControlAPI", "Audit", "Credentials", "Cryptography", "Identity", "Model", "Policy",
            "PolicyDocuments", "Postgres", "Store", asyncHTTPClient, logging, nioCore, nioHTTP1, serviceLifecycle,
        ]
    ),
    (
        "CommandsTests",
        ["Commands", "ControlAPI", "ControlClient", "Cryptography", "Model", "PolicyDocuments", argumentParser]
    ),
    (
        "KeyreevedTests",
        ["keyreeved", "Credentials", "Cryptography", "Policy", "PolicyDocuments", "Relay"]
    ),
    (
        "IntegrationTests",
        [
            "Audit", "ControlAPI", "ControlPlane", "Credentials", "Cryptography", "Development", "Identity",
            "KeyreeveTesting", "Model", "Policy", "PolicyDocuments", "Postgres", "Relay", "Store", logging,
        ]
    ),
]
for (name, dependencies) in tests where chosenTests?.contains(name) ?? true {
    let golden = name == "PolicyDocumentsTests" ? ["Golden"] : []
    targets.append(
        .testTarget(name: name, dependencies: dependencies, exclude: golden, swiftSettings: strict)
    )
}

let package = Package(
    name: "keyreeve",
    products: [
        .executable(name: "keyreeved", targets: ["keyreeved"]),
        .executable(name: "keyreeve", targets: ["keyreeve"]),
    ],
    // Pinned exactly; deploy/dependencies.lock names what these resolve to, and deploy/test compares.
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2"),
        .package(url: "https://github.com/apple/swift-configuration", exact: "1.4.0", traits: []),
        .package(url: "https://github.com/apple/swift-http-types", exact: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log", exact: "1.16.2"),
        .package(url: "https://github.com/apple/swift-nio", exact: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-http2", exact: "1.46.0"),
        .package(url: "https://github.com/apple/swift-nio-ssl", exact: "2.37.6"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", exact: "2.28.1"),
        .package(url: "https://github.com/LebJe/TOMLKit", exact: "0.6.0"),
        .package(url: "https://github.com/swift-server/async-http-client", exact: "1.37.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", exact: "2.13.0"),
        .package(url: "https://github.com/swiftlang/swift-subprocess", exact: "1.0.2"),
        .package(url: "https://github.com/vapor/jwt-kit", exact: "5.7.1"),
    ],
    targets: targets
)
