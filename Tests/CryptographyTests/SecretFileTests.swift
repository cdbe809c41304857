import Cryptography
import Foundation
import Testing

@Suite struct SecretFileTests {
    @Test func aFileIsWrittenWholeWithItsModeAndReadBack() throws {
        try inDirectory { directory in
            let arena = try arena()
            let path = directory + "/secret"
            let secret = try arena.store(SecureRandom.bytes(100))
            try SecretFile.create(path, holding: secret)
            let attributes = try FileManager.default.attributesOfItem(atPath: path)
            #expect(attributes[.posixPermissions] as? Int == 0o400)
            #expect(try FileManager.default.contentsOfDirectory(atPath: directory) == ["secret"])
            #expect(try SecretFile.read(path, in: arena).isEqual(to: secret))
        }
    }

    @Test func anExistingFileIsNotOverwritten() throws {
        try inDirectory { directory in
            let arena = try arena()
            let path = directory + "/secret"
            let first = try arena.store([1])
            try SecretFile.create(path, holding: first)
            #expect(throws: SecretFileError.alreadyExists(path: path)) {
                try SecretFile.create(path, holding: arena.store([2]))
            }
            #expect(try SecretFile.read(path, in: arena).isEqual(to: first))
            #expect(try FileManager.default.contentsOfDirectory(atPath: directory) == ["secret"])
        }
    }

    @Test(arguments: [0o440, 0o600, 0o404, 0o500, 0o4400, 0o777])
    func permissionsBeyondThoseAllowedAreRefused(mode: Int) throws {
        try inDirectory { directory in
            let arena = try arena()
            let path = directory + "/secret"
            try SecretFile.create(path, holding: arena.store([1]))
            try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
            let expected = SecretFileError.wrongMode(path: path, mode: UInt32(mode), allowed: 0o400)
            #expect(throws: expected) { try SecretFile.read(path, in: arena) }
            #expect(expected.sentence.contains("chmod 0400 \(path)"))
        }
    }

    @Test(.enabled(if: geteuid() == 0, "only root can give a file away"))
    func aFileOfAnotherUserIsRefused() throws {
        try inDirectory { directory in
            let arena = try arena()
            let path = directory + "/secret"
            try SecretFile.create(path, holding: arena.store([1]))
            let given = unsafe chown(path, 65_534, 65_534)
            #expect(given == 0)
            #expect(throws: SecretFileError.wrongOwner(path: path, owner: 65_534)) {
                try SecretFile.read(path, in: arena)
            }
        }
    }

    @Test func whatIsNoFileOrHasNoFittingSizeIsRefused() throws {
        try inDirectory { directory in
            let arena = try arena()
            #expect(throws: SecretFileError.missing(path: directory + "/none")) {
                try SecretFile.read(directory + "/none", in: arena)
            }
            #expect(throws: SecretFileError.notAFile(path: directory)) { try SecretFile.read(directory, in: arena) }
            let pipe = directory + "/pipe"
            let made = unsafe mkfifo(pipe, 0o400)
            #expect(made == 0)
            #expect(throws: SecretFileError.notAFile(path: pipe)) { try SecretFile.read(pipe, in: arena) }
            let empty = directory + "/empty"
            try SecretFile.create(empty, holding: arena.store([UInt8]()))
            #expect(throws: SecretFileError.wrongSize(path: empty)) { try SecretFile.read(empty, in: arena) }
            let large = directory + "/large"
            let content = try arena.store([UInt8](repeating: 0, count: SecretFile.maximumCount + 1))
            try SecretFile.create(large, holding: content)
            #expect(throws: SecretFileError.wrongSize(path: large)) { try SecretFile.read(large, in: arena) }
        }
    }
}

private func inDirectory(_ body: (String) throws -> Void) throws {
    let directory = NSTemporaryDirectory() + "keyreeve-" + Hexadecimal.encode(SecureRandom.bytes(8))
    try FileManager.default.createDirectory(
        atPath: directory,
        withIntermediateDirectories: true,
        attributes: [.posixPermissions: 0o700]
    )
    defer { try? FileManager.default.removeItem(atPath: directory) }
    try body(directory)
}
