#ifndef KEYREEVE_CLIBPQ_SHIM_H
#define KEYREEVE_CLIBPQ_SHIM_H
#include <libpq-fe.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>

// Two system calls that a session's thread needs and that Swift cannot call: one is not in the Glibc module, the other
// has a variable number of arguments.

static inline int keyreeve_eventfd(void) { return eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK); }

static inline void keyreeve_name_thread(const char *name) { prctl(PR_SET_NAME, (unsigned long)name, 0, 0, 0); }

#endif
