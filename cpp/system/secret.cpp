#include "system/secret.hpp"

#include <sys/random.h>

#include <algorithm>
#include <cerrno>
#include <stdexcept>

namespace zkc {

namespace {

/// Fills a part of a buffer and returns its length, or -1.
ssize_t some_random_bytes(void* out, std::size_t n) {
#ifdef __APPLE__
    const std::size_t part = std::min<std::size_t>(n, 256);  // the most that one call gives
    return getentropy(out, part) == 0 ? static_cast<ssize_t>(part) : -1;
#else
    return getrandom(out, n, 0);
#endif
}

}  // namespace

void random_bytes(void* out, std::size_t n) {
    auto* at = static_cast<unsigned char*>(out);
    while (n > 0) {
        const ssize_t got = some_random_bytes(at, n);
        if (got < 0) {
            if (errno == EINTR) continue;
            throw std::runtime_error("the operating system gave no randomness");
        }
        at += got;
        n -= static_cast<std::size_t>(got);
    }
}

}  // namespace zkc
