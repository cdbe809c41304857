import Credentials
import Cryptography
import Foundation
import Testing

@Suite struct RootKeyFileTests {
    @Test func aKeyIsCreatedOnceAndLoaded() throws {
        try inDirectory { directory in
            let arena = try testArena()
            let path = directory + "/root.key"
            let key = try RootKeyFile.create(at: path, in: arena)
            #expect(key.count == 32)
            #expect(try RootKeyFile.load(at: path, in: arena).isEqual(to: key))
            let text = try String(contentsOfFile: path, encoding: .utf8)
            #expect(text.utf8.count == 45)
            #expect(Data(base64Encoded: String(text.dropLast())).map(Array.init) == key.copyOfBytes())
            #expect(throws: RootKeyError.file(.alreadyExists(path: path))) {
                try RootKeyFile.create(at: path, in: arena)
            }
            #expect(try RootKeyFile.load(at: path, in: arena).isEqual(to: key))
        }
    }

    @Test(arguments: [0o600, 0o440, 0o444])
    func aFileThatOthersCouldChangeOrReadIsRefused(mode: Int) throws {
        try inDirectory { directory in
            let arena = try testArena()
            let path = directory + "/root.key"
            _ = try RootKeyFile.create(at: path, in: arena)
            try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
            let expected = RootKeyError.file(.wrongMode(path: path, mode: UInt32(mode), allowed: 0o400))
            #expect(throws: expected) { try RootKeyFile.load(at: path, in: arena) }
        }
    }

    @Test func aMissingFileSaysSo() throws {
        let arena = try testArena()
        let error = #expect(throws: RootKeyError.self) { try RootKeyFile.load(at: "/nowhere/root.key", in: arena) }
        #expect(error?.sentence == "The root key cannot be used: /nowhere/root.key does not exist.")
    }

    @Test(arguments: [
        "", "\n", "AAAA", String(repeating: "A", count: 44), String(repeating: "A", count: 43),
        // Spare bits, the other alphabet, spaces, two newlines.
        String(repeating: "A", count: 42) + "B=", String(repeating: "_", count: 42) + "8=",
        " " + String(repeating: "A", count: 43) + "=", String(repeating: "A", count: 43) + "=\n\n",
    ])
    func anythingElseIsNoKey(text: String) throws {
        try inDirectory { directory in
            let arena = try testArena()
            let path = directory + "/root.key"
            try SecretFile.create(path, holding: arena.store(Array(text.utf8)))
            #expect(throws: text.isEmpty ? RootKeyError.file(.wrongSize(path: path)) : .notAKey(path: path)) {
                try RootKeyFile.load(at: path, in: arena)
            }
        }
    }

    @Test func theRecoveryFormRestoresTheKey() throws {
        try inDirectory { directory in
            let arena = try testArena()
            let key = try RootKeyFile.create(at: directory + "/root.key", in: arena)
            let form = try RootKeyFile.recoveryForm(of: key, in: arena)
            let restored = try RootKeyFile.restore(at: directory + "/again.key", fromRecoveryForm: form, in: arena)
            #expect(restored.isEqual(to: key))
            #expect(try RootKeyFile.load(at: directory + "/again.key", in: arena).isEqual(to: key))
        }
    }

    @Test func theRecoveryFormIsTwelveGroupsOfFive() throws {
        let arena = try testArena()
        let zero = try arena.store([UInt8](repeating: 0, count: 32))
        let form = try RootKeyFile.recoveryForm(of: zero, in: arena).copyOfBytes()
        let groups = form.split(separator: UInt8(ascii: "-"))
        #expect(groups.count == 12)
        #expect(groups.allSatisfy { $0.count == 5 })
        #expect(groups.prefix(10).allSatisfy { $0.elementsEqual("00000".utf8) })
    }

    @Test func whatPeopleTypeIsForgivenAndWhatTheyMistypeIsNot() throws {
        let arena = try testArena()
        let key = try SecureRandom.secret(32, in: arena)
        let form = try RootKeyFile.recoveryForm(of: key, in: arena).copyOfBytes()
        let text = String(decoding: form, as: UTF8.self)
        let forgiven = [
            text, text.lowercased(), text.filter { $0 != "-" }, text.replacing("-", with: " ") + "\n",
            text.replacing("0", with: "O").replacing("1", with: "l"),
        ]
        for typed in forgiven {
            #expect(try recovered(typed, in: arena).isEqual(to: key))
        }
        for index in form.indices where form[index] != UInt8(ascii: "-") {
            var mistyped = form
            mistyped[index] = mistyped[index] == UInt8(ascii: "7") ? UInt8(ascii: "8") : UInt8(ascii: "7")
            #expect(throws: RootKeyError.badRecoveryForm) {
                try recovered(String(decoding: mistyped, as: UTF8.self), in: arena)
            }
            #expect(throws: RootKeyError.badRecoveryForm) { try recovered(String(text.prefix(index)), in: arena) }
        }
        for typed in ["", "U" + text.dropFirst(), text + "0", text + "!", text + text] {
            #expect(throws: RootKeyError.badRecoveryForm) { try recovered(typed, in: arena) }
        }
    }

    private func recovered(_ text: String, in arena: SecretArena) throws -> Secret {
        var restored: Secret?
        try inDirectory { directory in
            restored = try RootKeyFile.restore(
                at: directory + "/root.key",
                fromRecoveryForm: arena.store(Array(text.utf8)),
                in: arena
            )
        }
        return try #require(restored)
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
