// Memory for vector instructions and for tables that are read at random.
#pragma once

#if defined(__linux__)
#include <sys/mman.h>
#endif

#include <new>
#include <utility>

#include "system/secret.hpp"

namespace zkc {

/// Memory aligned to cache lines. Memory for secrets is wiped before it is released.
class AlignedBytes {
   public:
    AlignedBytes() = default;
    AlignedBytes(std::size_t size, bool secret) : size_(size), secret_(secret) {
        if (size == 0) return;
        data_ = static_cast<unsigned char*>(::operator new(size, alignment()));
#ifdef MADV_HUGEPAGE
        // Tables are read at random. With small pages, translating addresses would cost more than
        // reading memory.
        if (size >= kHuge) madvise(data_, size / kHuge * kHuge, MADV_HUGEPAGE);
#endif
    }
    AlignedBytes(AlignedBytes&& other) noexcept { swap(other); }
    AlignedBytes& operator=(AlignedBytes&& other) noexcept {
        swap(other);
        return *this;
    }
    ~AlignedBytes() {
        if (data_ == nullptr) return;
        if (secret_) wipe(data_, size_);
        ::operator delete(data_, alignment());
    }

    unsigned char* data() { return data_; }
    const unsigned char* data() const { return data_; }
    std::size_t size() const { return size_; }

   private:
    static constexpr std::size_t kLine = 64, kHuge = std::size_t{1} << 21;

    std::align_val_t alignment() const { return std::align_val_t{size_ < kHuge ? kLine : kHuge}; }

    void swap(AlignedBytes& other) {
        std::swap(data_, other.data_);
        std::swap(size_, other.size_);
        std::swap(secret_, other.secret_);
    }

    unsigned char* data_ = nullptr;
    std::size_t size_ = 0;
    bool secret_ = false;
};

}  // namespace zkc
