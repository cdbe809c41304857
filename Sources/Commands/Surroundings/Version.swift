/// What `keyreeve --version` says and servers see as our user agent.
package enum Version {
    package static let current = "0.1.0"
}
