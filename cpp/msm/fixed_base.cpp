#include "msm/fixed_base.hpp"

#include <algorithm>

#include "system/parallel.hpp"
#include "system/secret.hpp"

namespace zkc {

template <class G>
FixedBase<G>::FixedBase(const Affine<G>& point) : table_(kWindows * kDigits) {
    std::vector<Xyzz<G>> sums(table_.size());
    Xyzz<G> base = Xyzz<G>::from(point);
    for (std::size_t w = 0; w < kWindows; ++w) {
        Xyzz<G> multiple = base;
        for (std::size_t d = 0; d < kDigits; ++d) {
            sums[w * kDigits + d] = multiple;
            multiple = multiple + base;
        }
        base = multiple;  // 256 times the old one
    }
    batch_to_affine(sums.data(), table_.data(), table_.size());
}

template <class G>
Xyzz<G> FixedBase<G>::times(const Fr::Int& scalar) const {
    Xyzz<G> out = Xyzz<G>::infinity();
    for (std::size_t w = 0; w < kWindows; ++w) {
        const u64 digit = bits_at(scalar, 8 * w, 8);
        if (digit != 0) out.add(table_[w * kDigits + digit - 1]);
    }
    return out;
}

template <class G>
void FixedBase<G>::times(const Fr::Int* scalars, Affine<G>* out, std::size_t n,
                         unsigned threads) const {
    parallel_for(threads, (n + kBlock - 1) / kBlock, [&](std::size_t block) {
        const std::size_t from = block * kBlock;
        const std::size_t count = std::min(kBlock, n - from);
        SecretVector<Xyzz<G>> sums(count);
        for (std::size_t i = 0; i < count; ++i) sums[i] = times(scalars[from + i]);
        batch_to_affine(sums.data(), out + from, count);
    });
}

template <class G>
const FixedBase<G>& generator_table() {
    static const FixedBase<G> table(Affine<G>::generator());
    return table;
}

template class FixedBase<G1>;
template class FixedBase<G2>;
template const FixedBase<G1>& generator_table();
template const FixedBase<G2>& generator_table();

}  // namespace zkc
