// Points in the form that the batch adders take (see lanes/unit.hpp), and the adders in use.
#pragma once

#include "curve/curve.hpp"
#include "lanes/unit.hpp"
#include "system/secret.hpp"

namespace zkc {

template <class G>
inline constexpr std::size_t kPackedBytes = sizeof(Affine<G>);

namespace packed {

/// Whether the adders in use take the form of lanes/unit.hpp, x 2^260 mod q for each coordinate x;
/// otherwise they take points as they are. dispatch/dispatch.cpp sets it once.
inline bool for_vectors = false;

template <class G>
void store(unsigned char* at, const Affine<G>& p);
template <class G>
Affine<G> load(const unsigned char* at);

/// AddRequest::invert.
void invert(std::uint64_t value[4]);

/// AddRequest::complete.
template <class G>
bool complete(const unsigned char* a, bool negate_a, const unsigned char* b, bool negate_b,
              unsigned char* out);

/// A list of additions, collected one by one.
class Additions {
   public:
    /// Empties the list, and makes room for n additions and for those that `pad` adds.
    void restart(std::size_t n) {
        const std::size_t blocks = (n / (8 * lanes::kBlocksAtOnce) + 1) * lanes::kBlocksAtOnce;
        if (blocks_.size() < blocks) blocks_.resize(blocks);
        count_ = 0;
    }
    void push(std::uint32_t a, std::uint32_t b, std::uint32_t out) {
        lanes::AddBlock& block = blocks_[count_ / 8];
        block.a[count_ % 8] = a;
        block.b[count_ % 8] = b;
        block.out[count_ % 8] = out;
        ++count_;
    }
    /// Repeats the last addition until the blocks are full. The repeated sums go to `unused`, which
    /// nobody reads.
    void pad(std::uint32_t unused) {
        const lanes::AddBlock& last = blocks_[(count_ - 1) / 8];
        const std::uint32_t a = last.a[(count_ - 1) % 8], b = last.b[(count_ - 1) % 8];
        while (count_ % (8 * lanes::kBlocksAtOnce) != 0) push(a, b, unused);
    }
    const lanes::AddBlock* blocks() const { return blocks_.data(); }
    std::size_t n_blocks() const { return count_ / 8; }

   private:
    SecretVector<lanes::AddBlock> blocks_;
    std::size_t count_ = 0;
};

/// The batch adders in use. dispatch/dispatch.cpp sets them once.
template <class G>
struct Adders {
    static inline lanes::Adder add = nullptr;
    static inline lanes::Adder twice = nullptr;
};

}  // namespace packed

}  // namespace zkc
