// Blocks of `new` that end (or begin) at an inaccessible page: a step too far stops the process.
//
// For tests, with LD_PRELOAD. ZKC_GUARD=end or start says which side of a block touches its page.
// Blocks come filled with ZKC_GUARD_FILL (a byte), so that reading what was never written shows as
// another result; the few bytes between a block's end and the page, which alignment may leave, hold
// a pattern that is checked when the block is given back. A program may also have a block refused,
// to see what follows.
#include <sys/mman.h>
#include <unistd.h>

#include <atomic>
#include <climits>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <new>

namespace {

constexpr unsigned char kSlack = 0x5c;

/// How many blocks are still given before one is refused.
std::atomic<long> blocks_left{LONG_MAX};

struct Header {
    std::size_t pages;  // of data
    unsigned char* slack;
    std::size_t slack_bytes;
};

std::size_t page() {
    static const auto size = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
    return size;
}
bool at_end() {
    static const char* side = std::getenv("ZKC_GUARD");
    return side == nullptr || std::strcmp(side, "start") != 0;
}
int fill() {
    static const char* byte = std::getenv("ZKC_GUARD_FILL");
    return byte == nullptr ? 0xa5 : std::atoi(byte);
}

/// Header page, inaccessible page, data, inaccessible page.
void* take(std::size_t size, std::size_t alignment) {
    if (blocks_left.fetch_sub(1) == 0) throw std::bad_alloc();
    // Callers ask for more than a cache line only to get large pages.
    if (alignment > 64) alignment = 64;
    const std::size_t room = size == 0 ? 1 : size;
    const std::size_t pages = (room + page() - 1) / page();
    void* mapped = mmap(nullptr, (pages + 3) * page(), PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (mapped == MAP_FAILED) throw std::bad_alloc();
    auto* start = static_cast<unsigned char*>(mapped);
    unsigned char* data = start + 2 * page();
    unsigned char* end = data + pages * page();
    if (mprotect(start + page(), page(), PROT_NONE) != 0 ||
        mprotect(end, page(), PROT_NONE) != 0) {
        munmap(mapped, (pages + 3) * page());
        throw std::bad_alloc();
    }
    const std::size_t rounded = (room + alignment - 1) / alignment * alignment;
    unsigned char* block = at_end() ? end - rounded : data;
    std::memset(block, fill(), size);
    auto* header = static_cast<Header*>(mapped);
    *header = {pages, block + size, rounded - size};
    std::memset(header->slack, kSlack, header->slack_bytes);
    return block;
}

void give_back(void* block) {
    if (block == nullptr) return;
    const auto address = reinterpret_cast<std::size_t>(block);
    auto* start = reinterpret_cast<unsigned char*>(address / page() * page() - 2 * page());
    const auto* header = reinterpret_cast<const Header*>(start);
    for (std::size_t i = 0; i < header->slack_bytes; ++i) {
        if (header->slack[i] != kSlack) {
            std::fputs("a write past the end of a block\n", stderr);
            std::abort();
        }
    }
    munmap(start, (header->pages + 3) * page());
}

std::size_t plain(std::align_val_t alignment) { return static_cast<std::size_t>(alignment); }
constexpr std::size_t kUsual = __STDCPP_DEFAULT_NEW_ALIGNMENT__;

}  // namespace

/// Refuses one block after `blocks` more. Returns how many blocks were left before the refusal that
/// was asked for last; negative if it has happened.
extern "C" long zkc_refuse_block_after(long blocks) { return blocks_left.exchange(blocks); }

void* operator new(std::size_t size) { return take(size, kUsual); }
void* operator new[](std::size_t size) { return take(size, kUsual); }
void* operator new(std::size_t size, std::align_val_t a) { return take(size, plain(a)); }
void* operator new[](std::size_t size, std::align_val_t a) { return take(size, plain(a)); }
void operator delete(void* p) noexcept { give_back(p); }
void operator delete[](void* p) noexcept { give_back(p); }
void operator delete(void* p, std::size_t) noexcept { give_back(p); }
void operator delete[](void* p, std::size_t) noexcept { give_back(p); }
void operator delete(void* p, std::align_val_t) noexcept { give_back(p); }
void operator delete[](void* p, std::align_val_t) noexcept { give_back(p); }
void operator delete(void* p, std::size_t, std::align_val_t) noexcept { give_back(p); }
void operator delete[](void* p, std::size_t, std::align_val_t) noexcept { give_back(p); }
