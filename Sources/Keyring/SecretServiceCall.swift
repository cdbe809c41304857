#if KEYREEVE_LIBSECRET
import CLibSecret
import Cryptography

/// One conversation with the Secret Service under one cancellation.
@safe struct SecretServiceCall: ~Copyable {
    private let cancellation: Cancellation
    private let service: UnsafeMutablePointer<SecretService>

    init(_ cancellation: Cancellation) throws(GLibFailure) {
        try Self.surviveTheBus(cancellation)
        var error: UnsafeMutablePointer<GError>?
        let made = unsafe secret_service_get_sync(SECRET_SERVICE_OPEN_SESSION, cancellation.pointer, &error)
        guard let service = unsafe made else { throw unsafe GLibFailure(consuming: error) }
        self.cancellation = cancellation
        unsafe self.service = unsafe service
    }

    deinit {
        unsafe g_object_unref(service)
    }

    /// By default GLib ends the whole process, by SIGTERM, when the session bus goes away.
    private static func surviveTheBus(_ cancellation: Cancellation) throws(GLibFailure) {
        // Nobody runs GLib's main loop here. What waits in it, such as the news that the bus is gone, would keep the dead
        // connection alive, and GLib would go on handing it out.
        for _ in 0..<100 where g_main_context_iteration(nil, 0) == 0 { break }
        var error: UnsafeMutablePointer<GError>?
        guard let bus = unsafe g_bus_get_sync(G_BUS_TYPE_SESSION, cancellation.pointer, &error) else {
            throw unsafe GLibFailure(consuming: error)
        }
        unsafe g_dbus_connection_set_exit_on_close(bus, 0)
        unsafe g_object_unref(UnsafeMutableRawPointer(bus))
    }

    /// Nil where there is no default collection.
    func isDefaultCollectionLocked() throws(GLibFailure) -> Bool? {
        guard let collection = try unsafe defaultCollection() else { return nil }
        defer { unsafe g_object_unref(collection) }
        return unsafe secret_collection_get_locked(collection) != 0
    }

    /// The caller gives the reference back.
    @unsafe private func defaultCollection() throws(GLibFailure) -> UnsafeMutablePointer<SecretCollection>? {
        var error: UnsafeMutablePointer<GError>?
        let collection = unsafe secret_collection_for_alias_sync(
            service,
            "default",
            SECRET_COLLECTION_NONE,
            cancellation.pointer,
            &error
        )
        if unsafe error != nil { throw unsafe GLibFailure(consuming: error) }
        return unsafe collection
    }

    /// What a search found: the list, which the caller frees with its items, and those items whose attributes are
    /// exactly the ones asked for; the Secret Service also finds items with more of them.
    @unsafe struct Found {
        let list: UnsafeMutablePointer<GList>?
        let matches: [UnsafeMutablePointer<SecretItem>]
    }

    @unsafe func search(_ item: KeyringItem, loadingSecrets: Bool) throws(GLibFailure) -> Found {
        let schema = Schema(item)
        let attributes = AttributeTable(item.attributes)
        var flags = SECRET_SEARCH_ALL.rawValue
        if loadingSecrets { flags |= SECRET_SEARCH_LOAD_SECRETS.rawValue }
        var error: UnsafeMutablePointer<GError>?
        let list = unsafe secret_service_search_sync(
            service,
            schema.pointer,
            attributes.pointer,
            SecretSearchFlags(rawValue: flags),
            cancellation.pointer,
            &error
        )
        if unsafe error != nil { throw unsafe GLibFailure(consuming: error) }
        var matches: [UnsafeMutablePointer<SecretItem>] = unsafe []
        var link = unsafe list
        while let current = unsafe link {
            if let data = unsafe current.pointee.data {
                let candidate = unsafe data.assumingMemoryBound(to: SecretItem.self)
                if unsafe Self.attributeCount(of: candidate) == item.attributes.count {
                    unsafe matches.append(candidate)
                }
            }
            unsafe link = unsafe current.pointee.next
        }
        return unsafe Found(list: list, matches: matches)
    }

    /// Without the schema's name, which is an attribute on the bus.
    private static func attributeCount(of item: UnsafeMutablePointer<SecretItem>) -> Int {
        guard let table = unsafe secret_item_get_attributes(item) else { return 0 }
        defer { unsafe g_hash_table_unref(table) }
        let hasSchema = unsafe g_hash_table_contains(table, "xdg:schema") != 0
        return Int(unsafe g_hash_table_size(table)) - (hasSchema ? 1 : 0)
    }

    /// Gives the first of `existing` the secret and deletes the others, which two who stored at once may leave; makes
    /// a new item where there is none. The daemon's own way to replace also takes items with more attributes.
    @unsafe func store(
        _ secret: Secret,
        as item: KeyringItem,
        replacing existing: [UnsafeMutablePointer<SecretItem>]
    ) throws(GLibFailure) {
        let value = unsafe secret.withBytes { span in
            unsafe span.withUnsafeBytes { bytes in
                unsafe secret_value_new(
                    bytes.baseAddress?.assumingMemoryBound(to: gchar.self),
                    gssize(bytes.count),
                    "application/octet-stream"
                )
            }
        }
        defer { unsafe secret_value_unref(UnsafeMutableRawPointer(value)) }
        guard let first = unsafe existing.first else {
            try unsafe create(item, holding: value)
            return
        }
        var error: UnsafeMutablePointer<GError>?
        guard unsafe secret_item_set_secret_sync(first, value, cancellation.pointer, &error) != 0 else {
            throw unsafe GLibFailure(consuming: error)
        }
        for index in unsafe existing.indices.dropFirst() { try unsafe delete(existing[index]) }
    }

    @unsafe private func create(_ item: KeyringItem, holding value: OpaquePointer?) throws(GLibFailure) {
        guard let collection = try unsafe defaultCollection() else {
            throw .failed("the keyring has no default collection")
        }
        defer { unsafe g_object_unref(collection) }
        let schema = Schema(item)
        let attributes = AttributeTable(item.attributes)
        var error: UnsafeMutablePointer<GError>?
        let made = unsafe secret_item_create_sync(
            collection,
            schema.pointer,
            attributes.pointer,
            item.label,
            value,
            SECRET_ITEM_CREATE_NONE,
            cancellation.pointer,
            &error
        )
        guard let made = unsafe made else { throw unsafe GLibFailure(consuming: error) }
        unsafe g_object_unref(made)
    }

    @unsafe func delete(_ item: UnsafeMutablePointer<SecretItem>) throws(GLibFailure) {
        var error: UnsafeMutablePointer<GError>?
        guard unsafe secret_item_delete_sync(item, cancellation.pointer, &error) != 0 else {
            throw unsafe GLibFailure(consuming: error)
        }
    }
}

/// A `GHashTable` of attribute names and values, which owns copies of both.
@safe struct AttributeTable: ~Copyable {
    let pointer: OpaquePointer?

    init(_ attributes: [String: String]) {
        let table = unsafe g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free)
        for (name, value) in attributes {
            unsafe g_hash_table_insert(table, g_strdup(name), g_strdup(value))
        }
        unsafe pointer = unsafe table
    }

    deinit {
        unsafe g_hash_table_unref(pointer)
    }
}

/// A `SecretSchema` in which every attribute is text.
@safe struct Schema: ~Copyable {
    let pointer: UnsafeMutablePointer<SecretSchema>?

    init(_ item: KeyringItem) {
        // Values are attribute types; that of text is 0, a null pointer.
        let types = unsafe g_hash_table_new_full(g_str_hash, g_str_equal, g_free, nil)
        for name in item.attributes.keys {
            unsafe g_hash_table_insert(types, g_strdup(name), nil)
        }
        unsafe pointer = unsafe secret_schema_newv(item.schema, SECRET_SCHEMA_NONE, types)
        unsafe g_hash_table_unref(types)
    }

    deinit {
        unsafe secret_schema_unref(pointer)
    }
}
#endif
