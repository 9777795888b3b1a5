// Points in the form that the batch adders take (see ifma/unit.hpp), and the adders in use.
#pragma once

#include <cstring>

#include "curve/curve.hpp"
#include "ifma/unit.hpp"

namespace zkc {

template <class G>
inline constexpr std::size_t kPackedBytes = sizeof(Affine<G>);

namespace packed {

/// x 2^260 mod q, from the field element x.
inline void store(unsigned char* at, const Fq& x) {
    static const Fq sixteen = Fq::from_u64(16);
    const Fq::Int v = (x * sixteen).to_montgomery();
    std::memcpy(at, v.data(), sizeof v);
}
inline void store(unsigned char* at, const Fq2& x) {
    store(at, x.c0);
    store(at + 32, x.c1);
}
/// 16 x, from any x 2^260 mod q below 2^256.
inline Fq load_times_16(const Fq::Int& v) {
    Fq::Int low = v, t;
    while (sub(t, low, Fq::Params::modulus) == 0) low = t;
    return Fq::from_montgomery(low);
}
inline void load(const unsigned char* at, Fq& x) {
    static const Fq sixteenth = Fq::from_u64(16).inverse();
    Fq::Int v;
    std::memcpy(v.data(), at, sizeof v);
    x = load_times_16(v) * sixteenth;
}
inline void load(const unsigned char* at, Fq2& x) {
    load(at, x.c0);
    load(at + 32, x.c1);
}

template <class G>
void store(unsigned char* at, const Affine<G>& p) {
    store(at, p.x);
    store(at + kPackedBytes<G> / 2, p.y);
}
template <class G>
Affine<G> load(const unsigned char* at) {
    Affine<G> p;
    load(at, p.x);
    load(at + kPackedBytes<G> / 2, p.y);
    return p;
}

/// AddRequest::invert.
inline void invert(std::uint64_t value[4]) {
    static const Fq scale = Fq::from_u64(256);
    const Fq x = load_times_16({value[0], value[1], value[2], value[3]});
    const Fq::Int v = (x.inverse() * scale).to_montgomery();
    std::memcpy(value, v.data(), sizeof v);
}

/// AddRequest::complete.
template <class G>
bool complete(const unsigned char* a, bool negate_a, const unsigned char* b, bool negate_b,
              unsigned char* out) {
    const Affine<G> p = load<G>(a), q = load<G>(b);
    const Affine<G> sum = add_naive(negate_a ? -p : p, negate_b ? -q : q);
    const bool infinity = sum.is_infinity();
    if (infinity) {
        std::memset(out, 0, kPackedBytes<G>);
    } else {
        store(out, sum);
    }
    return infinity;
}

/// A list of additions, collected one by one.
class Additions {
   public:
    /// Empties the list, and makes room for n additions and for those that `pad` adds.
    void restart(std::size_t n) {
        const std::size_t blocks = (n / (8 * ifma::kBlocksAtOnce) + 1) * ifma::kBlocksAtOnce;
        if (blocks_.size() < blocks) blocks_.resize(blocks);
        count_ = 0;
    }
    void push(std::uint32_t a, std::uint32_t b, std::uint32_t out) {
        ifma::AddBlock& block = blocks_[count_ / 8];
        block.a[count_ % 8] = a;
        block.b[count_ % 8] = b;
        block.out[count_ % 8] = out;
        ++count_;
    }
    /// Repeats the last addition until the blocks are full. The repeated sums go to `unused`, which
    /// nobody reads.
    void pad(std::uint32_t unused) {
        const ifma::AddBlock& last = blocks_[(count_ - 1) / 8];
        const std::uint32_t a = last.a[(count_ - 1) % 8], b = last.b[(count_ - 1) % 8];
        while (count_ % (8 * ifma::kBlocksAtOnce) != 0) push(a, b, unused);
    }
    const ifma::AddBlock* blocks() const { return blocks_.data(); }
    std::size_t n_blocks() const { return count_ / 8; }

   private:
    SecretVector<ifma::AddBlock> blocks_;
    std::size_t count_ = 0;
};

using Adder = void (*)(ifma::AddRequest&);

/// The batch adders in use; null in units without batch adders. dispatch/dispatch.cpp sets them
/// once.
template <class G>
struct Adders {
    static inline Adder add = nullptr;
    static inline Adder twice = nullptr;
};

}  // namespace packed

}  // namespace zkc
