// What a unit with vectors offers to the rest of the kernel. The interface is plain pointers and
// numbers, so that the linker cannot pick code compiled with a unit's flags for other processors.
//
// Packed points: coordinates times 2^260 mod q as four 64-bit limbs each, x then y (F_q2: c0, c1),
// 64 bytes in G1, 128 in G2; any representative below 2.2 q; infinity is all zero.
#pragma once

#include <cstddef>
#include <cstdint>

namespace zkc::lanes {

/// Eight additions out = a + b. a and b number packed points: those below `table_size` are in the
/// table, the others in the pool; kNegated asks for the opposite point. out numbers a point of the
/// pool.
struct AddBlock {
    alignas(32) std::uint32_t a[8], b[8], out[8];
};

inline constexpr std::uint32_t kNegated = 0x80000000u;
/// The number of blocks is a multiple of this.
inline constexpr std::size_t kBlocksAtOnce = 4;

struct AddRequest {
    const unsigned char* table;
    unsigned char* pool;  // point `table_size` is its first
    std::uint32_t table_size;
    const AddBlock* blocks;  // no addition reads what another one writes, except at its own place
    std::size_t n_blocks;    // a multiple of kBlocksAtOnce
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

using Adder = void (*)(AddRequest&);

/// Vectors over F_r: eight elements as five rows of eight limbs, 40 words aligned to 64 bytes, any
/// representative below 2.2 r. Element i is lane i % 8 of vector i / 8.
inline constexpr std::size_t kVectorWords = 40;

/// A sparse matrix in slices of eight rows; the rows of a slice advance together, term by term.
struct RowMatrix {
    std::size_t slices;
    const std::uint32_t* rows;          // 8 per slice; n_rows if a row is missing
    const std::uint32_t* starts;        // slices + 1: the first step of each
    const std::uint32_t* wires;         // 8 per step
    const std::uint32_t* coefficients;  // 8 per step: which constant
    const unsigned char* constants;     // times 2^260 mod r, 32 bytes each; the first one is zero
    std::size_t n_rows;
};

/// Constants of the transforms of one size, times 2^260 mod r.
struct TransformTables {
    std::size_t log_size;  // at least kMinLogTransform
    /// [inverse][level]: w^(j 2^level) for j below n / 2^(level + 1), as vectors.
    const std::uint64_t* outer[2][3];
    /// [inverse]: v^j, v = w^8, for j below n / 16, five words each.
    const std::uint64_t* inner[2];
    /// Position i: g^rev(i) / n, g^2 = w; as vectors whose lane k holds position k n/8 + vector.
    const std::uint64_t* shift;
};

inline constexpr std::size_t kMinLogTransform = 7;

/// The functions of one unit.
struct Unit {
    Adder add_g1, add_g2;
    /// out = 2 a; b must equal a.
    Adder double_g1, double_g2;

    /// out = matrix times the witness, as plain integers mod r. The witness has canonical 32-byte
    /// elements; out holds vectors, which must be zero before.
    void (*multiply_rows)(const RowMatrix& matrix, const unsigned char* witness,
                          std::uint64_t* out);
    /// From values on the n-th roots of unity to those on the odd 2n-th roots; work is as large.
    void (*to_odd_coset)(const TransformTables& tables, std::uint64_t* values,
                         std::uint64_t* work);
    /// out = a b 2^-260.
    void (*multiply_vectors)(const std::uint64_t* a, const std::uint64_t* b, std::uint64_t* out,
                             std::size_t vectors);
    /// Canonical a b - 2^260 c, four words per element.
    void (*quotient_rows)(const std::uint64_t* a, const std::uint64_t* b, const std::uint64_t* c,
                          std::uint64_t* out, std::size_t vectors);
    /// The first element where a b is not c, or -1.
    std::int64_t (*first_unequal)(const std::uint64_t* a, const std::uint64_t* b,
                                  const std::uint64_t* c, std::size_t vectors);

    /// out = a b 2^-260 canonical, for any 256-bit a and b below 5 moduli; four words each,
    /// vectors * 8 elements. For tests and benchmarks.
    void (*multiply_words_q)(const std::uint64_t* a, const std::uint64_t* b, std::uint64_t* out,
                             std::size_t vectors);
    void (*multiply_words_r)(const std::uint64_t* a, const std::uint64_t* b, std::uint64_t* out,
                             std::size_t vectors);
};

}  // namespace zkc::lanes
