// What the AVX-512 IFMA unit offers to the rest of the kernel: plain pointers and numbers only, so
// that nothing compiled with the unit's flags can be shared with (and picked for) other processors.
//
// Packed points: coordinates times 2^260 mod q as four 64-bit limbs each, x then y (F_q2: c0, c1),
// 64 bytes in G1, 128 in G2; any representative below 2.2 q; infinity is all zero.
#pragma once

#include <cstddef>
#include <cstdint>

namespace zkc::ifma {

/// out = a + b. a and b name packed points: below `table_size` in the table, above it in the pool;
/// kNegated asks for the opposite point. out names a pool point.
struct AddJob {
    std::uint32_t a, b, out;
};

inline constexpr std::uint32_t kNegated = 0x80000000u;
/// Jobs come in multiples of this number.
inline constexpr std::size_t kJobBlock = 32;

struct AddRequest {
    const unsigned char* table;
    unsigned char* pool;  // point `table_size` is its first
    std::uint32_t table_size;
    const AddJob* jobs;  // no job reads what another one writes, except at its own place
    std::size_t n_jobs;  // a multiple of kJobBlock
    unsigned char* scratch;  // kScratchBytes, aligned to 64
    /// In: whether inputs may be infinity. Out: set when a sum came out as infinity.
    bool infinity;
    /// Replaces a coordinate (times 2^260, below 2^256) by its inverse; 0 -> 0.
    void (*invert)(std::uint64_t value[4]);
    /// The complete addition, for the cases the chord rule does not cover; true for infinity.
    bool (*complete)(const unsigned char* a, bool negate_a, const unsigned char* b, bool negate_b,
                     unsigned char* out);
};

inline constexpr std::size_t kScratchBytes = std::size_t{3} << 18;

/// Whether the unit was built and processor and system support it.
bool available();

void add_g1(AddRequest& request);
void add_g2(AddRequest& request);
/// out = 2 a; b must equal a.
void double_g1(AddRequest& request);
void double_g2(AddRequest& request);

}  // namespace zkc::ifma
