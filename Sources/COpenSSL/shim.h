#ifndef KEYREEVE_COPENSSL_SHIM_H
#define KEYREEVE_COPENSSL_SHIM_H

// What Cryptography needs of OpenSSL 3, and the few calls that Swift cannot import: macros, variadics and
// parameter arrays whose entries point into each other's lifetimes.

#include <stddef.h>
#include <sys/mman.h>
#include <sys/prctl.h>

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/params.h>
#include <openssl/rand.h>

/// Sets the digest of an HMAC context to SHA-256. 1 on success.
static inline int keyreeve_mac_use_sha256(EVP_MAC_CTX *context)
{
    char name[] = "SHA256";
    OSSL_PARAM params[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, name, 0),
        OSSL_PARAM_construct_end(),
    };
    return EVP_MAC_CTX_set_params(context, params);
}

/// HKDF with SHA-256, extract and expand in one; an empty salt is RFC 5869's string of zeros. 1 on success.
static inline int keyreeve_hkdf(
    EVP_KDF_CTX *context,
    const void *key, size_t key_count,
    const void *salt, size_t salt_count,
    const void *info, size_t info_count,
    void *output, size_t output_count)
{
    char digest[] = "SHA256";
    OSSL_PARAM params[5];
    size_t used = 0;
    params[used++] = OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, digest, 0);
    // The construct functions take mutable pointers for both directions; these three are only read.
    params[used++] = OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_KEY, (void *)key, key_count);
    if (salt_count > 0)
        params[used++] = OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_SALT, (void *)salt, salt_count);
    if (info_count > 0)
        params[used++] = OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_INFO, (void *)info, info_count);
    params[used] = OSSL_PARAM_construct_end();
    return EVP_KDF_derive(context, (unsigned char *)output, output_count, params);
}

/// An anonymous private mapping, null where the kernel refuses (`MAP_FAILED` is a cast, which Swift does not import).
static inline void *keyreeve_map(size_t count, int protection)
{
    void *address = mmap(NULL, count, protection, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return address == MAP_FAILED ? NULL : address;
}

/// `prctl` is variadic. 0 on success.
static inline int keyreeve_set_dumpable(int dumpable)
{
    return prctl(PR_SET_DUMPABLE, (unsigned long)dumpable, 0UL, 0UL, 0UL);
}

static inline int keyreeve_get_dumpable(void)
{
    return prctl(PR_GET_DUMPABLE, 0UL, 0UL, 0UL, 0UL);
}

#endif
