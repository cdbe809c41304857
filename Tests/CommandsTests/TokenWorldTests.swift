import Testing

@testable import Commands

/// Many processes, one session, one server, in one thread: every interleaving is a matter of the random numbers.
private struct World {
    private struct Process {
        var machine: TokenMachine
        var action: TokenMachine.Action
        var isAlive = true
    }

    enum Death {
        /// Before its next step does anything.
        case before
        /// After the step took effect elsewhere, before the process learned of it.
        case after
    }

    var server = SessionServer()
    var now: Int64
    private(set) var stored: SessionRecord
    private var lockHolder: Int?
    private var processes: [Process] = []
    private(set) var answers: [String] = []
    private(set) var failures: [String] = []
    private(set) var steps = 0

    init(now: Int64 = 1_000_000) {
        self.now = now
        stored = server.signIn(at: now)
    }

    var running: [Int] { processes.indices.filter { processes[$0].isAlive } }

    @discardableResult mutating func start(_ goal: TokenMachine.Goal) -> Int {
        var machine = TokenMachine(goal: goal)
        let action = machine.handle(.begun, now: now)
        processes.append(Process(machine: machine, action: action))
        return processes.count - 1
    }

    /// One step of one process. A process that waits for the lock may make none.
    mutating func step(_ index: Int, dying death: Death? = nil) {
        steps += 1
        if death == .before { return die(index) }
        guard let event = perform(processes[index].action, index) else { return }
        if death == .after { return die(index) }
        processes[index].action = processes[index].machine.handle(event, now: now)
        switch processes[index].action {
        case .answer(let token):
            answers.append(token)
            die(index)
        case .fail(let sentence, _):
            failures.append(sentence)
            die(index)
        default: break
        }
    }

    mutating func runToEnd(_ index: Int) {
        while processes[index].isAlive { step(index) }
    }

    /// The kernel gives a dead process's lock back.
    private mutating func die(_ index: Int) {
        processes[index].isAlive = false
        if lockHolder == index { lockHolder = nil }
    }

    private mutating func perform(_ action: TokenMachine.Action, _ index: Int) -> TokenMachine.Event? {
        switch action {
        case .load: return .loaded(stored, remembered: nil)
        case .lock:
            guard lockHolder == nil else { return nil }
            lockHolder = index
            return .locked
        case .refresh(let token):
            return server.refresh(token, at: now).map { .refreshed($0) }
                ?? .notRefreshed(.init(kind: .refused, sentence: "used twice"))
        case .save(let record):
            stored = record
            return .saved
        case .exchange(let assertion):
            return server.exchange(assertion, profile: "p", at: now).map { .exchanged($0) }
                ?? .notExchanged(.init(kind: .refused, sentence: "expired"))
        case .answer, .fail: return nil
        }
    }
}

@Suite struct TokenWorldTests {
    private static let goal = TokenMachine.Goal.relayToken(profile: "p")

    @Test(arguments: 0..<40) func fiftyInParallelRefreshOnceAndAllAnswer(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var world = World()
        world.now += world.server.assertionLife * 4 / 5
        for _ in 0..<50 { world.start(Self.goal) }
        while let index = world.running.randomElement(using: &random) { world.step(index) }
        #expect(world.answers.count == 50)
        #expect(Set(world.answers).count == 1)
        #expect(world.failures.isEmpty)
        #expect(world.server.rotations == 1)
        #expect(world.server.exchanges == 1)
    }

    @Test func killedAtAnyStepNobodyIsSignedOut() {
        var deaths = 0
        for step in 0..<8 {
            for death in [World.Death.before, .after] {
                var world = World()
                world.now += world.server.assertionLife * 4 / 5
                let victim = world.start(Self.goal)
                for _ in 0..<step where world.running.contains(victim) { world.step(victim) }
                guard world.running.contains(victim) else { continue }
                world.step(victim, dying: death)
                deaths += 1
                world.now += 30
                let next = world.start(Self.goal)
                world.runToEnd(next)
                #expect(world.failures.isEmpty, "killed \(death) step \(step)")
                #expect(world.answers.count == 1, "killed \(death) step \(step)")
                #expect(!world.server.isEnded)
                #expect(world.server.rotations == 1, "killed \(death) step \(step)")
            }
        }
        // Load, lock, load, refresh, save, exchange, save: each with two ways to die.
        #expect(deaths == 14)
    }

    @Test(arguments: 0..<40) func killingManyAtRandomSignsNobodyOut(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var world = World()
        world.now += world.server.assertionLife * 4 / 5
        for _ in 0..<50 { world.start(Self.goal) }
        while let index = world.running.randomElement(using: &random) {
            let isKilled = Int.random(in: 0..<12, using: &random) == 0
            world.step(index, dying: isKilled ? (Bool.random(using: &random) ? .before : .after) : nil)
        }
        world.runToEnd(world.start(Self.goal))
        #expect(world.failures.isEmpty)
        #expect(!world.server.isEnded)
        #expect(world.server.rotations == 1)
    }

    @Test func aLostAnswerIsForgivenForAMinuteAndNotForever() {
        for (wait, isForgiven) in [(Int64(60), true), (61, false)] {
            var world = World()
            world.now += world.server.assertionLife * 4 / 5
            let victim = world.start(Self.goal)
            for _ in 0..<3 { world.step(victim) }
            world.step(victim, dying: .after)
            world.now += wait
            world.runToEnd(world.start(Self.goal))
            #expect(world.server.isEnded == !isForgiven)
            #expect(world.answers.isEmpty == !isForgiven)
        }
    }

    @Test func aDayOfWorkSignsNobodyOut() {
        var world = World()
        for _ in 0..<(3 * 24 * 12) {
            world.now += 300
            world.runToEnd(world.start(Self.goal))
        }
        #expect(world.failures.isEmpty)
        #expect(world.answers.count == 3 * 24 * 12)
        // One renewal at three quarters of each assertion.
        #expect(world.server.rotations == 7 || world.server.rotations == 8)
    }
}

/// Repeatable random numbers (SplitMix64).
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var value = state
        value = (value ^ (value >> 30)) &* 0xbf58_476d_1ce4_e5b9
        value = (value ^ (value >> 27)) &* 0x94d0_49bb_1331_11eb
        return value ^ (value >> 31)
    }
}
