#ifndef KEYREEVE_CLIBSECRET_SHIM_H
#define KEYREEVE_CLIBSECRET_SHIM_H

// libsecret's service API, which tells locked from missing; Keyring says why it uses no other.

#define SECRET_API_SUBJECT_TO_CHANGE 1
#include <libsecret/secret.h>

/// Error domains are macros.
static inline GQuark keyreeve_io_error_domain(void) { return G_IO_ERROR; }
static inline GQuark keyreeve_secret_error_domain(void) { return SECRET_ERROR; }

#endif
