// Randomness from the operating system, and memory that is erased before it is given back.
#pragma once

#include <cstddef>
#include <cstring>
#include <vector>

namespace zkc {

/// Overwrites memory; the compiler may not remove this.
inline void wipe(void* data, std::size_t bytes) {
    std::memset(data, 0, bytes);
    __asm__ __volatile__("" : : "r"(data) : "memory");
}

/// Allocator that wipes every block before it releases it, also when a vector grows.
template <class T>
struct WipingAllocator {
    using value_type = T;
    using Plain = typename std::vector<T>::allocator_type;
    WipingAllocator() = default;
    template <class U>
    WipingAllocator(const WipingAllocator<U>&) {}
    T* allocate(std::size_t n) { return Plain{}.allocate(n); }
    void deallocate(T* data, std::size_t n) {
        wipe(data, n * sizeof(T));
        Plain{}.deallocate(data, n);
    }
    template <class U>
    bool operator==(const WipingAllocator<U>&) const {
        return true;
    }
};

/// For witnesses, blinding and everything computed from them.
template <class T>
using SecretVector = std::vector<T, WipingAllocator<T>>;

/// A plain value that is wiped when it goes out of scope.
template <class T>
struct Secret {
    T value{};
    Secret() = default;
    explicit Secret(const T& v) : value(v) {}
    Secret(const Secret&) = delete;
    Secret& operator=(const Secret&) = delete;
    ~Secret() { wipe(&value, sizeof value); }
};

/// Fills a buffer from getrandom(2), or getentropy(2) on macOS. Throws std::runtime_error.
void random_bytes(void* out, std::size_t n);

}  // namespace zkc
