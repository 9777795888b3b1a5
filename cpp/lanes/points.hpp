// Batch-affine addition and doubling of packed points, one field inversion for a whole batch.
//
// For each job dx = x2 - x1 (2 y1 for a doubling). Forward: running products of the dx, in four
// independent chains so that one chain's latency hides behind the others. One inversion. Backward:
// 1/dx from the chains, then slope = dy / dx, x3 = slope^2 - x1 - x2, y3 = slope (x1 - x3) - y1,
// four vectors stage by stage. A zero product means that some dx is zero. Only then are single
// lanes examined, and `complete` adds those that the chord rule does not cover.
//
// Bounds, in multiples of q: stored coordinates < 2.2; y with its sign in (-2.2, 2.2), in G2 [0, 3];
// dx in (0.8, 5.2); dy in (0.6, 9.4), in G2 (2, 8); products < 2.7; unreduced x3 in (0.6, 7.7), y3 in
// (1, 8.9).
#pragma once

#include "lanes/lanes.hpp"
#include "lanes/unit.hpp"

namespace zkc::lanes {
namespace {

using Q = QModulus;

/// F_q: one element per lane.
template <class V>
struct Base {
    static constexpr std::size_t kWords = 40;       // of a saved vector
    static constexpr unsigned kLogPointBytes = 6;
    static constexpr std::size_t kPointBytes = std::size_t{1} << kLogPointBytes;  // packed
    static constexpr std::size_t kVectors = 256;    // per batch: scratch and points stay in L2
    using Unit = V;
    using Mask = typename V::Mask;

    Lanes<V> v;

    /// A right factor.
    struct Right {
        Factor<V> v;
        static ZKC_LANES Right load(const u64* at) { return {load_factor<V>(at)}; }
        ZKC_LANES void save(u64* at) const { lanes::save<V>(at, v); }
    };
    /// A left factor, for one product or more.
    struct Left {
        Factor<V> v;
        friend ZKC_LANES Base operator*(const Left& x, const Right& y) {
            return {product<Q>(x.v, y.v)};
        }
    };
    ZKC_LANES Left left() const { return {factor<Q>(v)}; }
    ZKC_LANES Right right() const { return {factor<Q>(v)}; }

    static ZKC_LANES Base one() { return {same<V>(split(Q::one))}; }
    static ZKC_LANES Base load(const u64* at) { return {lanes::load<V>(at)}; }
    ZKC_LANES void save(u64* at) const { lanes::save<V>(at, v); }

    static ZKC_LANES Base gather_x(const unsigned char* const* rows) {
        return {gather<V>(rows, 0)};
    }
    static ZKC_LANES Base gather_y(const unsigned char* const* rows) {
        return {gather<V>(rows, 32)};
    }
    static ZKC_LANES void scatter_point(unsigned char* const* rows, const Base& x, const Base& y) {
        scatter(rows, 0, x.v, y.v);
    }

    friend ZKC_LANES Base operator*(const Base& x, const Base& y) { return x.left() * y.right(); }
    ZKC_LANES Base squared() const { return {square<Q>(factor<Q>(v))}; }
    friend ZKC_LANES Base operator+(const Base& x, const Base& y) { return {x.v + y.v}; }
    friend ZKC_LANES Base operator-(const Base& x, const Base& y) { return {x.v - y.v}; }
    /// A stored y, negated in the lanes of `negate`; not tidy.
    ZKC_LANES Base with_sign(const Mask& negate) const { return {opposite(negate, v)}; }
    template <int K>
    ZKC_LANES Base plus_multiple() const {
        return {v + multiple<V, Q, K>()};
    }
    ZKC_LANES Base tidied() const { return {tidy(v)}; }
    ZKC_LANES Base small() const { return {reduced<Q>(v)}; }
    ZKC_LANES Base chosen(const Mask& mask, const Base& other) const {
        return {blend(mask, v, other.v)};
    }
    ZKC_LANES Mask zeros() const { return is_zero<Q>(v); }
    ZKC_LANES Base exchanged(int by) const {
        const auto move = [&](const auto& x) ZKC_ALWAYS { return V::exchanged(x, by); };
        return {{move(v.a), move(v.b), move(v.c), move(v.d), move(v.e)}};
    }

    /// All lanes hold the same value; false when it is zero.
    static bool invert(Base& x, void (*scalar)(u64*)) {
        alignas(64) u64 buffer[4][8];
        join(reduced<Q>(x.v)).save(buffer);
        u64 value[4] = {buffer[0][0], buffer[1][0], buffer[2][0], buffer[3][0]};
        scalar(value);
        x = {same<V>(split(value))};
        return (value[0] | value[1] | value[2] | value[3]) != 0;
    }
};

/// F_q2 = F_q[u] / (u^2 + 1).
template <class V>
struct Quadratic {
    static constexpr std::size_t kWords = 80;
    static constexpr unsigned kLogPointBytes = 7;
    static constexpr std::size_t kPointBytes = std::size_t{1} << kLogPointBytes;
    static constexpr std::size_t kVectors = 128;
    using Unit = V;
    using Mask = typename V::Mask;

    Lanes<V> c0, c1;

    struct Right {
        Factor<V> c0, c1;
        static ZKC_LANES Right load(const u64* at) {
            return {load_factor<V>(at), load_factor<V>(at + 40)};
        }
        ZKC_LANES void save(u64* at) const {
            lanes::save<V>(at, c0);
            lanes::save<V>(at + 40, c1);
        }
    };
    struct Left {
        Factor<V> c0, c1, minus_c1;
        friend ZKC_LANES Quadratic operator*(const Left& x, const Right& y) {
            return {product_sum<Q>(x.c0, y.c0, x.minus_c1, y.c1),
                    product_sum<Q>(x.c0, y.c1, x.c1, y.c0)};
        }
    };
    ZKC_LANES Left left() const {
        return {factor<Q>(c0), factor<Q>(c1), factor<Q>(tidy(multiple<V, Q, 8>() - c1))};
    }
    ZKC_LANES Right right() const { return {factor<Q>(c0), factor<Q>(c1)}; }

    static ZKC_LANES Quadratic one() { return {same<V>(split(Q::one)), nothing<V>()}; }
    static ZKC_LANES Quadratic load(const u64* at) {
        return {lanes::load<V>(at), lanes::load<V>(at + 40)};
    }
    ZKC_LANES void save(u64* at) const {
        lanes::save<V>(at, c0);
        lanes::save<V>(at + 40, c1);
    }
    static ZKC_LANES Quadratic gather_x(const unsigned char* const* rows) {
        return {gather<V>(rows, 0), gather<V>(rows, 32)};
    }
    static ZKC_LANES Quadratic gather_y(const unsigned char* const* rows) {
        return {gather<V>(rows, 64), gather<V>(rows, 96)};
    }
    static ZKC_LANES void scatter_point(unsigned char* const* rows, const Quadratic& x,
                                        const Quadratic& y) {
        scatter(rows, 0, x.c0, x.c1);
        scatter(rows, 64, y.c0, y.c1);
    }

    friend ZKC_LANES Quadratic operator*(const Quadratic& x, const Quadratic& y) {
        return x.left() * y.right();
    }
    /// For values below 7q: (c0 + c1)(c0 - c1) + 2 c0 c1 u.
    ZKC_LANES Quadratic squared() const {
        const Lanes<V> sum = tidy(c0 + c1), difference = tidy(c0 - c1 + multiple<V, Q, 8>());
        return {product<Q>(factor<Q>(sum), factor<Q>(difference)),
                product<Q>(factor<Q>(tidy(c0 + c0)), factor<Q>(c1))};
    }
    friend ZKC_LANES Quadratic operator+(const Quadratic& x, const Quadratic& y) {
        return {x.c0 + y.c0, x.c1 + y.c1};
    }
    friend ZKC_LANES Quadratic operator-(const Quadratic& x, const Quadratic& y) {
        return {x.c0 - y.c0, x.c1 - y.c1};
    }
    /// Both parts are in [0, 3], so that differences stay below the 8q that products subtract from.
    ZKC_LANES Quadratic with_sign(const Mask& negate) const {
        const auto one = [&negate](const Lanes<V>& x) ZKC_ALWAYS {
            return blend(negate, x, tidy(multiple<V, Q, 3>() - x));
        };
        return {one(c0), one(c1)};
    }
    template <int K>
    ZKC_LANES Quadratic plus_multiple() const {
        return {c0 + multiple<V, Q, K>(), c1 + multiple<V, Q, K>()};
    }
    ZKC_LANES Quadratic tidied() const { return {tidy(c0), tidy(c1)}; }
    ZKC_LANES Quadratic small() const { return {reduced<Q>(c0), reduced<Q>(c1)}; }
    ZKC_LANES Quadratic chosen(const Mask& mask, const Quadratic& other) const {
        return {blend(mask, c0, other.c0), blend(mask, c1, other.c1)};
    }
    ZKC_LANES Mask zeros() const { return V::both(is_zero<Q>(c0), is_zero<Q>(c1)); }
    ZKC_LANES Quadratic exchanged(int by) const {
        return {Base<V>{c0}.exchanged(by).v, Base<V>{c1}.exchanged(by).v};
    }
    static bool invert(Quadratic& x, void (*scalar)(u64*)) {
        const Left left = x.left();
        Base<V> norm{product_sum<Q>(left.c0, left.c0, left.c1, left.c1)};
        const bool nonzero = Base<V>::invert(norm, scalar);
        const Factor<V> inverse = factor<Q>(norm.v);
        x = {product<Q>(left.c0, inverse), product<Q>(left.minus_c1, inverse)};
        return nonzero;
    }
};

/// Inverts each lane of each chain with one scalar inversion; false when a lane is zero.
template <class F>
bool invert_chains(F (&run)[4], void (*scalar)(u64*)) {
    const F left = run[0] * run[1], right = run[2] * run[3];
    const F all = left * right;
    // Products over pairs, quadruples and all eight lanes.
    const F all4 = all.exchanged(4);
    const F two = all * all4;
    const F two2 = two.exchanged(2);
    const F four = two * two2;
    const F four1 = four.exchanged(1);
    F inverse = four * four1;
    if (!F::invert(inverse, scalar)) return false;
    inverse = inverse * four1;  // 1 / four
    inverse = inverse * two2;   // 1 / two
    inverse = inverse * all4;   // 1 / all
    const F inverse_left = inverse * right, inverse_right = inverse * left;
    const F inverse0 = inverse_left * run[1], inverse2 = inverse_right * run[3];
    run[1] = inverse_left * run[0];
    run[3] = inverse_right * run[2];
    run[0] = inverse0;
    run[2] = inverse2;
    return true;
}

template <class F, bool Double>
class Batch {
    using V = typename F::Unit;
    using Right = typename F::Right;

   public:
    explicit Batch(AddRequest& request) : r_(request) {}

    void run() {
        for (std::size_t from = 0; from < r_.n_blocks; from += F::kVectors) {
            const std::size_t left = r_.n_blocks - from;
            blocks_ = r_.blocks + from;
            vectors_ = left < F::kVectors ? left : F::kVectors;
            first_ = from == 0;
            ahead_ = left - vectors_;
            exceptions_ = 0;
            F chains[4];
            forward<false>(chains);
            if (r_.infinity || !invert_chains(chains, r_.invert)) {
                forward<true>(chains);
                invert_chains(chains, r_.invert);
            }
            backward(chains);
            for (std::size_t i = 0; i < exceptions_; ++i) {
                const unsigned char* from_at = exception(i) + 64;
                unsigned char* to = pool_point(*exception_place(i));
                for (std::size_t k = 0; k < F::kPointBytes; ++k) to[k] = from_at[k];
            }
        }
    }

   private:
    static constexpr std::size_t kAhead = 16;  // vectors
    static constexpr std::size_t kExceptionBytes = 64 + F::kPointBytes;
    static constexpr std::size_t kChainBytes = F::kVectors * F::kWords * 8;
    static_assert(2 * kChainBytes + 8 * F::kVectors * kExceptionBytes <= kScratchBytes);

    u64* dx(std::size_t v) { return reinterpret_cast<u64*>(r_.scratch) + v * F::kWords; }
    /// A factor.
    u64* prefix(std::size_t v) {
        return reinterpret_cast<u64*>(r_.scratch + kChainBytes) + v * F::kWords;
    }
    unsigned char* exception(std::size_t i) {
        return r_.scratch + 2 * kChainBytes + i * kExceptionBytes;
    }
    const std::uint32_t*& exception_place(std::size_t i) {
        return *reinterpret_cast<const std::uint32_t**>(exception(i));
    }
    unsigned char* pool_point(std::uint32_t index) {
        return r_.pool + std::size_t{index - r_.table_size} * F::kPointBytes;
    }
    const unsigned char* point(std::uint32_t reference) const {
        const std::uint32_t index = reference & ~kNegated;
        return index < r_.table_size
                   ? r_.table + std::size_t{index} * F::kPointBytes
                   : r_.pool + std::size_t{index - r_.table_size} * F::kPointBytes;
    }
    /// The addresses of eight references, as `point` gives one.
    ZKC_LANES void rows_of(const std::uint32_t (&references)[8],
                           const unsigned char* (&rows)[8]) const {
        V::template addresses<F::kLogPointBytes>(references, r_.table_size,
                                                 reinterpret_cast<u64>(r_.table), pool(), rows);
    }
    /// The addresses for four blocks at once, written well before they are read: a load waits for a
    /// store that has not finished.
    ZKC_LANES void rows_of(std::size_t v, const unsigned char* (&a)[4][8],
                           const unsigned char* (&b)[4][8]) const {
        for (std::size_t k = 0; k < 4; ++k) {
            rows_of(blocks_[v + k].a, a[k]);
            if constexpr (!Double) rows_of(blocks_[v + k].b, b[k]);
        }
    }
    ZKC_LANES void rows_of_sums(const std::uint32_t (&references)[8],
                                unsigned char* (&rows)[8]) const {
        V::template addresses<F::kLogPointBytes>(references, 0, 0, pool(), rows);
    }
    /// Where point 0 would be if the pool began with it.
    u64 pool() const {
        return reinterpret_cast<u64>(r_.pool) - u64{r_.table_size} * F::kPointBytes;
    }
    static bool is_infinity(const unsigned char* at) {
        u64 seen = 0;
        for (std::size_t k = 0; k < F::kPointBytes; k += 8) {
            u64 word;
            __builtin_memcpy(&word, at + k, 8);
            seen |= word;
        }
        return seen == 0;
    }

    /// Complete additions for the lanes that need one; their dx becomes one.
    __attribute__((noinline)) void except(std::size_t v, F& d) {
        const AddBlock& block = blocks_[v];
        unsigned special = V::bits(d.zeros());
        for (unsigned k = 0; k < 8; ++k) {
            const unsigned char* a = point(block.a[k]);
            const unsigned char* b = point(block.b[k]);
            if (is_infinity(a) || is_infinity(b)) special |= 1u << k;
            if (((special >> k) & 1) == 0) continue;
            exception_place(exceptions_) = &block.out[k];
            if (r_.complete(a, (block.a[k] & kNegated) != 0, b, (block.b[k] & kNegated) != 0,
                            exception(exceptions_) + 64)) {
                r_.infinity = true;
            }
            ++exceptions_;
        }
        d = d.chosen(V::mask(special), F::one());
    }

    template <bool Careful>
    void forward(F (&chains)[4]) {
        for (F& chain : chains) chain = F::one();
        for (std::size_t v = 0; v < vectors_; v += 4) {
            if (first_ && v + kAhead < vectors_) prefetch(blocks_ + v + kAhead);
            alignas(64) const unsigned char *a[4][8], *b[4][8];
            rows_of(v, a, b);
#pragma GCC unroll 1
            for (std::size_t k = 0; k < 4; ++k) {
                F d;
                if constexpr (Double) {
                    const F y = F::gather_y(a[k]);
                    d = (y + y).tidied();
                } else {
                    const F x1 = F::gather_x(a[k]);
                    d = (F::gather_x(b[k]) - x1).template plus_multiple<3>().tidied();
                }
                if constexpr (Careful) except(v + k, d);
                d.save(dx(v + k));
                const auto chain = chains[k].left();
                chains[k].right().save(prefix(v + k));
                chains[k] = chain * d.right();
            }
        }
    }

    void backward(F (&chains)[4]) {
        alignas(64) u64 slope[4][F::kWords], x1[4][F::kWords], y1[4][F::kWords],
            x12[4][F::kWords];
        for (std::size_t v = vectors_; v > 0;) {
            v -= 4;
            // Points of the next batch come to L2 while this one computes.
            const std::size_t next = vectors_ - 4 - v;
            if (next + kBlocksAtOnce <= ahead_) prefetch(blocks_ + vectors_ + next);
            alignas(64) const unsigned char *a[4][8], *b[4][8];
            alignas(64) unsigned char* out[4][8];
            rows_of(v, a, b);
            for (std::size_t k = 0; k < 4; ++k) rows_of_sums(blocks_[v + k].out, out[k]);
#pragma GCC unroll 1
            for (std::size_t k = 0; k < 4; ++k) {
                const F d = F::load(dx(v + k));
                const auto chain = chains[k].left();
                const F inverse = chain * Right::load(prefix(v + k));
                chains[k] = chain * d.right();
                inverse.right().save(slope[k]);
            }
#pragma GCC unroll 1
            for (std::size_t k = 0; k < 4; ++k) {
                const AddBlock& block = blocks_[v + k];
                const F xa = F::gather_x(a[k]);
                const F ya = F::gather_y(a[k]).with_sign(V::negated(block.a));
                xa.save(x1[k]);
                ya.save(y1[k]);
                F dy;
                if constexpr (Double) {
                    const F xx = xa.squared();
                    dy = (xx + xx + xx).tidied();
                    (xa + xa).template plus_multiple<3>().save(x12[k]);
                } else {
                    // x1 + x2 + 3q, without reading x2 again
                    (xa + xa + F::load(dx(v + k))).save(x12[k]);
                    const F yb = F::gather_y(b[k]).with_sign(V::negated(block.b));
                    dy = (yb - ya).template plus_multiple<5>().tidied();
                }
                (dy.left() * Right::load(slope[k])).save(slope[k]);
            }
#pragma GCC unroll 1
            for (std::size_t k = 0; k < 4; ++k) {
                const F s = F::load(slope[k]);
                const F x3 = (s.squared() - F::load(x12[k])).template plus_multiple<8>().small();
                x3.save(x12[k]);
            }
#pragma GCC unroll 1
            for (std::size_t k = 0; k < 4; ++k) {
                const F x3 = F::load(x12[k]);
                const F step = (F::load(x1[k]) - x3).template plus_multiple<3>().tidied();
                const F y3 = (F::load(slope[k]) * step - F::load(y1[k]))
                                 .template plus_multiple<4>()
                                 .small();
                F::scatter_point(out[k], x3, y3);
            }
        }
    }

    ZKC_LANES void prefetch(const AddBlock* blocks) const {
        for (std::size_t v = 0; v < kBlocksAtOnce; ++v) {
            alignas(64) const unsigned char *a[8], *b[8];
            rows_of(blocks[v].a, a);
            rows_of(blocks[v].b, b);
            for (std::size_t k = 0; k < 8; ++k) {
                for (std::size_t byte = 0; byte < F::kPointBytes; byte += 64) {
                    __builtin_prefetch(a[k] + byte, 0, 2);
                    __builtin_prefetch(b[k] + byte, 0, 2);
                }
            }
        }
    }

    AddRequest& r_;
    const AddBlock* blocks_ = nullptr;
    std::size_t vectors_ = 0;
    std::size_t ahead_ = 0;  // blocks after this batch
    bool first_ = false;     // nobody has prefetched this batch
    std::size_t exceptions_ = 0;
};

}  // namespace
}  // namespace zkc::lanes
