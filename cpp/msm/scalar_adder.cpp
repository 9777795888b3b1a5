#include "msm/scalar_adder.hpp"

#include <algorithm>

#include "msm/packed.hpp"

namespace zkc::scalar {

namespace {

template <class G, bool Double>
class Batch {
    using F = typename G::F;

   public:
    explicit Batch(lanes::AddRequest& request)
        : r_(request), steps_(reinterpret_cast<Step*>(request.scratch)) {}

    void run() {
        const std::size_t jobs = 8 * r_.n_blocks;
        for (std::size_t from = 0; from < jobs; from += kJobs) {
            add(from, std::min(kJobs, jobs - from));
        }
    }

   private:
    /// The denominator of a slope, and the product of those before it; the denominator is zero if
    /// the chord rule does not apply.
    struct Step {
        F denominator, before;
    };
    static constexpr std::size_t kJobs = 1024;  // share an inversion, and stay in L2
    static constexpr std::size_t kAhead = 16;
    static_assert(kJobs * sizeof(Step) <= lanes::kScratchBytes);

    void add(std::size_t from, std::size_t n) {
        F running = F::one();
        for (std::size_t i = 0; i < n; ++i) {
            if (i + kAhead < n) prefetch(from + i + kAhead);
            const Affine<G>& p = point(a(from + i));
            F d;
            if constexpr (Double) {
                d = p.y.twice();
            } else {
                d = point(b(from + i)).x - p.x;
            }
            const bool special = d.is_zero() || has_infinity(from + i);
            steps_[i] = {special ? F::zero() : d, running};
            if (!special) running = running * d;
        }
        F inverse = running.inverse();
        for (std::size_t i = n; i-- > 0;) {
            const std::uint32_t left = a(from + i), right = b(from + i);
            const Affine<G>& p = point(left);
            Affine<G>& out = sum(from + i);
            if (steps_[i].denominator.is_zero()) {
                out = add_naive(signed_point(left), signed_point(right));
                r_.infinity = r_.infinity || out.is_infinity();
                continue;
            }
            const F inverted = inverse * steps_[i].before;
            inverse = inverse * steps_[i].denominator;
            const F y = signed_y(left, p);
            F slope, others;
            if constexpr (Double) {
                const F xx = p.x.square();
                slope = (xx.twice() + xx) * inverted;
                others = p.x.twice();
                slope = slope.with_sign((left & lanes::kNegated) != 0);
            } else {
                const Affine<G>& q = point(right);
                slope = (signed_y(right, q) - y) * inverted;
                others = p.x + q.x;
            }
            const F x3 = slope.square() - others;
            out = {x3, slope * (p.x - x3) - y};
        }
    }

    std::uint32_t a(std::size_t i) const { return r_.blocks[i / 8].a[i % 8]; }
    std::uint32_t b(std::size_t i) const { return r_.blocks[i / 8].b[i % 8]; }
    const Affine<G>& point(std::uint32_t reference) const {
        const std::uint32_t index = reference & ~lanes::kNegated;
        const bool in_table = index < r_.table_size;
        const unsigned char* const starts[] = {r_.pool, r_.table};
        const std::size_t at = index - (in_table ? 0 : r_.table_size);
        return *reinterpret_cast<const Affine<G>*>(starts[in_table] + at * kPackedBytes<G>);
    }
    Affine<G>& sum(std::size_t i) const {
        const std::uint32_t index = r_.blocks[i / 8].out[i % 8] - r_.table_size;
        return *reinterpret_cast<Affine<G>*>(r_.pool + std::size_t{index} * kPackedBytes<G>);
    }
    /// Without branches, like `point`: signs and places are unpredictable.
    static F signed_y(std::uint32_t reference, const Affine<G>& p) {
        return p.y.with_sign((reference & lanes::kNegated) != 0);
    }
    Affine<G> signed_point(std::uint32_t reference) const {
        const Affine<G>& p = point(reference);
        return {p.x, signed_y(reference, p)};
    }
    bool has_infinity(std::size_t i) const {
        return r_.infinity && (point(a(i)).is_infinity() || point(b(i)).is_infinity());
    }
    /// Inlined, because gcc drops calls of a function that only prefetches.
    ZKC_INLINE void prefetch(std::size_t i) const {
        const std::uint32_t references[2] = {a(i), b(i)};
        for (const std::uint32_t reference : references) {
            const auto* at = reinterpret_cast<const unsigned char*>(&point(reference));
            for (std::size_t k = 0; k < kPackedBytes<G>; k += 64) __builtin_prefetch(at + k);
        }
    }

    lanes::AddRequest& r_;
    Step* steps_;
};

}  // namespace

template <class G>
void add(lanes::AddRequest& request) {
    Batch<G, false>(request).run();
}
template <class G>
void twice(lanes::AddRequest& request) {
    Batch<G, true>(request).run();
}

template void add<G1>(lanes::AddRequest&);
template void add<G2>(lanes::AddRequest&);
template void twice<G1>(lanes::AddRequest&);
template void twice<G2>(lanes::AddRequest&);

}  // namespace zkc::scalar
