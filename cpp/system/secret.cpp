#include "system/secret.hpp"

#include <sys/random.h>

#include <cerrno>
#include <stdexcept>

namespace zkc {

void random_bytes(void* out, std::size_t n) {
    auto* at = static_cast<unsigned char*>(out);
    while (n > 0) {
        const ssize_t got = getrandom(at, n, 0);
        if (got < 0) {
            if (errno == EINTR) continue;
            throw std::runtime_error("the operating system gave no randomness");
        }
        at += got;
        n -= static_cast<std::size_t>(got);
    }
}

}  // namespace zkc
