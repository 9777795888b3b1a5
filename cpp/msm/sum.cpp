#include "msm/sum.hpp"

#include "msm/buckets.hpp"
#include "system/parallel.hpp"

namespace zkc {

template <class G>
Xyzz<G> window_msm(const WindowTable<G>& table, const Recoding& digits, unsigned threads) {
    const std::size_t parts = threads <= 1 ? 1 : std::size_t{threads};
    SecretVector<Xyzz<G>> sums(parts);
    parallel_for(threads, parts, [&](std::size_t i) {
        sums[i] = BucketRange<G>(table, digits, digits.part(i, parts), digits.part(i + 1, parts))
                      .sum();
    });
    Xyzz<G> out = Xyzz<G>::infinity();
    for (const Xyzz<G>& sum : sums) out = out + sum;
    return out;
}

template <class G>
Xyzz<G> sum_of_products(const Affine<G>* bases, const Fr::Int* scalars, std::size_t n,
                        unsigned threads) {
    constexpr std::size_t kFew = 64;
    if (n < kFew) return msm(bases, scalars, n, threads);
    const WindowShape shape = WindowShape::choose(n, 0);
    const WindowTable<G> table(bases, n, shape, threads);
    return window_msm(table, Recoding(scalars, n, shape), threads);
}

template Xyzz<G1> window_msm(const WindowTable<G1>&, const Recoding&, unsigned);
template Xyzz<G2> window_msm(const WindowTable<G2>&, const Recoding&, unsigned);
template Xyzz<G1> sum_of_products(const Affine<G1>*, const Fr::Int*, std::size_t, unsigned);
template Xyzz<G2> sum_of_products(const Affine<G2>*, const Fr::Int*, std::size_t, unsigned);

}  // namespace zkc
