import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1
import ServiceLifecycle

/// Prints the report once the server answers, then waits for the end.
struct Announcement: Service {
    let control: String
    let text: String

    func run() async throws {
        for _ in 0..<500 where !Task.isCancelled {
            if await isUp() {
                print(text)
                fflush(nil)
                break
            }
            try await Task.sleep(for: .milliseconds(20))
        }
        try? await gracefulShutdown()
    }

    private func isUp() async -> Bool {
        let request = HTTPClientRequest(url: control + "/healthz")
        let response = try? await HTTPClient.shared.execute(request, timeout: .seconds(1))
        return response?.status == .ok
    }
}
